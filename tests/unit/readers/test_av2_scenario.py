"""AV2 motion forecasting scenarios against pyarrow, and the sensor logs' world frame against somebody else's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from mcap_recordings import read_all
from pyarrow import parquet
from real_data import real
from scipy.spatial.transform import Rotation

from spark_jobs.readers import registry


def scenario(folder: Path, **replaced: object) -> Path:
    columns: dict[str, object] = {
        "track_id": ["AV", "7", "AV", "7"],
        "object_type": ["vehicle", "pedestrian", "vehicle", "pedestrian"],
        "object_category": [1, 3, 1, 3],
        "timestep": [0, 0, 1, 1],
        "position_x": [0.0, 5.0, 1.0, 5.5],
        "position_y": [0.0, 1.0, 0.0, 1.0],
        "heading": [0.0, np.pi / 2, 0.0, np.pi / 2],
        "velocity_x": [10.0, 0.0, 10.0, 0.0],
        "velocity_y": [0.0, 1.5, 0.0, 1.5],
        "start_timestamp": [3.15986559459579e17] * 4,
        "end_timestamp": [3.15986559559579e17] * 4,
        "num_timestamps": [2] * 4,
    }
    path = folder / "scenario_x.parquet"
    parquet.write_table(pa.table(columns | replaced), path)
    return path


def column(table: pa.Table, *names: str) -> np.ndarray:
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


def test_the_av_is_the_ego_and_the_others_are_objects_in_the_city_frame(tmp_path: Path) -> None:
    _, tables = read_all(scenario(tmp_path))
    assert tables["bronze.ego_poses"].column("vx_ego_mps").to_pylist() == [10.0, 10.0]
    first, second = tables["bronze.objects"].to_pylist()
    assert (first["frame_id"], first["object_class"], first["x_m"], first["vy_mps"]) == ("city", "pedestrian", 5.0, 1.5)
    assert (second["log_time_ns"] - first["log_time_ns"], first["object_index"]) == (100_000_000, 0)


def test_focal_and_scored_tracks_are_told_by_their_schema_name(tmp_path: Path) -> None:
    _, tables = read_all(scenario(tmp_path))
    names = tables["bronze.messages"].column("schema_name").to_pylist()
    assert names == ["av2/unscored_track", "av2/focal_track"] * 2


@pytest.mark.parametrize(
    "replaced",
    [
        {"position_x": [0.0, float("nan"), 1.0, float("inf")]},
        {"timestep": [0, -1, 1, 2]},
        {"start_timestamp": [3.15986559459579e17, float("nan"), 3.15986559459579e17, 1e300]},
    ],
    ids=["places", "steps", "times"],
)
def test_a_row_that_is_no_place_or_time_is_set_aside(tmp_path: Path, replaced: dict[str, object]) -> None:
    _, tables = read_all(scenario(tmp_path, **replaced))
    assert tables["bronze.quarantine"].column("record_index").to_pylist() == [1, 3]
    assert tables["bronze.messages"].column("record_index").to_pylist() == [0, 2]


def test_missing_columns_are_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "scenario_y.parquet"
    parquet.write_table(pa.table({"track_id": ["AV"]}), path)
    plan, _ = read_all(path)
    assert [problem.reason for problem in plan.problems] == ["bad_schema"]


@pytest.mark.data
def test_every_row_of_the_real_scenario_lands_as_pyarrow_reads_it() -> None:
    for path in real("av2/motion_forecasting/*/scenario_*.parquet"):
        frame = parquet.read_table(path).to_pandas()
        plan, tables = read_all(path)
        assert plan.recorder_num_messages == tables["bronze.messages"].num_rows == len(frame)
        ours, theirs = tables["bronze.objects"], frame[frame.track_id != "AV"]
        assert ours.column("track_id").to_pylist() == theirs.track_id.tolist()
        assert column(ours, "x_m", "y_m").tolist() == theirs[["position_x", "position_y"]].to_numpy().tolist()
        seconds = (ours.column("log_time_ns").to_numpy() - int(frame.start_timestamp[0])) * 1e-9
        assert np.abs(seconds - theirs.timestep * 0.1).max() < 0.002
        assert tables["bronze.ego_poses"].num_rows == (frame.track_id == "AV").sum()


@pytest.mark.data
def test_the_av_of_the_real_scenario_moves_like_a_rear_axle() -> None:
    """Its slip angle over yaw rate / speed is the lever from the rear axle: 1.4 m for a box centre, near 0 here."""
    (path, *_) = real("av2/motion_forecasting/*/scenario_*.parquet")
    _, tables = read_all(path)
    rows = tables["bronze.ego_poses"]
    t = rows.column("log_time_ns").to_numpy() * 1e-9
    t = t - t[0]
    heading = np.unwrap(2 * np.arctan2(rows.column("q_z").to_numpy(), rows.column("q_w").to_numpy()))
    velocity = np.gradient(column(rows, "x_map_m", "y_map_m"), t, axis=0)
    speed, rate = np.hypot(*velocity.T), np.gradient(heading, t)
    slip = np.angle(np.exp(1j * (np.arctan2(velocity[:, 1], velocity[:, 0]) - heading)))
    turning = speed > 2
    lever = np.linalg.lstsq((rate / np.maximum(speed, 1e-9))[turning, None], slip[turning], rcond=None)[0][0]
    assert abs(lever) < 0.5


@pytest.mark.data
def test_annotations_in_the_city_frame_are_within_a_centimetre_of_the_published_ground_truth() -> None:
    """Ego boxes and ego poses as read here give the city positions that the scenario-mining authors computed."""
    (truth_path,) = real("av2/scenario_mining/*/ground_truth.csv")
    truth = pd.read_csv(truth_path)
    objects, poses = (
        read_all(truth_path.parent / name)[1][table]
        for name, table in (
            ("annotations_with_ego.feather", "bronze.objects"),
            ("city_SE3_egovehicle.feather", "bronze.ego_poses"),
        )
    )
    at = {time: row for row, time in enumerate(poses.column("log_time_ns").to_pylist())}
    row = np.array([at[time] for time in objects.column("log_time_ns").to_pylist()])
    turn = Rotation.from_quat(column(poses, "q_w", "q_x", "q_y", "q_z")[row], scalar_first=True)
    city = turn.apply(column(objects, "x_m", "y_m", "z_m")) + column(poses, "x_map_m", "y_map_m", "z_map_m")[row]
    keys = zip(objects.column("log_time_ns").to_pylist(), objects.column("track_id").to_pylist(), strict=True)
    ours = dict(zip(keys, city, strict=True))
    others = truth[truth.category != "EGO_VEHICLE"]
    apart = [
        np.linalg.norm(ours[time, track] - place)
        for time, track, place in zip(
            others.timestamp_ns, others.track_uuid, others[["x", "y", "z"]].to_numpy(), strict=True
        )
    ]
    assert len(apart) > 1000
    assert max(apart) < 0.01


@pytest.mark.data
def test_av2_trap_rider_and_vehicle_are_two_tracks_and_stay_two() -> None:
    for path in real("av2/s*/*/annotations*.feather"):
        _, tables = read_all(path)
        rows = tables["bronze.objects"]
        pairs = list(zip(rows.column("log_time_ns").to_pylist(), rows.column("track_id").to_pylist(), strict=True))
        assert len(pairs) == len(set(pairs))


def test_a_file_that_is_no_parquet_is_a_problem_and_not_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "scenario_z.parquet"
    path.write_bytes(b"PAR1" + b"\xff" * 400)
    from mcap_recordings import source

    assert [problem.reason for problem in registry.plan(source(path)).problems] == ["bad_av2"]
