"""The innermost loop of the gradient: a few rows of coefficients against a stretch of monomials.

Each row has a monomial u of outer indices; its coefficients belong to the same stretch of tail
monomials y.  With s = x u, x the variable in the middle, a coefficient c adds c s to the derivative
with respect to y and c y to the row's sum a, which is the derivative with respect to s.  All rows
of a tile share each loaded y and dy while their s and a stay in registers.  The loop is emitted as
LLVM code, so that one text serves any number of rows.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from spinglass.kernels.processor import PROCESSOR
from spinglass.kernels.simd import LANES, filled, fused, prefetch, vector, vector_at

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)

ROWS = PROCESSOR.rows
"""Rows of the largest tile that the registers hold."""


Lines = namedtuple("Lines", "row shift count ahead")
"""Rows of coefficients: those of row r begin in ``c`` at ``starts[row + r] + shift``; how many each
row has; how far ahead of each coefficient to prefetch, 0 for not at all."""

TileRoom = namedtuple("TileRoom", "y dy u du")
"""Monomials of tails and heads and the derivatives with respect to them, degree by degree."""

Arrays = namedtuple("Arrays", "c starts y dy u du")
"""Coefficients, the position of each head's row, and the room.  The tuple is made once for each
gradient, because putting an array into a tuple costs as much as a short row."""


def tile_of(rows: int) -> Callable[..., Any]:
    """Return the loop over a number of rows.

    Its arguments are the `Arrays`, the `Lines`, the flat positions at which the tails and the
    monomials of the rows begin, the middle variable x and the derivative with respect to x so far,
    both vectors.  It returns that derivative with the rows' parts added one by one, so that its
    bits do not depend on how the rows are cut into tiles.
    """

    @intrinsic
    def tile(typingctx, arrays, lines, at, here, x, slope):
        def codegen(context, builder, signature, arguments):
            code = _Tile(context, builder, signature.args, arguments)
            return code.write(rows)

        return vector(arrays, lines, at, at, vector, vector), codegen

    return tile


class _Tile:
    """Writes the loop: operands are registers, ``kind`` holds the types of the arrays."""

    def __init__(self, context: Any, builder: Any, types: Any, arguments: Any) -> None:
        self.context, self.builder = context, builder
        self.kind: dict[str, Any] = {}
        self.value = dict(zip(("at", "here", "x", "slope"), arguments[2:], strict=True))
        fields = (Arrays._fields, Lines._fields)
        for names, kinds, packed in zip(fields, types, arguments, strict=False):
            for place, name in enumerate(names):
                self.kind[name] = kinds.types[place]
                self.value[name] = builder.extract_value(packed, place)

    def number(self, integer: int) -> Any:
        return ir.Constant(self.value["row"].type, integer)

    def start_of(self, name: str) -> Any:
        array = self.context.make_array(self.kind[name])
        return array(self.context, self.builder, self.value[name]).data

    def place(self, name: str, offset: Any) -> Any:
        return vector_at(self.context, self.builder, self.kind[name], self.value[name], offset)

    def write(self, rows: int) -> Any:
        """Write the loop over the stretch, with the code before and after it."""
        builder, zero = self.builder, ir.Constant(_VECTOR, [0.0] * LANES)
        lines = [self.line(r) for r in range(rows)]
        outer = [builder.add(self.value["here"], self.number(r * LANES)) for r in range(rows)]
        monomials = [builder.load(self.place("u", q), align=8) for q in outer]
        pushes = [builder.fmul(self.value["x"], monomial) for monomial in monomials]
        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(rows)]
        wanted = builder.icmp_signed("!=", self.value["ahead"], self.number(0))
        with cgutils.for_range(builder, self.value["count"]) as loop:
            self.column(loop.index, lines, pushes, sums)
            with builder.if_then(wanted):
                later = builder.add(loop.index, self.value["ahead"])
                for line in lines:
                    prefetch(builder, builder.gep(line, [later]))
        result = self.value["slope"]
        for q, total in zip(outer, sums, strict=True):
            a = builder.load(total)
            result = fused(builder, a, builder.load(self.place("u", q), align=8), result)
            old = builder.load(self.place("du", q), align=8)
            new = fused(builder, a, self.value["x"], old)
            builder.store(new, self.place("du", q), align=8)
        return result

    def line(self, r: int) -> Any:
        """Return the address of the first coefficient of row r."""
        builder = self.builder
        row = builder.add(self.value["row"], self.number(r))
        entry = builder.gep(self.start_of("starts"), [row])
        first = builder.add(builder.load(entry), self.value["shift"])
        return builder.gep(self.start_of("c"), [first])

    def column(self, k: Any, lines: list[Any], pushes: list[Any], sums: list[Any]) -> None:
        """Do the coefficients of one tail in all rows."""
        builder = self.builder
        q = builder.add(self.value["at"], builder.mul(k, self.number(LANES)))
        yk = builder.load(self.place("y", q), align=8)
        dk = builder.load(self.place("dy", q), align=8)
        for line, push, total in zip(lines, pushes, sums, strict=True):
            ck = filled(builder, builder.load(builder.gep(line, [k])))
            builder.store(fused(builder, ck, yk, builder.load(total)), total)
            dk = fused(builder, ck, push, dk)
        builder.store(dk, self.place("dy", q), align=8)
