"""An order-independent fingerprint of messages, the same in numpy, DuckDB and Spark SQL: two sums of small hashes.

Each message gives two numbers below 2^31 from (log time, sequence, CRC-32 of the payload); the fingerprint of a set of
messages is the pair of their sums. All steps stay below 2^63, so plain signed 64 bit arithmetic is exact everywhere.
The SQL says the same as `hashes`: a change to one is a change to both (tests compare them).
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

P, Q = 2_147_483_647, 2_147_483_629  # the two greatest primes below 2^31
_LOW_32, _LOW_31 = 0xFFFF_FFFF, 0x7FFF_FFFF
_K1, _K2, _K3, _K4 = 373_587_883, 268_435_399, 455_052_511, 479_001_599  # primes below 2^29

SQL_A = (
    f"(((log_time_ns & {_LOW_32}) * {_K1} + (log_time_ns % {Q}) * {_K2}) % {P})"
    f" * ((crc32 * {_K3} + (coalesce(sequence, 0) & {_LOW_32}) * {_K4}) % {P} + 1) % {P}"
)
"""Of one row of bronze.messages; sum() it."""

SQL_B = (
    f"((log_time_ns % {Q}) * (crc32 & {_LOW_31}) + crc32 * {_K4} + (coalesce(sequence, 0) & {_LOW_32}) * {_K1}) % {Q}"
)
"""Of one row of bronze.messages; sum() it."""


def hashes(log_time_ns: Ints, sequence: Ints, crc32: Ints) -> tuple[Ints, Ints]:
    """Both numbers of each message, int64 (n,); `sequence` is 0 where there is none."""
    # fmod, not %: a remainder has the sign that SQL gives it.
    short, low_sequence = np.fmod(log_time_ns, Q), sequence & _LOW_32
    when = np.fmod((log_time_ns & _LOW_32) * _K1 + short * _K2, P)
    what = np.fmod(crc32 * _K3 + low_sequence * _K4, P) + 1
    other = np.fmod(short * (crc32 & _LOW_31) + crc32 * _K4 + low_sequence * _K1, Q)
    return np.fmod(when * what, P), other
