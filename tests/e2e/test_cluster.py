"""Ingest and silver unchanged on a real Spark standalone cluster that shares nothing with the driver but the lake."""

import os
import subprocess
from pathlib import Path

import pytest

from fleet.generate import generate_fleet
from longtail.settings import settings
from tests.conftest import LONGTAIL, environment
from tests.e2e.standalone import standalone
from tests.killing import INGESTED, contents

pytestmark = [pytest.mark.cluster, pytest.mark.spark]


def ingested(landing: Path, root: Path, **more: str) -> dict[str, list[str]]:
    """What `longtail ingest` makes of `landing` in a lake at `root`, run from an empty folder."""
    cwd = root.parent
    cwd.mkdir()
    env = environment(root) | more
    done = subprocess.run([LONGTAIL, "ingest", landing], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    before = os.environ.get("LONGTAIL_LAKE")
    os.environ["LONGTAIL_LAKE"] = str(root)
    settings.cache_clear()
    try:
        return contents(INGESTED)
    finally:
        os.environ.pop("LONGTAIL_LAKE") if before is None else os.environ.__setitem__("LONGTAIL_LAKE", before)
        settings.cache_clear()


def test_a_cluster_of_two_workers_makes_the_same_tables_as_one_process(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    generate_fleet(landing, tmp_path / "truth", drives=4, seconds=10.0, seed=43, workers=1)
    here = ingested(landing, tmp_path / "here" / "lake")
    with standalone(tmp_path / "cluster") as master:
        there = ingested(landing, tmp_path / "there" / "lake", LONGTAIL_SPARK_MASTER=master, SPARK_LOCAL_IP="127.0.0.1")
    executors = sorted((tmp_path / "cluster").glob("worker-*/work/app-*/*/"))
    assert {path.parts[-4] for path in executors} == {"worker-0", "worker-1"}
    assert all((path / "longtail-code" / "spark_jobs" / "tables").is_dir() for path in executors)
    assert here["silver.ego_motion"]
    assert there.keys() == here.keys()
    for table, rows in here.items():
        assert there[table] == rows, table
