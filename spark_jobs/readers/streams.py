"""Which message type feeds which bronze table: the one map from recorded types to canonical streams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers import (
    ego_streams,
    lane_streams,
    map_streams,
    object_lists,
    object_streams,
    sensor_streams,
    vehicle_streams,
)
from spark_jobs.readers.columns import Decoded, DecodeError
from spark_jobs.readers.mapped_streams import field_map
from spark_jobs.readers.ros2msg import short_name
from spark_jobs.readers.stream_rows import Context

Build = Callable[[Decoded, Context], dict[str, Any]]


@dataclass(frozen=True)
class Stream:
    """How messages of one type become rows of bronze.<name>.

    `wanted` are the fields that `build` reads. For JSON payloads it names the members that every item must have;
    `structure` and `list_path` are for them only. `also`: what else the same messages hold.
    """

    name: str
    wanted: tuple[str, ...]
    build: Build
    structure: str = ""
    list_path: str = ""
    also: "tuple[Stream, ...]" = ()

    @property
    def table(self) -> str:
        """The bronze table it fills."""
        return f"bronze.{self.name}"

    def tables(self, decoded: Decoded, context: Context) -> list[tuple[str, pa.Table]]:
        """(table, rows) of the messages, without tables that get none.

        Raises:
            DecodeError: the messages do not have the fields that they should.
            ContractError: a value that its table does not take.
        """
        found = [(each.table, pa.table(each.build(decoded, context))) for each in (self, *self.also)]
        return [(table, conform(table, rows)) for table, rows in found if rows.num_rows]


def _images(wanted: tuple[str, ...]) -> Stream:
    return Stream("camera_frames", wanted, sensor_streams.images)


def _clouds(wanted: tuple[str, ...]) -> Stream:
    return Stream("lidar_sweeps", wanted, sensor_streams.point_clouds)


_PACKAGES = ("autoware_perception_msgs", "autoware_auto_perception_msgs")
_AUTOWARE = Stream("objects", object_lists.AUTOWARE_FIELDS, object_lists.autoware_objects)
_STREAMS = {
    "nav_msgs/Odometry": Stream("ego_poses", ego_streams.ODOMETRY_FIELDS, ego_streams.odometry),
    "geometry_msgs/PoseStamped": Stream("ego_poses", ego_streams.POSE_STAMPED_FIELDS, ego_streams.pose_stamped),
    "foxglove.PoseInFrame": Stream("ego_poses", ego_streams.POSE_IN_FRAME_FIELDS, ego_streams.pose_in_frame),
    "sensor_msgs/Imu": Stream("imu_samples", ego_streams.IMU_FIELDS, ego_streams.imu),
    "sensor_msgs/NavSatFix": Stream("gnss_fixes", ego_streams.NAV_SAT_FIX_FIELDS, ego_streams.nav_sat_fix),
    "foxglove.LocationFix": Stream("gnss_fixes", ego_streams.LOCATION_FIX_FIELDS, ego_streams.location_fix),
    "vision_msgs/Detection3DArray": Stream("objects", object_streams.DETECTION_FIELDS, object_streams.detections),
    "foxglove.SceneUpdate": Stream("objects", object_streams.SCENE_FIELDS, object_streams.scene_update),
    "can_msgs/Frame": Stream("can_frames", vehicle_streams.CAN_FIELDS, vehicle_streams.can_frames),
    "sensor_msgs/CompressedImage": _images(sensor_streams.IMAGE_FIELDS),
    "sensor_msgs/Image": _images(sensor_streams.RAW_IMAGE_FIELDS),
    "foxglove.CompressedImage": _images(sensor_streams.FOXGLOVE_IMAGE_FIELDS),
    "foxglove.CompressedVideo": _images(sensor_streams.FOXGLOVE_IMAGE_FIELDS),
    "foxglove.RawImage": _images(sensor_streams.FOXGLOVE_RAW_IMAGE_FIELDS),
    "sensor_msgs/PointCloud2": _clouds(sensor_streams.POINT_CLOUD_FIELDS),
    "foxglove.PointCloud": Stream(
        "lidar_sweeps", sensor_streams.FOXGLOVE_POINT_CLOUD_FIELDS, sensor_streams.foxglove_point_clouds
    ),
    **{f"{package}/{kind}Objects": _AUTOWARE for package in _PACKAGES for kind in ("Tracked", "Detected", "Predicted")},
    "derived_object_msgs/ObjectArray": Stream("objects", object_lists.DERIVED_FIELDS, object_lists.derived_objects),
    "radar_msgs/RadarTracks": Stream("objects", object_lists.RADAR_FIELDS, object_lists.radar_tracks),
    "longtail.LaneBoundaries": Stream(
        "lane_boundaries",
        vehicle_streams.LANE_FIELDS,
        vehicle_streams.lane_boundaries,
        vehicle_streams.LANE_STRUCTURE,
        "boundaries",
    ),
    "longtail.MapElements": Stream(
        "map_elements",
        map_streams.ELEMENT_FIELDS,
        map_streams.map_elements,
        map_streams.ELEMENT_STRUCTURE,
        "elements",
    ),
}


_DECLARED = {
    ("nav_msgs/Path", "lane_boundaries"): Stream(
        "lane_boundaries", lane_streams.PATH_FIELDS, lane_streams.path_boundary
    ),
    ("foxglove.SceneUpdate", "lane_boundaries"): Stream(
        "lane_boundaries", lane_streams.SCENE_LINE_FIELDS, lane_streams.scene_lines
    ),
}
"""What a message type feeds only where drive.json gives its topic that stream: a path is not always a lane boundary."""

_PLACES = {"camera_frames": _images(()), "lidar_sweeps": _clouds(())}
"""Streams whose rows only say where a message is: drive.json may give them any topic, whatever its encoding."""


def stream_of(schema_name: str | None, rule: Mapping[str, Any] = MappingProxyType({})) -> Stream | None:
    """The stream of messages of this type on a topic for which drive.json says `rule`; None: indexed only.

    Both pkg/msg/Type and pkg/Type are known.

    Raises:
        DecodeError: drive.json wants a stream that messages of this type cannot feed.
    """
    name, wanted = short_name(schema_name or ""), rule.get("stream")
    if rule.get("fields") is not None:
        mapped = field_map(str(wanted), rule["fields"])
        return Stream(mapped.stream, mapped.wanted, mapped.build)
    usual = _STREAMS.get(name)
    if wanted is None or (usual is not None and usual.name == wanted):
        return usual
    declared = _DECLARED.get((name, str(wanted))) or _PLACES.get(str(wanted))
    if declared is None:
        known = (
            f"the messages are {usual.name}" if usual else f"{name or 'messages without a type'} need `fields` for it"
        )
        raise DecodeError(f"drive.json wants {wanted}, {known}", "stream_mismatch")
    return declared
