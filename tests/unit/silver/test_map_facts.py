"""What a map says about places: inside, how far, which lane; and that it says nothing where it does not know."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_jobs.silver.drive import empty
from spark_jobs.silver.lanes import MapLanes, map_lanes_of
from spark_jobs.silver.map_facts import MapFacts, map_facts_of, told
from spark_jobs.silver.outlines import contains, contains_any, distance_m

NO_LANES = MapLanes((), (), ())
SQUARE = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]


def elements(*each: tuple[str, str, list[tuple[float, float]], float | None, str | None]) -> pl.DataFrame:
    """Rows of bronze.map_elements from (id, kind, outline, speed limit, turn)."""
    rows = [
        {
            "file_id": "f", "record_index": 0, "topic": "map", "element_id": name, "kind": kind, "vertex_index": index,
            "x_map_m": x, "y_map_m": y, "speed_limit_mps": limit, "turn": turn,
        }
        for name, kind, outline, limit, turn in each
        for index, (x, y) in enumerate(outline)
    ]  # fmt: skip
    shape = empty("bronze.map_elements")
    return pl.DataFrame(rows, schema={name: shape.schema[name] for name in rows[0]}) if rows else shape


def facts(*each: tuple[str, str, list[tuple[float, float]], float | None, str | None]) -> MapFacts:
    return map_facts_of(NO_LANES, told(elements(*each)))


def box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def places(*xy: tuple[float, float]) -> np.ndarray:
    return np.array(xy, np.float64)


@given(
    st.lists(st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=3, max_size=9),
    st.lists(st.tuples(st.floats(-25, 25), st.floats(-25, 25)), min_size=1, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_inside_is_what_counting_edges_one_by_one_gives(outline, points):
    ring, xy = np.array(outline), np.array(points)
    expected = []
    for x, y in points:
        crossings = 0
        for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)):
                crossings += 1
        expected.append(crossings % 2 == 1)
    assert contains(ring, xy).tolist() == expected


@given(st.floats(0, 2 * np.pi), st.floats(-50, 50), st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_distance_does_not_depend_on_how_the_world_is_turned(angle, x, y):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rings = [np.array(box(0, 0, 10, 3)), np.array(box(30, -5, 33, 5))]
    expected = min(
        np.hypot(max(0 - x, 0, x - 10), max(0 - y, 0, y - 3)), np.hypot(max(30 - x, 0, x - 33), max(-5 - y, 0, y - 5))
    )
    turned = distance_m([ring @ turn.T for ring in rings], np.array([[x, y]]) @ turn.T)
    assert turned[0] == pytest.approx(expected, abs=1e-6)


def test_a_hole_in_the_shape_of_a_u_is_outside():
    ring = np.array([(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)], float)
    assert contains(ring, places((1, 8), (4.5, 8), (7, 8), (4.5, 1))).tolist() == [True, False, True, True]
    assert contains_any([], places((1, 1))).tolist() == [False]


def test_without_a_map_nothing_is_known():
    at = facts().at(places((1, 1)))
    assert {name: values.to_list() for name, values in at.items()} == {
        "is_on_road": [None], "is_in_intersection": [None], "crosswalk_distance_m": [pytest.approx(np.nan, nan_ok=True)]
    }  # fmt: skip
    assert facts().source == "none"


def test_a_map_without_crosswalks_knows_the_road_and_no_distance():
    known = facts(("r", "road", SQUARE, None, None))
    at = known.at(places((5, 5), (15, 5), (np.nan, 5)))
    assert at["is_on_road"].to_list() == [True, False, None]
    assert at["is_in_intersection"].to_list() == [False, False, None]
    assert np.isnan(at["crosswalk_distance_m"].to_numpy()).all()
    assert known.source == "map_elements"


def test_a_place_in_a_crosswalk_is_no_metre_away_from_it():
    known = facts(("c", "crosswalk", SQUARE, None, None), ("far", "crosswalk", box(90, 0, 99, 9), None, None))
    at = known.at(places((5, 5), (13, 14), (5, -2), (87, 3)))
    assert at["crosswalk_distance_m"].to_list() == pytest.approx([0.0, 5.0, 2.0, 3.0])
    assert at["is_on_road"].to_list() == [False] * 4


def test_a_message_that_is_told_again_counts_once_and_adds_up():
    again = elements(("r", "road", SQUARE, 10.0, None), ("x", "tree", SQUARE, None, None))
    rows = pl.concat([again.with_columns(record_index=pl.lit(number, pl.Int64)) for number in (4, 2, 9)])
    outcomes = dict(told(rows).group_by("outcome").len().iter_rows())
    assert outcomes == {"in_map": 4, "told_before": 8, "unknown_kind": 12}
    assert len(map_facts_of(NO_LANES, told(rows)).roads) == 1


def test_the_lane_of_the_ego_is_the_one_it_stays_in_longest():
    lanes = (
        ("straight", "lane", box(0, 0, 30, 4), 14.0, "straight"),
        ("left", "lane", [(0, 0), (12, 0), (12, 30), (8, 30), (8, 4), (0, 4)], 8.0, "left"),
        ("junction", "intersection", box(0, -4, 20, 20), None, None),
        ("road", "road", box(-50, -50, 50, 50), 22.0, None),
    )
    turning = places(*[(float(x), 2.0) for x in range(-4, 10, 2)], *[(10.0, float(y)) for y in range(4, 30, 2)])
    along = facts(*lanes).along(turning, np.zeros(len(turning)))
    assert along["lane_turn"].to_list() == [None] * 2 + ["left"] * (len(turning) - 2)
    assert along["speed_limit_mps"].to_list() == [22.0] * 2 + [8.0] * (len(turning) - 2)
    assert along["is_in_intersection"].to_list() == [bool(0 <= x <= 20 and y < 20) for x, y in turning]
    ahead = places(*[(float(x), 2.0) for x in range(1, 29, 2)])
    assert set(facts(*lanes).along(ahead, np.zeros(len(ahead)))["lane_turn"]) == {"straight"}


def arc(radius: float, sign: float) -> list[tuple[float, float]]:
    return [(radius * np.sin(a), sign * (8.0 - radius * np.cos(a))) for a in np.linspace(0, np.pi / 2, 8)]


def lane_rows(number: int, left, right, is_intersection: bool | None) -> list[dict]:
    return [
        {
            "file_id": "f", "lane_segment_id": number, "side": side, "vertex_index": index, "x_map_m": x, "y_map_m": y,
            "lane_type": "vehicle", "is_intersection": is_intersection,
        }
        for side, line in (("left", left), ("right", right))
        for index, (x, y) in enumerate(line)
    ]  # fmt: skip


def test_a_lane_that_bends_in_an_intersection_leads_where_it_bends_to():
    rows = [*lane_rows(1, arc(6, 1), arc(10, 1), True), *lane_rows(2, arc(10, -1), arc(6, -1), True)]
    rows += lane_rows(3, [(-20, 2), (0, 2)], [(-20, -2), (0, -2)], False)
    rows += lane_rows(4, [(0, 2), (20, 2)], [(0, -2), (20, -2)], True)
    shape = empty("bronze.map_lanes").schema
    frame = pl.DataFrame(rows, schema={name: shape[name] for name in rows[0]})
    known = map_facts_of(map_lanes_of(frame), told(elements()))
    assert [lane.turn for lane in known.lanes] == ["left", "right", None, "straight"]
    assert known.source == "map_lanes"
    to_left = places(*[(8 * np.sin(a), 8 - 8 * np.cos(a)) for a in np.linspace(0.02, 1.5, 12)])
    along = known.along(np.concatenate([places((-5, 0)), to_left]), np.append(0.0, np.linspace(0, 1.5, 12)))
    assert along["lane_turn"].to_list() == [None] + ["left"] * 12
    assert along["is_in_intersection"].to_list() == [False] + [True] * 12
    unsaid = map_facts_of(map_lanes_of(frame.with_columns(is_intersection=pl.lit(None, pl.Boolean))), told(elements()))
    assert unsaid.at(to_left)["is_in_intersection"].null_count() == 12
