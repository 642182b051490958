"""From decimal digits to the nearest double, in whole numbers of 64 and 128 bits.

D. Lemire, Number Parsing at a Gigabyte per Second, Software: Practice and Experience 51 (8), 2021.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from spark_jobs.readers.compiled import kernel

_LOWEST, _HIGHEST = -342, 308
_WORD = 1 << 64
UNSURE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""What `nearest` gives where it cannot tell; as a double it is no number."""


def _powers() -> npt.NDArray[np.uint64]:
    """[q - _LOWEST] = the leading 128 bits of 5^q as (high, low): rounded down, and up where q is negative."""
    found = []
    for q in range(_LOWEST, _HIGHEST + 1):
        power = 5 ** abs(q)
        if q < 0:
            bits = (power - 1).bit_length()
            power = (1 << (bits + 127 if q >= -27 else 2 * bits + 128)) // power + 1
        shift = power.bit_length() - 128
        power = power >> shift if shift > 0 else power << -shift
        found.append((power // _WORD, power % _WORD))
    return np.array(found, np.uint64)


_FIVES = _powers()


@intrinsic  # type: ignore[untyped-decorator]
def _product(_context: Any, a: Any, b: Any) -> Any:
    """(high, low) 64 bits of a * b."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        both = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        parts = [builder.trunc(builder.lshr(both, wide(shift)), ir.IntType(64)) for shift in (64, 0)]
        return context.make_tuple(builder, signature.return_type, parts)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _leading_zeros(_context: Any, value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], cgutils.true_bit)

    return types.uint64(types.uint64), generate


@kernel("uint64(uint64, int64)")
def nearest(digits: Any, exponent: int) -> Any:
    """The bits of the double nearest to digits * 10^exponent; UNSURE where they do not follow from 128 bits of 5^q, or
    where it is no normal number.
    """
    if digits == 0:
        return np.uint64(0)
    if exponent < _LOWEST or exponent > _HIGHEST:
        return UNSURE
    zeros = _leading_zeros(digits)
    scaled = digits << zeros
    high, low = _product(scaled, _FIVES[exponent - _LOWEST, 0])
    if high & np.uint64(0x1FF) == np.uint64(0x1FF):
        more, _ = _product(scaled, _FIVES[exponent - _LOWEST, 1])
        low += more
        if low < more:
            high += np.uint64(1)
    if low == UNSURE and (exponent < -27 or exponent > 55):
        return UNSURE
    upper = high >> np.uint64(63)
    shift = upper + np.uint64(9)
    fraction = high >> shift
    power = ((217706 * exponent) >> 16) + 1086 + np.int64(upper) - np.int64(zeros)
    if power <= 0:
        return UNSURE
    is_tie = low <= np.uint64(1) and -4 <= exponent <= 23 and fraction & np.uint64(3) == np.uint64(1)
    if is_tie and fraction << shift == high:
        fraction &= np.uint64(0xFFFF_FFFF_FFFF_FFFE)
    fraction = (fraction + (fraction & np.uint64(1))) >> np.uint64(1)
    if fraction >= np.uint64(1 << 53):
        fraction, power = np.uint64(1 << 52), power + 1
    if power >= 0x7FF:
        return UNSURE
    return (np.uint64(power) << np.uint64(52)) | (fraction & np.uint64((1 << 52) - 1))
