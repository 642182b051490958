"""What test areas share: one small lake that went the whole way from a generated fleet to the marts, made once."""

import atexit
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from longtail.settings import REPOSITORY, settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# The same examples on every run, so that a red CI is the work of a commit; `make faults` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

LONGTAIL = Path(sys.executable).with_name("longtail")
DRIVES, SECONDS, SEED = 4, 30, 61  # holds cut-ins in every split, hard brakes and a near miss


@pytest.fixture(scope="session")
def curated_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a lake of four generated drives, ingested and curated by the real commands, and some in closed form
    beside them, so that every mart has rows. To change it, copy it.

    Beside it are `landing` and `truth`, and in `ingested` the lake as ingest left it: all of it comes from raw files.
    """
    from tests import closed_form

    folder = tmp_path_factory.mktemp("curated")
    lake = folder / "lake"
    fleet = ["--drives", str(DRIVES), "--seconds", str(SECONDS), "--seed", str(SEED)]
    longtail(lake, "fleet", "generate", *fleet, "--out", folder / "landing", "--truth", folder / "truth")
    longtail(lake, "ingest", folder / "landing")
    shutil.copytree(lake, folder / "ingested" / "lake")
    closed_form.append_to(lake)
    longtail(lake, "curate")
    return lake


def longtail(lake: Path, *command: str | Path) -> None:
    """Run the real command on `lake`."""
    done = subprocess.run([LONGTAIL, *command], cwd=REPOSITORY, env=environment(lake), capture_output=True, text=True)
    assert done.returncode == 0, f"longtail {' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def settled_lake(curated_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The curated lake as the lake of this process's settings."""
    monkeypatch.setenv("LONGTAIL_LAKE", str(curated_lake))
    settings.cache_clear()
    yield curated_lake
    settings.cache_clear()


@pytest.fixture
def empty_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A lake that no one has written to yet, as the lake of this process's settings."""
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("LONGTAIL_CACHE", str(REPOSITORY / ".cache"))
    settings.cache_clear()
    yield tmp_path / "lake"
    settings.cache_clear()


@pytest.fixture(scope="session")
def spark() -> "SparkSession":
    """The one Spark session of the test run; mark what uses it `spark`."""
    from spark_jobs.session import spark_session

    return spark_session(register=False)


def environment(lake: Path) -> dict[str, str]:
    """Of a `longtail` command that works on `lake` and keeps what it fetches where `make setup` put it."""
    return os.environ | {"LONGTAIL_LAKE": str(lake), "LONGTAIL_CACHE": str(REPOSITORY / ".cache")}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses a lake that Spark makes is a Spark test: `make test` runs those beside all others, one per core."""
    for item in items:
        if {"spark", "curated_lake"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.spark)


def pytest_configure() -> None:
    atexit.register(_no_leak_report)  # at exit: pytest's own capture has given stderr back by then


def _no_leak_report() -> None:
    """DuckDB's binding lists as leaked what dbt's adapter still holds when the interpreter ends: not a test result."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
