"""Protobuf payloads to columns by the compiled walk: a message type as tables of fields."""

from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from spark_jobs.readers import protobuf_kernel as kernel
from spark_jobs.readers.columns import Decoded, DecodeError, Ints, Octets
from spark_jobs.readers.compiled_levels import Layout, fill
from spark_jobs.readers.limits import MAX_LIST_ITEMS
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
    is_wanted,
)

_FAILURES = {
    kernel.NOT_WHOLE: "the message is not whole protobuf",
    kernel.TOO_MANY: f"more than {MAX_LIST_ITEMS} fields",
}
_Field = tuple[int, int, int, int, int]


class _Program:
    """The wanted fields of a message type and of those inside it."""

    def __init__(self, definition: Definition, wanted: frozenset[str]) -> None:
        self.definition, self.wanted = definition, wanted
        self.layout = Layout()
        self.nodes: list[list[_Field]] = []
        self.add(definition.root, "", "")

    def add(self, type_name: str, level: str, prefix: str) -> int:
        """The node of a message type whose fields are columns of `level`, their paths led by `prefix`."""
        place, found = len(self.nodes), list[_Field]()
        self.nodes.append(found)
        row = self.layout.level(level)
        for field in self.definition.types[type_name].field:
            path = prefix + field.name
            full = f"{level}/{path}" if level else path
            if not is_wanted(self.wanted, full):
                continue
            if field.type == MESSAGE and field.label == REPEATED:
                below = self.layout.level(full)
                found.append((field.number, BYTES, kernel.LIST, self.add(field.type_name, full, ""), below))
            elif field.type == MESSAGE:
                inside = self.add(field.type_name, level, f"{path}.")
                found.append((field.number, BYTES, kernel.MESSAGE, inside, 0))
            elif field.label == REPEATED:
                raise DecodeError(f"{full} is repeated; one value was expected", "bad_schema")
            elif field.type in TEXT:
                found.append((field.number, BYTES, kernel.TEXT, len(self.layout.texts), 0))
                self.layout.texts.append((row, path))
            else:
                found.append((field.number, *self._number(field.type, row, path)))
        return place

    def _number(self, kind: int, row: int, path: str) -> tuple[int, int, int, int]:
        column, code = len(self.layout.columns), FIXED.get(kind)
        self.layout.columns.append((row, path, code or "<i8", 1))
        if code is None:
            return VARINT, kernel.ZIGZAG if kind in ZIGZAG else kernel.VARINT, column, 8
        width = np.dtype(code).itemsize
        return FIXED64 if width == 8 else FIXED32, kernel.FIXED, column, width

    def tables(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(ranges of fields by node, fields)."""
        ends = np.cumsum([len(node) for node in self.nodes])
        ranges = np.stack([ends - [len(node) for node in self.nodes], ends], axis=1).astype(np.int64)
        fields = [field for node in self.nodes for field in node]
        return np.ascontiguousarray(ranges), np.array(fields, np.int64).reshape(-1, 5)


@lru_cache(maxsize=1024)
def _program(
    definition: Definition, wanted: frozenset[str]
) -> tuple[Layout, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    program = _Program(definition, wanted)
    return program.layout, *program.tables()


def decode(definition: Definition, wanted: frozenset[str], data: Octets, start: Ints, length: Ints) -> Decoded:
    """As protobuf_payload.decode."""
    layout, nodes, fields = _program(definition, wanted)
    failure = np.zeros(len(start), np.int64)
    walk = partial(kernel.walk, data, start, start + length, MAX_LIST_ITEMS, nodes, fields)
    levels = fill(layout, walk, data, failure, False)
    failed = np.nonzero(failure)[0]
    return Decoded(levels, failed, _FAILURES[int(failure[failed[0]])] if len(failed) else "")
