"""What the compiled walks over payloads share: room for as many rows as usual, a second walk where it is too little."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from spark_jobs.readers.columns import Ints, Level, Octets, Text

_ALIGN = 8
_SPARE = 1.25
"""Room is made for this times the rows that the last messages had: two walks cost twice."""
Walk = Callable[[Ints, Ints, Ints, Ints, Octets, Ints, Ints, Ints, Ints], None]
"""(room per level, rows per level, failures, number base, numbers, text base, texts, link base, links).

Column k starts at byte number_base[k] of the numbers, or at text_base[k] of the texts (start, length); level k at
link_base[k] of the links (parent, position).
"""


@dataclass
class Layout:
    """Levels by list path, parents first; columns (level, path, numpy code, numbers per row); texts (level, path).

    `usual`: rows per message of each level but the first, with room to spare, as far as they are known.
    """

    levels: list[str] = field(default_factory=lambda: [""])
    columns: list[tuple[int, str, str, int]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)

    def level(self, path: str) -> int:
        """The number of the level at `path`, which is added when it is new."""
        if path not in self.levels:
            self.levels.append(path)
            self.usual.append(0.0)
        return self.levels.index(path)


def fill(layout: Layout, walk: Walk, data: Octets, failure: Ints, has_all_fields: bool) -> dict[str, Level]:
    """The levels of the messages that have not failed; `failure` (a code per message, 0: none) is completed.

    `has_all_fields`: each good message writes all of its row.
    """
    num_messages = len(failure)
    is_simple = len(layout.levels) == 1 and has_all_fields  # the next message overwrites what a failed one left
    room = np.array([num_messages, *(int(many * num_messages) + 1 for many in layout.usual)], np.int64)
    num_failed = np.count_nonzero(failure)
    columns = _Columns(layout, room)
    counts = columns.filled(walk, failure)
    if (counts > room).any() or (np.count_nonzero(failure) > num_failed and not is_simple):
        columns = _Columns(layout, counts)
        counts = columns.filled(walk, failure)
    layout.usual = [_SPARE * many / max(num_messages, 1) for many in counts[1:].tolist()]
    return columns.levels(data, counts)


class _Columns:
    """Memory for the columns of `layout` with `room` rows per level."""

    def __init__(self, layout: Layout, room: Ints) -> None:
        self.layout, self.room = layout, room
        self.sizes = [int(room[level]) * many * np.dtype(code).itemsize for level, _, code, many in layout.columns]
        self.number_base = _starts([-(-size // _ALIGN) * _ALIGN for size in self.sizes])
        self.text_base = _starts([int(room[level]) for level, _ in layout.texts])
        self.link_base = _starts(room.tolist())
        self.numbers = np.zeros(self.number_base[-1], np.uint8)
        self.texts, self.links = (np.zeros((2, int(base[-1])), np.int64) for base in (self.text_base, self.link_base))

    def filled(self, walk: Walk, failure: Ints) -> Ints:
        """Rows per level, which are filled when there is room for them."""
        counts = np.zeros(len(self.room), np.int64)
        bases = self.number_base, self.numbers, self.text_base, self.texts, self.link_base, self.links
        walk(self.room, counts, failure, *bases)
        return counts

    def levels(self, data: Octets, counts: Ints) -> dict[str, Level]:
        """The first rows of each level, as many as `counts` says."""
        names, ends = self.layout.levels, self.link_base[:-1] + counts
        levels = {path: Level(*self.links[:, self.link_base[k] : ends[k]]) for k, path in enumerate(names)}
        columns = zip(self.layout.columns, self.number_base.tolist(), self.sizes, strict=False)
        for (level, path, code, many), base, size in columns:
            column = self.numbers[base : base + size].view(code)[: counts[level] * many]
            levels[names[level]].columns[path] = column.reshape(-1, many) if many > 1 else column
        for (level, path), base in zip(self.layout.texts, self.text_base.tolist(), strict=False):
            levels[names[level]].columns[path] = Text(data, *self.texts[:, base : base + counts[level]])
        return levels


def _starts(sizes: list[int]) -> Ints:
    """Where each of several pieces starts, and behind them where the last one ends."""
    return np.concatenate(([0], np.cumsum(np.array(sizes, np.int64)))).astype(np.int64)
