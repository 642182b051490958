"""The topic map of drive.json: polylines as lanes, sensors of any encoding, fields of unknown types."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from made_messages import HEADER, LINE, POSE, Channel, Make, protobuf, read, reasons

PATH = "std_msgs/Header header\ngeometry_msgs/PoseStamped[] poses" + HEADER + POSE
PATH += LINE + "geometry_msgs/PoseStamped\nstd_msgs/Header header\nPose pose"
CUSTOM = "float64 east\nfloat64 north\nint64 when\nThing[] things" + LINE + "acme_msgs/Thing\nuint32 key\nfloat64 ahead"
CUSTOM += "\nfloat64 aside\nstring kind"


def path_message(make: Make, frame: str, xs: np.ndarray, ys: np.ndarray) -> Any:
    poses = [
        make("geometry_msgs/PoseStamped", header=make.header(""), pose=make.pose(float(x), float(y)))
        for x, y in zip(xs, ys, strict=True)
    ]
    return make("nav_msgs/Path", header=make.header(frame), poses=poses)


def test_a_path_is_a_lane_boundary_where_drive_json_says_so(tmp_path: Path) -> None:
    make = Make("nav_msgs/msg/Path", PATH)
    xs = np.linspace(-5, 60, 30)
    terms = (1.75, 0.02, -3e-4, 2e-6)
    curve = path_message(make, "base_link", xs, np.polyval(terms[::-1], xs))
    straight = path_message(make, "base_link", np.array([0.0, 40.0]), np.array([2.0, 3.0]))
    nothing = path_message(make, "base_link", np.empty(0), np.empty(0))
    topics = {"/left": {"stream": "lane_boundaries", "side": "left"}}
    tables = read(
        tmp_path, make.channel("/left", curve, straight, nothing), make.channel("/plan", curve), topics=topics
    )
    names = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m")
    first, second = tables["bronze.lane_boundaries"].to_pylist()
    assert [first[name] for name in names] == pytest.approx([*terms, -5, 60], rel=1e-6, abs=1e-9)
    assert [second[name] for name in names] == pytest.approx([2.0, 0.025, 0, 0, 0, 40], abs=1e-9)
    assert {row["side"] for row in (first, second)} == {"ego_left"}
    assert [row["stream"] for row in tables["bronze.messages"].to_pylist()].count("lane_boundaries") == 3
    assert reasons(tables) == []


@pytest.mark.parametrize(("frame", "rule", "reason"), [("map", {"side": "left"}, "bad_frame"), ("ego", {}, "no_side")])
def test_a_polyline_that_cannot_be_used_is_said_to_be(frame: str, rule: Any, reason: str, tmp_path: Path) -> None:
    make = Make("nav_msgs/msg/Path", PATH)
    message = path_message(make, frame, np.array([0.0, 1.0]), np.zeros(2))
    tables = read(tmp_path, make.channel("/left", message), topics={"/left": {"stream": "lane_boundaries", **rule}})
    assert (reasons(tables), "bronze.lane_boundaries" in tables) == ([reason], False)


def test_lines_of_a_scene_are_lane_boundaries_named_by_their_entity(tmp_path: Path) -> None:
    scene = SceneUpdate()
    for name, shift in (("left", 1.5), ("ego_right", -2.0), ("curb", -6.0)):
        entity = scene.entities.add(id=name, frame_id="base_link")
        entity.timestamp.seconds = 9
        line = entity.lines.add(type=0)
        line.pose.position.y, line.pose.orientation.w = shift, 1.0
        for x in (0.0, 10.0, 20.0):
            line.points.add(x=x, y=0.1 * x)
    tables = read(tmp_path, protobuf("/marks", scene, scene), topics={"/marks": {"stream": "lane_boundaries"}})
    rows = tables["bronze.lane_boundaries"].to_pylist()
    found = [
        (row["record_index"], row["boundary_index"], row["side"], round(row["c0_m"], 9), round(row["c1"], 9))
        for row in rows
    ]
    assert found == [
        (n, k, *rest) for n in (0, 1) for k, rest in enumerate((("ego_left", 1.5, 0.1), ("ego_right", -2.0, 0.1)))
    ]


def test_a_topic_of_any_encoding_may_be_a_camera_or_a_lidar(tmp_path: Path) -> None:
    topics = {"/cam": {"stream": "camera_frames"}, "/lidar": {"stream": "lidar_sweeps"}}
    channels = [(topic, "acme.Blob", "flatbuffer", b"", "flatbuffer", [b"123", b"4567"]) for topic in topics]
    tables = read(tmp_path, *channels, topics=topics)
    for table in ("bronze.camera_frames", "bronze.lidar_sweeps"):
        rows = tables[table].to_pylist()
        assert [(row["num_payload_bytes"], row["sensor_time_ns"]) for row in rows] == [(3, None), (4, None)]


def custom(count: int) -> Channel:
    make = Make("acme_msgs/msg/Custom", CUSTOM)
    kinds = ("Car", "Bike")
    return make.channel(
        "/acme",
        *(
            make(
                "acme_msgs/Custom",
                east=float(tick),
                north=2.0 * tick,
                when=1_000 + tick,
                things=[make("acme_msgs/Thing", key=k, ahead=10.0 + k, aside=-1.0, kind=kinds[k]) for k in range(tick)],
            )
            for tick in range(count)
        ),
    )


def test_drive_json_maps_fields_of_an_unknown_type_to_ego_poses(tmp_path: Path) -> None:
    fields = {"x_map_m": "east", "y_map_m": "north", "sensor_time_ns": "when"}
    rows = read(tmp_path, custom(3), topics={"/acme": {"stream": "ego_poses", "fields": fields}})["bronze.ego_poses"]
    names = ("x_map_m", "y_map_m", "z_map_m", "q_w", "q_z", "sensor_time_ns", "vx_ego_mps")
    assert [tuple(row[name] for name in names) for row in rows.to_pylist()] == [
        (float(tick), 2.0 * tick, 0.0, 1.0, 0.0, 1_000 + tick, None) for tick in range(3)
    ]


def test_drive_json_maps_the_items_of_a_list_to_objects(tmp_path: Path) -> None:
    fields = {"track_id": "things/key", "object_class": "things/kind", "x_m": "things/ahead", "y_m": "things/aside"}
    fields |= {"length_m": "north", "width_m": "north", "height_m": "north", "sensor_time_ns": "when"}
    topics = {"/acme": {"stream": "objects", "role": "reference", "fields": fields}}
    rows = read(tmp_path, custom(3), topics=topics)["bronze.objects"].to_pylist()
    names = ("record_index", "object_index", "track_id", "object_class", "x_m", "length_m", "sensor_time_ns", "role")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (1, 0, "0", "Car", 10.0, 2.0, 1_001, "reference"),
        (2, 0, "0", "Car", 10.0, 4.0, 1_002, "reference"),
        (2, 1, "1", "Bike", 11.0, 4.0, 1_002, "reference"),
    ]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"stream": "ego_poses", "fields": {"x_map_m": "gone", "y_map_m": "north"}}, "no_field"),
        ({"stream": "ego_poses", "fields": {"speed": "north"}}, "bad_field_map"),
        ({"stream": "ego_poses", "fields": {"project_id": "north"}}, "bad_field_map"),
        ({"stream": "messages", "fields": {"x_map_m": "north"}}, "bad_field_map"),
        ({"stream": "objects", "fields": {"x_m": "things/ahead", "y_m": "others/aside"}}, "bad_field_map"),
        ({"stream": "gnss_fixes", "fields": {"latitude_deg": "things/kind"}}, "no_field"),
        ({"stream": "imu_samples"}, "stream_mismatch"),
    ],
)
def test_a_topic_map_that_does_not_fit_is_said_and_nothing_is_lost(rule: Any, reason: str, tmp_path: Path) -> None:
    tables = read(tmp_path, custom(3), topics={"/acme": rule})
    assert reasons(tables) == [reason]
    assert tables["bronze.messages"].column("stream").to_pylist() == [None] * 3
