"""Between arrays of points and the kernels' lanes: transposition, padding, threads.

A large landscape is memory-bound, so there even one point is worth several threads: the couplings
are cut into a number of parts that depends on (n, p) alone, and the parts are added in order.  One
point on a large landscape is evaluated by a kernel of its own, at the speed of reading; its last
bits may differ from those of the same point in a batch.

``threads`` is by default the share of them in force (`spinglass.parallel.thread_share`), which is
all cores allowed where there is none; no number depends on it.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spinglass.kernels import hessian, riemannian, single
from spinglass.kernels.gradient import gradient, middle_ranges, new_plan, new_room
from spinglass.kernels.landscape import Landscape
from spinglass.kernels.packing import binomials
from spinglass.kernels.points import finish, forms_and_gradients, gather
from spinglass.kernels.simd import LANES, aligned_zeros
from spinglass.landscape.forms import coupling_count, index_ranges
from spinglass.parallel import map_threads, single_threaded_blas, thread_count

Array = NDArray[np.float64]

GROUPS = 4
"""Groups of lanes that share one pass over the couplings."""

_BLOCK = GROUPS * LANES
_SPLIT = 2**22
_PARTS = 32


class Form(Protocol):
    """What the kernels need to know of a model."""

    n: int
    p: int
    couplings: Array
    field: Array

    @property
    def scale(self) -> float:
        """Factor of the interaction."""


def for_kernels(model: Form) -> Landscape:
    """Return what the kernels are told of a model."""
    plan = new_plan(model.n, model.p)
    return Landscape(model.couplings, model.p, model.scale, model.field, plan)


def form_and_gradient(
    model: Form, points: Array, threads: int | None = None
) -> tuple[Array, Array]:
    """Return F, shape (count,), and dF/dx, shape (count, n), of the packed form."""
    large = coupling_count(model.n, model.p) >= _SPLIT
    if large and len(points) == 1:
        return _at_point(model, np.ascontiguousarray(points[0]), threads)
    points = np.ascontiguousarray(points)
    values, slopes = np.empty(len(points)), np.empty_like(points)
    blocks = -(-len(points) // _BLOCK)
    alone = blocks <= 1

    def fill(rows: slice) -> None:
        piece = points[rows], values[rows], slopes[rows]
        if large and model.p > 2:
            _in_parts(model, *piece, threads if alone else 1)
        else:
            _whole(model, *piece)

    size = _BLOCK * max(1, -(-blocks // thread_count(threads)))
    map_threads(fill, [slice(k, k + size) for k in range(0, len(points), size)], threads)
    return values, slopes


def _whole(model: Form, points: Array, values: Array, slopes: Array) -> None:
    """Evaluate points one block of groups after another."""
    groups = min(GROUPS, -(-len(points) // LANES))
    slab = aligned_zeros((2, groups, model.n, LANES))
    plan, room = new_plan(model.n, model.p), new_room(groups, model.n, model.p)
    forms_and_gradients(
        model.couplings, plan, model.p, points, values, slopes, slab[0], slab[1], room
    )


def _in_parts(
    model: Form, points: Array, values: Array, slopes: Array, threads: int | None
) -> None:
    """Evaluate points part by part of a large landscape, added up in one order."""
    n, p = model.n, model.p
    plan, ranges = new_plan(n, p), list(middle_ranges(n, p, _PARTS))
    for first in range(0, len(points), _BLOCK):
        block = points[first : first + _BLOCK]
        x = aligned_zeros((-(-len(block) // LANES), n, LANES))
        gather(block, x)

        def evaluate(part: tuple[int, int], x: Array = x) -> Array:
            g = aligned_zeros(x.shape)
            gradient(model.couplings, plan, p, *part, x, g, new_room(len(x), n, p))
            return g

        g = reduce(np.add, map_threads(evaluate, ranges, threads))
        finish(x, g, p, values[first : first + _BLOCK], slopes[first : first + _BLOCK])


def _at_point(model: Form, x: Array, threads: int | None) -> tuple[Array, Array]:
    """Evaluate one point on a large landscape, the threads sharing the couplings."""
    whole = [(0, model.n, 0)]
    ranges = index_ranges(model.n, model.p, _PARTS) if model.p > 2 else whole

    def evaluate(part: tuple[int, int, int]) -> tuple[float, Array]:
        first, stop, start = part
        slope = np.zeros_like(x)
        value = single.form_and_gradient_at_point(
            model.couplings, start, model.p, first, stop, x, slope
        )
        return value, slope

    parts = map_threads(evaluate, ranges, threads)
    value = sum(part[0] for part in parts)
    return np.array([value]), np.add.reduce([part[1] for part in parts])[None]


def hessians(model: Form, points: Array, threads: int | None = None) -> Array:
    """Return the Riemannian Hessians, shape (count, n, n)."""
    out = np.empty((len(points), model.n, model.n))

    def fill(piece: tuple[Array, Array]) -> None:
        _hessian_block(model, *piece)

    pairs = zip(_blocks(points, LANES), _blocks(out, LANES), strict=True)
    with single_threaded_blas():
        map_threads(fill, pairs, threads)
    return out


def spectra(model: Form, points: Array, threads: int | None = None) -> Array:
    """Return the tangent eigenvalues, ascending, shape (count, n - 1)."""

    def solve(block: Array) -> Array:
        block = np.ascontiguousarray(block)  # the kernel is compiled for one layout alone
        matrices = np.empty((len(block), model.n, model.n))
        _hessian_block(model, block, matrices)
        return np.stack(
            [riemannian.tangent_spectrum(a, x) for a, x in zip(matrices, block, strict=True)]
        )

    with single_threaded_blas():
        found = map_threads(solve, _blocks(points, LANES), threads)
    return np.concatenate([np.empty((0, model.n - 1)), *found])


def second_derivatives(model: Form, couplings: Array, points: Array) -> Array:
    """Return scale times the Euclidean second derivatives of a packed form, (count, n, n).

    Parameters
    ----------
    couplings : (C(n + p - 1, p),) float64
        Coefficients to use instead of the model's: their absolute values give, at the absolute
        values of the points, what rounding errors are proportional to.
    points : (count, n) float64
        Anywhere, not only on the sphere.
    """
    n, p = model.n, model.p
    out = np.empty((len(points), n, n))
    table, work, packed = binomials(n, p), hessian.new_workspace(n, p), np.ones(n * LANES)
    factor = -riemannian.form_factor(p, model.scale)
    for block, matrices in zip(_blocks(points, LANES), _blocks(out, LANES), strict=True):
        riemannian.load_points(np.ascontiguousarray(block), packed)
        hessian.quadratic_form(couplings, p, n, packed, table, work)
        for lane, matrix in enumerate(matrices):
            hessian.unpack(work[0], factor, n, lane, matrix)
    return out


def _hessian_block(model: Form, block: Array, out: Array) -> None:
    riemannian.riemannian_hessians(
        for_kernels(model),
        np.ascontiguousarray(block),
        hessian.new_workspace(model.n, model.p),
        out,
        np.empty(len(block)),
    )


def _blocks(array: Array, size: int) -> Iterator[Array]:
    for first in range(0, len(array), size):
        yield array[first : first + size]
