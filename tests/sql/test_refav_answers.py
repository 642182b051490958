"""What the files of sql/refav answer where the answer is plain: a parked car, one that drives past, a crosswalk."""

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from longtail.settings import REPOSITORY
from tests.oracles.refav.built import built

STEP_NS, NUM = 100_000_000, 61
T_NS = np.arange(NUM) * STEP_NS
SPEED_MPS = 10.0
FILES = sorted((REPOSITORY / "sql/refav").glob("*.sql"))


def track(name: str, x: np.ndarray, y: float, yaw: float = 0.0, object_class: str = "car") -> pl.DataFrame:
    """A road user of 4 m by 2 m; the ego stands at the origin, so both frames are one."""
    place = {"x": x, "y": np.full(NUM, y), "yaw": np.full(NUM, yaw)}
    both = {f"{axis}_{frame}_{unit}": place[axis] for frame in ("ego", "map") for axis, unit in AXES}
    columns = {"t_ns": T_NS, **both, "length_m": np.full(NUM, 4.0), "width_m": np.full(NUM, 2.0)}
    names = {"drive_id": "d", "role": "reference", "track_id": name, "object_class": object_class}
    return pl.DataFrame(columns).with_columns(**{key: pl.lit(value) for key, value in names.items()})


AXES = (("x", "m"), ("y", "m"), ("yaw", "rad"))


def lane(number: int, x: tuple[float, float], is_intersection: bool) -> list[dict]:
    """A lane along x, 4 m wide about y = 4, driven toward +x."""
    sides = {"left": 6.0, "right": 2.0}
    return [
        {"drive_id": "d", "lane_segment_id": number, "side": side, "vertex_index": index, "x_map_m": at, "y_map_m": y,
         "lane_type": "bike" if is_intersection else "vehicle", "is_intersection": is_intersection}
        for side, y in sides.items() for index, at in enumerate(x)
    ]  # fmt: skip


def area(kind: str, corners: list[tuple[float, float]]) -> list[dict]:
    rows = enumerate(corners)
    return [
        {"drive_id": "d", "element_id": kind, "kind": kind, "vertex_index": k, "x_map_m": float(x), "y_map_m": float(y)}
        for k, (x, y) in rows
    ]


@pytest.fixture(scope="module")
def lake() -> duckdb.DuckDBPyConnection:
    """The passer drives along y = 4 from x = -30 to 30 at 10 m/s, past the ego. The parked car is at (20, 0)."""
    passer = track("passer", -30.0 + SPEED_MPS * T_NS / 1e9, 4.0)
    oncoming = track("oncoming", 30.0 - SPEED_MPS * T_NS / 1e9, 8.0, np.pi)
    parked = track("parked", np.full(NUM, 20.0), 0.0)
    walker = track("walker", np.full(NUM, 0.0), -6.0, np.pi / 2, "pedestrian")
    ego = {"drive_id": ["d"] * NUM, "t_ns": T_NS} | {f"{axis}_map_{unit}": np.zeros(NUM) for axis, unit in AXES}
    # Listed clockwise: RefAV would draw the sides of this crosswalk in.
    crosswalk = area("crosswalk", [(-2, -2), (-2, 2), (2, 2), (2, -2)])
    tables = {
        "bronze.drives": pl.DataFrame({"drive_id": ["d"], "length_m": [4.0], "width_m": [2.0],
                                       "rear_axle_to_rear_bumper_m": [1.0]}),
        "bronze.map_lanes": pl.DataFrame(lane(1, (-40, 0), False) + lane(2, (0, 10), True)),
        "bronze.map_elements": pl.DataFrame(area("road", [(-40, 2), (10, 2), (10, 6), (-40, 6)]) + crosswalk),
        "silver.object_tracks": pl.concat([passer, oncoming, parked, walker]),
        "silver.ego_motion": pl.DataFrame(ego),
    }  # fmt: skip
    return built(tables).connection


