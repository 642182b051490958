"""Score mined events against a truth: recall, precision, overlap and errors of parameters, per definition."""

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from longtail.query import sql
from training.event_matching import NS_PER_S, matched, overlap
from training.score_encounters import ENCOUNTER, Rows, measured
from training.score_parameters import ParameterError, parameter_errors
from training.shares import Share, f1_of, share
from training.truth_table import Event, Truth

_NO_VERSION = 0  # of encounters: they are no scenario, the TTC per instant is what is scored


@dataclass(frozen=True)
class ScenarioScore:
    """One scenario over all drives that the truth covers; null where nothing was counted.

    `misses` (true, not found) and `false_alarms` (found, not true) are there to be looked at, ordered by time.
    `is_defined` is False for a scenario of the truth that has no definition yet: it is counted, not scored.
    """

    scenario_id: str
    definition_version: int | None
    is_defined: bool
    num_truth: int
    num_found: int
    num_ignored: int
    tp: int
    fp: int
    fn: int
    recall: Share
    precision: Share
    f1: Share
    mean_overlap: float | None
    median_start_error_s: float | None
    p95_start_error_s: float | None
    parameters: list[ParameterError]
    misses: list[Event]
    false_alarms: list[Event]


def score(
    truth: Truth, tolerance_s: float = 1.0, min_overlap: float = 0.5, database: Path | None = None
) -> list[ScenarioScore]:
    """Match the events of the lake, or of a DuckDB file from `longtail curate --target duckdb`, with a truth.

    Every true event counts: those of a drive that was never ingested are misses. Found events count where the truth
    covers drive, scenario and time; those of scenarios that the truth does not name are not judged. Events that the
    truth marks `is_ignored` are neither hits nor misses, and who finds them is not wrong.
    """
    rows = _rows_of(database)
    versions = {row["scenario_id"]: int(row["definition_version"]) for row in rows(_VERSIONS)}
    found = [event for event in rows(_FOUND) if event["definition_version"] == versions.get(event["scenario_id"])]
    scores = []
    for scenario_id in truth.scenarios:
        ours = [event for event in truth.events if event["scenario_id"] == scenario_id]
        if scenario_id == ENCOUNTER:
            answers = measured(ours, rows)
            theirs = [answer for answer in answers if answer is not None]
            answered = [i for i, answer in enumerate(answers) if answer is not None]
            pairs, version = list(zip(answered, range(len(theirs)), strict=True)), _NO_VERSION
        else:
            theirs = [event for event in found if event["scenario_id"] == scenario_id]
            pairs, version = matched(ours, theirs, tolerance_s, min_overlap), versions.get(scenario_id)
        scores.append(_score(truth, scenario_id, version, ours, theirs, pairs))
    return scores


_FOUND = """
select events.event_id, events.scenario_id, events.definition_version, events.drive_id, events.actor_track_id,
  events.t_start_ns, events.t_end_ns, events.severity, events.min_ttc_s, events.min_thw_s, events.max_drac_mps2,
  events.gap_at_start_m, events.closing_speed_at_start_mps, events.peak_deceleration_mps2, drives.has_reference
from marts.fct_scenario_events as events
inner join marts.dim_drives as drives on events.drive_id = drives.drive_id
order by events.t_start_ns, events.event_id
"""
_VERSIONS = """
select scenario_id, max(definition_version) as definition_version
from marts.dim_scenario_definitions
group by scenario_id
"""


def _rows_of(database: Path | None) -> Rows:
    """How to ask for rows: the lake, or a DuckDB file that is opened read only."""
    if database is None:
        return lambda query: list(sql(query).to_pylist())
    import duckdb

    def rows(query: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(database), read_only=True) as session:
            return list(session.sql(query).to_arrow_table().to_pylist())

    return rows


def _score(
    truth: Truth,
    scenario_id: str,
    version: int | None,
    ours: list[Event],
    theirs: list[Event],
    pairs: list[tuple[int, int]],
) -> ScenarioScore:
    counts = [not event["is_ignored"] and _is_judged(truth, event) for event in ours]
    hits = [(ours[i], theirs[j]) for i, j in pairs if counts[i]]
    answered, used = {i for i, _ in pairs}, {j for _, j in pairs}
    misses = [event for i, event in enumerate(ours) if counts[i] and i not in answered]
    alarms = [event for j, event in enumerate(theirs) if j not in used and _is_judged(truth, event)]
    tp, fn, fp = len(hits), len(misses), len(alarms)
    is_defined = version is not None
    starts_s = sorted(abs(a["t_start_ns"] - b["t_start_ns"]) / NS_PER_S for a, b in hits)
    overlaps = [common for pair in hits if (common := overlap(*pair)) is not None]
    return ScenarioScore(
        scenario_id=scenario_id,
        definition_version=version,
        is_defined=is_defined,
        num_truth=tp + fn,
        num_found=tp + fp,
        num_ignored=len(ours) - sum(counts),
        tp=tp,
        fp=fp,
        fn=fn,
        recall=share(tp, tp + fn if is_defined else 0),
        precision=share(tp, tp + fp),
        f1=f1_of(tp, fp, fn) if is_defined else share(0, 0),
        mean_overlap=fmean(overlaps) if overlaps else None,
        median_start_error_s=median(starts_s) if starts_s else None,
        p95_start_error_s=starts_s[min(int(0.95 * len(starts_s)), len(starts_s) - 1)] if starts_s else None,
        parameters=parameter_errors(hits),
        misses=sorted(misses, key=_by_time),
        false_alarms=sorted(alarms, key=_by_time),
    )


def _is_judged(truth: Truth, event: Event) -> bool:
    return truth.covers(event["drive_id"], event["scenario_id"], event["t_start_ns"])


def _by_time(event: Event) -> tuple[str, int]:
    return event["drive_id"], event["t_start_ns"]
