"""Lane scenarios from closed-form drives through silver and dbt: each is found where it is, not where it nearly is,
and the same in a world that was turned, mirrored, delayed, renamed, split into two files or sampled otherwise."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives, stories
from tests.unit.dbt.stories import World
from tests.unit.dbt.told import STORIES, drive

NAMES = {"cutter": "van", "van": "walker", "walker": "cutter", "slow": "weaver", "weaver": "slow"}
WORLDS = {
    "turned": World(turn_rad=2.3),
    "mirrored": World(is_mirrored=True),
    "later": World(delay_ns=3_600_000_000_000),
    "a_moment_later": World(delay_ns=37_000_000),
    "renamed": World(names=NAMES),
    "split": World(is_split=True),
    "sampled_faster": World(rate_hz=(50.0, 25.0, 20.0)),
    "sampled_unevenly": World(rate_hz=(12.5, 12.5, 7.0)),
}
# what happens in the eventful drive: scenario, actor, second
EVENTS = [
    ("cut_in", "cutter", 5.8),
    ("lane_change", "cutter", 4.2),
    ("tailgating", "cutter", 6.0),
    ("lead_hard_brake", "cutter", 15.0),
    ("hard_brake", None, 15.6),
    ("lane_change", "cutter", 20.2),
    ("cut_out", "cutter", 21.2),
    ("lane_change", None, 26.1),
    ("emergency_lane_change", None, 26.1),
    ("swerving_lead", "weaver", 34.0),
    ("occluded_ped_emerging", "walker", 51.3),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts over both drives as they are, and the eventful one in every world."""
    from spark_jobs.curate import curate

    parts = [part for name in STORIES for part in drive(name)]
    parts += [part for name, world in WORLDS.items() for part in drive(name, "eventful", world)]
    root = drives.write_lake(tmp_path_factory.mktemp("stories") / "lake", parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    copy = shutil.copy(report.location, root.parent / "read.duckdb")
    with duckdb.connect(str(copy), read_only=True) as connection:
        yield connection


def events(told: duckdb.DuckDBPyConnection, drive_id: str, scenario_id: str = "%") -> list[tuple]:
    """(scenario, actor, start s, end s, severity) of a drive, by start."""
    return told.execute(
        "select scenario_id, actor_track_id, (t_start_ns - ?) / 1e9, (t_end_ns - ?) / 1e9, severity "
        "from marts.fct_scenario_events where drive_id = ? and scenario_id like ? order by t_start_ns, scenario_id",
        [stories.START_NS, stories.START_NS, drive_id, scenario_id],
    ).fetchall()


def _order(event: tuple) -> tuple:
    return event[0], event[1] or "", event[2]


@pytest.mark.parametrize(("scenario_id", "actor", "start_s"), EVENTS)
def test_it_is_found_where_it_happens(told, scenario_id: str, actor: str | None, start_s: float) -> None:
    starts = [start for _, track, start, _, _ in events(told, "eventful", scenario_id) if track == actor]
    assert [start for start in starts if abs(start - start_s) <= 0.5], starts


def test_nothing_else_of_the_kind_happens(told) -> None:
    kinds = {scenario_id for scenario_id, _, _ in EVENTS}
    found = [event for event in events(told, "eventful") if event[0] in kinds]
    assert len(found) == len(EVENTS), found


def test_a_drive_in_which_each_nearly_happens_has_only_its_lane_change(told) -> None:
    kinds = {scenario_id for scenario_id, _, _ in EVENTS}
    found = [event[:2] for event in events(told, "calm") if event[0] in kinds]
    assert found == [("lane_change", None)], found


def test_who_comes_down_a_ramp_changes_no_lane(told) -> None:
    lowest = "select min(lane_position) from intermediate.int_lane_positions__unwrapped where track_id = 'ramp'"
    assert told.execute(lowest).fetchone()[0] < -10, "it must cross lanes that are none, or this proves nothing"
    assert [event for event in events(told, "beside", "lane_change") if event[1] == "ramp"] == []


def test_who_turns_in_from_a_side_street_has_not_cut_in(told) -> None:
    leads = "select count(*) from intermediate.int_objects__related where track_id = 'side' and is_lead"
    assert told.execute(leads).fetchone()[0] > 10, "it must become the lead, or this proves nothing"
    found = [event[:2] for event in events(told, "beside") if event[0] in ("cut_in", "lane_change")]
    assert found == []


def test_who_is_seen_for_a_moment_in_one_place_stands_and_who_rolls_does_not(told) -> None:
    lives = "select track_id, count(*) from intermediate.int_objects__related where drive_id = 'beside' group by 1"
    counts = dict(told.execute(lives).fetchall())
    assert 5 <= counts["kerb"] <= 10, counts
    assert 5 <= counts["crawler"] <= 10, counts
    assert [event[1] for event in events(told, "beside", "stationary")] == ["kerb"]


def test_who_has_just_become_the_lead_swerves_too(told) -> None:
    (swerve,) = events(told, "queue", "swerving_lead")
    assert swerve[1] == "joiner"
    assert swerve[2] == pytest.approx(8.2, abs=0.5)


def test_what_never_moved_blocks_the_lane_and_what_has_just_stopped_does_not(told) -> None:
    leads = "select count(*) from intermediate.int_objects__related where track_id = 'stopped' and is_lead"
    assert told.execute(leads).fetchone()[0] > 10, "it must lead, or this proves nothing"
    assert [event[1] for event in events(told, "queue", "blocked_lane")] == ["stalled"]


def test_who_leaves_shows_nothing_when_another_came_between_or_it_is_passed(told) -> None:
    exits = (
        "select exits.track_id from intermediate.int_lane_exits__detected as exits "
        "join intermediate.int_objects__related as related using (drive_id, track_id) "
        "where drive_id = 'leaving' and related.t_ns = exits.t_start_ns and related.is_lead order by 1"
    )
    assert told.execute(exits).fetchall() == [("back",), ("leaver",)], "they must lead and leave"
    assert events(told, "leaving", "cut_out") == []


def test_a_steep_lane_change_is_measured_at_right_angles_to_the_lane_and_a_turn_is_none(told) -> None:
    moves = (
        "select peak_sine, lane_width_m, displacement_m, peak_lateral_speed_mps "
        "from intermediate.int_lateral_moves__merged where drive_id = 'steep' and track_id = '' order by t_start_ns"
    )
    change, turn = told.execute(moves).fetchall()
    assert change[0] == pytest.approx(0.65, abs=0.03)  # sin(arctan(2.98 / 3.5))
    assert change[1:] == pytest.approx((3.5, 3.5, 2.98), rel=0.07)
    assert turn[0] == pytest.approx(0.83, abs=0.04), "it must be steeper than 45 degrees, or this proves nothing"
    assert [event[1:3] for event in events(told, "steep", "lane_change")] == [(None, pytest.approx(10.1, abs=0.3))]


@pytest.mark.parametrize("name", ["turned", "mirrored"])
def test_sideways_speed_is_that_in_the_lane_whatever_the_heading_of_the_road(told, name: str) -> None:
    """RefAV's changing_lanes looks at the y of the city, so that the same movement counts on one road only."""
    query = (
        "select peak_lateral_speed_mps, is_to_left from marts.fct_lane_changes where drive_id = ? order by t_start_ns"
    )
    here, there = (told.execute(query, [drive]).fetchall() for drive in ("eventful", name))
    assert [speed for speed, _ in here] == pytest.approx([1.64, 2.19, 2.98], rel=0.07)  # 1.875 d / T of a quintic
    assert [speed for speed, _ in there] == pytest.approx([speed for speed, _ in here], abs=0.02)
    assert [left for _, left in there] == [left != (name == "mirrored") for _, left in here]


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_story_told_otherwise_has_the_same_events(told, name: str) -> None:
    world = WORLDS[name]
    back = {new: old for old, new in world.names.items()}
    here = sorted(events(told, "eventful"), key=_order)
    there = [
        (scenario, back.get(actor, actor), start - world.delay_ns * 1e-9, end - world.delay_ns * 1e-9, severity)
        for scenario, actor, start, end, severity in events(told, name)
    ]
    there = sorted(there, key=_order)
    assert [event[:2] for event in there] == [event[:2] for event in here]
    for one, other in zip(here, there, strict=True):
        assert abs(one[2] - other[2]) <= 0.2, (one, other)
        assert abs(one[3] - other[3]) <= 0.3, (one, other)
        assert one[4] == other[4], (one, other)
