"""What the compiled walks over payloads share: two passes, one that counts rows, and one that fills columns."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from spark_jobs.readers.columns import Ints, Level, Octets, Text

_ALIGN = 8
Walk = Callable[[bool, Ints, Ints, Ints, Octets, Ints, Ints, Ints, Ints], None]
"""(is stored, rows per level, failures, number base, numbers, text base, texts, link base, links).

Column k starts at byte number_base[k] of the numbers, or at text_base[k] of the texts (start, length); level k at
link_base[k] of the links (parent, position).
"""


@dataclass
class Layout:
    """Levels by list path, parents first; columns (level, path, numpy code, numbers per row); texts (level, path)."""

    levels: list[str] = field(default_factory=lambda: [""])
    columns: list[tuple[int, str, str, int]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)

    def level(self, path: str) -> int:
        """The number of the level at `path`, which is added when it is new."""
        if path not in self.levels:
            self.levels.append(path)
        return self.levels.index(path)


def fill(layout: Layout, walk: Walk, data: Octets, failure: Ints, has_all_fields: bool) -> dict[str, Level]:
    """The levels of the messages that have not failed; `failure` (a code per message, 0: none) is completed.

    `has_all_fields`: each good message writes all of its row.
    """
    rows = np.zeros(len(layout.levels), np.int64)
    if len(rows) == 1 and has_all_fields:  # a row per message, no need to count; the next one overwrites a failed one
        rows[0] = len(failure)
    else:
        nothing, pairs = np.zeros(1, np.int64), np.empty((2, 0), np.int64)
        walk(False, rows, failure, nothing, np.empty(0, np.uint8), nothing, pairs, nothing, pairs)
    sizes = [int(rows[level]) * many * np.dtype(code).itemsize for level, _, code, many in layout.columns]
    number_base = _starts([-(-size // _ALIGN) * _ALIGN for size in sizes])
    text_base, link_base = _starts([int(rows[level]) for level, _ in layout.texts]), _starts(rows.tolist())
    numbers = np.zeros(number_base[-1], np.uint8)
    texts, links = (np.zeros((2, int(base[-1])), np.int64) for base in (text_base, link_base))
    counts = np.zeros(len(layout.levels), np.int64)
    walk(True, counts, failure, number_base, numbers, text_base, texts, link_base, links)
    ends = link_base[:-1] + counts
    levels = {path: Level(*links[:, link_base[k] : ends[k]]) for k, path in enumerate(layout.levels)}
    for (level, path, code, many), base, size in zip(layout.columns, number_base.tolist(), sizes, strict=False):
        column = numbers[base : base + size].view(code)[: counts[level] * many]
        levels[layout.levels[level]].columns[path] = column.reshape(-1, many) if many > 1 else column
    for (level, path), base in zip(layout.texts, text_base.tolist(), strict=False):
        levels[layout.levels[level]].columns[path] = Text(data, *texts[:, base : base + counts[level]])
    return levels


def _starts(sizes: list[int]) -> Ints:
    """Where each of several pieces starts, and behind them where the last one ends."""
    return np.concatenate(([0], np.cumsum(np.array(sizes, np.int64)))).astype(np.int64)
