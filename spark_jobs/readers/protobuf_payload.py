"""Protobuf payloads to columns: the wire format of all messages of a channel is walked together, level by level.

One step reads the next field of every message that still has one; a nested message is the next level's batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_jobs.readers import compiled
from spark_jobs.readers.columns import Decoded, DecodeError, Ints, Level, Octets, Text, without
from spark_jobs.readers.limits import MAX_LIST_ITEMS
from spark_jobs.readers.mcap_chunks import gather
from spark_jobs.readers.protobuf_types import (
    BYTES,
    FIXED,
    FIXED32,
    FIXED64,
    MESSAGE,
    REPEATED,
    TEXT,
    VARINT,
    ZIGZAG,
    Definition,
    Types,
    is_wanted,
)
from spark_jobs.readers.protobuf_types import parse as parse


def decode(definition: Definition, wanted: Iterable[str], data: Octets, start: Ints, length: Ints) -> Decoded:
    """Columns of the messages at data[start : start + length]; absent fields have their proto3 default.

    `wanted` names fields as in cdr.program: "entities/cubes/pose.position.x".
    """
    if compiled.enabled():
        from spark_jobs.readers import protobuf_compiled

        return protobuf_compiled.decode(definition, frozenset(wanted), data, start, length)
    walk = _Walk(definition.types, frozenset(wanted), data, len(start))
    rows = np.arange(len(start))
    walk.levels[""] = Level(rows, np.zeros(len(rows), np.int64))
    walk.message(definition.root, "", "", rows, rows, start, start + length)
    failed = np.nonzero(walk.is_bad)[0]
    levels = without(walk.levels, walk.is_bad, list(walk.levels)) if len(failed) else walk.levels
    return Decoded(levels, failed, walk.failure)


@dataclass(frozen=True)
class _Fields:
    """Fields found on the wire: row, number, wire type, and where or what the value is; in order within a message."""

    row: Ints
    number: Ints
    wire: Ints
    start: Ints
    length: Ints
    value: Ints

    def of(self, number: int, wire: int) -> "_Fields":
        """The fields with this number and wire type."""
        chosen = np.nonzero((self.number == number) & (self.wire == wire))[0]
        return _Fields(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


class _Walk:
    """One decoding of many messages; a message that fails is marked and its rest skipped."""

    def __init__(self, types: Types, wanted: frozenset[str], data: Octets, num_messages: int) -> None:
        self.types, self.wanted, self.data = types, wanted, data
        self.is_bad = np.zeros(num_messages, np.bool_)
        self.failure = ""
        self.levels: dict[str, Level] = {}

    def message(
        self, type_name: str, level: str, prefix: str, rows: Ints, messages: Ints, start: Ints, stop: Ints
    ) -> None:
        """Decode messages of one type at data[start:stop]; `rows` of `level` they fill, `messages` they belong to."""
        fields = self._fields(messages, start, stop)
        num_rows = len(self.levels[level].parent)
        for field in self.types[type_name].field:
            path = prefix + field.name
            full = f"{level}/{path}" if level else path
            if not is_wanted(self.wanted, full):
                continue
            is_repeated = field.label == REPEATED
            if field.type == MESSAGE:
                found = fields.of(field.number, BYTES)
                if is_repeated:
                    self._list(field.type_name, full, found, rows, messages)
                else:
                    inside = rows[found.row], messages[found.row], found.start, found.start + found.length
                    self.message(field.type_name, level, f"{path}.", *inside)
                continue
            if is_repeated:
                raise DecodeError(f"{full} is repeated; one value was expected", "bad_schema")
            columns = self.levels[level].columns
            if field.type in TEXT:
                found = fields.of(field.number, BYTES)
                text = columns.setdefault(
                    path, Text(self.data, np.zeros(num_rows, np.int64), np.zeros(num_rows, np.int64))
                )
                if isinstance(text, Text):
                    text.start[rows[found.row]], text.length[rows[found.row]] = found.start, found.length
                continue
            at, values = self._scalars(field.type, fields, field.number)
            column = columns.setdefault(path, np.zeros(num_rows, values.dtype))
            if isinstance(column, np.ndarray):
                column[rows[at]] = values

    def _scalars(self, kind: int, fields: _Fields, number: int) -> tuple[Ints, npt.NDArray[np.generic]]:
        """(rows, values) of a numeric field; of a field given twice the last counts, as protobuf says."""
        code = FIXED.get(kind)
        if code is not None:
            dtype = np.dtype(code)
            found = fields.of(number, FIXED64 if dtype.itemsize == 8 else FIXED32)
            return found.row, gather(self.data, found.start, np.dtype(f"V{dtype.itemsize}")).view(dtype)
        found = fields.of(number, VARINT)
        value = found.value
        return found.row, (value >> 1) ^ -(value & 1) if kind in ZIGZAG else value

    def _list(self, type_name: str, path: str, found: _Fields, rows: Ints, messages: Ints) -> None:
        """Decode the items of a repeated message as a level of their own, ordered by parent and position."""
        order = np.argsort(found.row, kind="stable")
        row, start, length = found.row[order], found.start[order], found.length[order]
        is_first = np.append(True, row[1:] != row[:-1]) if len(row) else np.empty(0, np.bool_)
        firsts = np.maximum.accumulate(np.where(is_first, np.arange(len(row)), 0)) if len(row) else row
        self.levels[path] = Level(rows[row], np.arange(len(row)) - firsts)
        self.message(type_name, path, "", np.arange(len(row)), messages[row], start, start + length)

    def _fields(self, messages: Ints, start: Ints, stop: Ints) -> _Fields:
        """Every field of the messages at data[start:stop]."""
        found: list[tuple[Ints, ...]] = []
        active, at = np.nonzero(start < stop)[0], start.copy()
        while len(active):
            if len(found) > MAX_LIST_ITEMS:
                self._fail(messages[active], np.zeros(len(active), np.bool_), f"more than {MAX_LIST_ITEMS} fields")
                break
            tag, behind, is_good = self._varint(at[active], stop[active])
            number, wire = tag >> 3, tag & 7
            value, after_value, is_value = self._varint(behind, stop[active])
            is_sized, is_varint = wire == BYTES, wire == VARINT
            size = np.select([is_sized, wire == FIXED64, wire == FIXED32], [value, 8, 4], 0)
            value_at = np.where(is_sized | is_varint, after_value, behind)
            is_known = is_sized | is_varint | (wire == FIXED64) | (wire == FIXED32)
            is_good &= is_known & (number > 0) & (is_value | ~(is_sized | is_varint))
            is_good &= (size >= 0) & (size <= stop[active] - value_at)
            self._fail(messages[active], is_good, "the message is not whole protobuf")
            kept = np.nonzero(is_good)[0]
            columns = (active, number, wire, value_at, size, value)
            found.append(tuple(column[kept] for column in columns))
            active = active[kept]
            at[active] = value_at[kept] + size[kept]
            active = active[at[active] < stop[active]]
        if not found:
            found.append(tuple(np.empty(0, np.int64) for _ in range(6)))
        return _Fields(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _varint(self, at: Ints, stop: Ints) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        """(value, offset behind, is whole) of the variable-length numbers at `at`; 64 bits, two's complement."""
        value = np.zeros(len(at), np.uint64)
        behind, is_open = at.copy(), np.ones(len(at), np.bool_)
        for shift in range(0, 70, 7):
            is_inside = is_open & (behind < stop)
            octet = np.where(is_inside, self.data[np.where(is_inside, behind, 0)], 0).astype(np.uint64)
            value |= (octet & np.uint64(0x7F)) << np.uint64(shift)
            behind = behind + is_inside
            is_open = is_open & (~is_inside | (octet >= 0x80))
            if not (is_open & (behind < stop)).any():
                break
        return value.astype(np.int64), behind, ~is_open

    def _fail(self, messages: Ints, is_good: npt.NDArray[np.bool_], why: str) -> None:
        if not is_good.all():
            self.is_bad[messages[~is_good]] = True
            self.failure = self.failure or why
