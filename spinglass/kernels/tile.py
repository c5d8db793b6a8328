"""The innermost loop of the gradient: a few rows of coefficients against a stretch of monomials.

Each row has a monomial u of outer indices; its coefficients belong to the same stretch of tail
monomials y.  With s = x u, x the variable in the middle, a coefficient c adds c s to the derivative
with respect to y and c y to the row's sum a, which is the derivative with respect to s.  All rows
of a tile share each loaded y and dy while their s and a stay in registers.  It is written as code
for LLVM because that serves any number of rows with one text.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from spinglass.kernels.simd import LANES, filled, fused, prefetch, vector, vector_at

ROWS = 6 if LANES == 16 else 2
"""Rows of the largest tile: what 32 or 16 vector registers hold."""


def tile_of(rows: int) -> Callable[..., Any]:
    """Return the loop for so many rows.

    Its arguments are: ``c``, the packed coefficients; ``starts``, ``row``, ``shift``: the
    coefficients of row r start at starts[row + r] + shift; ``count``: how many each row has;
    ``ahead``: how far beyond each coefficient to ask for one that will be needed, 0 for not at all;
    ``y``, ``dy``, ``at``: the tail monomials and where their derivatives are added, from flat
    position ``at`` on; ``u``, ``du``, ``here``: the same of the rows' monomials; ``x``: the middle
    variable, a vector.  It returns the derivative with respect to x.
    """

    @intrinsic
    def tile(typingctx, c, starts, row, shift, count, ahead, y, dy, at, u, du, here, x):
        def codegen(context, builder, signature, arguments):
            kind = dict(zip(names, signature.args, strict=True))
            value = dict(zip(names, arguments, strict=True))

            def number(integer):
                return ir.Constant(value["row"].type, integer)

            def start_of(name):
                return context.make_array(kind[name])(context, builder, value[name]).data

            def place(name, offset):
                return vector_at(context, builder, kind[name], value[name], offset)

            lines, pushes, sums, outer = [], [], [], []
            for r in range(rows):
                entry = builder.gep(start_of("starts"), [builder.add(value["row"], number(r))])
                first = builder.add(builder.load(entry), value["shift"])
                lines.append(builder.gep(start_of("c"), [first]))
                outer.append(builder.add(value["here"], number(r * LANES)))
                monomial = builder.load(place("u", outer[r]), align=8)
                pushes.append(builder.fmul(value["x"], monomial))
                sums.append(cgutils.alloca_once_value(builder, zero))
            wanted = builder.icmp_signed("!=", value["ahead"], number(0))
            with cgutils.for_range(builder, value["count"]) as loop:
                q = builder.add(value["at"], builder.mul(loop.index, number(LANES)))
                yk = builder.load(place("y", q), align=8)
                dk = builder.load(place("dy", q), align=8)
                for line, push, total in zip(lines, pushes, sums, strict=True):
                    ck = filled(builder, builder.load(builder.gep(line, [loop.index])))
                    builder.store(fused(builder, ck, yk, builder.load(total)), total)
                    dk = fused(builder, ck, push, dk)
                builder.store(dk, place("dy", q), align=8)
                with builder.if_then(wanted):
                    later = builder.add(loop.index, value["ahead"])
                    for line in lines:
                        prefetch(builder, builder.gep(line, [later]))
            result = zero
            for r in range(rows):
                a = builder.load(sums[r])
                result = fused(builder, a, builder.load(place("u", outer[r]), align=8), result)
                old = builder.load(place("du", outer[r]), align=8)
                builder.store(fused(builder, a, value["x"], old), place("du", outer[r]), align=8)
            return result

        return vector(c, starts, at, at, at, at, y, dy, at, u, du, at, vector), codegen

    names = [
        "c",
        "starts",
        "row",
        "shift",
        "count",
        "ahead",
        "y",
        "dy",
        "at",
        "u",
        "du",
        "here",
        "x",
    ]
    zero = ir.Constant(ir.VectorType(ir.DoubleType(), LANES), [0.0] * LANES)
    return tile
