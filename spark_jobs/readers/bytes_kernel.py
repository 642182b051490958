"""Kernels over the bytes of a chunk: the walk over its records, and byte strings copied next to each other.

numpy can do both only through arrays as long as the bytes themselves (texts) or a Python loop over records (walk).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from spark_jobs.readers.compiled import INTS, OCTETS, OUT, kernel
from spark_jobs.readers.memory_kernel import read_u16, read_u32, read_u64, write_u64

_RECORD_HEADER_BYTES = 9
_MESSAGE_BYTES = 22
_MESSAGE, _MESSAGE_INDEX = 5, 7


@kernel(f"UniTuple(int64, 2)({OCTETS}, {OUT}, {OUT})")
def walk(
    data: npt.NDArray[np.uint8], messages: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> tuple[int, int]:
    """(messages, other records) in `data`, their offsets in the arrays; (-1, -1): not a row of whole records, or more
    of them than the arrays hold.
    """
    at: Any = 0
    size, num_messages, num_others = len(data), 0, 0
    while at < size:
        if size - at < _RECORD_HEADER_BYTES:
            return -1, -1
        opcode, length = data[at], read_u64(data, at + 1)
        if opcode == 0 or length > np.uint64(size - at - _RECORD_HEADER_BYTES):
            return -1, -1
        if opcode == _MESSAGE:
            if length < np.uint64(_MESSAGE_BYTES) or num_messages == len(messages):
                return -1, -1
            messages[num_messages] = at
            num_messages += 1
        else:
            if num_others == len(others):
                return -1, -1
            others[num_others] = at
            num_others += 1
        at += _RECORD_HEADER_BYTES + np.int64(length)  # unsigned and signed would add up to a float
    return num_messages, num_others


@kernel(f"int64({OCTETS}, {OUT})")
def index_offsets(data: npt.NDArray[np.uint8], out: npt.NDArray[np.int64]) -> int:
    """The offsets that the message index records in `data` name go to `out`; how many, 0 when a record is not whole.

    `out` has room for one per 16 bytes of `data`: an entry is a time and an offset of 8 bytes each.
    """
    at: Any = 0
    size, count = len(data), 0
    while at < size:
        if size - at < _RECORD_HEADER_BYTES:
            return 0
        opcode, length = data[at], read_u64(data, at + 1)
        if opcode == 0 or length > np.uint64(size - at - _RECORD_HEADER_BYTES):
            return 0
        at += _RECORD_HEADER_BYTES
        entries = np.int64(length) - 6
        if opcode == _MESSAGE_INDEX and entries >= 0 and entries % 16 == 0:
            for entry in range(at + 6, at + 6 + entries, 16):
                out[count] = np.int64(read_u64(data, entry + 8))
                count += 1
        at += np.int64(length)
    return count


@kernel(f"void({OCTETS}, {INTS}, int64[:, ::1])")
def heads(data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], out: npt.NDArray[np.int64]) -> None:
    """(channel, sequence, log time, publish time, payload size) of the messages at `at` go to the rows of `out`."""
    for i in range(len(at)):
        start = at[i]
        out[0, i], out[1, i] = read_u16(data, start + 9), read_u32(data, start + 11)
        out[2, i], out[3, i] = np.int64(read_u64(data, start + 15)), np.int64(read_u64(data, start + 23))
        out[4, i] = np.int64(read_u64(data, start + 1)) - _MESSAGE_BYTES


@kernel(f"void({OCTETS}, {INTS}, {INTS}, {INTS}, uint8[::1])")
def texts(
    data: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
) -> None:
    """Copy data[start[i] : start[i] + length[i]] to out[offsets[i] :]; all must lie inside."""
    # Eight bytes at a time, also where fewer are left: what is written too much, the next string covers.
    last_source, last_target = len(data) - 8, len(out) - 8
    for i in range(len(start)):
        source, target, end = start[i], offsets[i], start[i] + length[i]
        while source < end and source <= last_source and target <= last_target:
            write_u64(out, target, read_u64(data, source))
            source += 8
            target += 8
        while source < end:
            out[target] = data[source]
            source += 1
            target += 1
