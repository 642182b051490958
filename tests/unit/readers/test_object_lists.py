"""Object lists of perception stacks: Autoware, derived_object_msgs, radar_msgs."""

from pathlib import Path

import numpy as np
import pytest
from made_messages import HEADER, LINE, POINT, POSE, TWIST, UUID, VECTOR, Make, read

TRACKED = (
    "std_msgs/Header header\nTrackedObject[] objects"
    + LINE
    + "autoware_perception_msgs/TrackedObject\nunique_identifier_msgs/UUID object_id\nfloat32 existence_probability\n"
    "ObjectClassification[] classification\nTrackedObjectKinematics kinematics\nShape shape"
    + LINE
    + "autoware_perception_msgs/ObjectClassification\nuint8 CAR=1\nuint8 label\nfloat32 probability"
    + LINE
    + "autoware_perception_msgs/TrackedObjectKinematics\ngeometry_msgs/PoseWithCovariance pose_with_covariance\n"
    "uint8 orientation_availability\ngeometry_msgs/TwistWithCovariance twist_with_covariance\nbool is_stationary"
    + LINE
    + "autoware_perception_msgs/Shape\nuint8 type\ngeometry_msgs/Polygon footprint\ngeometry_msgs/Vector3 dimensions"
    + LINE
    + "geometry_msgs/Polygon\nPoint32[] points"
    + LINE
    + "geometry_msgs/Point32\nfloat32 x\nfloat32 y\nfloat32 z"
    + LINE
    + "geometry_msgs/PoseWithCovariance\nPose pose\nfloat64[36] covariance"
    + LINE
    + "geometry_msgs/TwistWithCovariance\nTwist twist\nfloat64[36] covariance"
    + HEADER
    + POSE
    + TWIST
    + UUID
)
DERIVED = (
    "std_msgs/Header header\nderived_object_msgs/Object[] objects"
    + LINE
    + "derived_object_msgs/Object\nstd_msgs/Header header\nuint32 id\nuint8 detection_level\nbool object_classified\n"
    "geometry_msgs/Pose pose\ngeometry_msgs/Twist twist\nshape_msgs/SolidPrimitive shape\nuint8 classification"
    + LINE
    + "shape_msgs/SolidPrimitive\nuint8 BOX=1\nuint8 type\nfloat64[<=3] dimensions"
    + HEADER
    + POSE
    + TWIST
)
RADAR = (
    "std_msgs/Header header\nradar_msgs/RadarTrack[] tracks"
    + LINE
    + "radar_msgs/RadarTrack\nunique_identifier_msgs/UUID uuid\ngeometry_msgs/Point position\n"
    "geometry_msgs/Vector3 velocity\ngeometry_msgs/Vector3 acceleration\ngeometry_msgs/Vector3 size\n"
    "uint16 classification\nfloat32[6] position_covariance" + HEADER + POINT + VECTOR + UUID
)


def test_autoware_tracks_turn_their_velocity_into_the_axes_of_the_list(tmp_path: Path) -> None:
    make = Make("autoware_perception_msgs/msg/TrackedObjects", TRACKED)
    items = []
    for number, (yaw, corners) in enumerate(((np.pi / 2, []), (0.0, [(-2, -1), (2, 1)]))):
        labels = [
            make("autoware_perception_msgs/ObjectClassification", label=label, probability=share)
            for label, share in ((0, 0.25), (7 if number else 1, 0.5))
        ]
        zero = make.xyz("geometry_msgs/Vector3", 0.0, 0.0, 0.0)
        twist = make("geometry_msgs/Twist", linear=make.xyz("geometry_msgs/Vector3", 3.0, 1.0, 0.0), angular=zero)
        kinematics = make(
            "autoware_perception_msgs/TrackedObjectKinematics",
            pose_with_covariance=make(
                "geometry_msgs/PoseWithCovariance", pose=make.pose(10.0, 2.0, yaw), covariance=np.zeros(36)
            ),
            orientation_availability=0,
            twist_with_covariance=make("geometry_msgs/TwistWithCovariance", twist=twist, covariance=np.zeros(36)),
            is_stationary=False,
        )
        points = [make.xyz("geometry_msgs/Point32", float(x), float(y), 0.0) for x, y in corners]
        size = make.xyz("geometry_msgs/Vector3", *((0.0, 0.0, 1.7) if corners else (4.5, 1.8, 1.5)))
        polygon = make("geometry_msgs/Polygon", points=points)
        shape = make("autoware_perception_msgs/Shape", type=2 if corners else 0, footprint=polygon, dimensions=size)
        uuid = make("unique_identifier_msgs/UUID", uuid=np.arange(16, dtype=np.uint8) + 16 * number)
        names = ("object_id", "existence_probability", "classification", "kinematics", "shape")
        values = (uuid, 0.75, labels, kinematics, shape)
        items.append(make("autoware_perception_msgs/TrackedObject", **dict(zip(names, values, strict=True))))
    message = make("autoware_perception_msgs/TrackedObjects", header=make.header("base_link"), objects=items)
    rows = read(tmp_path, make.channel("/tracks", message))["bronze.objects"].to_pylist()
    assert [row["track_id"] for row in rows] == ["000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f"]
    assert [row["object_class"] for row in rows] == ["car", "pedestrian"]
    assert [(row["vx_mps"], row["vy_mps"]) for row in rows] == [pytest.approx((-1.0, 3.0)), pytest.approx((3.0, 1.0))]
    assert [(row["length_m"], row["width_m"], row["height_m"]) for row in rows] == [(4.5, 1.8, 1.5), (4.0, 2.0, 1.7)]
    assert {(row["frame_id"], row["score"], row["x_m"], row["sensor_time_ns"]) for row in rows} == {
        ("base_link", 0.75, 10.0, 5_000_000_007)
    }


