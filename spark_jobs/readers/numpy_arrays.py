"""Arrays in the .npy format, read row range by row range: a header is a claim, and no object is ever unpickled."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_ROW_BYTES = 4096
_KINDS = "biufS"  # bool, integers, floats, byte strings; an array of objects is a pickle


class BadArray(ValueError):  # noqa: N818 - reads as what it says
    """A file that is no array which can be read; the message is one line."""


@dataclass(frozen=True)
class ArrayFile:
    """An array of one or two dimensions as its file describes it.

    `num_rows` is what the header claims, `num_whole_rows` how many of them the file really holds, from the first on.
    """

    path: Path
    dtype: np.dtype[Any]
    num_rows: int
    num_columns: int
    is_flat: bool
    is_by_column: bool
    data_offset: int
    num_whole_rows: int

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.dtype.itemsize * self.num_columns

    def rows(self, start: int, stop: int) -> npt.NDArray[Any]:
        """Rows `start` to `stop` (excluded, at most num_whole_rows): (n,) of a flat array, else (n, num_columns)."""
        item, count = self.dtype.itemsize, stop - start
        if not self.is_by_column:
            values = self._items(start * self.num_columns, count * self.num_columns)
            return values if self.is_flat else values.reshape(count, self.num_columns)
        columns = [self._items(column * self.num_rows + start, count) for column in range(self.num_columns)]
        assert item  # noqa: S101 - opened() let no empty items in
        return np.stack(columns, axis=1) if columns else np.empty((count, 0), self.dtype)

    def _items(self, first: int, count: int) -> npt.NDArray[Any]:
        return np.fromfile(self.path, self.dtype, count, offset=self.data_offset + first * self.dtype.itemsize)


def opened(path: Path) -> ArrayFile:
    """The array in `path`, its header checked against the size of the file before anything is allocated.

    Raises:
        BadArray: it is no .npy file, holds objects or text, has more than two dimensions, or rows that are too long.
        OSError: it cannot be opened.
    """
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, is_by_column, dtype = read_header[version](file)
        except (ValueError, KeyError, SyntaxError, TypeError, RecursionError, MemoryError, EOFError) as error:
            raise BadArray(f"{path.name} has no header of an array: {type(error).__name__}: {error}"[:300]) from error
        offset = file.tell()
    if dtype.kind not in _KINDS or dtype.itemsize == 0 or dtype.hasobject:
        raise BadArray(f"{path.name} holds {str(dtype)[:80]}, not numbers or bytes")
    if not 1 <= len(shape) <= 2 or any(length < 0 for length in shape):
        raise BadArray(f"{path.name} has the shape {str(shape)[:80]}")
    num_columns = prod(shape[1:])
    if dtype.itemsize * num_columns > MAX_ROW_BYTES:
        raise BadArray(f"a row of {path.name} has {dtype.itemsize * num_columns} bytes; {MAX_ROW_BYTES} are read")
    is_by_column = bool(is_by_column) and len(shape) == 2 and num_columns > 1
    num_items = (size - offset) // dtype.itemsize
    before = (num_columns - 1) * shape[0] if is_by_column else 0
    whole = max(num_items - before, 0) if is_by_column else num_items // max(num_columns, 1)
    return ArrayFile(path, dtype, shape[0], num_columns, len(shape) == 1, is_by_column, offset, min(whole, shape[0]))
