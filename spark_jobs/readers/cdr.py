"""CDR payloads (ROS 2) to columns: all messages of a channel step through their definition together, without a loop
over messages. Fixed-size fields between two strings or lists are one gather; lists are walked position by position."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from spark_jobs.readers.columns import Column, Decoded, Ints, Level, Octets, Text, without
from spark_jobs.readers.limits import MAX_LIST_ITEMS
from spark_jobs.readers.mcap_chunks import gather
from spark_jobs.readers.ros2msg import Array, Primitive, String, Struct, Type

_ENCAPSULATION_BYTES = 4
_BYTE_ORDER = {0: ">", 1: "<"}
_COUNT = np.dtype("V4")


@dataclass(frozen=True)
class Run:
    """Numbers that follow each other: (path or None when not wanted, primitive, count)."""

    fields: tuple[tuple[str | None, Primitive, int], ...]

    @cache  # noqa: B019 runs live as long as the definitions that a process has seen
    def layout(self, phase: int, order: str) -> np.dtype[np.void]:
        """Where the wanted numbers are when the run starts at an offset that is `phase` modulo 8."""
        names, formats, offsets, at = [], [], [], phase
        for path, primitive, count in self.fields:
            at = -(-at // primitive.size) * primitive.size
            if path is not None:
                names.append(path)
                formats.append((order + primitive.code, (count,)) if count > 1 else order + primitive.code)
                offsets.append(at - phase)
            at += primitive.size * count
        return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": at - phase})


@dataclass(frozen=True)
class StringStep:
    """A string; path None: skipped."""

    path: str | None


@dataclass(frozen=True)
class ListStep:
    """A list of structures at `level`, or of numbers or strings, which are skipped."""

    level: str
    item: "Primitive | tuple[Step, ...]"


Step = Run | StringStep | ListStep


def program(definition: Struct, wanted: Iterable[str]) -> tuple[Step, ...]:
    """The steps that decode `definition`. `wanted` names fields: "header.stamp.sec", "detections/bbox.size.x"."""
    return _steps(definition, frozenset(wanted), "")


def _steps(item: Type, wanted: frozenset[str], level: str) -> tuple[Step, ...]:
    """`item` flattened, runs merged; `level` is the list path that it belongs to."""
    steps: list[Step] = []
    run: list[tuple[str | None, Primitive, int]] = []

    def close_run() -> None:
        if run:
            steps.append(Run(tuple(run)))
            run.clear()

    def is_wanted(path: str) -> bool:
        return (f"{level}/{path}" if level else path) in wanted

    def flatten(inner: Type, path: str) -> None:
        if isinstance(inner, Primitive):
            run.append((path if is_wanted(path) else None, inner, 1))
        elif isinstance(inner, Array) and isinstance(inner.item, Primitive):
            run.append((path if is_wanted(path) else None, inner.item, inner.count))
        elif isinstance(inner, Array):
            for k in range(inner.count):
                flatten(inner.item, f"{path}.{k}")
        elif isinstance(inner, Struct):
            for name, child in inner.fields:
                flatten(child, f"{path}.{name}" if path else name)
        elif isinstance(inner, String):
            close_run()
            steps.append(StringStep(path if is_wanted(path) else None))
        else:
            close_run()
            below = f"{level}/{path}" if level else path
            is_number = isinstance(inner.item, Primitive)
            steps.append(ListStep(below, inner.item if is_number else _steps(inner.item, wanted, below)))  # type: ignore[arg-type]

    flatten(item, "")
    close_run()
    return tuple(steps)


def decode(steps: tuple[Step, ...], data: Octets, start: Ints, length: Ints) -> Decoded:
    """Columns of the messages at data[start : start + length], little and big endian."""
    has_header = length >= _ENCAPSULATION_BYTES
    kind = (
        np.where(has_header, data[np.where(has_header, start, 0) + 1], 255)
        if len(data) > 1
        else np.full(len(start), 255)
    )
    kinds = np.unique(kind)
    if len(kinds) == 1 and int(kinds[0]) in _BYTE_ORDER:
        return _Walk(data, start, length, _BYTE_ORDER[int(kinds[0])]).run(steps)
    # Mixed byte orders in one channel do not happen by design: the majority is decoded, the rest reported.
    known = [k for k in kinds if int(k) in _BYTE_ORDER]
    chosen = max(known, key=lambda k: int((kind == k).sum()), default=1)
    walk = _Walk(data, start, length, _BYTE_ORDER[int(chosen)])
    walk.fail(np.arange(len(start)), kind == chosen, "not plain CDR")
    return walk.run(steps)


@dataclass
class _Parts:
    """What was decoded of one level so far."""

    num_rows: int = 0
    parents: list[Ints] = field(default_factory=list)
    positions: list[Ints] = field(default_factory=list)
    columns: dict[str, list[tuple[Ints, Column]]] = field(default_factory=dict)


class _Walk:
    """One decoding of many messages. A message that fails is marked and read as zeros from then on."""

    def __init__(self, data: Octets, start: Ints, length: Ints, order: str) -> None:
        self.data, self.order = data, order
        self.origin = start + _ENCAPSULATION_BYTES
        self.room = np.maximum(length - _ENCAPSULATION_BYTES, 0)
        self.is_bad = np.zeros(len(start), np.bool_)
        self.failure = ""
        self.parts: dict[str, _Parts] = {}

    def run(self, steps: tuple[Step, ...]) -> Decoded:
        rows = np.arange(len(self.origin))
        self.parts[""] = _Parts(len(rows), [rows], [np.zeros(len(rows), np.int64)])
        behind = self._steps(steps, "", rows, rows, np.zeros(len(rows), np.int64))
        self.fail(rows, behind <= self.room, "the message is shorter than its definition")
        levels = {path: _level(parts) for path, parts in self.parts.items()}
        failed = np.nonzero(self.is_bad)[0]
        if len(failed):
            levels = without(levels, self.is_bad, list(levels))
        return Decoded(levels, failed, self.failure)

    def fail(self, messages: Ints, is_good: npt.NDArray[np.bool_], why: str) -> None:
        """Mark the messages that are not good."""
        if not is_good.all():
            self.is_bad[messages[~is_good]] = True
            self.failure = self.failure or why

    def _take(self, messages: Ints, at: Ints, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
        """One value per message from its offset `at`; zeros where it does not fit."""
        fits = at + dtype.itemsize <= self.room[messages]
        self.fail(messages, fits, "the message is shorter than its definition")
        if fits.all():
            return gather(self.data, self.origin[messages] + at, dtype)
        values = np.zeros(len(at), dtype)
        values[fits] = gather(self.data, self.origin[messages[fits]] + at[fits], dtype)
        return values

    def _steps(self, steps: tuple[Step, ...], level: str, rows: Ints, messages: Ints, at: Ints) -> Ints:
        """Decode `steps` for `rows` of `level`, which belong to `messages`, from offsets `at`; the offsets behind."""
        for step in steps:
            if isinstance(step, Run):
                at = self._run(step, level, rows, messages, at)
            elif isinstance(step, StringStep):
                count, at = self._count(messages, at)
                if step.path is not None:
                    text = Text(self.data, self.origin[messages] + at, np.maximum(count - 1, 0))
                    self._keep(level, step.path, rows, text)
                at = at + count
            else:
                at = self._list(step, rows, messages, at)
        return at

    def _keep(self, level: str, path: str, rows: Ints, values: Column) -> None:
        self.parts[level].columns.setdefault(path, []).append((rows, values))

    def _run(self, step: Run, level: str, rows: Ints, messages: Ints, at: Ints) -> Ints:
        phases = at & 7
        behind = at.copy()
        for phase in np.unique(phases):
            layout = step.layout(int(phase), self.order)
            chosen = np.nonzero(phases == phase)[0]
            if layout.names:
                values = self._take(messages[chosen], at[chosen], layout)
                for name in layout.names:
                    self._keep(level, name, rows[chosen], values[name])
            behind[chosen] += layout.itemsize
        return behind

    def _count(self, messages: Ints, at: Ints) -> tuple[Ints, Ints]:
        """The 32-bit counts at `at`, and the offsets behind them; 0 where bytes do not suffice for that many."""
        at = (at + 3) & ~3
        values = self._take(messages, at, _COUNT).view(f"{self.order}u4").astype(np.int64)
        at = at + 4
        is_possible = values <= self.room[messages] - at
        self.fail(messages, is_possible | self.is_bad[messages], "a list or string is longer than its message")
        return np.where(is_possible, values, 0), at

    def _list(self, step: ListStep, rows: Ints, messages: Ints, at: Ints) -> Ints:
        if isinstance(step.item, Primitive):
            count, at = self._count(messages, at)
            size = step.item.size
            behind = (at + size - 1) // size * size + count * size
            self.fail(messages, (count == 0) | (behind <= self.room[messages]), "a list is longer than its message")
            return np.where(count > 0, behind, at)
        count, at = self._count(messages, at)
        self.fail(messages, count <= MAX_LIST_ITEMS, f"a list has more than {MAX_LIST_ITEMS} items")
        count = np.where(count <= MAX_LIST_ITEMS, count, 0)
        parts = self.parts.setdefault(step.level, _Parts())
        first = parts.num_rows + np.cumsum(count) - count
        total = int(count.sum())
        parts.num_rows += total
        parts.parents.append(np.repeat(rows, count))
        parts.positions.append(np.arange(total) - np.repeat(np.cumsum(count) - count, count))
        at = at.copy()
        for position in range(int(count.max(initial=0))):
            chosen = np.nonzero(count > position)[0]
            at[chosen] = self._steps(step.item, step.level, first[chosen] + position, messages[chosen], at[chosen])
        return at


def _level(parts: _Parts) -> Level:
    """The parts of one level put in row order."""
    columns: dict[str, Column] = {}
    for path, pieces in parts.columns.items():
        rows = np.concatenate([piece[0] for piece in pieces])
        order = np.argsort(rows, kind="stable")
        first = pieces[0][1]
        if isinstance(first, Text):
            texts = [piece[1] for piece in pieces if isinstance(piece[1], Text)]
            start = np.concatenate([text.start for text in texts])[order]
            columns[path] = Text(first.data, start, np.concatenate([text.length for text in texts])[order])
        else:
            numbers = [piece[1] for piece in pieces if not isinstance(piece[1], Text)]
            columns[path] = np.concatenate(numbers)[order] if len(pieces) > 1 else np.ascontiguousarray(numbers[0])
    return Level(np.concatenate(parts.parents), np.concatenate(parts.positions), columns)