def test_derived_objects_have_a_size_only_where_they_are_boxes(tmp_path: Path) -> None:
    make = Make("derived_object_msgs/msg/ObjectArray", DERIVED)
    zero = make.xyz("geometry_msgs/Vector3", 0.0, 0.0, 0.0)
    twist = make("geometry_msgs/Twist", linear=make.xyz("geometry_msgs/Vector3", 3.0, -1.0, 0.0), angular=zero)
    items = [
        make(
            "derived_object_msgs/Object",
            header=make.header("map"),
            id=40 + number,
            detection_level=1,
            object_classified=number != 2,
            pose=make.pose(1.0, 2.0),
            twist=twist,
            shape=make("shape_msgs/SolidPrimitive", type=kind, dimensions=np.array(size)),
            classification=6,
        )
        for number, (kind, size) in enumerate(((1, [4.0, 2.0, 1.5]), (2, [0.5]), (1, [4.0, 2.0, 1.5])))
    ]
    message = make("derived_object_msgs/ObjectArray", header=make.header("map"), objects=items)
    topics = {"/objects": {"stream": "objects", "role": "reference"}}
    rows = read(tmp_path, make.channel("/objects", message), topics=topics)["bronze.objects"].to_pylist()
    assert [(row["track_id"], row["object_class"], row["length_m"], row["role"]) for row in rows] == [
        ("40", "car", 4.0, "reference"),
        ("41", "car", 0.0, "reference"),
        ("42", "unknown", 4.0, "reference"),
    ]
    assert {(row["vx_mps"], row["vy_mps"]) for row in rows} == {(3.0, -1.0)}


@pytest.mark.parametrize("is_told", [True, False])
def test_radar_tracks_have_a_velocity_only_where_drive_json_says_relative_to_what(
    is_told: bool, tmp_path: Path
) -> None:
    make = Make("radar_msgs/msg/RadarTracks", RADAR)
    vector = make.xyz("geometry_msgs/Vector3", 4.0, 2.0, 1.0)
    place = make.xyz("geometry_msgs/Point", 30.0, -3.0, 0.0)
    uuid = make("unique_identifier_msgs/UUID", uuid=np.full(16, 255, np.uint8))
    values = {"position": place, "velocity": vector, "acceleration": vector, "size": vector}
    track = make(
        "radar_msgs/RadarTrack", uuid=uuid, **values, classification=32_001, position_covariance=np.zeros(6, np.float32)
    )
    message = make("radar_msgs/RadarTracks", header=make.header("radar_front"), tracks=[track])
    topics = {"/radar": {"velocity": "over_ground"}} if is_told else {}
    (row,) = read(tmp_path, make.channel("/radar", message), topics=topics)["bronze.objects"].to_pylist()
    assert (row["track_id"], row["object_class"], row["x_m"], row["length_m"]) == ("f" * 32, "car", 30.0, 4.0)
    assert (row["vx_mps"], row["vy_mps"]) == ((4.0, 2.0) if is_told else (None, None))
