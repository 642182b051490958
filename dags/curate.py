"""curate: silver -> marts, by dbt.

**What.** Runs `longtail curate`: every staging, intermediate and marts model with its tests, on Spark, then announces
`marts`.

**Re-run.** Any time: when neither its inputs nor the dbt project changed since the last success it returns at once.
It works off everything that silver holds, not the event that started it, so an event that Airflow merges into
another one loses nothing.

**A failure means** that a model or a test of severity error failed; the line above the summary names it. Marts that
were built before it stay as they were, and train does not start.
"""

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag
from longtail_assets import MARTS, SILVER, TASK


@dag(schedule=[SILVER], default_args=TASK, tags=["curate"], doc_md=__doc__, max_active_runs=1)
def curate():
    BashOperator(task_id="build_marts", bash_command='"$LONGTAIL" curate', outlets=[MARTS])


curate()
