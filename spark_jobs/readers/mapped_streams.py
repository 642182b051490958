"""Streams that drive.json describes field by field, for message types that are not known here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import contract
from spark_jobs.readers.columns import Decoded, DecodeError, Ints, Level, Text
from spark_jobs.readers.stream_rows import Context, common, constant, measured

MAPPED = ("ego_poses", "objects", "imu_samples", "gnss_fixes", "lane_boundaries")
"""The streams that a map of fields can fill."""

_GIVEN = {"project_id", "drive_id", "file_id", "record_index", "topic", "log_time_ns", "publish_time_ns", "role"}
_DEFAULTS: dict[str, float | str] = {"q_w": 1.0, "q_x": 0.0, "q_y": 0.0, "q_z": 0.0, "z_map_m": 0.0, "z_m": 0.0}
_DEFAULTS |= {"object_class": "unknown", "c2_1pm": 0.0, "c3_1pm2": 0.0}
_STAMP_PARTS = (("sec", "nanosec"), ("seconds", "nanos"))


@dataclass(frozen=True)
class FieldMap:
    """Column -> field path, all in one list of the message or in none; `level` is the path of that list."""

    stream: str
    fields: Mapping[str, str]
    level: str

    @property
    def wanted(self) -> tuple[str, ...]:
        """The fields to decode; a stamp may be one number or a structure of seconds and nanoseconds."""
        stamp = self.fields.get("sensor_time_ns")
        parts = [f"{stamp}.{part}" for pair in _STAMP_PARTS for part in pair] if stamp else []
        return (*self.fields.values(), *parts)

    def build(self, decoded: Decoded, context: Context) -> dict[str, Any]:
        """The rows: one per item of the list, or one per message.

        Raises:
            DecodeError: the messages have no such field.
        """
        messages, items = decoded.messages, decoded.level(self.level)
        message = items.parent if self.level else np.arange(len(messages.parent))
        count = len(message)
        rows: dict[str, Any] = {}
        for column, path in self.fields.items():
            if column != "sensor_time_ns":
                own, name = self._place(path)
                level = items if own else messages
                values = _column(level, name, f"bronze.{self.stream}", column)
                rows[column] = values if own or not self.level else values.take(pa.array(message))
        rows = {**common(context, messages.parent[message], self._stamps(messages, items, message)), **rows}
        schema = contract(f"bronze.{self.stream}").schema
        for column, value in self._constants(context).items():
            if column in schema.names and column not in rows:
                rows[column] = constant(value, count) if isinstance(value, str) else np.full(count, value)
        for column in ("object_index", "boundary_index"):
            if column in schema.names and column not in rows:
                rows[column] = items.position
        return rows

    def _constants(self, context: Context) -> dict[str, float | str]:
        side = str(context.rule.get("side", "unknown"))
        role = "reference" if context.rule.get("role") == "reference" else "onboard"
        return {**_DEFAULTS, "role": role, "side": {"left": "ego_left", "right": "ego_right"}.get(side, side)}

    def _place(self, path: str) -> tuple[bool, str]:
        """(is in the list, path inside its level)."""
        is_own = bool(self.level) and path.startswith(f"{self.level}/")
        return is_own, path[len(self.level) + 1 :] if is_own else path

    def _stamps(self, messages: Level, items: Level, message: Ints) -> Ints:
        """The sensor time of each row, ns; 0 where there is none. `message` is the row's message."""
        path = self.fields.get("sensor_time_ns")
        if path is None:
            return np.zeros(len(message), np.int64)
        own, name = self._place(path)
        level = items if own else messages
        parts = next((pair for pair in _STAMP_PARTS if level.has(f"{name}.{pair[0]}")), None)
        if parts is not None:
            seconds, nanoseconds = (level.integers(f"{name}.{part}") for part in parts)
            found = seconds * 1_000_000_000 + nanoseconds
        elif level.has(name) or not len(level.parent):
            found = level.integers(name)
        else:
            raise DecodeError(f"drive.json wants field {path}, which the messages do not have", "no_field")
        return found if own or not self.level else found[message]


def _column(level: Level, name: str, table: str, column: str) -> pa.Array:
    """The field `name` as the type of the column."""
    if not level.has(name):
        if not len(level.parent):
            return pa.nulls(0, contract(table).schema.field(column).type)
        raise DecodeError(f"drive.json wants field {name}, which the messages do not have", "no_field")
    kind = contract(table).schema.field(column).type
    if pa.types.is_string(kind):
        return level.text(name)
    if isinstance(level.columns[name], Text):
        raise DecodeError(f"field {name} is text, {column} is a number", "no_field")
    if pa.types.is_integer(kind):
        return pa.array(level.integers(name))
    return pa.array(level.integers(name) != 0) if pa.types.is_boolean(kind) else measured(level.numbers(name))


def field_map(stream: str, fields: object) -> FieldMap:
    """What drive.json says in `fields` about a topic of `stream`.

    Raises:
        DecodeError: a stream or a column that cannot be filled, or fields of several lists.
    """
    if stream not in MAPPED or not isinstance(fields, Mapping):
        raise DecodeError(f"drive.json maps fields to {stream}; possible are {', '.join(MAPPED)}", "bad_field_map")
    known = set(contract(f"bronze.{stream}").schema.names) - _GIVEN
    found = {str(column): str(path) for column, path in fields.items()}
    unknown = sorted(set(found) - known)
    if unknown:
        raise DecodeError(
            f"drive.json maps fields to {', '.join(unknown)[:200]}, no column of {stream}", "bad_field_map"
        )
    levels = {path.rpartition("/")[0] for path in found.values()} - {""}
    if len(levels) > 1:
        raise DecodeError(
            f"drive.json maps fields of several lists: {', '.join(sorted(levels))[:200]}", "bad_field_map"
        )
    return FieldMap(stream, found, next(iter(levels), ""))
