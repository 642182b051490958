"""What has to notice a broken threshold or operator: events, and the metrics that scenarios read."""

from pathlib import Path

from longtail.settings import REPOSITORY
from tests.mutation import sweeps
from tests.mutation.compiled import Project
from tests.unit.dbt import mapped
from tests.unit.dbt.metric_lake import closed_form_drives, curated, metrics_curated
from tests.unit.dbt.test_map_scenarios import PLANTED, T

METRICS = (
    "int_objects__related", "int_conflict_metrics__computed", "int_regulatory_limits__computed",
    "int_encounters__measured",
)  # fmt: skip


def few_drives() -> Project:
    """Over the drives of the unit tests."""
    return Project(*metrics_curated(), _watched())


def many_drives(root: Path) -> Project:
    """Over a lake at `root` whose drives go through the range of every threshold."""
    on_maps = [part for name, planted in PLANTED.items() for part in mapped.drive(name, T, *planted)]
    return Project(*curated([*closed_form_drives(), *sweeps.all_drives(), *on_maps], root), _watched())


def _watched() -> tuple[str, ...]:
    marts = (REPOSITORY / "dbt" / "models" / "marts" / "scenarios").glob("*.sql")
    return (*sorted(path.stem for path in marts), *METRICS)
