"""Protobuf payloads to columns, message by message, in one pass over the wire format.

The numpy walk of protobuf_payload.py reads the k-th field of all messages together, through some twenty arrays each.
"""

from typing import Any

import numpy as np

from spark_jobs.readers.cdr_kernel import TABLE, Table
from spark_jobs.readers.columns import Ints, Octets
from spark_jobs.readers.compiled import INTS, OCTETS, OUT, kernel
from spark_jobs.readers.memory_kernel import octet, prefetch, read_u32, read_u64, write_u32, write_u64

FIXED, VARINT, ZIGZAG, TEXT, MESSAGE, LIST = range(6)
"""What to do with a field: (number, wire type, what, a, b) with a, b = column, width for FIXED and the varints,
column for TEXT, node for MESSAGE and node, level for LIST. A node is the range of its fields."""
NOT_WHOLE, TOO_MANY = 1, 2
MAX_NESTED = 64
_DEEPEST = MAX_NESTED - 1


@kernel("Tuple((uint64, int64))(int64, int64, int64)")
def _varint(address: int, at: int, stop: int) -> tuple[Any, int]:
    """(number, offset behind it) of the at most ten bytes at `at`; the offset is -1 when they do not end."""
    value = np.uint64(0)
    for k in range(min(stop - at, 10)):
        part = octet(address, at + k)
        value |= np.uint64(part & 0x7F) << np.uint64(7 * k)
        if part < 0x80:
            return value, at + k + 1
    return value, -1


@kernel(f"void({OCTETS}, int64, uint64, int64, int64, uint8[::1], int64)", inline="always")
def _keep(data: Octets, at: int, value: Any, what: int, width: int, numbers: Octets, target: int) -> None:
    """Store a number: the bytes at `at`, or the variable-length `value`."""
    if what == FIXED and width == 4:
        write_u32(numbers, target, read_u32(data, at))
    elif what == FIXED:
        write_u64(numbers, target, read_u64(data, at))
    elif what == ZIGZAG:
        write_u64(numbers, target, (value >> np.uint64(1)) ^ (np.uint64(0) - (value & np.uint64(1))))
    else:
        write_u64(numbers, target, value)


@kernel(
    f"void({OCTETS}, {INTS}, {INTS}, int64, {TABLE}, {TABLE}, {INTS}, {OUT}, {OUT},"
    f" {INTS}, uint8[::1], {INTS}, int64[:, ::1], {INTS}, int64[:, ::1])"
)
def walk(
    data: Octets,
    begin: Ints,
    behind: Ints,
    max_fields: int,
    nodes: Table,
    fields: Table,
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
    """Walk the messages data[begin:behind] that have not failed; what is filled is said in compiled_levels.py."""
    is_stored, address = True, data.ctypes.data
    before = np.empty(len(counts), np.int64)
    open_messages = np.empty((4, MAX_NESTED), np.int64)
    stops, places, rows, seen = open_messages[0], open_messages[1], open_messages[2], open_messages[3]
    for message in range(len(begin)):
        if message + 1 < len(begin):
            prefetch(data, begin[message + 1])
        if failure[message]:
            continue
        before[:] = counts
        is_stored &= counts[0] < room_of[0]
        at, depth, why = begin[message], 0, 0
        stops[0], places[0], rows[0], seen[0] = behind[message], 0, counts[0], 0
        if is_stored:
            links[0, link_base[0] + counts[0]], links[1, link_base[0] + counts[0]] = message, 0
        counts[0] += 1
        while why == 0:
            stop = stops[depth]
            if at == stop:
                depth -= 1
                if depth < 0:
                    break
                continue
            if seen[depth] > max_fields:
                why = TOO_MANY
                break
            seen[depth] += 1
            tag, value_at = _varint(address, at, stop)
            number, wire = np.int64(tag) >> 3, np.int64(tag) & 7
            if value_at < 0 or number <= 0:
                why = NOT_WHOLE
                break
            value = np.uint64(0)
            size: Any = 8 if wire == 1 else 4
            if wire == 0 or wire == 2:
                value, value_at = _varint(address, value_at, stop)
                size = np.int64(value) if wire == 2 else 0
            elif wire != 1 and wire != 5:
                value_at = -1
            if value_at < 0 or size < 0 or size > stop - value_at:
                why = NOT_WHOLE
                break
            at = value_at + size
            for k in range(nodes[places[depth], 0], nodes[places[depth], 1]):
                if fields[k, 0] != number or fields[k, 1] != wire:
                    continue
                what, first, second, row = fields[k, 2], fields[k, 3], fields[k, 4], rows[depth]
                if what >= MESSAGE:
                    if depth == _DEEPEST:
                        why = TOO_MANY
                        break
                    if what == LIST:
                        row = counts[second]
                        counts[second] += 1
                        is_stored &= row < room_of[second]
                        if is_stored:
                            link = link_base[second] + row
                            links[0, link] = rows[depth]
                            is_next = row > 0 and links[0, link - 1] == rows[depth]
                            links[1, link] = links[1, link - 1] + 1 if is_next else 0
                    depth += 1
                    stops[depth], places[depth], rows[depth], seen[depth] = at, first, row, 0
                    at = value_at
                elif is_stored and what == TEXT:
                    texts[0, text_base[first] + row], texts[1, text_base[first] + row] = value_at, size
                elif is_stored:
                    _keep(data, value_at, value, what, second, numbers, number_base[first] + row * second)
                break
        if why:
            counts[:] = before
            failure[message] = why
