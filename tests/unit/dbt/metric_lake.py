"""The closed-form drives of the tests of metrics and of the mutation check, curated once for every module that asks."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from longtail.settings import settings
from tests.mutation import lake
from tests.oracles.crime.through_silver import pair_drives
from tests.unit.dbt import drives

_FOLDER = tempfile.TemporaryDirectory(prefix="longtail-metrics-")


def curated(parts: list[drives.Rows], root: Path) -> tuple[Path, Path]:
    """(DuckDB file, folder of dbt's artefacts) of a lake of `parts` at `root`/lake."""
    from spark_jobs.curate import curate

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(drives.write_lake(root / "lake", parts)))
        patch.setenv("LONGTAIL_CACHE", str(root / "cache"))
        patch.setenv("DBT_WRITE_JSON", "true")  # the mutation check reads the manifest
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    (target,) = (root / "cache" / "dbt").glob("*/duckdb")
    return Path(report.location), target


@cache
def metrics_curated() -> tuple[Path, Path]:
    """The lake of the mutation check, with the pairs that commonroad-crime measures too."""
    root = Path(_FOLDER.name)
    # the pairs first: columns are those of the first row of a table, and theirs has all
    return curated([*pair_drives(root), *lake.parts()], root)


def rows(query: str) -> list[dict[str, Any]]:
    """What the curated metrics answer."""
    with duckdb.connect(str(metrics_curated()[0]), read_only=True) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
