"""ASAM OSI: real traces against osi3's own parsing, frames and lanes by hand."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from mcap.reader import make_reader
from mcap_recordings import read_all, source
from osi3.osi_groundtruth_pb2 import GroundTruth
from osi3.osi_sensordata_pb2 import SensorData
from osi3.osi_sensorview_pb2 import SensorView
from real_data import real

from spark_jobs.readers import osi, registry
from spark_jobs.silver.lanes import map_lanes_of

COUNTS = {"acc-test.osi": (1_010, 2, 6), "highway_merge.osi": (433, 6, 33), "osi_centerline_example.mcap": (91, 6, 675)}


def framed(messages: list[Any]) -> bytes:
    payloads = [message.SerializeToString() for message in messages]
    return b"".join(len(payload).to_bytes(4, "little") + payload for payload in payloads)


def independent(path: Path) -> list[bytes]:
    """The payloads of a trace or of an MCAP file."""
    if path.suffix == ".mcap":
        with path.open("rb") as file:
            return [message.data for _, _, message in make_reader(file).iter_messages()]
    content, found, at = path.read_bytes(), [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        found.append(content[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _vector(value: Any) -> tuple[float, float, float]:
    return value.x, value.y, value.z


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_every_object_of_a_real_trace_is_as_osi3_gives_it(name: str) -> None:
    (path,) = real(f"asam_osi/{name}")
    payloads = independent(path)
    truths = [GroundTruth.FromString(payload) for payload in payloads]
    _, tables = read_all(path, {})
    messages = tables["bronze.messages"].sort_by("record_index").to_pylist()
    assert [row["crc32"] for row in messages] == [zlib.crc32(payload) for payload in payloads]
    stamps = [truth.timestamp.seconds * 10**9 + truth.timestamp.nanos for truth in truths]
    assert [row["log_time_ns"] for row in messages] == stamps
    expected = [
        (index, number, str(item.id.value), *_vector(item.base.position), *_vector(item.base.velocity)[:2])
        for index, truth in enumerate(truths)
        for number, item in enumerate(truth.moving_object)
        if item.id.value != truth.host_vehicle_id.value
    ]
    names = ("record_index", "object_index", "track_id", "x_m", "y_m", "z_m", "vx_mps", "vy_mps")
    found = tables["bronze.objects"].select(names).to_pylist()
    assert sorted(tuple(row[name] for name in names) for row in found) == sorted(expected)
    assert (len(payloads), len(truths[0].moving_object)) == COUNTS[name][:2]


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_the_host_of_a_real_trace_is_where_its_rear_axle_is(name: str) -> None:
    (path,) = real(f"asam_osi/{name}")
    truths = [GroundTruth.FromString(payload) for payload in independent(path)]
    _, tables = read_all(path, {})
    poses = tables["bronze.ego_poses"].sort_by("record_index").to_pylist()
    assert len(poses) == len(truths)
    for truth, row in zip(truths, poses, strict=True):
        (host,) = (item for item in truth.moving_object if item.id.value == truth.host_vehicle_id.value)
        behind = host.vehicle_attributes.bbcenter_to_rear.x or -0.28 * host.base.dimension.length
        yaw = host.base.orientation.yaw
        assert row["x_map_m"] == pytest.approx(host.base.position.x + behind * np.cos(yaw), abs=1e-9)
        assert row["y_map_m"] == pytest.approx(host.base.position.y + behind * np.sin(yaw), abs=1e-9)
        assert row["z_map_m"] == pytest.approx(host.base.position.z - host.base.dimension.height / 2, abs=1e-9)
        speed = host.base.velocity.x * np.cos(yaw) + host.base.velocity.y * np.sin(yaw)
        assert row["vx_ego_mps"] == pytest.approx(speed, abs=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("name", COUNTS)
def test_the_lanes_of_a_real_trace_are_a_map_in_which_every_vehicle_drives_between_two_marks(name: str) -> None:
    (path,) = real(f"asam_osi/{name}")
    _, tables = read_all(path, {})
    rows = tables["bronze.map_lanes"]
    assert len(set(rows.column("lane_segment_id").to_pylist())) == COUNTS[name][2]
    lanes = map_lanes_of(pl.from_arrow(rows))
    poses = tables["bronze.ego_poses"]
    at = np.stack([poses.column(f"{axis}_map_m").to_numpy() for axis in "xy"], axis=1)
    yaw = 2 * np.arctan2(poses.column("q_z").to_numpy(), poses.column("q_w").to_numpy())
    left, right, _ = lanes.marks_at(at, yaw)
    inside = np.isfinite(left) & np.isfinite(right)
    assert inside.mean() > 0.9
    assert (left[inside] > 0).all()
    assert (right[inside] < 0).all()
    width = left[inside] - right[inside]
    assert 2.5 < np.median(width) < 4.5


@pytest.mark.data
def test_the_payloads_of_a_real_trace_come_back_whole() -> None:
    (path,) = real("asam_osi/highway_merge.osi")
    assert list(dict(osi.payloads(source(path, {}))).values()) == independent(path)


def truth(tick: int = 0) -> GroundTruth:
    """Two vehicles; the host looks along y."""
    found = GroundTruth()
    found.timestamp.seconds, found.timestamp.nanos = tick, 500
    found.host_vehicle_id.value = 7
    for number, yaw in ((3, 0.5), (7, np.pi / 2)):
        item = found.moving_object.add(type=2)
        item.id.value = number
        item.vehicle_classification.type = 12 if number == 3 else 4
        item.base.dimension.length, item.base.dimension.width, item.base.dimension.height = 4.0, 2.0, 1.6
        item.base.position.x, item.base.position.y, item.base.position.z = 10.0, 20.0, 0.8
        item.base.orientation.yaw = yaw
        item.base.velocity.y = 5.0
        item.base.orientation_rate.yaw = 0.25
        item.vehicle_attributes.bbcenter_to_rear.x = -1.5
    return found


def add_lane(found: GroundTruth, is_forward: bool) -> None:
    """A lane along x with a dashed line at y = 2 and a solid one, in two parts and told backwards, at y = -2."""
    for number, kind, y, xs in ((1, 4, 2.0, (0, 10)), (2, 3, -2.0, (10, 5)), (3, 3, -2.0, (5, 0))):
        line = found.lane_boundary.add()
        line.id.value, line.classification.type = number, kind
        for x in xs:
            point = line.boundary_line.add()
            point.position.x, point.position.y = x, y
    lane = found.lane.add()
    lane.id.value, lane.classification.type = 40, 2
    lane.classification.centerline_is_driving_direction = is_forward
    for x in (0, 10):
        lane.classification.centerline.add(x=x)
    lane.classification.left_lane_boundary_id.add(value=1)
    for number in (2, 3):
        lane.classification.right_lane_boundary_id.add(value=number)
    lane.classification.left_adjacent_lane_id.add(value=41)


def test_the_host_is_the_rear_axle_on_the_ground_and_no_object(tmp_path: Path) -> None:
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([truth(tick) for tick in range(3)]))
    _, tables = read_all(path, {})
    (first, *_) = tables["bronze.ego_poses"].to_pylist()
    place = {"x_map_m": 10.0, "y_map_m": 18.5, "z_map_m": 0.0, "vx_ego_mps": 5.0, "yaw_rate_radps": 0.25}
    assert {name: first[name] for name in place} == pytest.approx(place)
    rows = tables["bronze.objects"].to_pylist()
    assert [(row["track_id"], row["object_class"], row["role"]) for row in rows] == [("3", "bus", "reference")] * 3
    assert [row["sensor_time_ns"] for row in rows] == [500, 1_000_000_500, 2_000_000_500]


def test_simulated_time_is_said_to_be_no_date(tmp_path: Path) -> None:
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([truth()]))
    _, tables = read_all(path, {})
    assert tables["bronze.quarantine"].select(["reason", "num_messages"]).to_pylist() == [
        {"reason": "simulated_time", "num_messages": 0}
    ]
    _, tables = read_all(path, {"started_at": "2026-11-20T21:14:03Z"})
    assert "bronze.quarantine" not in tables


def test_drive_json_may_name_another_host(tmp_path: Path) -> None:
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([truth()]))
    _, tables = read_all(path, {"topics": {"osi": {"host_vehicle_id": 3, "role": "onboard"}}})
    assert tables["bronze.objects"].select(["track_id", "role"]).to_pylist() == [{"track_id": "7", "role": "onboard"}]


@pytest.mark.parametrize("is_forward", [True, False])
def test_boundaries_run_with_the_traffic_whatever_way_they_are_told(is_forward: bool, tmp_path: Path) -> None:
    message = truth()
    add_lane(message, is_forward)
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([message, message]))
    _, tables = read_all(path, {})
    rows = tables["bronze.map_lanes"].to_pylist()
    lines = {
        side: [(row["x_map_m"], row["y_map_m"], row["mark_type"]) for row in rows if row["side"] == side]
        for side in ("left", "right")
    }
    dashed = [(0.0, 2.0, "dashed_line"), (10.0, 2.0, "dashed_line")]
    solid = [(x, -2.0, "solid_line") for x in (0.0, 5.0, 5.0, 10.0)]
    assert lines == ({"left": dashed, "right": solid} if is_forward else {"left": solid[::-1], "right": dashed[::-1]})
    neighbours = {(row["left_neighbor_id"], row["right_neighbor_id"]) for row in rows}
    assert neighbours == ({(41, None)} if is_forward else {(None, 41)})


def test_a_lane_without_boundaries_gets_them_half_way_to_its_neighbour(tmp_path: Path) -> None:
    message = truth()
    for number, y, other, side in ((1, 0.0, 2, "left"), (2, 4.0, 1, "right")):
        lane = message.lane.add()
        lane.id.value, lane.classification.type = number, 2
        lane.classification.centerline_is_driving_direction = True
        for x in (0, 5, 10):
            lane.classification.centerline.add(x=x, y=y)
        getattr(lane.classification, f"{side}_adjacent_lane_id").add(value=other)
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([message]))
    _, tables = read_all(path, {})
    rows = tables["bronze.map_lanes"].to_pylist()
    heights = {(row["lane_segment_id"], row["side"]): row["y_map_m"] for row in rows}
    assert heights == {(1, "left"): 2.0, (1, "right"): -2.0, (2, "left"): 6.0, (2, "right"): 2.0}
    assert {row["mark_type"] for row in rows} == {"derived_from_centerline"}


def test_a_sensor_view_is_read_as_the_ground_truth_inside_it(tmp_path: Path) -> None:
    view = SensorView()
    view.timestamp.seconds = 2
    view.global_ground_truth.CopyFrom(truth(2))
    path = tmp_path / "drive.osi"
    path.write_bytes(framed([view]))
    _, tables = read_all(path, {})
    assert tables["bronze.messages"].column("schema_name").to_pylist() == ["osi3.SensorView"]
    assert (tables["bronze.ego_poses"].num_rows, tables["bronze.objects"].num_rows) == (1, 1)


def test_a_message_of_another_kind_is_indexed_with_its_time(tmp_path: Path) -> None:
    data = SensorData()
    data.timestamp.seconds = 9
    (path := tmp_path / "20261120T211403Z_sd_370_300_1_test.osi").write_bytes(framed([data]))
    _, tables = read_all(path, {})
    (row,) = tables["bronze.messages"].to_pylist()
    assert (row["schema_name"], row["stream"], row["log_time_ns"]) == ("osi3.SensorData", None, 9_000_000_000)


@pytest.mark.parametrize("cut", [1, 3, 5, 200])
def test_a_trace_that_is_cut_off_is_read_to_its_last_whole_message(cut: int, tmp_path: Path) -> None:
    content = framed([truth(tick) for tick in range(5)])
    (path := tmp_path / "drive.osi").write_bytes(content[:-cut])
    _, tables = read_all(path, {})
    assert tables["bronze.messages"].num_rows == 5 - -(-cut // (len(content) // 5))
    assert "truncated" in tables["bronze.quarantine"].column("reason").to_pylist()


@pytest.mark.parametrize("content", [b"\x01", b"\xff\xff\xff\xff12", b"\x03\x00\x00\x00\xff\xff\xff", bytes(64)])
def test_what_is_no_trace_is_a_problem(content: bytes, tmp_path: Path) -> None:
    (path := tmp_path / "drive.osi").write_bytes(content)
    plan = registry.plan(source(path, {}))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == (["not_osi"], [])
