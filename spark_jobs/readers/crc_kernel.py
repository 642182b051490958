"""CRC-32 (the one of zlib, PNG and MCAP) of many payloads: zlib is called once per message and reads 2 GB/s; folding
with carry-less multiplication reads five times that, and no message costs a call.

Folding: V. Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction, Intel 2009.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from spark_jobs.readers.compiled import INTS, OCTETS, OUT, kernel
from spark_jobs.readers.memory_kernel import read_u64

_POLYNOMIAL = 0xEDB88320  # bit-reflected, as everything here
_LANE = 16
_BLOCK = 4 * _LANE
CAN_FOLD = binding.get_host_cpu_features().get("pclmul", False)
"""False on a processor without the instruction: the table does all the work there."""


def _tables() -> npt.NDArray[np.uint32]:
    """T[k][b]: the register after byte b and k zero bytes."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    tables = [table]
    for _ in range(7):
        tables.append((tables[-1] >> np.uint32(8)) ^ table[tables[-1] & 0xFF])
    return np.array(tables)


def _power(bits: int) -> int:
    """x^bits modulo the polynomial, reflected, shifted left by one as a 64-bit lane multiplies."""
    value = 1 << 31
    for _ in range(bits):
        value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
    return value << 1


_TABLES = _tables()
_FOLD_BLOCK = _power(8 * _BLOCK + 32), _power(8 * _BLOCK - 32)
_FOLD_LANE = _power(8 * _LANE + 32), _power(8 * _LANE - 32)


@intrinsic  # type: ignore[untyped-decorator]
def _fold(_context: Any, data: Any, at: Any, num_blocks: Any, seed: Any) -> Any:
    """16 bytes with the same CRC as the blocks of 64 bytes at data[at:], whose first bytes are combined with `seed`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word, lane = ir.IntType(64), ir.VectorType(ir.IntType(64), 2)
        multiply = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(lane, [lane, lane, ir.IntType(8)]), "llvm.x86.pclmulqdq"
        )
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        start = builder.gep(array.data, [arguments[1]])

        def load(block: Any, number: int) -> Any:
            offset = builder.add(builder.mul(block, word(_BLOCK)), word(number * _LANE))
            return builder.load(builder.bitcast(builder.gep(start, [offset]), lane.as_pointer()), align=1)

        def folded(value: Any, constants: tuple[int, int]) -> Any:
            by = ir.Constant(lane, list(constants))
            low = builder.call(multiply, [value, by, ir.IntType(8)(0x00)])
            return builder.xor(low, builder.call(multiply, [value, by, ir.IntType(8)(0x11)]))

        lanes = [cgutils.alloca_once_value(builder, load(word(0), number)) for number in range(4)]
        seeded = builder.insert_element(ir.Constant(lane, [0, 0]), arguments[3], ir.IntType(32)(0))
        builder.store(builder.xor(builder.load(lanes[0]), seeded), lanes[0])
        with cgutils.for_range_slice(builder, word(1), arguments[2], word(1), word) as (block, _):
            for number, kept in enumerate(lanes):
                builder.store(builder.xor(folded(builder.load(kept), _FOLD_BLOCK), load(block, number)), kept)
        value = builder.load(lanes[0])
        for kept in lanes[1:]:
            value = builder.xor(folded(value, _FOLD_LANE), builder.load(kept))
        halves = [builder.extract_element(value, ir.IntType(32)(half)) for half in range(2)]
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(types.uint64, 2)(data, at, types.int64, types.uint64), generate


@kernel("uint64(uint64, uint64)", inline="always")
def _step(register: Any, octets: Any) -> Any:
    """The register after 8 bytes."""
    mixed = octets ^ register
    found = np.uint64(0)
    for k in range(8):
        found ^= _TABLES[7 - k][(mixed >> np.uint64(8 * k)) & np.uint64(0xFF)]
    return found


@kernel(f"uint64({OCTETS}, int64, int64)", inline="always")
def _crc(data: npt.NDArray[np.uint8], start: int, stop: int) -> Any:
    register, at = np.uint64(0xFFFFFFFF), start
    if CAN_FOLD and stop - at >= 2 * _BLOCK:
        num_blocks = (stop - at) // _BLOCK
        low, high = _fold(data, at, num_blocks, register)
        register = _step(_step(np.uint64(0), low), high)
        at += num_blocks * _BLOCK
    while stop - at >= 8:
        register = _step(register, read_u64(data, at))
        at += 8
    while at < stop:
        register = (register >> np.uint64(8)) ^ _TABLES[0][(register ^ data[at]) & np.uint64(0xFF)]
        at += 1
    return register ^ np.uint64(0xFFFFFFFF)


@kernel(f"void({OCTETS}, {INTS}, {INTS}, {OUT})")
def crc32(
    data: npt.NDArray[np.uint8], start: npt.NDArray[np.int64], length: npt.NDArray[np.int64], out: npt.NDArray[np.int64]
) -> None:
    """out[i] = CRC-32 of data[start[i] : start[i] + length[i]], which must lie inside."""
    for i in range(len(start)):
        out[i] = _crc(data, start[i], start[i] + length[i])
