"""The landing zone of one drive: recording, reference list, bus log and declaration, as a vehicle delivers them."""

import hashlib
import heapq
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mcap.writer import CompressionType, Writer
from numpy.typing import NDArray

from fleet import bus, camera, ego_sensors, map_elements, ros2
from fleet.clocks import StreamClock, draw_clocks
from fleet.perception import RATE_OBJECTS_HZ, Perception, reference_boxes
from fleet.ros2_types import definition
from fleet.scene_update import scene_update, scene_update_schema
from fleet.simulate import DriveStates

Array = NDArray[np.float64]
Times = NDArray[np.int64]
Rngs = dict[str, np.random.Generator]

LIBRARY = "longtail-fleet"
CHUNK_BYTES = 512 * 1024
JSON_SCHEMAS = {
    "longtail.LaneBoundaries": {
        "title": "longtail.LaneBoundaries",
        "type": "object",
        "properties": {"header": {"type": "object"}, "boundaries": {"type": "array", "items": {"type": "object"}}},
    },
    "longtail.MapElements": map_elements.SCHEMA,
}


@dataclass(frozen=True)
class Stream:
    """One topic: its type and (log time, publish time, sequence, payload) rows in log order."""

    topic: str
    schema: str
    schema_encoding: str
    message_encoding: str
    rows: Iterable[tuple[int, int, int, bytes]]


def _stream(
    topic: str, schema: str, clock: StreamClock, states: DriveStates, t: Array, stamps: Times,
    payloads: Iterable[bytes], rng: np.random.Generator, encoding: str = "cdr",
) -> Stream:  # fmt: skip
    """Rows of one topic: log times by its clock, lost messages left out, sequence numbers of the sender kept."""
    log = clock.log_ns(states.setting.started_ns, t, rng)
    kept = clock.arrives(t, rng).tolist()
    rows = (
        (log_ns, log_ns, i + 1, payload)
        for i, (log_ns, is_kept, payload) in enumerate(zip(log.tolist(), kept, payloads, strict=True))
        if is_kept
    )
    return Stream(topic, schema, "jsonschema" if encoding == "json" else "ros2msg", encoding, rows)


def _recording(states: DriveStates, rngs: Rngs, clocks: dict[str, StreamClock], frames: bus.Frames) -> Iterator[Stream]:
    """The streams of recording.mcap."""
    seconds, start_ns = states.setting.seconds, states.setting.started_ns
    clock_rng = rngs["clock"]
    for topic, schema, make, rate, phase in (
        ("/localization/odometry", "nav_msgs/msg/Odometry", ego_sensors.odometry, 50, 0.0),
        ("/sensing/imu", "sensor_msgs/msg/Imu", ego_sensors.imu, 100, 0.0),
        ("/sensing/gnss/fix", "sensor_msgs/msg/NavSatFix", ego_sensors.gnss, 10, 0.02),
        ("/perception/lanes", "longtail.LaneBoundaries", ego_sensors.lanes, 10, 0.0),
    ):
        t = np.arange(0.0, seconds - phase - 1e-9, 1.0 / rate) + phase
        stamps, payloads = make(states, t, clocks[topic], rngs["ego"])
        encoding = "json" if topic == "/perception/lanes" else "cdr"
        yield _stream(topic, schema, clocks[topic], states, t, stamps, payloads, clock_rng, encoding)
    topic = "/perception/objects"
    t = np.arange(int(seconds * RATE_OBJECTS_HZ)) / RATE_OBJECTS_HZ
    stamps = clocks[topic].stamp_ns(start_ns, t)
    seen = Perception(states, rngs["objects"])
    lists = (ros2.detections(stamp, "base_link", seen.frame(i)) for i, stamp in enumerate(stamps.tolist()))
    yield _stream(topic, "vision_msgs/msg/Detection3DArray", clocks[topic], states, t, stamps, lists, clock_rng)
    topic = "/sensing/camera/front/image/compressed"
    t = np.arange(0.0, seconds - 0.05, 0.2) + 0.01
    stamps = clocks[topic].stamp_ns(start_ns, t)
    images = ros2.compressed_images(stamps, "camera_front", camera.frames(states, t, rngs["camera"]))
    yield _stream(topic, "sensor_msgs/msg/CompressedImage", clocks[topic], states, t, stamps, images, clock_rng)
    if not states.setting.has_mdf4:
        topic = "/vehicle/can/0"
        stamps = clocks[topic].stamp_ns(start_ns, frames.t_s)
        columns = {"id": frames.can_id, "dlc": np.full(len(frames.t_s), 8), "data": frames.data}
        rows = ros2.payloads(columns, stamps, ros2.CAN_FRAME)
        yield _stream(topic, "can_msgs/msg/Frame", clocks[topic], states, frames.t_s, stamps, rows, clock_rng)
    if states.setting.has_map:
        times = start_ns + 2_000_000 + np.arange(0, int(seconds * 1e9), int(map_elements.PERIOD_S * 1e9))
        message = map_elements.map_message(states)
        maps = ((ns, ns, i + 1, message) for i, ns in enumerate(times.tolist()))
        yield Stream("/map/elements", "longtail.MapElements", "jsonschema", "json", maps)


