"""Keyframes: samples of all sensors at one instant, by the slowest camera, within the tolerance and never twice."""

import numpy as np
import polars as pl
from scenes import DRIVE, START_NS, boxes, bronze, odometry, times_ns

from spark_jobs.silver import clock_models, keyframes
from spark_jobs.silver.drive import build_drive, empty

MS = 1_000_000


def camera(topic: str, t_ns: np.ndarray) -> pl.DataFrame:
    return bronze("bronze.camera_frames", {"topic": topic, "log_time_ns": t_ns, "sensor_time_ns": t_ns})


def built(streams: dict[str, pl.DataFrame], messages: pl.DataFrame | None = None) -> pl.DataFrame:
    """silver.keyframes as the drive builds it."""
    tables = streams | ({} if messages is None else {"bronze.messages": messages})
    return pl.DataFrame(build_drive(tables, (), DRIVE)["silver.keyframes"])


def still(t_ns: np.ndarray) -> tuple[np.ndarray, ...]:
    return (0.0 * t_ns + 20.0, 0.0 * t_ns, 0.0 * t_ns)


def test_the_slowest_camera_gives_two_instants_a_second_and_the_others_their_nearest_samples():
    slow, fast, lists = times_ns(10, 10), times_ns(10, 30, START_NS + 4 * MS), times_ns(10, 10, START_NS + 40 * MS)
    rows = built({
        "bronze.camera_frames": pl.concat([camera("/slow", slow), camera("/fast", fast)]),
        "bronze.objects": boxes(lists, still(lists)),
        "bronze.ego_poses": odometry(slow, still(slow)),
    })  # fmt: skip
    assert rows["t_ns"].n_unique() == 21
    assert rows.filter("is_reference")["topic"].unique().to_list() == ["/slow"]
    assert (rows.filter("is_reference")["offset_ns"] == 0).all()
    assert rows["is_complete"].all()
    assert rows["offset_ns"].abs().max() <= 40 * MS
    assert set(rows["stream"]) == {"camera_frames", "objects", "ego_poses"}
    assert rows.select("t_ns", "topic").is_unique().all()


def test_a_sample_beyond_60_ms_does_not_belong_and_the_keyframe_says_that_it_is_not_complete():
    t = times_ns(5, 2)
    for apart, kept in ((60 * MS, True), (60 * MS + 1, False)):
        late = t + apart
        rows = built({"bronze.camera_frames": camera("/c", t), "bronze.objects": boxes(late, still(late))})
        assert rows["is_complete"].all() == kept
        assert ("objects" in set(rows["stream"])) == kept


def test_point_clouds_count_by_their_log_time_and_a_slow_lidar_leads():
    t, clouds = times_ns(5, 10), times_ns(5, 1)
    rows = {"topic": "/lidar", "schema_name": "sensor_msgs/msg/PointCloud2", "log_time_ns": clouds, "file_id": "f"}
    found = built({"bronze.camera_frames": camera("/c", t)}, bronze("bronze.messages", rows))
    assert found.filter("is_reference")["topic"].unique().to_list() == ["/lidar"]
    assert found["t_ns"].n_unique() == len(clouds)


def test_without_camera_the_instants_are_the_2_hz_grid_near_samples_and_never_in_a_gap_of_years():
    t = np.concatenate([times_ns(2, 10), times_ns(2, 10, START_NS + 10**17)])
    rows = built({"bronze.ego_poses": odometry(t, still(t))})
    assert rows.height == 10
    assert (rows["t_ns"] % keyframes.PERIOD_NS == 0).all()
    assert not rows["is_reference"].any()


def test_no_sensor_no_keyframe():
    clocks = clock_models.build({}, *DRIVE)
    assert keyframes.build({}, empty("bronze.messages"), clocks, DRIVE).num_rows == 0
