"""Scenarios that hang on the map: what is planted is found, what is nearly one is not, and no map means no event."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives
from tests.unit.dbt.mapped import Actor, Element, Lane, Way, bend, drive, straight

T = drives.times_s(12)
STREET = (Element("road", (-50, -1.75, 250, 5.25)), Element("lane", (-50, -1.75, 250, 1.75), 13.9))
ZEBRA = Element("crosswalk", (38, -2, 42, 5.5))
JUNCTION = Element("intersection", (60, -12, 90, 12))
RAMP = (Lane(1, ((-50, 0), (90, 0))), Lane(2, ((-50, -14), (90, 0))), Lane(3, ((90, 0), (300, 0))))
OPEN_GROUND = Element("road", (-500, -500, 500, 500))


def walker(x_m: float, speed_mps: float = 1.5) -> Actor:
    return Actor("w", "pedestrian", straight(T, (x_m, -4.0), (0.0, speed_mps)))


def oncoming(at_x_m: float, at_s: float) -> Actor:
    """A car that comes along the next lane and is at `at_x_m` after `at_s`."""
    return Actor("c", "car", straight(T, (at_x_m + 10.0 * at_s, 3.5), (-10.0, 0.0)), 4.5, 1.8)


def ramp_car(at_s: float) -> Actor:
    """A car that comes down the ramp and is at its end after `at_s`."""
    return Actor("m", "truck", straight(T, (90 - 15.0 * at_s, -1.5 * at_s), (15.0, 1.5)), 8.0, 2.5)


EGO = straight(T, (0.0, 0.0), (5.0, 0.0))
LEFT = bend(T, 8.0, 64.0, 8.0, np.pi / 2)
PLANTED: dict[str, tuple[Way, tuple[Actor, ...], tuple[Element | Lane, ...]]] = {
    "walker-on-the-street": (EGO, (walker(48.0),), (*STREET, ZEBRA)),
    "walker-where-the-map-has-no-zebra": (EGO, (walker(48.0),), STREET),
    "walker-without-a-map": (EGO, (walker(48.0),), ()),
    "walker-on-the-zebra": (EGO, (walker(40.0),), (*STREET, ZEBRA)),
    "walker-beside-the-zebra": (EGO, (walker(42.8),), (*STREET, ZEBRA)),
    "walker-far-away": (EGO, (walker(180.0),), (*STREET, ZEBRA)),
    "walker-who-stops-at-the-kerb": (EGO, (walker(48.0, 0.18),), (*STREET, ZEBRA)),
    "walker-on-the-zebra-behind": (straight(T, (60.0, 0.0), (5.0, 0.0)), (walker(40.0),), (*STREET, ZEBRA)),
    "a-little-too-fast": (straight(T, (0.0, 0.0), (14.9, 0.0)), (), STREET),
    "much-too-fast": (straight(T, (0.0, 0.0), (16.2, 0.0)), (), STREET),
    "as-fast-as-allowed": (straight(T, (0.0, 0.0), (13.8, 0.0)), (), STREET),
    "fast-without-a-map": (straight(T, (0.0, 0.0), (16.2, 0.0)), (), ()),
    "left-after-oncoming": (LEFT, (oncoming(71.0, 6.5),), (OPEN_GROUND, JUNCTION)),
    "left-long-after-oncoming": (LEFT, (oncoming(71.0, 1.0),), (OPEN_GROUND, JUNCTION)),
    "left-where-no-junction-is": (LEFT, (oncoming(71.0, 6.5),), (OPEN_GROUND,)),
    "straight-on-past-oncoming": (straight(T, (0.0, 0.0), (8.0, 0.0)), (oncoming(71.0, 6.5),), (OPEN_GROUND, JUNCTION)),
    "bend-of-40-degrees": (bend(T, 8.0, 40.0, 20.0, np.deg2rad(40)), (), ()),
    "bend-too-wide-to-be-a-turn": (bend(T, 8.0, 10.0, 100.0, np.pi / 2), (), ()),
    "ramp-behind-another": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(4.8),), RAMP),
    "ramp-long-before-another": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(11.5),), RAMP),
    "ramp-with-another-on-the-same-lane": (
        straight(T, (0.0, 0.0), (15.0, 0.0)),
        (Actor("m", "truck", straight(T, (30.0, 0.0), (15.0, 0.0)), 8, 2.5),),
        RAMP,
    ),
    "ramp-that-no-map-knows": (straight(T, (0.0, 0.0), (15.0, 0.0)), (ramp_car(4.8),), (OPEN_GROUND,)),
    "back": (bend(T, 5.0, 20.0, 7.0, np.pi), (), ()),
    "half-a-loop-of-a-junction": (bend(T, 12.0, 20.0, 30.0, np.pi), (), ()),
}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The marts over all planted drives."""
    from spark_jobs.curate import curate

    root = tmp_path_factory.mktemp("mapped") / "lake"
    drives.write_lake(root, [part for name, planted in PLANTED.items() for part in drive(name, T, *planted)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    with duckdb.connect(str(report.location), read_only=True) as connection:
        yield connection


def found(events, table: str, *columns: str) -> dict[str, tuple]:
    """By drive: the values of these columns of its one event."""
    rows = events.execute(f"select drive_id, {', '.join(columns)} from marts.{table}").fetchall()
    assert len({row[0] for row in rows}) == len(rows), rows
    return {row[0]: row[1:] for row in rows}


def seconds(t_ns: int) -> float:
    return (t_ns - drives.START_NS) * 1e-9


def test_who_walks_on_the_road_away_from_a_crosswalk_is_found_and_nobody_else(events) -> None:
    rows = found(events, "fct_jaywalkings", "t_start_ns", "t_end_ns", "min_crosswalk_distance_m", "actor_track_id")
    assert set(rows) == {"walker-on-the-street", "walker-where-the-map-has-no-zebra"}
    # On the road from y = -1.75 to 5.25 m; the walker starts at -4 m with 1.5 m/s and is never 50 m away.
    start, end, away, track = rows["walker-on-the-street"]
    assert (seconds(start), seconds(end)) == (pytest.approx(1.5, abs=0.11), pytest.approx(9.25 / 1.5, abs=0.11))
    assert (away, track) == (pytest.approx(6.0, abs=0.01), "w")
    assert rows["walker-where-the-map-has-no-zebra"][2] is None


def test_who_crosses_on_the_zebra_ahead_is_found_and_nobody_else(events) -> None:
    rows = found(events, "fct_ped_crossings", "t_start_ns", "severity", "pet_s", "is_ego_first")
    assert set(rows) == {"walker-on-the-zebra"}
    start, severity, pet, is_ego_first = rows["walker-on-the-zebra"]
    # In the corridor (925 mm + 300 mm) until y = 1.225 m after 3.48 s; the front comes to x = 39.7 m after 7.2 s.
    assert seconds(start) == pytest.approx(2.0 / 1.5, abs=0.11)
    assert (severity, is_ego_first) == ("interaction", False)
    assert pet == pytest.approx(7.2 - 5.225 / 1.5, abs=0.15)


def test_only_a_map_with_a_limit_tells_who_is_too_fast(events) -> None:
    rows = found(events, "fct_overspeeds", "severity", "max_excess_mps", "speed_limit_mps")
    assert rows == {
        "a-little-too-fast": ("minor", pytest.approx(1.0, abs=0.01), 13.9),
        "much-too-fast": ("serious", pytest.approx(2.3, abs=0.01), 13.9),
    }


def test_a_turn_is_45_degrees_with_5_degrees_a_second(events) -> None:
    rows = found(events, "fct_turnings", "is_left", "heading_change_rad")
    lefts = {name for name in PLANTED if name.startswith("left")}
    assert set(rows) == lefts | {"back", "half-a-loop-of-a-junction"}
    assert rows["left-after-oncoming"] == (True, pytest.approx(np.pi / 2, abs=0.1))


def test_a_turn_back_is_not_the_loop_of_a_junction(events) -> None:
    rows = found(events, "fct_u_turns", "heading_change_rad", "width_m")
    assert rows == {"back": (pytest.approx(np.pi, abs=0.1), pytest.approx(14.0, abs=0.5))}


def test_ways_that_cross_within_seconds_conflict_with_a_map_and_without_a_junction(events) -> None:
    rows = found(events, "fct_intersection_conflicts", "is_ego_first", "pet_s", "is_in_intersection")
    assert set(rows) == {"left-after-oncoming", "left-where-no-junction-is"}
    is_ego_first, pet, is_in_intersection = rows["left-after-oncoming"]
    assert (is_ego_first, is_in_intersection) == (False, True)
    assert 0 < pet < 5
    assert rows["left-where-no-junction-is"][2] is False


def test_a_left_turn_across_oncoming_traffic_needs_a_junction_on_the_map(events) -> None:
    rows = found(events, "fct_unprotected_lefts", "actor_track_id", "pet_s", "severity")
    assert set(rows) == {"left-after-oncoming"}
    assert rows["left-after-oncoming"][0] == "c"


def test_two_vehicles_from_lanes_that_join_merge_when_they_come_within_seconds(events) -> None:
    rows = found(events, "fct_merges", "actor_track_id", "joint_id", "time_gap_s", "is_ego_first", "severity")
    # The ego is at the end of lane 1 after 6.0 s, the truck at the end of lane 2 after 4.8 s.
    assert rows == {"ramp-behind-another": ("m", "1", pytest.approx(1.2, abs=0.1), False, "serious")}
