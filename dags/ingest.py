"""ingest: landing zone -> bronze and silver, one task per drive.

**What.** Lists `<landing>/<project_id>/<drive_id>/` and runs `longtail ingest` on each drive folder, one at a time
(each starts its own Spark), then prints the ledger and announces `silver` once, so that curate starts once.

**Re-run.** Any time: the ledger knows what has landed, a finished drive changes nothing. Clear one mapped task to
repeat one drive.

**A failure means** that something in the red drives could not be read. It is in `bronze.quarantine` with its reason,
all the rest is in, and curate runs on it; `every_drive_landed` keeps the run red until it is dealt with.
"""

from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Param, dag, task
from longtail_assets import ENVIRONMENT, LANDING, ROOT, SILVER, TASK

LANDING_ZONE = Param(
    ENVIRONMENT.get("LONGTAIL_LANDING", str(ROOT / "landing")),
    type="string",
    pattern="^/",
    description="Absolute path of the landing zone",
)


@dag(
    schedule=[LANDING],
    params={"landing": LANDING_ZONE},
    default_args=TASK,
    tags=["ingest"],
    doc_md=__doc__,
    max_active_runs=1,
)
def ingest():
    @task(do_xcom_push=True)
    def drives(params):
        found = sorted(str(path) for path in Path(params["landing"]).glob("*/*") if path.is_dir())
        if not found:
            raise FileNotFoundError(f"no drive folder in {params['landing']}/<project_id>/<drive_id>/")
        return found

    drive = BashOperator.partial(
        task_id="ingest_drive",
        bash_command='"$LONGTAIL" ingest "$DRIVE"',
        map_index_template="{{ task.env['DRIVE'].rsplit('/', 1)[-1] }}",
        max_active_tis_per_dagrun=1,
    ).expand(env=(listed := drives()).map(lambda path: {**ENVIRONMENT, "DRIVE": path}))
    announce = BashOperator(
        task_id="announce_silver",
        bash_command='"$LONGTAIL" status',
        outlets=[SILVER],
        trigger_rule="all_done_min_one_success",  # a drive with trouble still brought what could be read
    )
    [listed, drive] >> announce
    drive >> EmptyOperator(task_id="every_drive_landed")


ingest()
