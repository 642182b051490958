"""Real Argoverse 2 logs: what stands still stays put, and the ego drives as a car does."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.spatial.transform import Rotation

from longtail.settings import REPOSITORY
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver.drive import INPUTS, build_drive

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
LOG = DATA / "av2" / "sensor" / "7fab2350-7eaf-3b7e-a39d-6937a4c1bede"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not LOG.is_dir(), reason=f"no Argoverse 2 log at {LOG} (LONGTAIL_TEST_DATA)"),
]


@pytest.fixture(scope="module")
def silver() -> dict[str, pl.DataFrame]:
    """The silver tables of the log, read by the readers of the product."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for path in sorted(p for p in LOG.rglob("*") if p.suffix in {".feather", ".json"} and p.is_file()):
        format_name = formats.sniff(str(path))
        source = SourceFile(str(path), "f" + path.name, "p", "d", format_name, path.stat().st_size)
        if format_name not in formats.BY_NAME:
            continue
        for task in registry.plan(source).tasks:
            for table, rows in registry.read(task):
                if table in INPUTS:
                    parts.setdefault(table, []).append(pl.DataFrame(rows))
    bronze = {table: pl.concat(each) for table, each in parts.items()}
    assert {"bronze.objects", "bronze.ego_poses", "bronze.map_lanes"} <= set(bronze)
    return {name: pl.DataFrame(rows) for name, rows in build_drive(bronze, (), ("p", "d")).items()}


def wander(rows: pl.DataFrame, x: str, y: str) -> pl.DataFrame:
    """Per track: number of rows, median place, and the farthest from it."""
    apart = ((pl.col(x) - pl.col(x).median()) ** 2 + (pl.col(y) - pl.col(y).median()) ** 2).sqrt().max()
    return rows.group_by("track_id").agg(num=pl.len(), x=pl.col(x).median(), y=pl.col(y).median(), wander=apart)


def test_parked_cars_stay_where_the_annotators_put_them_in_the_city(silver: dict[str, pl.DataFrame]):
    # The boxes themselves wander by decimetres in this log: the oracle is each box under the pose of its own sweep.
    lists, poses = (pl.read_ipc(LOG / name) for name in ("annotations.feather", "city_SE3_egovehicle.feather"))
    posed = lists.filter(pl.col("category") == "REGULAR_VEHICLE").join(poses, on="timestamp_ns", suffix="_ego")
    turn = Rotation.from_quat(posed.select("qx_ego", "qy_ego", "qz_ego", "qw_ego").to_numpy())
    city = turn.apply(posed.select("tx_m", "ty_m", "tz_m").to_numpy())
    city += posed.select("tx_m_ego", "ty_m_ego", "tz_m_ego").to_numpy()
    placed = posed.select(pl.col("track_uuid").alias("track_id"), X=pl.Series(city[:, 0]), Y=pl.Series(city[:, 1]))
    cars = silver["silver.object_tracks"].filter(pl.col("object_class") == "car")
    both = wander(cars, "x_map_m", "y_map_m").join(wander(placed, "X", "Y"), on="track_id", suffix="_given")
    parked = both.filter((pl.col("num") > 100) & (pl.col("wander_given") < 1.0))
    assert parked.height > 15
    assert (parked["wander"] - parked["wander_given"]).max() < 0.1
    assert (parked["x"] - parked["x_given"]).abs().max() < 0.1
    assert (parked["y"] - parked["y_given"]).abs().max() < 0.1


def test_the_ego_drives_as_a_car_does(silver: dict[str, pl.DataFrame]):
    ego = silver["silver.ego_motion"]
    assert set(ego["motion_source"]) == {"pose"}
    speed = ego["vx_ego_mps"].drop_nulls().to_numpy()
    assert -0.2 < speed.min() < speed.max() < 20
    assert np.abs(ego["vy_ego_mps"].drop_nulls().to_numpy()).max() < 0.5
    assert np.abs(ego["ax_ego_mps2"].drop_nulls().to_numpy()).max() < 5
    chord = np.hypot(np.diff(ego["x_map_m"].to_numpy()), np.diff(ego["y_map_m"].to_numpy())).sum()
    assert ego["s_m"][-1] == pytest.approx(chord, rel=0.03)


def test_the_ego_drives_between_the_marks_of_its_lane_on_the_map(silver: dict[str, pl.DataFrame]):
    ego = silver["silver.ego_motion"].filter(pl.col("lane_source") == "map")
    assert ego.height > 0.9 * silver["silver.ego_motion"].height
    assert (ego["lane_left_y_m"] > 0).all()
    assert (ego["lane_right_y_m"] < 0).all()
    width = (ego["lane_left_y_m"] - ego["lane_right_y_m"]).median()
    assert isinstance(width, float)
    assert 2.5 < width < 5.0


def test_driving_cars_are_on_the_road_of_the_map_and_most_people_beside_it(silver: dict[str, pl.DataFrame]):
    rows = silver["silver.object_tracks"]
    driving = rows.filter((pl.col("object_class") == "car") & (pl.col("v_s_mps").abs() > 2))
    assert driving["track_id"].n_unique() > 5
    assert driving["is_on_road"].cast(pl.Float64).mean() > 0.97
    assert rows.filter(pl.col("object_class") == "pedestrian")["is_on_road"].cast(pl.Float64).mean() < 0.2
    # The map has 11 crossings: every box knows how far it is to the nearest, and nobody is far away in town.
    assert rows["crosswalk_distance_m"].null_count() == 0
    assert 0 <= float(str(rows["crosswalk_distance_m"].min())) < float(str(rows["crosswalk_distance_m"].max())) < 300


def test_the_map_of_the_log_names_no_speed_limit_but_knows_the_intersection(silver: dict[str, pl.DataFrame]):
    ego = silver["silver.ego_motion"]
    assert set(ego["map_source"]) == {"map_elements"}
    assert ego["speed_limit_mps"].null_count() == ego.height
    assert ego["is_in_intersection"].any()
    turns = ego.filter(pl.col("is_in_intersection"))["lane_turn"]
    assert set(turns.drop_nulls()) <= {"left", "right", "straight"}
    assert turns.null_count() < 0.2 * len(turns)
