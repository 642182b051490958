"""Scenarios that hang on the map: what is planted is found, what is nearly one is not, and no map means no event."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from longtail.settings import settings
from tests.unit.dbt import drives
from tests.unit.dbt.mapped import drive
from tests.unit.dbt.planted import PLANTED, T


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


def test_every_severity_that_was_found_has_a_weight(events) -> None:
    weighed = "select severity from intermediate.severity_weights"
    unweighed = f"select distinct severity from marts.fct_scenario_events where severity not in ({weighed})"
    assert events.execute(unweighed).fetchall() == []
