"""train: marts -> snapshot -> model -> evaluation.

**What.** Pins the training samples as a snapshot, trains the cut-in predictor on it, evaluates it by slice against
both baselines and registers it; then announces `model`.

**Re-run.** Any time: the same marts give the same snapshot, and the same snapshot and seed the same model.

**A failure means** that there is no model of this snapshot: too few samples or positives in a split (ingest more
drives), or a step that stopped. The model that was registered before stays the registered one.
"""

import json

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Param, chain, dag
from longtail_assets import ENVIRONMENT, MARTS, MODEL, TASK

PARAMS = {
    "name": Param("default", type="string", pattern="^[a-z][a-z0-9_-]{0,62}$", description="Name of the snapshot"),
    "seed": Param(0, type="integer", minimum=0, maximum=2**31 - 1, description="Seed of the training"),
}
CONFIGURED = ENVIRONMENT | {"NAME": "{{ params.name }}", "SEED": "{{ params.seed }}"}
PINNED = {"env": CONFIGURED | {"SNAPSHOT": "{{ ti.xcom_pull(task_ids='create_snapshot') }}"}}


@dag(schedule=[MARTS], params=PARAMS, default_args=TASK, tags=["train"], doc_md=__doc__, max_active_runs=1)
def train():
    create = BashOperator(
        task_id="create_snapshot",
        bash_command='set -o pipefail; "$LONGTAIL" snapshot create --name "$NAME" --json | tr -d "\\n"',
        env=CONFIGURED,
        do_xcom_push=True,  # the id, so that the next tasks use this snapshot and not the newest
        output_processor=lambda output: json.loads(output)["snapshot_id"],
    )
    fit = BashOperator(
        task_id="train_model", bash_command='"$LONGTAIL" train --snapshot "$SNAPSHOT" --seed "$SEED"', **PINNED
    )
    evaluate = BashOperator(
        task_id="evaluate_model",
        bash_command='"$LONGTAIL" evaluate model --snapshot "$SNAPSHOT"',
        outlets=[MODEL],
        **PINNED,
    )
    chain(create, fit, evaluate)


train()
