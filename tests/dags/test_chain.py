"""The whole loop as Airflow runs it: a real scheduler, real `longtail` commands, an empty lake and four drives."""

import pytest
from deltalake import DeltaTable

pytestmark = [pytest.mark.airflow, pytest.mark.e2e]


def rows(lake, table):
    return DeltaTable(str(lake / table.replace(".", "/"))).count()


def test_drives_that_land_become_marts_and_a_model_by_assets_alone(airflow, tmp_path):
    from fleet.generate import generate_fleet

    generate_fleet(airflow.landing, tmp_path / "truth", drives=4, seconds=30, seed=19)
    airflow.wait_for_dags("ingest", "curate", "train")
    airflow.trigger("ingest", {"landing": str(airflow.landing)})
    ended = {dag_id: airflow.wait_for_run(dag_id) for dag_id in ("ingest", "curate", "train")}
    assert {dag_id: run["state"] for dag_id, run in ended.items()} == dict.fromkeys(ended, "success"), airflow.logs()
    tasks = airflow.tasks(ended["ingest"])
    assert [tasks[f"ingest_drive[{index}]"] for index in range(4)] == ["success"] * 4
    assert ended["curate"]["run_type"] == ended["train"]["run_type"] == "asset_triggered"
    assert rows(airflow.lake, "marts.dim_drives") == 4
    assert rows(airflow.lake, "marts.fct_training_samples") > 0
    assert rows(airflow.lake, "ml.snapshots") == 1
    assert rows(airflow.lake, "ml.evaluations") > 0
