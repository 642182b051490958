"""The drives that have to notice a broken threshold or operator, curated once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY, settings
from tests.mutation import sweeps
from tests.mutation.compiled import Project
from tests.unit.dbt import crossings, drives
from tests.unit.dbt.test_encounters import CROSSINGS, OTHERS

METRICS = (
    "int_objects__related", "int_conflict_metrics__computed", "int_regulatory_limits__computed",
    "int_encounters__measured",
)  # fmt: skip


def lake(root: Path, is_whole: bool) -> Path:
    """A lake at `root`; without `is_whole` only the few drives of the unit tests."""
    parts = [*drives.cut_in(), *drives.ego_lane_change(), *drives.emergency_stop()]
    for name, (ego, actor) in (CROSSINGS | OTHERS).items():
        parts.extend(crossings.drive(name, ego, actor))
    return drives.write_lake(root, [*parts, *_swept(is_whole)])


def _swept(is_whole: bool) -> Iterator[drives.Rows]:
    if is_whole:
        yield from sweeps.all_drives()


def curated(root: Path, is_whole: bool) -> Project:
    """The library over that lake, ready to be broken. `watched`: events, and the metrics that scenarios read."""
    from spark_jobs.curate import curate

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(lake(root / "lake", is_whole)))
        patch.setenv("LONGTAIL_CACHE", str(root / "cache"))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    marts = [path.stem for path in (REPOSITORY / "dbt" / "models" / "marts" / "scenarios").glob("*.sql")]
    (target,) = (root / "cache" / "dbt").glob("*/duckdb")
    return Project(Path(report.location), target, (*marts, *METRICS))
