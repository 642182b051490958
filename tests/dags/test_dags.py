"""What every DAG must be: parsed without error, documented, linked by assets, and free of computing."""

import ast
import copy
import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY

pytest.importorskip("airflow", reason="the airflow extra is not installed")
DAGS = REPOSITORY / "dags"
FILES = sorted(DAGS.glob("*.py"))
CHAIN = ["ingest", "curate", "train"]


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow_home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "not for a task")
        patch.setenv("LONGTAIL_LAKE", "/lake/of/the/test")
        patch.setattr(sys, "path", [*sys.path])
        from airflow.dag_processing.dagbag import BundleDagBag

        yield BundleDagBag(str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")


def round_trip(dag):
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def waits_for(dag):
    return {asset.name for _, asset in round_trip(dag).timetable.asset_condition.iter_assets()}


def emits(dag):
    return {outlet.name for task in dag.tasks for outlet in task.outlets}


def test_every_file_parses_and_gives_exactly_the_three_dags(bag):
    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(CHAIN)


def test_each_dag_starts_by_the_asset_that_the_one_before_it_emits(bag):
    assert waits_for(bag.dags["ingest"]) == {"landing"}
    for before, after in itertools.pairwise(CHAIN):
        assert waits_for(bag.dags[after]) == emits(bag.dags[before])


def test_an_asset_is_emitted_by_one_task_that_is_not_mapped(bag):
    for dag in bag.dags.values():
        emitters = [task for task in dag.tasks if task.outlets]
        assert len(emitters) == 1, dag.dag_id
        assert not emitters[0].is_mapped, "events of a mapped task get left behind"


def test_each_dag_says_what_it_does_how_to_run_it_again_and_what_a_failure_means(bag):
    for dag in bag.dags.values():
        for heading in ("**What.**", "**Re-run.**", "**A failure means**"):
            assert heading in dag.doc_md, dag.dag_id


def test_tags_come_from_the_closed_list(bag):
    import longtail_assets

    for dag in bag.dags.values():
        assert dag.tags
        assert set(dag.tags) <= longtail_assets.TAGS


def test_every_task_is_retried_once_and_bounded(bag):
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.retries == 1, task.task_id
            assert task.execution_timeout is not None, task.task_id


def bash_tasks(bag):
    """Every task that runs a command, the mapped one as it is for one drive."""
    import longtail_assets

    one_drive = {"env": longtail_assets.ENVIRONMENT | {"DRIVE": "/landing/local/d1"}}
    tasks = [task for dag in bag.dags.values() for task in dag.tasks if task.task_type == "BashOperator"]
    return [task.unmap(one_drive) if task.is_mapped else task for task in tasks]


def test_a_task_runs_one_longtail_command_and_its_text_holds_no_parameter(bag):
    tasks = bash_tasks(bag)
    assert len(tasks) == 6
    for task in tasks:
        command = task.bash_command.removeprefix("set -o pipefail; ").removesuffix(' | tr -d "\\n"')
        assert re.fullmatch(r'"\$LONGTAIL"( --[a-z]+| [a-z]+| "\$[A-Z]+")+', command), task.bash_command
        assert task.cwd == str(REPOSITORY)


def test_nothing_but_ids_and_paths_travels_between_tasks(bag):
    assert {task.task_id for task in bash_tasks(bag) if task.do_xcom_push} == {"create_snapshot"}
    printed = json.dumps({"snapshot_id": "4be1c6a2f0d93e57", "num_items": 3})
    assert bag.dags["train"].get_task("create_snapshot").output_processor(printed) == "4be1c6a2f0d93e57"


def test_a_task_sees_the_settings_of_longtail_but_no_secret_of_airflow(bag):
    for task in bash_tasks(bag):
        assert task.append_env is False
        assert task.env["LONGTAIL_LAKE"] == "/lake/of/the/test"
        assert Path(task.env["LONGTAIL"]).name == "longtail"
        assert not [name for name in task.env if name.startswith("AIRFLOW")], task.task_id


@pytest.mark.parametrize(
    ("dag_id", "conf"),
    [
        ("train", {"name": "x; touch /tmp/harm"}),
        ("train", {"name": '"$(id)"'}),
        ("train", {"seed": "1 --name x"}),
        ("train", {"seed": -1}),
        ("ingest", {"landing": "relative/../folder"}),
        ("ingest", {"landing": 5}),
    ],
)
def test_a_run_with_a_hostile_parameter_is_refused(bag, dag_id, conf):
    from airflow.sdk.exceptions import ParamValidationError

    params = copy.deepcopy(bag.dags[dag_id].params)
    with pytest.raises(ParamValidationError):
        params.update(conf)


def test_ingest_hands_each_drive_folder_on_as_it_is_named(bag, tmp_path):
    for name in ("local/b drive", "local/a'; $(touch harm)", "other/{{ dag }}"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "local" / "notes.txt").touch()
    listing = bag.dags["ingest"].get_task("drives").python_callable
    found = listing({"landing": str(tmp_path)})
    assert found == [f"{tmp_path}/{name}" for name in ("local/a'; $(touch harm)", "local/b drive", "other/{{ dag }}")]


def test_an_empty_landing_zone_is_a_clear_failure(bag, tmp_path):
    listing = bag.dags["ingest"].get_task("drives").python_callable
    with pytest.raises(FileNotFoundError, match="no drive folder"):
        listing({"landing": str(tmp_path)})


def test_one_bad_drive_does_not_keep_the_others_from_curate_but_the_run_stays_red(bag):
    dag = bag.dags["ingest"]
    announce = dag.get_task("announce_silver")
    assert announce.trigger_rule == "all_done_min_one_success"
    assert announce.upstream_task_ids == {"drives", "ingest_drive"}, "it runs when the listing went well"
    assert dag.get_task("every_drive_landed").trigger_rule == "all_success"
    assert dag.get_task("ingest_drive").downstream_task_ids == {"announce_silver", "every_drive_landed"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dag_file_is_short_and_imports_nothing_but_airflow(file):
    text = file.read_text()
    assert len(text.splitlines()) <= 60
    modules = set()
    for node in ast.walk(ast.parse(text)):
        modules |= {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
        modules |= {node.module} if isinstance(node, ast.ImportFrom) else set()
    allowed = {"os", "sys", "json", "datetime", "pathlib", "longtail_assets"}
    assert {name for name in modules if not name.startswith("airflow.")} <= allowed


def test_parsing_the_dags_loads_no_engine(tmp_path):
    probe = "import sys; sys.path.insert(0, '.'); import ingest, curate, train; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=DAGS,
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"pyspark", "torch", "pandas", "polars", "duckdb", "dbt"} & set(loaded)
