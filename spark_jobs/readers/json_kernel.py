"""JSON payloads of one fixed structure to columns, in one pass over their bytes.

Only what is as expected is taken: every member once, of its type, texts in ASCII without escapes. Whatever else JSON
allows makes the answer UNSURE, and DuckDB is asked instead.
"""

from typing import Any

import numpy as np

from spark_jobs.readers.cdr_kernel import TABLE, Table
from spark_jobs.readers.columns import Ints, Octets
from spark_jobs.readers.compiled import INTS, OCTETS, kernel
from spark_jobs.readers.decimal_kernel import UNSURE as NO_DOUBLE
from spark_jobs.readers.decimal_kernel import nearest
from spark_jobs.readers.memory_kernel import octet, write_u64

INTEGER, DOUBLE, TEXT, OBJECT, LIST = range(5)
"""Kinds of members. A member is (kind, column or node, where its name starts, and stops); a node is the range of its
members and the level of its columns: 0 for messages, 1 for items of the list."""
UNSURE = -1
MAX_NESTED = 16
_MAX_DIGITS, _MAX_INTEGER_DIGITS = 19, 18
_TENS = np.array([10**digits for digits in range(_MAX_DIGITS + 1)], np.uint64)
_QUOTE, _BACKSLASH, _COMMA, _COLON, _OPEN, _CLOSE, _BEGIN, _END = (ord(sign) for sign in '"\\,:{}[]')
_MINUS, _PLUS, _POINT, _ZERO, _NINE = (ord(sign) for sign in "-+.09")


@kernel("int64(int64, int64, int64)")
def _space(data: int, at: int, end: int) -> int:
    while at < end and (
        octet(data, at) == 32 or octet(data, at) == 9 or octet(data, at) == 10 or octet(data, at) == 13
    ):
        at += 1
    return at


@kernel("int64(int64, int64, int64, uint8)")
def _behind(data: int, at: int, end: int, sign: int) -> int:
    """The offset behind `sign` and the space around it; UNSURE when something else is there."""
    at = _space(data, at, end)
    return _space(data, at + 1, end) if at < end and octet(data, at) == sign else UNSURE


@kernel("int64(int64, int64, int64)")
def _quote(data: int, at: int, end: int) -> int:
    """Where the text that begins at `at` ends; UNSURE for what is no plain ASCII."""
    while at < end and octet(data, at) != _QUOTE:
        if octet(data, at) < 32 or octet(data, at) > 126 or octet(data, at) == _BACKSLASH:
            return UNSURE
        at += 1
    return at if at < end else UNSURE


@kernel("Tuple((uint64, int64))(int64, int64, int64)")
def _digits(data: int, at: int, end: int) -> Any:
    """(the number that the digits at `at` make, modulo 2^64, the offset behind them)."""
    value = np.uint64(0)
    while at < end and _ZERO <= octet(data, at) <= _NINE:
        value = value * np.uint64(10) + np.uint64(octet(data, at) - _ZERO)
        at += 1
    return value, at


@kernel("Tuple((uint64, int64))(int64, int64, int64, int64)")
def _number(data: int, at: int, end: int, kind: int) -> Any:
    """(the 64 bits of the INTEGER or DOUBLE at `at`, the offset behind it or UNSURE)."""
    is_negative = at < end and octet(data, at) == _MINUS
    first = at + 1 if is_negative else at
    value, at = _digits(data, first, end)
    exponent: Any = 0
    count = at - first
    if count == 0 or (count > 1 and octet(data, first) == _ZERO):
        return value, UNSURE
    is_whole = at == end or (octet(data, at) != _POINT and octet(data, at) | 32 != ord("e"))
    if kind == INTEGER or is_whole:
        if not is_whole or count > _MAX_INTEGER_DIGITS or (is_negative and value == 0):
            return value, UNSURE
        if kind == INTEGER:
            return np.uint64(-np.int64(value)) if is_negative else value, at
    if at < end and octet(data, at) == _POINT:
        point = at + 1
        fraction, at = _digits(data, point, end)
        exponent, zeros = point - at, 0
        while value == 0 and point + zeros < at and octet(data, point + zeros) == _ZERO:
            zeros += 1
        count = (count if value else 0) + at - point - zeros
        if exponent == 0 or count > _MAX_DIGITS:
            return value, UNSURE
        value = value * _TENS[at - point] + fraction if value else fraction
    if at < end and octet(data, at) | 32 == ord("e"):
        at += 1
        is_small = at < end and octet(data, at) == _MINUS
        at += 1 if at < end and (octet(data, at) == _MINUS or octet(data, at) == _PLUS) else 0
        scale, behind = _digits(data, at, end)
        if behind == at or behind - at > 4:
            return value, UNSURE
        at, exponent = behind, exponent + (-np.int64(scale) if is_small else np.int64(scale))
    if count > _MAX_DIGITS:
        return value, UNSURE
    bits = nearest(value, exponent)
    return bits | (np.uint64(is_negative) << np.uint64(63)), UNSURE if bits == NO_DOUBLE else at


