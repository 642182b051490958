"""Score mined events against the truth of a generated fleet. The only code of the product that may read the truth."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from longtail.query import sql
from training.ml_tables import upsert

_Z_95 = 1.959963984540054  # normal quantile of a 95 % interval
_NS_PER_S = 1_000_000_000
Event = dict[str, Any]


class TruthError(RuntimeError):
    """There is no truth where it was looked for."""


@dataclass(frozen=True)
class ScenarioScore:
    """One scenario over all drives that have a truth. Intervals are Wilson's, 95 %; null where nothing was counted.

    `misses` (planted, not found) and `false_alarms` (found, not planted) are there to be looked at, ordered by time.
    `is_defined` is False for a scenario of the truth that has no definition yet: it is counted, not scored.
    """

    scenario_id: str
    is_defined: bool
    num_truth: int
    num_found: int
    tp: int
    fp: int
    fn: int
    recall: float | None
    recall_ci_low: float | None
    recall_ci_high: float | None
    precision: float | None
    precision_ci_low: float | None
    precision_ci_high: float | None
    misses: list[Event]
    false_alarms: list[Event]


def score(truth: Path, tolerance_s: float = 1.0) -> list[ScenarioScore]:
    """Match marts.fct_scenario_events with truth/<drive_id>/events.parquet, drive by drive; also into ml.evaluations.

    A planted and a found event match when drive and scenario are equal, their starts differ by at most `tolerance_s`
    (s) and, on drives with a reference list, the actor is the same. One to one, nearest starts first. Every drive of
    the truth counts: one that was never ingested is all misses. Found events of drives without truth do not count.

    Raises:
        TruthError: no events.parquet below `truth`.
    """
    paths = sorted(truth.glob("*/events.parquet"))
    if not paths:
        raise TruthError(f"no <drive_id>/events.parquet below {truth}; `longtail fleet generate` writes a truth")
    planted = pa.concat_tables([pq.read_table(path) for path in paths]).to_pylist()
    drives = {path.parent.name for path in paths}
    found = [event for event in sql(_FOUND).to_pylist() if event["drive_id"] in drives]
    defined = set(sql("select scenario_id from marts.dim_scenario_definitions").column("scenario_id").to_pylist())
    scores = []
    for scenario_id in sorted(defined | {event["scenario_id"] for event in planted}):
        ours = [event for event in planted if event["scenario_id"] == scenario_id]
        theirs = [event for event in found if event["scenario_id"] == scenario_id]
        scores.append(_score(scenario_id, scenario_id in defined, ours, theirs, int(tolerance_s * _NS_PER_S)))
    for result in scores:
        if result.is_defined:
            model_name = f"definition:{result.scenario_id}"
            upsert("ml.evaluations", _rows(model_name, result), ["evaluation_id"], ("model_name", model_name))
    return scores


def matched(planted: list[Event], found: list[Event], tolerance_ns: int) -> list[tuple[int, int]]:
    """Pairs (index of planted, index of found), one to one, nearest starts first."""
    candidates = sorted(
        (abs(ours["t_start_ns"] - theirs["t_start_ns"]), i, j)
        for i, ours in enumerate(planted)
        for j, theirs in enumerate(found)
        if ours["drive_id"] == theirs["drive_id"] and _is_same_actor(ours, theirs)
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for difference_ns, i, j in candidates:
        if difference_ns <= tolerance_ns and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return sorted(pairs.items())


def wilson(successes: int, trials: int) -> tuple[float | None, float | None]:
    """95 % interval of a share; none without trials."""
    if not trials:
        return None, None
    share, z2 = successes / trials, _Z_95**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z_95 / (1 + z2 / trials) * (share * (1 - share) / trials + z2 / (4 * trials**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


_FOUND = """
select events.event_id, events.scenario_id, events.drive_id, events.actor_track_id, events.t_start_ns, events.severity,
  drives.has_reference
from marts.fct_scenario_events as events
inner join marts.dim_drives as drives on events.drive_id = drives.drive_id
order by events.t_start_ns, events.event_id
"""


def _is_same_actor(planted: Event, found: Event) -> bool:
    """Only the reference list names actors as the truth does; the ids of the vehicle's own perception are its own."""
    if not found["has_reference"] or planted["reference_track_id"] is None or found["actor_track_id"] is None:
        return True
    return bool(planted["reference_track_id"] == found["actor_track_id"])


def _score(
    scenario_id: str, is_defined: bool, planted: list[Event], found: list[Event], tolerance_ns: int
) -> ScenarioScore:
    pairs = matched(planted, found, tolerance_ns)
    hit, used = {i for i, _ in pairs}, {j for _, j in pairs}
    tp, fn, fp = len(pairs), len(planted) - len(pairs), len(found) - len(pairs)
    recall_low, recall_high = wilson(tp, len(planted) if is_defined else 0)
    precision_low, precision_high = wilson(tp, len(found))
    return ScenarioScore(
        scenario_id=scenario_id,
        is_defined=is_defined,
        num_truth=len(planted),
        num_found=len(found),
        tp=tp,
        fp=fp,
        fn=fn,
        recall=tp / len(planted) if planted and is_defined else None,
        recall_ci_low=recall_low,
        recall_ci_high=recall_high,
        precision=tp / len(found) if found else None,
        precision_ci_low=precision_low,
        precision_ci_high=precision_high,
        misses=sorted((e for i, e in enumerate(planted) if i not in hit), key=_by_time),
        false_alarms=sorted((e for j, e in enumerate(found) if j not in used), key=_by_time),
    )


def _by_time(event: Event) -> tuple[str, int]:
    return event["drive_id"], event["t_start_ns"]


def _rows(model_name: str, result: ScenarioScore) -> pa.Table:
    """The rows of ml.evaluations; samples are planted events for recall and found ones for precision, hits positive."""
    rows = []
    for metric, num_samples in (("recall", result.num_truth), ("precision", result.num_found)):
        row = {
            "evaluation_id": hashlib.sha256(f"{model_name}|truth|all|{metric}".encode()).hexdigest(),
            "model_name": model_name,
            "slice_name": "all",
            "slice_value": "all",
            "metric": metric,
            "value": getattr(result, metric),
            "ci_low": getattr(result, f"{metric}_ci_low"),
            "ci_high": getattr(result, f"{metric}_ci_high"),
            "num_samples": num_samples,
            "num_positives": result.tp,
        }
        rows.append(row)
    return pa.Table.from_pylist(rows)
