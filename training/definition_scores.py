"""Scores of definitions as rows of ops.definition_scores: scoring again changes nothing unless something changed."""

import hashlib
from collections.abc import Iterator

import pyarrow as pa

from longtail.settings import REPOSITORY
from training.ml_tables import upsert
from training.score_scenarios import ScenarioScore
from training.truth_table import Truth

TABLE = "ops.definition_scores"
_SQL = ("models", "macros", "seeds")
Value = tuple[str, float | None, float | None, float | None, int, int]


def definitions_digest() -> str:
    """sha256 over what the events follow from behind silver: every model, macro and seed of dbt/."""
    files = [path for folder in _SQL for path in (REPOSITORY / "dbt" / folder).rglob("*")]
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.suffix in (".sql", ".csv")):
        digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def store(truth: Truth, scores: list[ScenarioScore], tolerance_s: float, min_overlap: float) -> int:
    """Write the scores of defined scenarios; how many rows were new or had changed."""
    digest = definitions_digest()
    rows = []
    for result in scores:
        if result.definition_version is None:
            continue
        key = [truth.name, result.scenario_id, str(result.definition_version), digest]
        for metric, value, low, high, num_samples, num_positives in _values(result):
            rows.append(
                {
                    "score_id": hashlib.sha256("|".join([*key, metric]).encode()).hexdigest(),
                    "truth_name": truth.name,
                    "truth_digest": truth.digest,
                    "scenario_id": result.scenario_id,
                    "definition_version": result.definition_version,
                    "definitions_digest": digest,
                    "metric": metric,
                    "value": value,
                    "ci_low": low,
                    "ci_high": high,
                    "num_samples": num_samples,
                    "num_positives": num_positives,
                    "tolerance_s": tolerance_s,
                    "min_overlap": min_overlap,
                }
            )
    return upsert(TABLE, pa.Table.from_pylist(rows), ["score_id"], ("truth_name", truth.name)) if rows else 0


def _values(result: ScenarioScore) -> Iterator[Value]:
    """(metric, value, ci_low, ci_high, num_samples, num_positives) of one scenario."""
    for name, part in (("recall", result.recall), ("precision", result.precision), ("f1", result.f1)):
        yield name, part.value, part.ci_low, part.ci_high, part.trials, part.successes
    for name in ("mean_overlap", "median_start_error_s", "p95_start_error_s"):
        yield name, getattr(result, name), None, None, result.tp, result.tp
    for error in result.parameters:
        within = error.within
        yield (
            f"share_within:{error.name}", within.value, within.ci_low, within.ci_high, within.trials, within.successes
        )  # fmt: skip
        yield f"median_error:{error.name}", error.median_error, None, None, within.trials, within.trials
        yield f"p95_error:{error.name}", error.p95_error, None, None, within.trials, within.trials
