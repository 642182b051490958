"""Numbers at any byte offset of an array, in one load or store; numba itself knows only aligned elements.

And a hint which bytes are read soon: the messages of one channel lie so far apart that no processor foresees it.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _pointer(context: Any, builder: Any, kind: Any, bits: int, array: Any, at: Any) -> Any:
    start = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(start, [at]), ir.IntType(bits).as_pointer())


def _reader(number: Any) -> Any:
    def read(_context: Any, data: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.load(_pointer(context, builder, signature.args[0], number.bitwidth, *arguments), align=1)

        return number(data, types.int64), generate

    return intrinsic(read)


def _writer(number: Any) -> Any:
    def write(_context: Any, data: Any, at: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, offset, what = arguments
            builder.store(what, _pointer(context, builder, signature.args[0], number.bitwidth, array, offset), align=1)
            return context.get_dummy_value()

        return types.none(data, types.int64, number), generate

    return intrinsic(write)


read_u16, read_u32, read_u64 = (_reader(number) for number in (types.uint16, types.uint32, types.uint64))
write_u16, write_u32, write_u64 = (_writer(number) for number in (types.uint16, types.uint32, types.uint64))


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(_context: Any, data: Any, at: Any) -> Any:
    """Have the bytes at `at` brought into the cache; outside the array it does nothing."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], 8, *arguments)
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(hint, [place, number(0), number(3), number(1)])  # read, keep in all caches, data
        return context.get_dummy_value()

    return types.none(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def octet(_context: Any, address: Any, at: Any) -> Any:
    """The byte at `address` + `at`: kernels called for each field are given addresses, an array is seven arguments."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = builder.add(*arguments)
        return builder.load(builder.inttoptr(place, ir.IntType(8).as_pointer()))

    return types.uint8(types.int64, types.int64), generate
