"""Images, point clouds, and messages that nobody can decode: indexed, counted, never copied."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foxglove_schemas_protobuf.CompressedImage_pb2 import CompressedImage
from foxglove_schemas_protobuf.PointCloud_pb2 import PointCloud
from foxglove_schemas_protobuf.RawImage_pb2 import RawImage
from made_messages import HEADER, LINE, Make, protobuf, read

IMAGE = "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\n"
IMAGE += "uint32 step\nuint8[] data"
CLOUD = (
    "std_msgs/Header header\nuint32 height\nuint32 width\nsensor_msgs/PointField[] fields\nbool is_bigendian\n"
    "uint32 point_step\nuint32 row_step\nuint8[] data\nbool is_dense"
    + LINE
    + "sensor_msgs/PointField\nstring name\nuint32 offset\nuint8 datatype\nuint32 count"
    + HEADER
)
ENCODINGS = ("flatbuffer", "cbor", "msgpack", "capnproto", "ros1", "cdr", "", "made-up")


def test_images_are_indexed_and_never_copied(tmp_path: Path) -> None:
    make = Make("sensor_msgs/msg/Image", IMAGE + HEADER)
    names = ("height", "width", "encoding", "is_bigendian", "step", "data")
    values = (2, 3, "rgb8", 0, 9, np.zeros(18, np.uint8))
    image = make("sensor_msgs/Image", header=make.header("front"), **dict(zip(names, values, strict=True)))
    raw, packed = (
        RawImage(frame_id="rear", encoding="mono8", data=b"xyz"),
        CompressedImage(frame_id="side", format="jpeg"),
    )
    raw.timestamp.seconds = packed.timestamp.seconds = 5
    tables = read(tmp_path, make.channel("/a", image), protobuf("/b", raw), protobuf("/c", packed))
    rows = tables["bronze.camera_frames"].to_pylist()
    assert sorted((row["topic"], row["frame_id"], row["image_format"]) for row in rows) == [
        ("/a", "front", "rgb8"),
        ("/b", "rear", "mono8"),
        ("/c", "side", "jpeg"),
    ]
    assert {row["sensor_time_ns"] // 10**9 for row in rows} == {5}
    messages = {row["topic"]: row["payload_offset"] for row in tables["bronze.messages"].to_pylist()}
    assert {row["topic"]: row["payload_offset"] for row in rows} == messages


def test_point_clouds_tell_how_many_points_they_have(tmp_path: Path) -> None:
    make = Make("sensor_msgs/msg/PointCloud2", CLOUD)
    fields = [make("sensor_msgs/PointField", name="x" * n, offset=4 * n, datatype=7, count=1) for n in range(3)]
    clouds = [
        make(
            "sensor_msgs/PointCloud2",
            header=make.header("lidar"),
            height=height,
            width=width,
            fields=fields,
            is_bigendian=False,
            point_step=16,
            row_step=16 * width,
            data=np.zeros(16 * width * height, np.uint8),
            is_dense=True,
        )
        for height, width in ((1, 7), (4, 5))
    ]
    other = PointCloud(frame_id="top", point_stride=12, data=bytes(36))
    tables = read(tmp_path, make.channel("/lidar", *clouds), protobuf("/top", other))
    names = ("topic", "frame_id", "num_points", "num_columns", "num_rows", "num_point_bytes")
    assert sorted(tuple(row[name] for name in names) for row in tables["bronze.lidar_sweeps"].to_pylist()) == sorted(
        [("/lidar", "lidar", 7, None, None, 16), ("/lidar", "lidar", 20, 5, 4, 16), ("/top", "top", 3, None, None, 12)]
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_cannot_be_decoded_is_indexed_and_counted(encoding: str, tmp_path: Path) -> None:
    tables = read(tmp_path, ("/any", "acme.Thing", encoding, b"\x00\xff", encoding, [b"", b"a", b"\xff" * 100]))
    rows = tables["bronze.messages"].to_pylist()
    assert [(row["message_encoding"], row["stream"], row["num_payload_bytes"]) for row in rows] == [
        (encoding, None, size) for size in (0, 1, 100)
    ]


def nav_sat_fix(make: Make, **more: int) -> Any:
    header = make("std_msgs/Header", stamp=make("builtin_interfaces/Time", sec=5, nanosec=7), frame_id="abc", **more)
    status = make("sensor_msgs/NavSatStatus", status=1, service=1)
    return make("sensor_msgs/NavSatFix", header=header, status=status, latitude=48.0, longitude=11.0, altitude=500.0)


def test_ros1_and_idl_channels_of_an_mcap_file_feed_the_same_tables_as_ros2_ones(tmp_path: Path) -> None:
    fix = (
        "std_msgs/Header header\nsensor_msgs/NavSatStatus status\nfloat64 latitude\nfloat64 longitude\nfloat64 altitude"
    )
    fix += LINE + "sensor_msgs/NavSatStatus\nint8 status\nuint16 service"
    idl = (
        "module sensor_msgs { module msg { struct NavSatFix { std_msgs::msg::Header header; "
        "sensor_msgs::msg::NavSatStatus status; double latitude; double longitude; double altitude; }; "
        "struct NavSatStatus { int8 status; uint16 service; }; }; };"
        "module std_msgs { module msg { struct Header { builtin_interfaces::msg::Time stamp; string frame_id; }; }; };"
    )
    name = "sensor_msgs/msg/NavSatFix"
    old_text = fix + HEADER.replace("builtin_interfaces/Time", "uint32 seq\ntime")
    new, old = Make(name, fix + HEADER), Make(name, old_text)
    payload = bytes(old.store.serialize_ros1(nav_sat_fix(old, seq=9), name))
    ros2 = new.channel("/ros2", nav_sat_fix(new))
    ros1 = ("/ros1", "sensor_msgs/NavSatFix", "ros1msg", old_text.encode(), "ros1", [payload])
    channels = (ros2, ros1, ("/idl", name, "ros2idl", idl.encode(), "cdr", ros2[5]))
    rows = read(tmp_path, *channels)["bronze.gnss_fixes"].to_pylist()
    names = ("topic", "latitude_deg", "longitude_deg", "altitude_m", "fix_status", "sensor_time_ns")
    assert sorted(tuple(row[key] for key in names) for row in rows) == [
        (topic, 48.0, 11.0, 500.0, 1, 5_000_000_007) for topic in ("/idl", "/ros1", "/ros2")
    ]
