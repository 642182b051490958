"""ASAM OSI ground truth to rows: the host vehicle as ego poses, the other moving objects as objects, lanes as a map.

Frames by OSI 3 (osi_common.proto, osi_object.proto): world and vehicle axes are right-handed, x forward, y left, z up
(ISO 8855); a position is the centre of the bounding box; an orientation turns by yaw, then pitch, then roll.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from spark_jobs.readers.columns import Decoded, Ints, Level
from spark_jobs.readers.osi_lanes import LANE_FIELDS, Lanes
from spark_jobs.readers.stream_rows import Context, Floats, common, constant, nullable, rotated, stamp_ns
from spark_jobs.readers.streams import Stream

PREFIXES = {"osi3.GroundTruth": "", "osi3.SensorView": "global_ground_truth."}
"""The message types that hold a ground truth, and where in them it is."""

SIMULATED = "OSI counts seconds from the start of a simulation: an order and distances in time, no date"
_BASE = tuple(
    f"base.{part}.{axis}"
    for part, axes in {
        "dimension": ("length", "width", "height"),
        "position": "xyz",
        "orientation": ("roll", "pitch", "yaw"),
        "velocity": "xyz",
        "orientation_rate": ("yaw",),
    }.items()
    for axis in axes
)
_OBJECT_FIELDS = (
    *("id.value", "type", "vehicle_classification.type", *_BASE),
    *(f"vehicle_attributes.bbcenter_to_rear.{axis}" for axis in "xyz"),
)
_TYPES = {0: "unknown", 1: "other", 2: "vehicle", 3: "pedestrian", 4: "animal"}
_VEHICLES = {2: "car", 3: "car", 4: "car", 5: "car", 6: "van", 7: "truck", 8: "trailer", 9: "trailer", 10: "motorbike"}
_VEHICLES |= {11: "bicycle", 12: "bus", 13: "tram", 14: "train", 15: "wheelchair", 16: "truck", 17: "bicycle"}
_REAR_SHARE = 0.28
"""Where nothing says where the rear axle is: this share of the length behind the box centre, as in cars."""


def osi_stream(schema_name: str) -> Stream | None:
    """The streams of a type that holds a ground truth; one call per channel and task, for a lane is told once."""
    prefix = PREFIXES.get(schema_name)
    if prefix is None:
        return None
    traffic = _Traffic(prefix)
    poses, lanes = (
        Stream(name, (), build) for name, build in (("ego_poses", traffic.poses), ("map_lanes", traffic.lanes))
    )
    return Stream("objects", traffic.wanted, traffic.objects, also=(poses, lanes))


@dataclass
class _Traffic:
    """The ground truths of one channel. `prefix` is where in a message they are."""

    prefix: str
    told: Lanes = field(default_factory=Lanes)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The fields to decode."""
        names = ("timestamp.seconds", "timestamp.nanos", "host_vehicle_id.value", *LANE_FIELDS)
        return tuple(self.prefix + name for name in (*names, *(f"moving_object/{name}" for name in _OBJECT_FIELDS)))

    def _moving(self, decoded: Decoded, context: Context, is_host: bool) -> tuple[dict[str, Any], Level]:
        """The columns that every row has, and the objects: the host vehicles, or all others.

        A ground truth without a host_vehicle_id means the object 0, as protobuf has it; drive.json may name another.
        """
        messages, items = decoded.messages, decoded.level(f"{self.prefix}moving_object")
        host = messages.integers(f"{self.prefix}host_vehicle_id.value")
        declared = context.rule.get("host_vehicle_id")
        if isinstance(declared, int):
            host = np.full(len(host), declared)
        items = items.take(np.nonzero((items.integers("id.value") == host[items.parent]) == is_host)[0])
        stamps = stamp_ns(messages, f"{self.prefix}timestamp.seconds", f"{self.prefix}timestamp.nanos")
        return common(context, messages.parent[items.parent], stamps[items.parent]), items

    def objects(self, decoded: Decoded, context: Context) -> dict[str, Any]:
        """Every moving object but the host, in the world frame: a reference, unless drive.json says onboard."""
        rows, items = self._moving(decoded, context, is_host=False)
        position, rotation = _pose(items)
        sizes = (items.numbers(f"base.dimension.{name}", 0.0) for name in ("length", "width", "height"))
        return {
            **rows,
            "role": constant("onboard" if context.rule.get("role") == "onboard" else "reference", len(items.parent)),
            "object_index": items.position,
            "track_id": pa.array(items.integers("id.value")).cast(pa.string()),
            "object_class": _classes(items),
            "frame_id": constant("world", len(items.parent)),
            **dict(zip(("x_m", "y_m", "z_m"), position, strict=True)),
            **rotation,
            **dict(zip(("length_m", "width_m", "height_m"), sizes, strict=True)),
            **{f"v{axis}_mps": items.numbers(f"base.velocity.{axis}", 0.0) for axis in "xy"},
        }

    def poses(self, decoded: Decoded, context: Context) -> dict[str, Any]:
        """The rear axle of the host on the ground (the bottom of its box), and its speed there.

        OSI does not say of which point a velocity is. esmini gives the rear axle's (its positions differ from the
        velocity by 0.02 m/s there and by 0.1 m/s at the box centre, in the median), so it is taken as that.
        """
        rows, items = self._moving(decoded, context, is_host=True)
        (x, y, z), rotation = _pose(items)
        rear = _rear_axle(items, context.source.declaration.get("vehicle"))
        shift = rotated(rotation, *rear)
        inverse = {name: value if name == "q_w" else -value for name, value in rotation.items()}
        speed = rotated(inverse, *(items.numbers(f"base.velocity.{axis}", 0.0) for axis in "xyz"))
        rate = items.numbers("base.orientation_rate.yaw", 0.0)
        # A simulator that writes no rates leaves zeros behind: then there is none to give.
        is_absent = np.full(len(rate), not rate.any())
        return {
            **rows,
            "frame_id": constant("world", len(items.parent)),
            **dict(zip(("x_map_m", "y_map_m", "z_map_m"), (x + shift[0], y + shift[1], z + shift[2]), strict=True)),
            **rotation,
            "vx_ego_mps": speed[0],
            "vy_ego_mps": speed[1],
            "yaw_rate_radps": nullable(rate, is_absent),
        }

    def lanes(self, decoded: Decoded, context: Context) -> dict[str, Any]:
        """The lanes that were not told before."""
        return self.told.rows(decoded, self.prefix, context.source)


