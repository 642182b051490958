"""CDR payloads to columns, message by message: the steps of a definition as numbers that a compiled loop follows.

The numpy walk of cdr.py touches all messages once per field and list position; this one touches each byte once.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from spark_jobs.readers.columns import Ints, Octets
from spark_jobs.readers.compiled import INTS, OCTETS, OUT, kernel
from spark_jobs.readers.memory_kernel import prefetch, read_u16, read_u32, read_u64, write_u16, write_u32, write_u64

RUN, STRING, SKIP, LIST, END, SIZE, STOP = range(7)
"""Kinds of operations. An operation is (kind, a, b, c, d); a program ends with STOP.

RUN: a sizes row, b first field, c end of its fields, d alignment. STRING: a text column or -1. SKIP, a list of numbers:
a their size. LIST: a level, b where its END is, c whether its items are numbers. END closes the LIST at a. SIZE: XCDR2.
"""
TOO_SHORT, TOO_LONG, TOO_MANY = 1, 2, 3
"""Why a message failed; 0: it did not."""
MAX_NESTED = 32
_AHEAD = 8
"""How many messages ahead bytes are fetched: what the processor does not foresee, because channels are interleaved."""
TABLE = "Array(int64, 2, 'C', True)"
Table = npt.NDArray[np.int64]


@kernel("uint32(uint32)", inline="always")
def _swapped(value: Any) -> Any:
    return ((value & 0xFF) << 24) | ((value & 0xFF00) << 8) | ((value >> 8) & 0xFF00) | (value >> 24)


@kernel(f"void({OCTETS}, int64, uint8[::1], int64, int64, int64, boolean)", inline="always")
def _copy(data: Octets, source: int, out: Octets, target: int, width: int, count: int, is_swapped: bool) -> None:
    """`count` numbers of `width` bytes, in the byte order of this machine."""
    if not is_swapped or width == 1:
        end = source + width * count
        while end - source >= 8:
            write_u64(out, target, read_u64(data, source))
            source, target = source + 8, target + 8
        if end - source >= 4:
            write_u32(out, target, read_u32(data, source))
            source, target = source + 4, target + 4
        while source < end:
            out[target] = data[source]
            source, target = source + 1, target + 1
        return
    for _ in range(count):
        if width == 2:
            write_u16(out, target, np.uint16(_swapped(np.uint32(read_u16(data, source))) >> np.uint32(16)))
        elif width == 4:
            write_u32(out, target, _swapped(read_u32(data, source)))
        else:
            write_u32(out, target, _swapped(read_u32(data, source + 4)))
            write_u32(out, target + 4, _swapped(read_u32(data, source)))
        source += width
        target += width


@kernel(f"UniTuple(int64, 3)({OCTETS}, int64, int64, int64, boolean, int64)", inline="always")
def _count(data: Octets, start: int, at: int, end: int, is_swapped: bool, max_alignment: int) -> tuple[Any, int, int]:
    """The count in front of a string or list at start + at: (count, offset behind it, why it cannot be)."""
    if max_alignment >= 4:
        at = (at + 3) & -4
    if end - at < 4:
        return 0, at, TOO_SHORT
    found = read_u32(data, start + at)
    count = np.int64(_swapped(found) if is_swapped else found)
    return count, at + 4, TOO_LONG if count > end - at - 4 else 0


@kernel(f"void({OCTETS}, int64, boolean, int64, int64, {INTS}, {TABLE}, {TABLE}, {INTS}, uint8[::1])", inline="always")
def _keep_run(
    data: Octets,
    start: int,
    is_swapped: bool,
    row: int,
    phase: int,
    operation: Ints,
    fields: Table,
    offsets: Table,
    base: Ints,
    numbers: Octets,
) -> None:
    """Copy the wanted numbers of a run that begins at `start`."""
    for k in range(operation[2], operation[3]):
        width, many, column = fields[k, 0], fields[k, 1], fields[k, 2]
        _copy(data, start + offsets[k, phase], numbers, base[column] + row * width * many, width, many, is_swapped)


@kernel(
    f"void({OCTETS}, {INTS}, {INTS}, {INTS}, {TABLE}, {TABLE}, {TABLE}, {TABLE}, {INTS}, {OUT}, {OUT},"
    f" {INTS}, uint8[::1], {INTS}, int64[:, ::1], {INTS}, int64[:, ::1])"
)
def walk(
    data: Octets,
    origin: Ints,
    room: Ints,
    wire: Ints,
    operations: Table,
    sizes: Table,
    fields: Table,
    offsets: Table,
    room_of: Ints,
    counts: Ints,
    failure: Ints,
    number_base: Ints,
    numbers: Octets,
    text_base: Ints,
    texts: Table,
    link_base: Ints,
    links: Table,
) -> None:
    """Walk the messages data[origin : origin + room] that have not failed, counting the rows of each level in `counts`.

    Columns are filled as long as levels have no more rows than `room_of` says; behind that, rows are only counted.
    `wire` is (is byte-swapped, max alignment, bytes behind a string, has sizes, most items of a list). `sizes` and
    `offsets` (bytes) are by phase: the offset of a run modulo its alignment. `fields` are (width, count, column).
    Column k starts at number_base[k] of `numbers` (bytes) or text_base[k] of `texts` (start, length), level k at
    link_base[k] of `links` (parent, position).
    """
    is_stored = True
    before = np.empty(len(counts), np.int64)
    lists = np.empty((MAX_NESTED, 3), np.int64)  # of each open list: first step, items left, row of its parent
    is_swapped, max_alignment, has_sizes = wire[0] != 0, wire[1], wire[3] != 0
    for message in range(len(origin)):
        if message + _AHEAD < len(origin):
            prefetch(data, origin[message + _AHEAD])
        if failure[message]:
            continue
        before[:] = counts
        is_stored &= counts[0] < room_of[0]
        start, end, row = origin[message], room[message], counts[0]
        depth, at, step, why = 0, 0, 0, 0
        counts[0] += 1
        if is_stored:
            links[0, link_base[0] + row], links[1, link_base[0] + row] = message, 0
        while why == 0:
            kind, first = operations[step, 0], operations[step, 1]
            if kind == STOP:
                why = TOO_SHORT if at > end else 0
                break
            if kind == RUN:
                phase = at & (operations[step, 4] - 1)
                if sizes[first, phase] > end - at:
                    why = TOO_SHORT
                elif is_stored:
                    operation = operations[step]
                    _keep_run(
                        data, start + at, is_swapped, row, phase, operation, fields, offsets, number_base, numbers
                    )
                at += sizes[first, phase]
            elif kind == END:
                lists[depth - 1, 1] -= 1
                row += 1
                if lists[depth - 1, 1]:
                    step = lists[depth - 1, 0]
                    continue
                depth -= 1
                row = lists[depth, 2]
            elif kind == SIZE:
                at = ((at + 3) & -4) + 4 if has_sizes else at
            else:
                if kind == LIST and has_sizes and not operations[step, 3]:
                    at = ((at + 3) & -4) + 4
                count, at, why = _count(data, start, at, end, is_swapped, max_alignment)
                if why:
                    break
                if kind == STRING:
                    if is_stored and first >= 0:
                        texts[0, text_base[first] + row] = start + at
                        texts[1, text_base[first] + row] = max(count - wire[2], 0)
                    at += count
                elif kind == SKIP and count:
                    aligned = min(first, max_alignment)
                    at = ((at + aligned - 1) & -aligned) + count * first
                    why = TOO_LONG if at > end else 0
                elif kind == LIST and count > wire[4]:
                    why = TOO_MANY
                elif kind == LIST and count == 0:
                    step = operations[step, 2]
                elif kind == LIST:
                    begin = link_base[first] + counts[first]
                    is_stored &= counts[first] + count <= room_of[first]
                    for k in range(count if is_stored else 0):
                        links[0, begin + k], links[1, begin + k] = row, k
                    lists[depth, 0], lists[depth, 1], lists[depth, 2] = step + 1, count, row
                    depth, row = depth + 1, counts[first]
                    counts[first] += count
            step += 1
        if why:
            counts[:] = before
            failure[message] = why
