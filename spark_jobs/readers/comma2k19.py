"""comma2k19 to rows: numpy arrays, one folder per channel. The array with the values carries the records.

Its neighbours (times, addresses, bus numbers) are companions. Times count from the start of the device: what ties them
to UTC are the GNSS fixes and the GPS times of the poses, which bronze keeps as sensor times.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longtail.contracts import conform
from spark_jobs.readers.comma_channel import arrays_of, topic_of
from spark_jobs.readers.numpy_arrays import BadArray
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant, nullable
from spark_jobs.readers.vehicle_streams import frame_data

Rows = Iterator[tuple[str, pa.Table]]
Ints = npt.NDArray[np.int64]
Parts = Mapping[str, npt.NDArray[Any]]

SLICE_RECORDS = 500_000
SENT_BUS = 128
"""Buses from here on are frames that the device itself sent: 128 on bus 0, 129 on bus 1."""
_MAX_BOOT_S = 9e9
_IMU = {
    "accelerometer": ("ax_mps2", "ay_mps2", "az_mps2"),
    "gyro": ("roll_rate_radps", "pitch_rate_radps", "yaw_rate_radps"),
}


def plan(source: SourceFile) -> FilePlan:
    """One task: an array is a minute of driving. Rows that the header announces and the file lacks are a problem."""
    try:
        main, beside = arrays_of(source)
    except (BadArray, OSError) as error:
        return FilePlan(source, [], problems=[Problem("bad_array", str(error)[:500], byte_offset=0)])
    count = main.num_rows
    usable = min([main.num_whole_rows, *(array.num_whole_rows for array in beside.values())])
    problems = []
    if usable < count:
        short = main if main.num_whole_rows == usable else min(beside.values(), key=lambda array: array.num_whole_rows)
        detail = f"{short.path.name} holds {usable} of the {count} rows that {main.path.name} announces"
        at = main.data_offset + usable * main.row_bytes if short is main and not main.is_by_column else None
        lost = min(count - usable, 2**62)
        problems.append(Problem("truncated", detail, topic_of(source), usable, at, lost))
    return FilePlan(source, [Task(source, 0, usable, 0)] if usable else [], problems=problems)


def read(task: Task) -> Rows:
    """Rows of the array and its neighbours. A record is one row: a frame, a sample, a fix, a pose."""
    main, beside = arrays_of(task.source)
    for start in range(task.start, task.stop, SLICE_RECORDS):
        stop = min(start + SLICE_RECORDS, task.stop)
        parts = {"main": main.rows(start, stop)} | {name: array.rows(start, stop) for name, array in beside.items()}
        t_s = parts["t"].astype(np.float64)
        timed = np.isfinite(t_s) & (np.abs(t_s) < _MAX_BOOT_S)
        index = np.arange(start, stop)
        if not timed.all():
            first, count = int(index[~timed][0]), int((~timed).sum())
            lost = Problem("bad_time", f"{count} rows have no time", topic_of(task.source), first, num_messages=count)
            yield from yield_quarantine(task.source, [lost])
        kept = {name: values[timed] for name, values in parts.items()}
        when = np.rint(t_s[timed] * 1e9).astype(np.int64)
        if len(when):
            yield from _slice(task.source, kept, index[timed], when, main.row_bytes)


def _slice(source: SourceFile, parts: Parts, index: Ints, when: Ints, row_bytes: int) -> Rows:
    topic = topic_of(source)
    group, _, name = topic.lower().rpartition("/")
    values = parts["main"]
    if topic == "can":
        yield from _frames(source, parts, index, when, row_bytes)
        return
    decoded, stream, is_usable = None, None, np.zeros(len(index), np.bool_)
    if topic == "global_pose":
        stream, (decoded, is_usable) = "ego_poses", _poses(parts)
    elif group == "imu" and name in _IMU and values.shape[-1] == 3:
        flu = values * (1.0, -1.0, -1.0)  # forward, right, down as recorded; no table holds such axes
        stream, is_usable = "imu_samples", np.isfinite(flu).min(axis=1)
        decoded = {"frame_id": "device, forward left up", **dict(zip(_IMU[name], flu[is_usable].T, strict=True))}
    elif group == "gnss" and name.startswith("live_gnss") and values.shape[-1] == 6:
        stream, (decoded, is_usable) = "gnss_fixes", _fixes(values)
    yield "bronze.messages", _messages(source, topic, _stream(stream, is_usable), index, when, row_bytes)
    if decoded is not None and is_usable.any():
        count = int(is_usable.sum())
        if "frame_id" in decoded:
            decoded["frame_id"] = constant(decoded["frame_id"], count)
        columns = {**_common(source, topic, index[is_usable], when[is_usable]), **decoded}
        yield f"bronze.{stream}", conform(f"bronze.{stream}", pa.table(columns))


def _frames(source: SourceFile, parts: Parts, index: Ints, when: Ints, row_bytes: int) -> Rows:
    """CAN frames. The true length of a frame is lost with its trailing zeros; the zeros themselves are given back."""
    octets = np.ascontiguousarray(parts["main"]).view(np.uint8).reshape(len(index), -1)
    bus, address = parts["src"].astype(np.int64), parts["address"].astype(np.int64)
    is_extended = address > 0x7FF
    topic = pa.array(np.char.add("can/", bus.astype(np.str_)))
    is_frame = (bus >= 0) & (address >= 0) & (address <= 0x1FFFFFFF)
    length = np.full(len(index), octets.shape[1])
    columns = {
        **_common(source, topic, index, when),
        "bus": bus,
        "can_id": address,
        "is_extended": is_extended,
        "is_received": bus < SENT_BUS,
        "num_data_bytes": length,
        "data": frame_data(octets, length),
    }
    yield "bronze.messages", _messages(source, topic, _stream("can_frames", is_frame), index, when, row_bytes)
    yield "bronze.can_frames", conform("bronze.can_frames", pa.table(columns).filter(pa.array(is_frame)))


def _poses(parts: Parts) -> tuple[dict[str, Any], npt.NDArray[np.bool_]]:
    from spark_jobs.readers.comma_pose import gps_to_utc_ns, poses  # scipy and pymap3d take their time to load

    position, q, velocity = parts["main"], parts["q"], parts["v"]
    is_usable = np.isfinite(np.hstack([position, q, velocity])).all(axis=1) & (np.abs(q).sum(axis=1) > 0)
    is_usable &= (np.linalg.norm(position, axis=1) > 6e6) & (np.linalg.norm(position, axis=1) < 7e6)  # m: on earth
    if not is_usable.any():
        return {}, is_usable
    t_s = parts["t"][is_usable].astype(np.float64)
    columns: dict[str, Any] = {"frame_id": "map", **poses(position[is_usable], q[is_usable], velocity[is_usable], t_s)}
    for name in ("vx_ego_mps", "vy_ego_mps", "yaw_rate_radps"):
        columns[name] = nullable(columns[name], ~np.isfinite(columns[name]))
    if "gps" in parts:
        gps = parts["gps"][is_usable].astype(np.float64)
        known = np.isfinite(gps).all(axis=1) & (np.abs(gps) < 1e6).all(axis=1) & (gps[:, 0] > 0)
        columns["sensor_time_ns"] = nullable(gps_to_utc_ns(np.where(known[:, None], gps, 0.0)), ~known)
    return columns, is_usable


def _fixes(values: npt.NDArray[Any]) -> tuple[dict[str, Any], npt.NDArray[np.bool_]]:
    """Latitude, longitude, speed, UTC, altitude, bearing. The README gives UTC in s; the receivers wrote ms."""
    latitude, longitude, speed, utc, altitude, _ = values.T.astype(np.float64)
    is_usable = (np.abs(latitude) <= 90) & (np.abs(longitude) <= 180) & ((latitude != 0) | (longitude != 0))
    with np.errstate(invalid="ignore"):
        utc_us = np.rint(np.where(utc > 1e11, utc * 1e3, utc * 1e6))
        known = np.isfinite(utc_us) & (utc_us > 0) & (utc_us < 9e15)
        has_speed = np.isfinite(speed) & (speed >= 0)
    stamp = nullable(np.where(known, utc_us, 0).astype(np.int64) * 1_000, ~known)
    columns = {
        "sensor_time_ns": stamp,
        "latitude_deg": latitude,
        "longitude_deg": longitude,
        "altitude_m": nullable(altitude, ~np.isfinite(altitude)),
        "speed_mps": nullable(speed, ~has_speed),
    }
    rows = pa.array(np.flatnonzero(is_usable))
    return {name: pa.array(column).take(rows) for name, column in columns.items()}, is_usable


def _common(source: SourceFile, topic: pa.Array | str, index: Ints, when: Ints) -> dict[str, Any]:
    count = len(index)
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    return {
        **{name: constant(value, count) for name, value in ids.items()},
        "record_index": index,
        "topic": constant(topic, count) if isinstance(topic, str) else topic,
        "log_time_ns": when,
    }


def _stream(name: str | None, is_decoded: npt.NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(is_decoded), pa.scalar(name, pa.string()), pa.scalar(None, pa.string()))


def _messages(
    source: SourceFile, topic: pa.Array | str, stream: pa.Array, index: Ints, when: Ints, row_bytes: int
) -> pa.Table:
    count = len(index)
    columns = {
        **_common(source, topic, index, when),
        "schema_name": constant(f"comma2k19/{PurePath(source.path).parent.name}", count),
        "message_encoding": constant("numpy", count),
        "stream": stream,
        "num_payload_bytes": np.full(count, row_bytes),
        "crc32": np.zeros(count, np.int64),
    }
    return conform("bronze.messages", pa.table(columns))
