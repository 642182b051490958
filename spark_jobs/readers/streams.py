"""Which message type feeds which bronze table: the one map from recorded types to canonical streams."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers import ego_streams, object_streams, vehicle_streams
from spark_jobs.readers.columns import Decoded
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
    "sensor_msgs/CompressedImage": Stream("camera_frames", vehicle_streams.IMAGE_FIELDS, vehicle_streams.images),
    "longtail.LaneBoundaries": Stream(
        "lane_boundaries",
        vehicle_streams.LANE_FIELDS,
        vehicle_streams.lane_boundaries,
        vehicle_streams.LANE_STRUCTURE,
        "boundaries",
    ),
}


@cache
def stream_of(schema_name: str) -> Stream | None:
    """The stream that messages of this type feed; None: indexed only. Both pkg/msg/Type and pkg/Type are known."""
    return _STREAMS.get(short_name(schema_name))