def steps(lake: duckdb.DuckDBPyConnection, name: str, *tracks: str) -> list[int]:
    """Numbers of the instants at which the file lists the track (and the other one)."""
    answer = lake.sql((REPOSITORY / "sql/refav" / f"{name}.sql").read_text())
    columns = ("track_id", "related_track_id")[: len(tracks)]
    where = " and ".join(f"{column} = '{value}'" for column, value in zip(columns, tracks, strict=True))
    return [t_ns // STEP_NS for (t_ns,) in answer.filter(where).project("t_ns").order("t_ns").fetchall()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_answers_in_ids_and_instants(file: Path, lake: duckdb.DuckDBPyConnection) -> None:
    answer = lake.sql(file.read_text())
    assert answer.columns[:2] == ["drive_id", "track_id"]
    assert "t_ns" in answer.columns


def test_near_is_ten_metres_between_the_boxes(lake: duckdb.DuckDBPyConnection) -> None:
    # The ego's box lies at x -1..3, y -1..1, the passer's 2 m to the left of it: near from its front at -10.8 on.
    reach = np.sqrt(10.0**2 - 2.0**2)
    x = -30.0 + SPEED_MPS * T_NS / 1e9
    expected = np.flatnonzero((x + 2 >= -1 - reach) & (x - 2 <= 3 + reach))
    assert steps(lake, "near_objects", "passer", "ego") == expected.tolist()


def test_facing_is_a_cone_of_45_degrees(lake: duckdb.DuckDBPyConnection) -> None:
    # 4 m beside the ego's middle at x = 1: within 22.5 degrees while at least 4 / tan(22.5) = 9.66 m behind it.
    assert steps(lake, "facing_toward", "passer", "ego") == list(range(22))
    assert steps(lake, "facing_toward", "ego", "walker") == []


def test_forward_begins_at_the_bumper(lake: duckdb.DuckDBPyConnection) -> None:
    found = steps(lake, "has_objects_in_relative_direction", "passer", "ego")
    assert found == list(range(29))  # the ego's middle at x = 1 is more than half a length ahead until x = -1


def test_opposite_ways_are_those_of_velocity_or_of_the_box(lake: duckdb.DuckDBPyConnection) -> None:
    assert steps(lake, "heading_in_relative_direction_to", "oncoming", "ego") == list(range(NUM))
    assert steps(lake, "heading_in_relative_direction_to", "passer", "ego") == []
    assert steps(lake, "heading_in_relative_direction_to", "parked", "ego") == []  # neither moves


def test_what_is_parked_is_stationary_and_what_drives_is_not(lake: duckdb.DuckDBPyConnection) -> None:
    assert steps(lake, "stationary", "parked") == list(range(NUM)) == steps(lake, "has_velocity", "passer")
    assert steps(lake, "stationary", "passer") == [] == steps(lake, "has_velocity", "parked")
    assert steps(lake, "accelerating", "passer") == []  # at a steady speed


def test_a_lane_holds_its_centre_line_from_end_to_end(lake: duckdb.DuckDBPyConnection) -> None:
    on_road = steps(lake, "on_road", "passer")
    assert on_road == steps(lake, "in_drivable_area", "passer") == list(range(41))  # the road ends at x = 10
    assert steps(lake, "on_intersection", "passer") == list(range(31, 41)) == steps(lake, "on_lane_type", "passer")
    assert steps(lake, "near_intersection", "passer") == list(range(26, 46))  # x from -5 to 15
    assert steps(lake, "on_road", "parked") == []


def test_a_crosswalk_reaches_a_metre_past_its_outline_whichever_way_it_is_listed(lake) -> None:
    # Box and crosswalk, grown to 3 m about the origin, meet while |x| <= 5 along the road.
    x = -30.0 + SPEED_MPS * T_NS / 1e9
    assert steps(lake, "at_pedestrian_crossing", "passer") == np.flatnonzero(np.abs(x) <= 5 + 1e-9).tolist()
    assert steps(lake, "at_pedestrian_crossing", "walker") == []