def _pose(items: Level) -> tuple[tuple[Floats, Floats, Floats], dict[str, Floats]]:
    """(box centre, rotation box to world)."""
    x, y, z = (items.numbers(f"base.position.{axis}", 0.0) for axis in "xyz")
    half = [items.numbers(f"base.orientation.{name}", 0.0) / 2 for name in ("roll", "pitch", "yaw")]
    (cr, cp, cy), (sr, sp, sy) = [np.cos(angle) for angle in half], [np.sin(angle) for angle in half]
    rotation = {
        "q_w": cr * cp * cy + sr * sp * sy,
        "q_x": sr * cp * cy - cr * sp * sy,
        "q_y": cr * sp * cy + sr * cp * sy,
        "q_z": cr * cp * sy - sr * sp * cy,
    }
    return (x, y, z), rotation


def _rear_axle(items: Level, vehicle: object) -> tuple[Floats, Floats, Floats]:
    """From the box centre to the rear axle on the ground, in vehicle axes: as recorded, as declared, or about."""
    length, height = (items.numbers(f"base.dimension.{name}", 0.0) for name in ("length", "height"))
    x, y = (items.numbers(f"vehicle_attributes.bbcenter_to_rear.{axis}", 0.0) for axis in "xy")
    overhang = vehicle.get("rear_axle_to_rear_bumper_m") if isinstance(vehicle, Mapping) else None
    assumed = -_REAR_SHARE * length if not isinstance(overhang, int | float) else overhang - length / 2
    return np.where(x == 0, assumed, x), y, -height / 2


def _classes(items: Level) -> pa.Array:
    """The class names: of a vehicle the kind, where it is given."""
    kind, vehicle = items.integers("type"), items.integers("vehicle_classification.type")
    codes: Ints = kind * 1000 + np.where(kind == 2, vehicle, 0)
    found, place = np.unique(codes, return_inverse=True)
    names = [_VEHICLES.get(int(code) % 1000, _TYPES.get(int(code) // 1000, "unknown")) for code in found]
    return pa.array(names, pa.string()).take(pa.array(place))