def write_mcap(path: Path, profile: str, streams: Iterable[Stream]) -> int:
    """Write streams merged by log time; the number of messages."""
    num = 0
    with path.open("wb") as out:
        writer = Writer(out, chunk_size=CHUNK_BYTES, compression=CompressionType.ZSTD)
        writer.start(profile=profile, library=LIBRARY)
        merged = []
        for stream in streams:
            schema_id = writer.register_schema(stream.schema, stream.schema_encoding, _schema_text(stream))
            channel_id = writer.register_channel(stream.topic, stream.message_encoding, schema_id)
            merged.append(_on_channel(channel_id, stream))
        for log_ns, channel_id, publish_ns, sequence, data in heapq.merge(*merged):
            writer.add_message(channel_id, log_ns, data, publish_ns, sequence)
            num += 1
        writer.finish()
    return num


def _on_channel(channel_id: int, stream: Stream) -> Iterator[tuple[int, int, int, int, bytes]]:
    for log_ns, publish_ns, sequence, data in stream.rows:
        yield log_ns, channel_id, publish_ns, sequence, data


def _schema_text(stream: Stream) -> bytes:
    if stream.schema_encoding == "ros2msg":
        return definition(stream.schema)
    if stream.schema_encoding == "protobuf":
        return scene_update_schema()
    return json.dumps(JSON_SCHEMAS[stream.schema], sort_keys=True).encode()


def _reference(states: DriveStates, rng: np.random.Generator) -> Stream:
    start_ns, step_ns = states.setting.started_ns, 10**9 // RATE_OBJECTS_HZ
    rows = (
        (start_ns + i * step_ns, start_ns + i * step_ns, i + 1,
         scene_update(start_ns + i * step_ns, reference_boxes(states, i, rng)))
        for i in range(int(states.setting.seconds * RATE_OBJECTS_HZ))
    )  # fmt: skip
    return Stream("/reference/objects", "foxglove.SceneUpdate", "protobuf", "protobuf", rows)


def write_landing(states: DriveStates, folder: Path, project: str, rngs: Rngs) -> int:
    """Write all files of a drive into folder, which must exist and be empty; the number of messages."""
    clocks = draw_clocks(states.setting, rngs["clock"])
    frames = bus.can_frames(states, rngs["bus"])
    counts: dict[str, int | None] = {
        "recording.mcap": write_mcap(folder / "recording.mcap", "ros2", _recording(states, rngs, clocks, frames)),
        "reference.mcap": write_mcap(folder / "reference.mcap", "", [_reference(states, rngs["objects"])]),
        "vehicle.dbc": None,
    }
    shutil.copyfile(bus.DBC, folder / "vehicle.dbc")
    if states.setting.has_mdf4:
        from fleet.mdf4 import write_mdf4  # its library takes seconds to import, and three drives of four need it not

        clock = clocks["/vehicle/can/0"]
        log_ns = clock.log_ns(states.setting.started_ns, frames.t_s, rngs["clock"])
        write_mdf4(folder / "vehicle.mf4", frames, log_ns, states.setting.started_ns)
        counts["vehicle.mf4"] = len(log_ns)
    declaration = _declaration(states, folder, project, counts)
    (folder / "drive.json").write_text(json.dumps(declaration, indent=1) + "\n")
    return sum(num for num in counts.values() if num is not None)


def _declaration(states: DriveStates, folder: Path, project: str, counts: dict[str, int | None]) -> dict[str, object]:
    setting = states.setting
    files = []
    for name, num in counts.items():
        raw = (folder / name).read_bytes()
        entry: dict[str, object] = {"path": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        if num is not None:
            entry["messages"] = num
        files.append(entry)
    vehicle = setting.vehicle
    return {
        "drive_id": setting.drive_id,
        "project_id": project,
        "site": "generated",
        "software_version": "fleet-1",
        "started_at": setting.started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "vehicle": {
            "vehicle_id": setting.vehicle_id,
            "kind": vehicle.kind,
            "length_m": vehicle.length_m,
            "width_m": vehicle.width_m,
            "height_m": vehicle.height_m,
            "wheelbase_m": vehicle.wheelbase_m,
            "rear_axle_to_front_bumper_m": vehicle.rear_axle_to_front_bumper_m,
            "rear_axle_to_rear_bumper_m": vehicle.rear_axle_to_rear_bumper_m,
        },
        "files": files,
        "topics": {
            "/perception/objects": {"stream": "objects", "role": "onboard"},
            "/reference/objects": {"stream": "objects", "role": "reference"},
        },
        "dbc": [{"bus": 0, "path": "vehicle.dbc"}],
        "clock": {"log_time": "utc"},
    }
