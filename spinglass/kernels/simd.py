"""Explicit vectors of replicas inside Numba code.

The gradient kernel reaches the machine's limit only when a tile of accumulators lives in
registers, which no auto-vectoriser does reliably.  This module gives Numba a value type for
`LANES` doubles, two hardware vectors, and the few operations that the kernels need.  Every lane
performs the same operations in the same order and `fma` is always fused, so a lane's bits depend
neither on the other lanes nor on the machine's vector width.
"""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from spinglass.kernels.processor import PROCESSOR

LANES = PROCESSOR.lanes
"""Replicas that one pass of a kernel carries along: two hardware vectors of doubles or more."""

_LINE = 64

_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)


def aligned_zeros(shape: tuple[int, ...]) -> np.ndarray:
    """Allocate doubles from a cache line on: vectors that cross two lines load at half speed."""
    size = 8 * math.prod(shape)
    raw = np.zeros(size + _LINE, np.uint8)
    first = -raw.ctypes.data % _LINE
    return raw[first : first + size].view(np.float64).reshape(shape)


class VectorType(types.Type):
    """`LANES` doubles held in registers."""

    def __init__(self) -> None:
        super().__init__(name=f"Vector(float64 x {LANES})")


vector = VectorType()


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """The value is the LLVM vector itself."""

    def __init__(self, manager: Any, frontend_type: Any) -> None:
        super().__init__(manager, frontend_type, _DOUBLES)


def element(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    """Emit the address of the number at flat position ``offset`` of a contiguous array."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [offset])


def vector_at(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    """Emit the address of the vector at flat position ``offset`` of a contiguous array."""
    place = element(context, builder, array_type, array, offset)
    return builder.bitcast(place, _DOUBLES.as_pointer())


def filled(builder: Any, number: Any) -> Any:
    """Emit a vector with one number in every lane."""
    undefined = ir.Constant(_DOUBLES, ir.Undefined)
    single = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, undefined, mask)


def fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit ``a * b + c`` in every lane, rounded once."""
    kind = ir.FunctionType(_DOUBLES, [_DOUBLES] * 3)
    name = f"llvm.fma.v{LANES}f64"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b, c])


@intrinsic
def load(typingctx, array, offset):
    """Load the vector that starts at flat position ``offset`` of a contiguous array."""

    def codegen(context, builder, signature, arguments):
        return builder.load(vector_at(context, builder, signature.args[0], *arguments), align=8)

    return vector(array, types.intp), codegen


@intrinsic
def store(typingctx, array, offset, value):
    """Store a vector at flat position ``offset`` of a contiguous array."""

    def codegen(context, builder, signature, arguments):
        place = vector_at(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), codegen


@intrinsic
def broadcast(typingctx, array, offset):
    """Fill every lane with the number at flat position ``offset``, without a bounds check."""

    def codegen(context, builder, signature, arguments):
        return filled(
            builder, builder.load(element(context, builder, signature.args[0], *arguments))
        )

    return vector(array, types.intp), codegen


@intrinsic
def splat(typingctx, value):
    """Fill every lane with one number."""

    def codegen(context, builder, signature, arguments):
        return filled(builder, arguments[0])

    return vector(types.float64), codegen


@intrinsic
def fma(typingctx, a, b, c):
    """Return ``a * b + c`` in every lane, rounded once."""

    def codegen(context, builder, signature, arguments):
        return fused(builder, *arguments)

    return vector(vector, vector, vector), codegen


def _in_each_lane(instruction: str) -> Any:
    """Return the operation on two vectors that applies an LLVM instruction in every lane."""

    @intrinsic
    def operation(typingctx, a, b):
        def codegen(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments)

        return vector(vector, vector), codegen

    return operation


add, subtract = _in_each_lane("fadd"), _in_each_lane("fsub")
multiply, divide = _in_each_lane("fmul"), _in_each_lane("fdiv")


@intrinsic
def negative(typingctx, a):
    """Return ``-a`` in every lane."""

    def codegen(context, builder, signature, arguments):
        return builder.fneg(arguments[0])

    return vector(vector), codegen


@intrinsic
def choose(typingctx, mark, a, b):
    """Return ``a`` in the lanes where ``mark`` is positive, ``b`` in the others."""

    def codegen(context, builder, signature, arguments):
        mark, a, b = arguments
        positive = builder.fcmp_ordered(">", mark, ir.Constant(_DOUBLES, [0.0] * LANES))
        return builder.select(positive, a, b)

    return vector(vector, vector, vector), codegen


def prefetch(builder: Any, address: Any) -> None:
    """Emit a hint that the cache line at an address will be read soon."""
    whole = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [address.type, whole, whole, whole])
    hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(hint, [address, whole(0), whole(3), whole(1)])


@intrinsic
def ask_for(typingctx, array, offset):
    """Hint that the cache line at flat ``offset``, inside the array or beyond, is read soon."""

    def codegen(context, builder, signature, arguments):
        address = element(context, builder, signature.args[0], *arguments)
        prefetch(builder, builder.bitcast(address, ir.IntType(8).as_pointer()))
        return context.get_dummy_value()

    return types.void(array, types.intp), codegen


@intrinsic
def total(typingctx, value):
    """Return the sum of all lanes, in an order that the compiler chooses."""

    def codegen(context, builder, signature, arguments):
        double = ir.DoubleType()
        kind = ir.FunctionType(double, [double, _DOUBLES])
        name = f"llvm.vector.reduce.fadd.v{LANES}f64"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [double(-0.0), arguments[0]], fastmath=("reassoc",))

    return types.float64(vector), codegen
