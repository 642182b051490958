"""A small lake of closed-form drives, curated once on DuckDB."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives


@pytest.fixture(scope="session")
def dbt_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all runs, so that dbt parses the project once."""
    return tmp_path_factory.mktemp("dbt-cache")


@pytest.fixture(scope="session")
def lake_of_drives(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> Iterator[Path]:
    """Lake root; every marts query of the module goes to the DuckDB file beside it."""
    root = tmp_path_factory.mktemp("drives") / "lake"
    return drives.write_lake(root, [*drives.cut_in(), *drives.ego_lane_change(), *drives.emergency_stop()])


@pytest.fixture
def settled(lake_of_drives: Path, dbt_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """That lake as the lake of the settings."""
    monkeypatch.setenv("LONGTAIL_LAKE", str(lake_of_drives))
    monkeypatch.setenv("LONGTAIL_CACHE", str(dbt_cache))
    settings.cache_clear()
    yield lake_of_drives
    settings.cache_clear()


@pytest.fixture(scope="session")
def marts(lake_of_drives: Path, dbt_cache: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a copy of the curated marts."""
    from spark_jobs.curate import curate

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(lake_of_drives))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    copy = shutil.copy(report.location, lake_of_drives.parent / "read.duckdb")  # the original is rebuilt by tests
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection
