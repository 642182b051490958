"""Bit fields of CAN frames to numbers, for all frames of a message at once."""

import numpy as np
import numpy.typing as npt

Octets = npt.NDArray[np.uint8]


def last_byte(start: int, length: int, is_big_endian: bool) -> int:
    """Index of the last byte that a signal touches; `start` as DBC files count it."""
    if is_big_endian:
        return (_first_bit(start) + length - 1) // 8
    return (start + length - 1) // 8


def extract(octets: Octets, start: int, length: int, is_big_endian: bool) -> npt.NDArray[np.uint64]:
    """The raw bits of a signal from `octets` (frames x bytes), right-aligned. At most 64 bits.

    DBC counts bits from the lowest of byte 0; `start` of a big endian signal is its highest bit, of a little endian one
    its lowest.
    """
    if is_big_endian:
        first = _first_bit(start)
        chosen = range((first + length - 1) // 8, first // 8 - 1, -1)
        skipped = -(first + length) % 8
    else:
        chosen = range(start // 8, (start + length - 1) // 8 + 1)
        skipped = start % 8
    raw = np.zeros(len(octets), np.uint64)
    for place, index in enumerate(chosen):
        shift = 8 * place - skipped
        byte = octets[:, index].astype(np.uint64)
        raw |= byte << np.uint64(shift) if shift >= 0 else byte >> np.uint64(-shift)
    return raw & np.uint64((1 << length) - 1)


def to_signed(raw: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.int64]:
    """Two's complement of `length` bits."""
    sign = np.uint64(1 << (length - 1))
    return ((raw ^ sign) - sign).astype(np.int64)


def to_float(raw: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.float64]:
    """IEEE 754 of 16, 32 or 64 bits."""
    with np.errstate(invalid="ignore"):  # a signalling NaN is a value like any other here
        return raw.astype(f"u{length // 8}").view(f"f{length // 8}").astype(np.float64)


def _first_bit(start: int) -> int:
    """Position of a big endian signal's highest bit when bits are counted from the highest of byte 0 on."""
    return 8 * (start // 8) + 7 - start % 8
