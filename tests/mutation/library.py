"""What has to notice a broken threshold or operator: every mart, and the metrics that scenarios and oracles read."""

from longtail.settings import REPOSITORY
from tests.mutation.compiled import Project
from tests.unit.dbt.metric_lake import metrics_curated

METRICS = (
    "int_objects__related", "int_conflict_metrics__computed", "int_regulatory_limits__computed",
    "int_encounters__measured", "int_road_users__boxed",
)  # fmt: skip


def project() -> Project:
    """Over the lake of the mutation check (tests.mutation.lake), curated once a process."""
    marts = (REPOSITORY / "dbt" / "models" / "marts").rglob("*.sql")
    return Project(*metrics_curated(), (*sorted(path.stem for path in marts), *METRICS))
