"""Scoring against truth: what is true and found matches once, and nothing is left out quietly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail import lake as lake_module
from training import definition_scores
from training.score_scenarios import ScenarioScore, score
from training.truth_table import ANYONE, Event, Truth

SECOND = 1_000_000_000
T0 = 1_700_000_000 * SECOND
Write = Callable[[list[dict[str, Any]]], None]
WHOLE = [{"drive_id": d, "scenario_id": None, "t_start_ns": None, "t_end_ns": None} for d in ("a", "b", "lost")]


def planted(drive: str, t_s: float, track: str | None = "ref-1", scenario: str = "cut_in", **more: Any) -> Event:
    event = {
        "drive_id": drive,
        "scenario_id": scenario,
        "actor_track_id": track,
        "t_start_ns": T0 + int(t_s * SECOND),
        "t_end_ns": T0 + int((t_s + 2) * SECOND),
        "tolerance_s": None,
        "min_overlap": None,
        "is_ignored": False,
        "parameters": {},
    }
    return event | more


def found(drive: str, t_s: float, track: str | None = "ref-1", scenario: str = "cut_in", **more: Any) -> Event:
    event = {
        "event_id": f"{drive}-{scenario}-{t_s}",
        "scenario_id": scenario,
        "definition_version": 2,
        "drive_id": drive,
        "actor_track_id": track,
        "t_start_ns": T0 + int(t_s * SECOND),
        "t_end_ns": T0 + int((t_s + 2) * SECOND),
        "severity": "benign",
        "min_ttc_s": 1.5,
        "min_thw_s": None,
        "max_drac_mps2": None,
        "gap_at_start_m": 20.0,
        "closing_speed_at_start_mps": 4.0,
        "peak_deceleration_mps2": None,
    }
    return event | more


def truth_of(*events: Event, windows: list[Event] = WHOLE) -> Truth:
    return Truth("made", list(events), windows, "digest")


@pytest.fixture
def mined(lake: Path) -> Write:
    """Call it with the events the lake should hold, on two drives: `a` with a reference list, `b` without."""

    def write(events: list[dict[str, Any]]) -> None:
        kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), type(None): pa.float64()}
        schema = pa.schema([(name, kinds[type(value)]) for name, value in found("a", 0.0).items()])
        drives = pa.table({"drive_id": ["a", "b"], "has_reference": [True, False]})
        definitions = pa.table({"scenario_id": ["cut_in", "hard_brake", "cut_in"], "definition_version": [1, 2, 2]})
        for name, rows in (
            ("fct_scenario_events", pa.Table.from_pylist(events, schema=schema)),
            ("dim_drives", drives),
            ("dim_scenario_definitions", definitions),
        ):
            write_deltalake(lake / "marts" / name, rows, mode="overwrite")

    return write


def cut_ins(truth: Truth, tolerance_s: float = 1.0, min_overlap: float = 1.1) -> ScenarioScore:
    return next(s for s in score(truth, tolerance_s, min_overlap) if s.scenario_id == "cut_in")


def test_hits_misses_and_false_alarms_are_told_apart(mined: Write) -> None:
    truth = truth_of(planted("a", 10), planted("a", 30), planted("b", 10), planted("b", 20, None, "hard_brake"))
    mined([found("a", 10.9), found("a", 33), found("b", 9.5, "onb-7"), found("b", 20.2, None, "hard_brake")])
    result = cut_ins(truth)
    assert (result.num_truth, result.num_found, result.tp, result.fn, result.fp) == (3, 3, 2, 1, 1)
    assert (result.recall.value, result.precision.value) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert result.f1.value == pytest.approx(2 / 3)
    assert [(e["drive_id"], e["t_start_ns"]) for e in result.misses] == [("a", T0 + 30 * SECOND)]
    assert [e["event_id"] for e in result.false_alarms] == ["a-cut_in-33"]
    assert cut_ins(truth, tolerance_s=0.6).tp == 1


def test_one_found_event_cannot_answer_two_planted_ones(mined: Write) -> None:
    mined([found("a", 10.3)])
    result = cut_ins(truth_of(planted("a", 10), planted("a", 10.4)))
    assert (result.tp, result.fn, result.fp) == (1, 1, 0)
    assert result.misses[0]["t_start_ns"] == T0 + 10 * SECOND  # the nearer one is the match


def test_another_actor_at_the_same_time_is_no_match_where_actors_are_known(mined: Write) -> None:
    mined([found("a", 10, "ref-2"), found("b", 10, "onb-2")])  # drive b has no reference list: its ids are its own
    result = cut_ins(truth_of(planted("a", 10, "ref-1"), planted("b", 10, "ref-1")))
    assert (result.tp, result.fn, result.fp) == (1, 1, 1)
    assert result.misses[0]["drive_id"] == "a"


def test_an_event_of_the_ego_is_not_answered_by_one_of_an_actor(mined: Write) -> None:
    mined([found("a", 10, "ref-1"), found("b", 10, "onb-1")])
    assert cut_ins(truth_of(planted("a", 10, None), planted("b", 10, None))).tp == 0
    assert cut_ins(truth_of(planted("a", 10, ANYONE))).tp == 1


def test_a_drive_that_was_never_ingested_is_all_misses(mined: Write) -> None:
    mined([found("a", 10)])
    result = cut_ins(truth_of(planted("a", 10), planted("lost", 10), planted("lost", 20)))
    assert result.recall.value == pytest.approx(1 / 3)


def test_false_alarms_count_only_where_the_truth_is_complete(mined: Write) -> None:
    mined([found("a", t) for t in (10, 20, 40)] + [found("b", 10), found("a", 12, None, "hard_brake")])
    window = {"drive_id": "a", "scenario_id": "cut_in", "t_start_ns": T0, "t_end_ns": T0 + 30 * SECOND}
    [result] = score(truth_of(planted("a", 10), planted("a", 50), windows=[window]))
    assert (result.tp, result.fn, result.fp) == (1, 0, 1)  # at 20 s; 40 s, 50 s and drive b are outside, hard_brake too
    assert result.scenario_id == "cut_in"


def test_an_ignored_event_is_neither_hit_nor_miss_and_takes_nobodys_place(mined: Write) -> None:
    mined([found("a", 10.2), found("a", 20)])
    ours = [planted("a", 10.8), planted("a", 10.2, is_ignored=True), planted("a", 20, is_ignored=True)]
    result = cut_ins(truth_of(*ours, planted("a", 30, is_ignored=True)))
    assert (result.tp, result.fn, result.fp, result.num_ignored) == (1, 0, 0, 3)


def test_long_events_match_by_overlap_where_starts_are_vague(mined: Write) -> None:
    mined([found("a", 10, t_end_ns=T0 + 30 * SECOND)])
    long = planted("a", 14, t_end_ns=T0 + 30 * SECOND)
    assert cut_ins(truth_of(long), min_overlap=0.9).tp == 0
    result = cut_ins(truth_of(long), min_overlap=0.5)
    assert (result.tp, result.mean_overlap, result.median_start_error_s) == (1, pytest.approx(0.8), 4.0)
    assert cut_ins(truth_of(long | {"min_overlap": 0.9}), min_overlap=0.5).tp == 0
    assert cut_ins(truth_of(long | {"tolerance_s": 5.0}), min_overlap=1.1).tp == 1


def test_a_scenario_without_definition_is_counted_and_not_scored(mined: Write) -> None:
    mined([])
    [result] = score(truth_of(planted("a", 10, scenario="cut_out")))
    assert (result.is_defined, result.num_truth, result.recall.value, result.f1.value) == (False, 1, None, None)


def test_what_an_older_version_found_is_not_scored(mined: Write) -> None:
    mined([found("a", 10, definition_version=1)])
    assert (cut_ins(truth_of(planted("a", 10))).tp, cut_ins(truth_of(planted("a", 10))).fp) == (0, 0)


def test_parameters_are_compared_over_the_pairs_that_have_them(mined: Write) -> None:
    mined([found("a", 10), found("a", 20, gap_at_start_m=25.5), found("a", 30, gap_at_start_m=None)])
    given = {"gap_m": 20.4, "min_ttc_s": 9.0, "of_no_interest": 1.0}
    [gap] = cut_ins(truth_of(*(planted("a", t, parameters=given) for t in (10, 20, 30)))).parameters
    assert (gap.name, gap.within.trials, gap.within.successes) == ("gap_m", 2, 1)
    assert gap.median_error == pytest.approx((0.4 + 5.1) / 2)


def test_an_encounter_is_the_smallest_ttc_to_that_actor_in_that_time(mined: Write, lake: Path) -> None:
    mined([])
    near, other = "ref-1", "ref-2"  # its ends count to the nearest instant of the grid
    instants = [(9.94, near, 0.5), (9.96, near, 2.0), (12.04, near, 1.52), (11, other, 0.1), (12.06, near, 0.7)]
    related = pa.table(
        {
            "drive_id": ["a"] * 5,
            "track_id": [track for _, track, _ in instants],
            "t_ns": [T0 + int(t * SECOND) for t, _, _ in instants],
            "ttc_s": [ttc for _, _, ttc in instants],
            "is_event_role": [True] * 5,
        }
    )
    write_deltalake(lake / "intermediate" / "int_objects__related", related)
    ours = [
        planted("a", 10, scenario="encounter", parameters={"min_ttc_s": 1.5}),
        planted("a", 50, scenario="encounter"),
    ]
    [result] = score(truth_of(*ours))
    assert (result.tp, result.fn, result.fp) == (1, 1, 0)
    assert result.parameters[0].within.value == 1.0
    assert result.parameters[0].median_error == pytest.approx(0.02)


def test_scores_are_in_the_lake_once(mined: Write) -> None:
    truth = truth_of(planted("a", 10), planted("a", 30))
    mined([found("a", 10)])
    assert definition_scores.store(truth, score(truth), 1.0, 0.5) > 0
    version = lake_module.version(definition_scores.TABLE)
    assert definition_scores.store(truth, score(truth), 1.0, 0.5) == 0
    assert lake_module.version(definition_scores.TABLE) == version
    mined([found("a", 10), found("a", 30)])
    definition_scores.store(truth, score(truth), 1.0, 0.5)
    rows = lake_module.read(definition_scores.TABLE).to_pylist()
    values = {row["metric"]: row for row in rows}
    assert len(values) == len(rows)
    assert (values["recall"]["value"], values["recall"]["num_positives"]) == (1.0, 2)
    assert values["recall"]["definition_version"] == 2