@kernel(f"int64(int64, int64, int64, int64, {TABLE}, int64, int64, int64)")
def _member(data: int, at: int, end: int, names: int, members: Table, first: int, stop: int, guess: int) -> int:
    """Which of members[first:stop] has the name that begins at `at`, `guess` being tried first; UNSURE: none."""
    for turn in range(stop - first):
        k = guess + turn if guess + turn < stop else guess + turn - (stop - first)
        begin, size = members[k, 2], members[k, 3] - members[k, 2]
        if at + size < end and octet(data, at + size) == _QUOTE:
            place = 0
            while place < size and octet(data, at + place) == octet(names, begin + place):
                place += 1
            if place == size:
                return k
    return UNSURE


@kernel(
    f"int64({OCTETS}, {INTS}, {INTS}, {OCTETS}, {TABLE}, {TABLE}, uint8[::1], {INTS}, int64[:, ::1], {INTS},"
    f" int64[:, ::1])"
)
def walk(
    data: Octets,
    start: Ints,
    length: Ints,
    names: Octets,
    nodes: Table,
    members: Table,
    numbers: Octets,
    number_base: Ints,
    texts: Table,
    text_base: Ints,
    links: Table,
) -> int:
    """Fill the columns from the messages data[start : start + length]; how many items their lists have, or UNSURE.

    Column k starts at number_base[k] of `numbers` (bytes) or text_base[k] of `texts` (start, length). `links` are
    (parent, position) of the items. All have room for as many items as there can be in so many bytes.
    """
    levels = np.empty((4, MAX_NESTED), np.int64)
    node, seen, guess, place = levels[0], levels[1], levels[2], levels[3]  # of each open object; place: in the list
    num_items = 0
    text, known = data.ctypes.data, names.ctypes.data
    for message in range(len(start)):
        end = start[message] + length[message]
        at = _behind(text, start[message], end, _OPEN)
        depth, is_first = 0, True
        node[0], seen[0], guess[0], place[0] = 0, 0, nodes[0, 0], -1
        while depth >= 0:
            if at == UNSURE or at >= end:
                return UNSURE
            here = node[depth]
            first, stop, row = nodes[here, 0], nodes[here, 1], num_items - 1 if nodes[here, 2] else message
            if octet(text, at) == _CLOSE:
                if seen[depth] != (1 << (stop - first)) - 1:
                    return UNSURE
                at, is_first = _space(text, at + 1, end), False
                if place[depth] < 0 or (at < end and octet(text, at) == _END):
                    at = _space(text, at + 1, end) if place[depth] >= 0 else at
                    depth -= 1
                    continue
                at = _behind(text, at, end, _COMMA)
                at = UNSURE if at == UNSURE else _behind(text, at, end, _OPEN)
                links[0, num_items], links[1, num_items] = message, place[depth] + 1
                num_items, is_first = num_items + 1, True
                seen[depth], guess[depth], place[depth] = 0, first, place[depth] + 1
                continue
            at = at if is_first else _behind(text, at, end, _COMMA)
            if at == UNSURE or at >= end or octet(text, at) != _QUOTE:
                return UNSURE
            k = _member(text, at + 1, end, known, members, first, stop, guess[depth])
            if k == UNSURE or seen[depth] >> (k - first) & 1:
                return UNSURE
            seen[depth] |= 1 << (k - first)
            guess[depth] = k + 1 if k + 1 < stop else first
            kind, target = members[k, 0], members[k, 1]
            at = _behind(text, at + 2 + members[k, 3] - members[k, 2], end, _COLON)
            is_first = kind >= OBJECT
            if at == UNSURE or at >= end:
                return UNSURE
            if kind == TEXT:
                begin = at + 1
                at = _quote(text, begin, end) if octet(text, at) == _QUOTE else UNSURE
                texts[0, text_base[target] + row], texts[1, text_base[target] + row] = begin, at - begin
                at = UNSURE if at == UNSURE else at + 1
            elif kind < TEXT:
                bits, at = _number(text, at, end, kind)
                write_u64(numbers, number_base[target] + row * 8, bits)
            else:
                at = _behind(text, at, end, _BEGIN if kind == LIST else _OPEN)
                if kind == LIST and at != UNSURE and at < end and octet(text, at) == _END:
                    at, is_first = _space(text, at + 1, end), False
                    continue
                depth += 1
                node[depth], seen[depth], guess[depth], place[depth] = target, 0, nodes[target, 0], -1
                if kind == LIST and at != UNSURE:
                    at = _behind(text, at, end, _OPEN)
                    links[0, num_items], links[1, num_items] = message, 0
                    num_items, place[depth] = num_items + 1, 0
            at = at if at == UNSURE else _space(text, at, end)
        if at != end:
            return UNSURE
    return num_items
