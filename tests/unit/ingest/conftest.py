"""Ingest without Spark: tasks run in this process, and silver is left out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from longtail import lake
from longtail.contracts import all_tables
from spark_jobs import ingest as ingest_module
from spark_jobs.bronze import land
from spark_jobs.bronze.worker import run_task

Ingest = Callable[..., ingest_module.IngestReport]


@pytest.fixture
def ingest_here(empty_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    """`ingest` up to bronze, in this process."""
    without_spark(monkeypatch)
    return lambda *paths, **options: ingest_module.ingest([str(path) for path in paths], **options)


def without_spark(patch: pytest.MonkeyPatch) -> None:
    """Tasks run in this process, and silver is left out."""

    def run(batches, on_task):
        folders = {table: lake.location(table) for table in all_tables()}
        return [run_task(task, folders) for batch in batches for task in batch]

    patch.setattr(land, "_run", run)
    patch.setattr(ingest_module, "build_stale", lambda *_: [])


def versions() -> dict[str, int]:
    """The version of every table in the lake."""
    return {table: lake.version(table) for table in lake.tables()}
