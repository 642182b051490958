"""JSON payloads to columns by the compiled walk: a structure as tables, and the columns it fills."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from spark_jobs.readers import json_kernel as kernel
from spark_jobs.readers.columns import Decoded, Ints, Level, Octets, Text

_NUMBERS = {"BIGINT": kernel.INTEGER, "DOUBLE": kernel.DOUBLE}
_CODES = {kernel.INTEGER: np.int64, kernel.DOUBLE: np.float64}
_MAX_MEMBERS = 62


@dataclass
class _Program:
    """A structure as tables for the kernel; columns are (level, path, kind). `is_usable`: the kernel can follow it."""

    list_path: str
    nodes: list[tuple[int, int, int]] = field(default_factory=list)
    members: list[tuple[int, int, int, int]] = field(default_factory=list)
    names: bytes = b""
    numbers: list[tuple[int, str, int]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    is_usable: bool = True

    def add(self, structure: Mapping[str, Any], level: int, prefix: str, depth: int) -> int:
        """The node of an object whose members are columns of `level`, their paths led by `prefix`."""
        number, first = len(self.nodes), len(self.members)
        self.is_usable &= depth < kernel.MAX_NESTED and 0 < len(structure) <= _MAX_MEMBERS
        self.nodes.append((first, first + len(structure), level))
        self.members.extend([(0, 0, 0, 0)] * len(structure))
        for place, (name, kind) in enumerate(structure.items(), first):
            begin = len(self.names)
            self.names += name.encode()
            end = len(self.names)
            self.members[place] = (*self._member(kind, level, prefix + name, depth), begin, end)
        return number

    def _member(self, kind: Any, level: int, path: str, depth: int) -> tuple[int, int]:
        if isinstance(kind, Mapping):
            return kernel.OBJECT, self.add(kind, level, f"{path}.", depth + 1)
        if isinstance(kind, list):
            self.is_usable &= level == 0 and path == self.list_path and isinstance(kind[0], Mapping)
            return kernel.LIST, self.add(kind[0], 1, "", depth + 1) if self.is_usable else 0
        if kind == "VARCHAR":
            self.texts.append((level, path))
            return kernel.TEXT, len(self.texts) - 1
        self.is_usable &= kind in _NUMBERS
        self.numbers.append((level, path, _NUMBERS.get(kind, 0)))
        return _NUMBERS.get(kind, 0), len(self.numbers) - 1


@lru_cache(maxsize=64)
def _program(structure: str, list_path: str) -> tuple[_Program, Octets, Ints, Ints, int]:
    """(program, names, nodes, members, the fewest bytes an item can have)."""
    program = _Program(list_path)
    program.add(json.loads(structure), 0, "", 0)
    names = np.frombuffer(program.names, np.uint8)
    items = [k for first, stop, level in program.nodes if level for k in range(first, stop)]
    fewest = sum(4 + program.members[k][3] - program.members[k][2] for k in items)  # "name":0 and what follows
    return program, names, np.array(program.nodes), np.array(program.members), fewest


def decode(structure: str, list_path: str, data: Octets, start: Ints, length: Ints) -> Decoded | None:
    """As json_payload.decode where every message is plain and has every member; None: it takes a whole JSON parser."""
    program, names, nodes, members, fewest = _program(structure, list_path)
    if not program.is_usable or not fewest:
        return None
    room = len(start), int(length.sum()) // fewest + 1
    number_base = _starts([room[level] * 8 for level, _, _ in program.numbers])
    text_base = _starts([room[level] for level, _ in program.texts])
    numbers, texts = np.empty(number_base[-1], np.uint8), np.empty((2, text_base[-1]), np.int64)
    links = np.empty((2, room[1]), np.int64)
    tables = names, nodes, members, numbers, number_base, texts, text_base, links
    num_items = kernel.walk(data, start, length, *tables)
    if num_items == kernel.UNSURE:
        return None
    rows, counts = np.arange(len(start)), (len(start), num_items)
    levels = Level(rows, np.zeros(len(rows), np.int64)), Level(*links[:, :num_items])
    for (level, path, kind), base in zip(program.numbers, number_base.tolist(), strict=False):
        levels[level].columns[path] = numbers[base : base + counts[level] * 8].view(_CODES[kind])
    for (level, path), base in zip(program.texts, text_base.tolist(), strict=False):
        levels[level].columns[path] = Text(data, *texts[:, base : base + counts[level]])
    return Decoded({"": levels[0], list_path: levels[1]}, np.empty(0, np.int64))


def _starts(sizes: list[int]) -> Ints:
    """Where each of several pieces starts, and behind them where the last one ends."""
    return np.concatenate(([0], np.cumsum(np.array(sizes, np.int64)))).astype(np.int64)
