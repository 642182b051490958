"""Channels of an MDF4 record to numbers: where the bits of a channel lie, and what its conversion makes of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from spark_jobs.readers.can_bits import extract, to_signed

Octets = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

FIXED, MASTER = 0, 2
_KIND = {0: "<u", 1: ">u", 2: "<i", 3: ">i", 4: "<f", 5: ">f"}
_LINEAR, _FIRST_TEXT = 1, 7
_ALL_INVALID, _HAS_INVALID_BIT = 1, 2  # bits of the flags of a channel


@dataclass(frozen=True)
class Channel:
    """A numeric channel of fixed place in the record. `dtype` None: a bit field, least byte first.

    `invalid_bit`: counted from the end of the samples, in the invalidation bytes; None: every sample is valid.
    `is_invalid`: none is.
    """

    name: str
    unit: str | None
    dtype: np.dtype[Any] | None
    byte_offset: int
    bit_offset: int
    bit_count: int
    is_signed: bool
    conversion: Any
    invalid_bit: int | None
    is_invalid: bool = False

    @property
    def is_text(self) -> bool:
        """True when the conversion gives words: the numbers themselves are kept then."""
        return self.conversion is not None and self.conversion.conversion_type >= _FIRST_TEXT

    def raw(self, records: Octets) -> npt.NDArray[Any]:
        """The numbers as recorded, from records (n, record_bytes); a view where no bits must be moved."""
        if self.dtype is not None:
            width = records.strides[0]
            return np.ndarray(len(records), self.dtype, records.data, self.byte_offset, (width,))
        bits = extract(records[:, self.byte_offset :], self.bit_offset, self.bit_count, False)
        return to_signed(bits, self.bit_count) if self.is_signed else bits

    def write(self, records: Octets, samples_bytes: int, out: Floats) -> None:
        """The physical values into `out` (n,): NaN where a sample is invalid, the raw number where it means a text."""
        raw = self.raw(records)
        kind = self.conversion.conversion_type if self.conversion is not None else 0
        if kind == _LINEAR:
            np.multiply(raw, float(self.conversion.a), out=out)
            if self.conversion.b:
                out += float(self.conversion.b)
        elif kind == 0 or self.is_text:
            out[:] = raw
        else:
            out[:] = self.conversion.convert(np.ascontiguousarray(raw))
        if self.is_invalid:
            out[:] = np.nan
        elif self.invalid_bit is not None:
            byte, bit = divmod(self.invalid_bit, 8)
            out[records[:, samples_bytes + byte] >> bit & 1 != 0] = np.nan


def channel_of(block: Any, record_bytes: int) -> Channel | None:
    """The channel that asammdf's channel `block` describes; None when it is not a number of fixed place and size."""
    if block.channel_type not in (FIXED, MASTER) or block.data_type not in _KIND:
        return None
    count, shift = block.bit_count, block.bit_offset
    is_whole = shift == 0 and count in ((16, 32, 64) if block.data_type > 3 else (8, 16, 32, 64))
    is_little_field = block.data_type in (0, 2) and count > 0 and shift + count <= 64
    last = block.byte_offset + (shift + count + 7) // 8
    if not (is_whole or is_little_field) or last > record_bytes:
        return None
    is_flagged = bool(block.flags & _HAS_INVALID_BIT)
    return Channel(
        block.name,
        (block.unit or (block.conversion.unit if block.conversion is not None else "")) or None,
        np.dtype(f"{_KIND[block.data_type]}{count // 8}") if is_whole else None,
        block.byte_offset,
        shift,
        count,
        block.data_type == 2,
        block.conversion,
        block.pos_invalidation_bit if is_flagged else None,
        bool(block.flags & _ALL_INVALID),
    )
