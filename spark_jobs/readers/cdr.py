"""CDR (ROS 2) and ROS 1 payloads to columns: all messages of a channel step through their definition together, without
a loop over messages. Fixed-size fields between two strings or lists are one gather; lists go position by position."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spark_jobs.readers import compiled
from spark_jobs.readers.cdr_steps import ListStep, Run, Step, StringStep, Wire
from spark_jobs.readers.cdr_steps import program as program
from spark_jobs.readers.columns import Column, Decoded, Ints, Level, Octets, Text, without
from spark_jobs.readers.limits import MAX_LIST_ITEMS
from spark_jobs.readers.mcap_chunks import gather
from spark_jobs.readers.ros2msg import Primitive

_COUNT = np.dtype("V4")


ROS1 = Wire("<", max_alignment=1, header_bytes=0, text_end=0)
_CDR = {0: Wire(">"), 1: Wire("<")}
# The second version of CDR for types without extensions: OMG DDS-XTypes 1.3, 7.6.3.1.2, and as Cyclone DDS numbers it.
_CDR |= {kind: Wire("><"[kind & 1], max_alignment=4, has_sizes=True) for kind in (6, 7, 0x10, 0x11)}


def decode(steps: tuple[Step, ...], data: Octets, start: Ints, length: Ints, wire: Wire | None = None) -> Decoded:
    """Columns of the messages at data[start : start + length]; `wire` None: as each says in its first four bytes."""
    is_good = np.ones(len(start), np.bool_)
    if wire is None:
        has_header = length >= 4
        kind = np.full(len(start), -1)
        kind[has_header] = data[start[has_header] + 1]
        # Several byte orders in one channel do not happen by design: the majority is decoded, the rest reported.
        known = [k for k in np.unique(kind).tolist() if k in _CDR]
        chosen = max(known, key=lambda k: int((kind == k).sum()), default=1)
        wire, is_good = _CDR[chosen], kind == chosen
    if compiled.enabled():
        from spark_jobs.readers import cdr_compiled

        return cdr_compiled.decode(steps, data, start, length, wire, is_good)
    walk = _Walk(data, start, length, wire)
    walk.fail(np.arange(len(start)), is_good, "not plain CDR")
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

    def __init__(self, data: Octets, start: Ints, length: Ints, wire: Wire) -> None:
        self.data, self.wire = data, wire
        self.origin = start + wire.header_bytes
        self.room = np.maximum(length - wire.header_bytes, 0)
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
                    text = Text(self.data, self.origin[messages] + at, np.maximum(count - self.wire.text_end, 0))
                    self._keep(level, step.path, rows, text)
                at = at + count
            elif isinstance(step, ListStep):
                at = self._list(step, rows, messages, at)
            elif self.wire.has_sizes:
                at = self._aligned(at, 4) + 4
        return at

    def _aligned(self, at: Ints, size: int) -> Ints:
        """The first offsets from `at` on where a number of `size` bytes may stand."""
        step = min(size, self.wire.max_alignment)
        return (at + step - 1) & -step

    def _keep(self, level: str, path: str, rows: Ints, values: Column) -> None:
        self.parts[level].columns.setdefault(path, []).append((rows, values))

    def _run(self, step: Run, level: str, rows: Ints, messages: Ints, at: Ints) -> Ints:
        phases = at & (step.alignment(self.wire) - 1)
        behind = at.copy()
        for phase in np.unique(phases):
            layout = step.layout(int(phase), self.wire)
            chosen = np.nonzero(phases == phase)[0]
            if layout.names:
                values = self._take(messages[chosen], at[chosen], layout)
                for name in layout.names:
                    self._keep(level, name, rows[chosen], values[name])
            behind[chosen] += layout.itemsize
        return behind

    def _count(self, messages: Ints, at: Ints) -> tuple[Ints, Ints]:
        """The 32-bit counts at `at`, and the offsets behind them; 0 where bytes do not suffice for that many."""
        at = self._aligned(at, 4)
        values = self._take(messages, at, _COUNT).view(f"{self.wire.order}u4").astype(np.int64)
        at = at + 4
        is_possible = values <= self.room[messages] - at
        self.fail(messages, is_possible | self.is_bad[messages], "a list or string is longer than its message")
        return np.where(is_possible, values, 0), at

    def _list(self, step: ListStep, rows: Ints, messages: Ints, at: Ints) -> Ints:
        if isinstance(step.item, Primitive):
            count, at = self._count(messages, at)
            size = step.item.size
            behind = self._aligned(at, size) + count * size
            self.fail(messages, (count == 0) | (behind <= self.room[messages]), "a list is longer than its message")
            return np.where(count > 0, behind, at)
        if self.wire.has_sizes and not step.is_of_numbers:
            at = self._aligned(at, 4) + 4
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
