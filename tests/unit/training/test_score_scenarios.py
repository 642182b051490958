"""Scoring against truth: what is planted and found matches once, and nothing is left out quietly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from longtail import lake as lake_module
from training.score_scenarios import ScenarioScore, TruthError, matched, score, wilson

SECOND = 1_000_000_000
T0 = 1_700_000_000 * SECOND
Write = Callable[[list[dict[str, Any]]], None]


def planted(drive: str, t_s: float, track: str | None = "ref-1", scenario: str = "cut_in") -> dict[str, Any]:
    return {
        "drive_id": drive,
        "scenario_id": scenario,
        "actor_id": "actor-1",
        "reference_track_id": track,
        "t_start_ns": T0 + int(t_s * SECOND),
        "t_end_ns": T0 + int((t_s + 2) * SECOND),
        "parameters": json.dumps({}),
    }


def found(drive: str, t_s: float, track: str | None = "ref-1", scenario: str = "cut_in") -> dict[str, Any]:
    return {
        "event_id": f"{drive}-{scenario}-{t_s}",
        "scenario_id": scenario,
        "drive_id": drive,
        "actor_track_id": track,
        "t_start_ns": T0 + int(t_s * SECOND),
        "severity": "benign",
    }


@pytest.fixture
def mined(lake: Path) -> Write:
    """Call it with the events the lake should hold, on two drives: `a` with a reference list, `b` without."""

    def write(events: list[dict[str, Any]]) -> None:
        schema = pa.schema([(n, pa.int64() if n == "t_start_ns" else pa.string()) for n in found("a", 0.0)])
        drives = pa.table({"drive_id": ["a", "b"], "has_reference": [True, False]})
        definitions = pa.table({"scenario_id": ["cut_in", "hard_brake"], "definition_version": [1, 1]})
        for name, rows in (
            ("fct_scenario_events", pa.Table.from_pylist(events, schema=schema)),
            ("dim_drives", drives),
            ("dim_scenario_definitions", definitions),
        ):
            write_deltalake(lake / "marts" / name, rows, mode="overwrite")

    return write


@pytest.fixture
def truth(tmp_path: Path) -> Write:
    """Call it with the planted events; drives `a` and `b` always have a truth."""

    def write(events: list[dict[str, Any]]) -> None:
        schema = pa.table({k: [v] for k, v in planted("a", 0.0).items()}).schema
        for drive in {"a", "b"} | {event["drive_id"] for event in events}:
            folder = tmp_path / "truth" / drive
            folder.mkdir(parents=True, exist_ok=True)
            rows = [event for event in events if event["drive_id"] == drive]
            pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "events.parquet")

    return write


def cut_ins(tmp_path: Path, tolerance_s: float = 1.0) -> ScenarioScore:
    return next(s for s in score(tmp_path / "truth", tolerance_s) if s.scenario_id == "cut_in")


def test_hits_misses_and_false_alarms_are_told_apart(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10), planted("a", 30), planted("b", 10), planted("b", 20, None, "hard_brake")])
    mined([found("a", 10.9), found("a", 33), found("b", 9.5, "onb-7"), found("b", 20.2, None, "hard_brake")])
    result = cut_ins(tmp_path)
    assert (result.num_truth, result.num_found, result.tp, result.fn, result.fp) == (3, 3, 2, 1, 1)
    assert (result.recall, result.precision) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert [(e["drive_id"], e["t_start_ns"]) for e in result.misses] == [("a", T0 + 30 * SECOND)]
    assert [e["event_id"] for e in result.false_alarms] == ["a-cut_in-33"]
    assert cut_ins(tmp_path, tolerance_s=0.6).tp == 1


def test_one_found_event_cannot_answer_two_planted_ones(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10), planted("a", 10.4)])
    mined([found("a", 10.3)])
    result = cut_ins(tmp_path)
    assert (result.tp, result.fn, result.fp) == (1, 1, 0)
    assert result.misses[0]["t_start_ns"] == T0 + 10 * SECOND  # the nearer one is the match


def test_another_actor_at_the_same_time_is_no_match_where_actors_are_known(
    mined: Write, truth: Write, tmp_path: Path
) -> None:
    truth([planted("a", 10, "ref-1"), planted("b", 10, "ref-1")])
    mined([found("a", 10, "ref-2"), found("b", 10, "onb-2")])  # drive b has no reference list: its ids are its own
    result = cut_ins(tmp_path)
    assert (result.tp, result.fn, result.fp) == (1, 1, 1)
    assert result.misses[0]["drive_id"] == "a"


def test_a_drive_that_was_never_ingested_is_all_misses(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10), planted("lost", 10), planted("lost", 20)])
    mined([found("a", 10)])
    assert cut_ins(tmp_path).recall == pytest.approx(1 / 3)


def test_events_of_drives_without_truth_are_not_judged(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10)])
    (tmp_path / "truth" / "b" / "events.parquet").unlink()
    mined([found("a", 10), found("b", 10)])
    assert cut_ins(tmp_path).fp == 0


def test_a_scenario_without_definition_is_counted_and_not_scored(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10, scenario="cut_out")])
    mined([])
    results = {s.scenario_id: s for s in score(tmp_path / "truth")}
    assert (results["cut_out"].is_defined, results["cut_out"].num_truth, results["cut_out"].recall) == (False, 1, None)
    assert results["cut_in"].is_defined
    assert results["cut_in"].recall is None  # none planted: nothing to recall


def test_scores_are_in_the_lake_once(mined: Write, truth: Write, tmp_path: Path) -> None:
    truth([planted("a", 10), planted("a", 30)])
    mined([found("a", 10)])
    cut_ins(tmp_path)
    version = lake_module.version("ml.evaluations")
    cut_ins(tmp_path)
    assert lake_module.version("ml.evaluations") == version
    mined([found("a", 10), found("a", 30)])
    cut_ins(tmp_path)
    rows = lake_module.read("ml.evaluations").to_pylist()
    values = {(row["model_name"], row["metric"]): row["value"] for row in rows}
    assert values["definition:cut_in", "recall"] == 1.0
    assert len(rows) == len(values) == 4


def test_an_empty_truth_is_an_error(mined: Write, tmp_path: Path) -> None:
    mined([])
    with pytest.raises(TruthError, match="longtail fleet generate"):
        score(tmp_path / "truth")


def test_matching_is_greedy_by_time_and_one_to_one() -> None:
    ours = [planted("a", t) for t in (1.0, 2.0, 3.0)]
    theirs = [found("a", t) | {"has_reference": True} for t in (1.4, 2.1, 9.0)]
    assert matched(ours, theirs, SECOND) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 100, 0.7222, 0.8749)],
)
def test_wilson_intervals_are_the_published_ones(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_no_trials_no_interval() -> None:
    assert wilson(0, 0) == (None, None)
