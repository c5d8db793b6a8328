"""Explicit vectors of replicas inside Numba code.

The gradient kernel reaches the machine's limit only when a tile of accumulators lives in
registers, which no auto-vectoriser does reliably.  This module gives Numba a value type for
`LANES` doubles, two hardware vectors, and the few operations that the kernels need.  Every lane
performs the same operations in the same order and `fma` is always fused, so a lane's bits depend
neither on the other lanes nor on the machine's vector width.
"""

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 16 if llvm.get_host_cpu_features().get("avx512f", False) else 8
"""Replicas that one pass of a kernel carries along: two hardware vectors of doubles."""

_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)


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


def _element(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [offset])


def _fill(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_DOUBLES, ir.Undefined)
    single = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, undefined, mask)


@intrinsic
def load(typingctx, array, offset):
    """Load the vector that starts at flat position ``offset`` of a contiguous array."""

    def codegen(context, builder, signature, arguments):
        pointer = _element(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(pointer, _DOUBLES.as_pointer()), align=8)

    return vector(array, types.intp), codegen


@intrinsic
def store(typingctx, array, offset, value):
    """Store a vector at flat position ``offset`` of a contiguous array."""

    def codegen(context, builder, signature, arguments):
        pointer = _element(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], builder.bitcast(pointer, _DOUBLES.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), codegen


@intrinsic
def broadcast(typingctx, array, offset):
    """Fill every lane with the number at flat position ``offset``, without a bounds check."""

    def codegen(context, builder, signature, arguments):
        return _fill(
            builder, builder.load(_element(context, builder, signature.args[0], *arguments))
        )

    return vector(array, types.intp), codegen


@intrinsic
def splat(typingctx, value):
    """Fill every lane with one number."""

    def codegen(context, builder, signature, arguments):
        return _fill(builder, arguments[0])

    return vector(types.float64), codegen


@intrinsic
def fma(typingctx, a, b, c):
    """Return ``a * b + c`` in every lane, rounded once."""

    def codegen(context, builder, signature, arguments):
        kind = ir.FunctionType(_DOUBLES, [_DOUBLES] * 3)
        fused = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f64")
        return builder.call(fused, arguments)

    return vector(vector, vector, vector), codegen


@intrinsic
def multiply(typingctx, a, b):
    """Return ``a * b`` in every lane."""

    def codegen(context, builder, signature, arguments):
        return builder.fmul(*arguments)

    return vector(vector, vector), codegen


@intrinsic
def add(typingctx, a, b):
    """Return ``a + b`` in every lane."""

    def codegen(context, builder, signature, arguments):
        return builder.fadd(*arguments)

    return vector(vector, vector), codegen
