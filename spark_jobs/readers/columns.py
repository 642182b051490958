"""Decoded messages as columns: what every payload decoder gives and what the streams are built from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spark_jobs.readers import compiled

_MAX_BINARY_BYTES = 2**31 - 1

Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]


class DecodeError(ValueError):
    """A payload or a message definition that cannot be decoded; `reason` is the code for bronze.quarantine."""

    def __init__(self, message: str, reason: str = "undecodable") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Text:
    """Byte strings that lie at data[start : start + length]."""

    data: Octets
    start: Ints
    length: Ints

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Text":
        """The strings at `rows`."""
        return Text(self.data, self.start[rows], self.length[rows])

    def to_binary(self) -> pa.Array:
        """The strings as Arrow binary (large where 2 GB do not suffice), copied out of the buffer in one go."""
        offsets = np.zeros(len(self.start) + 1, np.int64)
        np.cumsum(self.length, out=offsets[1:])
        is_large = bool(offsets[-1] > _MAX_BINARY_BYTES)
        kind, stored = (pa.large_binary(), offsets) if is_large else (pa.binary(), offsets.astype(np.int32))
        buffers = [None, pa.py_buffer(stored), pa.py_buffer(self._gathered(offsets))]
        return pa.Array.from_buffers(kind, len(self.start), buffers)

    def _gathered(self, offsets: Ints) -> Octets:
        """The bytes of all strings, one behind the other."""
        if compiled.enabled():
            from spark_jobs.readers import bytes_kernel

            found = np.empty(offsets[-1], np.uint8)
            bytes_kernel.texts(self.data, self.start, self.length, offsets, found)
            return found
        at = np.repeat(self.start - offsets[:-1], self.length) + np.arange(offsets[-1])
        taken: Octets = self.data[at]
        return taken

    def to_text(self) -> pa.Array:
        """The strings as Arrow text; bytes that are not UTF-8 are replaced."""
        values = self.to_binary()
        try:
            large = pa.large_string() if pa.types.is_large_binary(values.type) else pa.string()
            return values.cast(large).cast(pa.string())
        except pa.ArrowInvalid:
            return pa.array([value.decode("utf-8", "replace") for value in values.to_pylist()], pa.string())


Column: TypeAlias = npt.NDArray[Any] | Text | pa.Array


def _take(column: Column, rows: npt.NDArray[Any]) -> Column:
    if isinstance(column, pa.Array):
        return column.take(pa.array(np.nonzero(rows)[0] if rows.dtype == np.bool_ else rows))
    return column.take(rows) if isinstance(column, Text) else column[rows]


@dataclass
class Level:
    """One level of a message: the messages themselves, or the items of one of their lists.

    `parent` is the row in the level above (for messages: the row of the batch they were decoded from), `position` the
    place in the parent's list (0 for messages). Columns are keyed by their path inside the level.
    """

    parent: Ints
    position: Ints
    columns: dict[str, Column] = field(default_factory=dict)

    def numbers(self, path: str, fill: float = np.nan) -> npt.NDArray[np.float64]:
        """The column as float64; `fill` everywhere when the definition has no such field."""
        column = self.columns.get(path)
        if column is None:
            return np.full(len(self.parent), fill)
        return self._numeric(path, column).astype(np.float64, copy=False)

    def integers(self, path: str) -> Ints:
        """The column as int64; zeros when the definition has no such field, and where a value is missing."""
        column = self.columns.get(path)
        if column is None:
            return np.zeros(len(self.parent), np.int64)
        values = self._numeric(path, column)
        return (
            np.where(np.isfinite(values), values, 0).astype(np.int64)
            if values.dtype.kind == "f"
            else values.astype(np.int64, copy=False)
        )

    def text(self, path: str) -> pa.Array:
        """The column as Arrow text; null when the definition has no such field."""
        column = self.columns.get(path)
        if column is None:
            return pa.nulls(len(self.parent), pa.string())
        return column.to_text() if isinstance(column, Text) else pa.array(column).cast(pa.string())

    def _numeric(self, path: str, column: Column) -> npt.NDArray[Any]:
        if not isinstance(column, np.ndarray):
            raise DecodeError(f"field {path} is text, a number was expected", "bad_schema")
        return column

    def has(self, path: str) -> bool:
        """True when the definition has the field."""
        return path in self.columns

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Level":
        """The rows at `rows`; parents are kept as they are."""
        columns = {name: _take(column, rows) for name, column in self.columns.items()}
        return Level(self.parent[rows], self.position[rows], columns)


@dataclass
class Decoded:
    """The messages of one channel in one batch: levels by list path ("" = the messages), and which rows failed."""

    levels: dict[str, Level]
    failed: Ints
    failure: str = ""

    @property
    def messages(self) -> Level:
        """The message level."""
        return self.levels[""]

    def level(self, path: str) -> Level:
        """The items of the list at `path`; no items when the definition has no such list."""
        empty = np.empty(0, np.int64)
        return self.levels.get(path, Level(empty, empty))


def without(levels: dict[str, Level], is_bad: npt.NDArray[np.bool_], order: Sequence[str]) -> dict[str, Level]:
    """`levels` without the messages of `is_bad` and without their items; `order` lists parents before children."""
    kept = {"": ~is_bad}
    result: dict[str, Level] = {}
    for path in order:
        level, above = levels[path], path.rpartition("/")[0]
        if path:
            kept[path] = kept[above][level.parent]
        result[path] = level.take(kept[path])
        if path:
            renumbered = np.cumsum(kept[above]) - 1
            result[path].parent = renumbered[result[path].parent]
    return result
