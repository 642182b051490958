"""Real Argoverse 2 logs: what stands still stays put, and the ego drives as a car does."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from longtail.settings import REPOSITORY
from spark_jobs.readers import registry
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
        format_name = registry.sniff(str(path))
        source = SourceFile(str(path), "f" + path.name, "p", "d", format_name, path.stat().st_size)
        if format_name not in registry.READERS:
            continue
        for task in registry.plan(source).tasks:
            for table, rows in registry.read(task):
                if table in INPUTS:
                    parts.setdefault(table, []).append(pl.DataFrame(rows))
    bronze = {table: pl.concat(each) for table, each in parts.items()}
    assert {"bronze.objects", "bronze.ego_poses", "bronze.map_lanes"} <= set(bronze)
    return {name: pl.DataFrame(rows) for name, rows in build_drive(bronze, (), ("p", "d")).items()}


def test_parked_cars_stay_within_10_cm_in_the_map(silver: dict[str, pl.DataFrame]):
    cars = silver["silver.object_tracks"].filter(pl.col("object_class") == "car")
    spread = cars.group_by("track_id").agg(
        num=pl.len(),
        wander=(
            (pl.col("x_map_m") - pl.col("x_map_m").median()) ** 2
            + (pl.col("y_map_m") - pl.col("y_map_m").median()) ** 2
        )
        .sqrt()
        .max(),
    )
    parked = spread.filter((pl.col("num") > 100) & (pl.col("wander") < 1.0))
    assert parked.height > 20
    assert (parked["wander"] < 0.1).mean() > 0.9


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
