"""Machine instructions that Python has no word for, one function each, for use inside compiled loops."""

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BYTE = ir.IntType(8)
INT = ir.IntType(32)


@intrinsic
def popcount(typing_context, word):
    """Number of set bits of a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def widen(typing_context, value):
    """A number as float32: a float32 as it is, a uint16 as the bits of a float16."""

    def generate(context, builder, signature, arguments):
        if signature.args[0] == types.float32:
            return arguments[0]
        return builder.fpext(builder.bitcast(arguments[0], ir.HalfType()), ir.FloatType())

    return types.float32(value), generate


@intrinsic
def prefetch(typing_context, array, index):
    """Ask for the cache line that holds the flat element `index` of a C-contiguous array, without waiting for it."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), BYTE.as_pointer())
        shape = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), INT, INT, INT])
        call = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")
        builder.call(call, [place, INT(0), INT(3), INT(1)])  # to read, into all caches, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def ticks(typing_context):
    """A counter that runs at an even pace, int64, to share out a measured time; 0 where programs may not read one."""

    def generate(context, builder, signature, arguments):
        if platform.machine() not in ("x86_64", "AMD64"):
            return context.get_constant(types.int64, 0)
        shape = ir.FunctionType(ir.IntType(64), [])
        return builder.call(cgutils.get_or_insert_function(builder.module, shape, "llvm.readcyclecounter"), [])

    return types.int64(), generate
