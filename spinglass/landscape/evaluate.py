"""Evaluation of arrays of points with the kernels' lanes: transposition, padding, threads.

Large landscapes are memory-bound, so that even one point is worth several threads: the couplings
are cut into a number of parts that depends on (n, p) alone, and the parts are added in order.  A
single point on a large landscape has a kernel of its own, which runs at the speed of reading; the
last bits of its result may differ from those of the same point in a batch.

The threads are those of `spinglass.parallel.thread_count`; no number depends on them.
"""

from collections.abc import Iterator
from functools import lru_cache, reduce
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.kernels import hessian, riemannian, single
from spinglass.kernels.form import Form, Forms
from spinglass.kernels.gradient import gradient, middle_ranges, new_plan, new_room
from spinglass.kernels.points import finish, forms_and_gradients, gather
from spinglass.kernels.simd import LANES, aligned_zeros
from spinglass.landscape.forms import coupling_count, index_ranges
from spinglass.parallel import map_threads, single_threaded_blas, thread_count

GROUPS = 4
"""How many groups of lanes share one pass over the couplings."""

_BLOCK = GROUPS * LANES
_SPLIT = 2**22
_PARTS = 32


class Model(Protocol):
    """What the kernels need to know of a landscape of one or several orders."""

    @property
    def n(self) -> int:
        """Spins."""

    @property
    def orders(self) -> tuple[int, ...]:
        """The orders, ascending."""

    @property
    def couplings(self) -> Array:
        """Packed coefficients of all orders."""

    @property
    def field(self) -> Array:
        """The field vector."""

    @property
    def scales(self) -> tuple[float, ...]:
        """Factor of each order."""


@lru_cache(maxsize=32)
def _tables(n: int, orders: tuple[int, ...]) -> tuple[NDArray[np.int64], ...]:
    """Return the arrays of `Forms` that n and orders fix: ends, orders, table, heads, head ends."""
    ends = np.cumsum([0, *(coupling_count(n, p) for p in orders)])
    starts = [new_plan(n, p).starts for p in orders]
    head_ends = np.cumsum([0, *(len(each) for each in starts)])
    table = new_plan(n, max(orders)).table
    return ends, np.array(orders), table, np.concatenate(starts), head_ends


def for_kernels(model: Model) -> Forms:
    """Return a model as the kernels take it."""
    ends, orders, table, heads, head_ends = _tables(model.n, model.orders)
    scales = np.array(model.scales)
    return Forms(model.couplings, ends, orders, scales, table, heads, head_ends, model.field)


def forms_of(model: Model) -> list[Form]:
    """Return the packed form of each order, ascending; the couplings are not copied."""
    ends = _tables(model.n, model.orders)[0]
    pieces = [model.couplings[first:stop] for first, stop in pairwise(ends)]
    return [Form(c, p, new_plan(model.n, p)) for c, p in zip(pieces, model.orders, strict=True)]


def interaction(model: Model, points: Array) -> tuple[Array, Array]:
    """Return H without the field, shape (count,), and its gradient, shape (count, n)."""
    values, slopes = np.zeros(len(points)), np.zeros_like(points)
    for k, (form, scale) in enumerate(zip(forms_of(model), model.scales, strict=True)):
        value, slope = form_and_gradient(form, points)
        slope *= -scale
        values = -scale * value if k == 0 else values - scale * value
        slopes = slope if k == 0 else slopes + slope
    return values, slopes


def form_and_gradient(form: Form, points: Array) -> tuple[Array, Array]:
    """Return F, shape (count,), and dF/dx, shape (count, n), of a packed form."""
    large = form.c.size >= _SPLIT
    if large and len(points) == 1:
        return _at_point(form, np.ascontiguousarray(points[0]))
    points = np.ascontiguousarray(points)
    values, slopes = np.empty(len(points)), np.empty_like(points)
    blocks = -(-len(points) // _BLOCK)

    def fill(rows: slice) -> None:
        piece = points[rows], values[rows], slopes[rows]
        if large and form.p > 2:
            _in_parts(form, *piece)
        else:
            _whole(form, *piece)

    size = _BLOCK * max(1, -(-blocks // thread_count()))
    map_threads(fill, [slice(k, k + size) for k in range(0, len(points), size)])
    return values, slopes


def _whole(form: Form, points: Array, values: Array, slopes: Array) -> None:
    """Fill ``values`` and ``slopes``, one block of groups of lanes after another."""
    n = points.shape[1]
    groups = min(GROUPS, -(-len(points) // LANES))
    slab, room = aligned_zeros((2, groups, n, LANES)), new_room(groups, n, [form.p])
    forms_and_gradients(form, points, values, slopes, slab, room)


def _in_parts(form: Form, points: Array, values: Array, slopes: Array) -> None:
    """Fill ``values`` and ``slopes``; threads evaluate parts, which are added in order."""
    n, p = points.shape[1], form.p
    ranges = list(middle_ranges(n, p, _PARTS))
    for first in range(0, len(points), _BLOCK):
        block = points[first : first + _BLOCK]
        x = aligned_zeros((-(-len(block) // LANES), n, LANES))
        gather(block, x)

        def evaluate(part: tuple[int, int], x: Array = x) -> Array:
            g = aligned_zeros(x.shape)
            gradient(form, *part, x, g, new_room(len(x), n, [p]))
            return g

        g = reduce(np.add, map_threads(evaluate, ranges))
        finish(x, g, p, values[first : first + _BLOCK], slopes[first : first + _BLOCK])


def _at_point(form: Form, x: Array) -> tuple[Array, Array]:
    """Return F, shape (1,), and dF/dx, shape (1, n), at one point; threads share the couplings."""
    ranges = index_ranges(x.size, form.p, _PARTS) if form.p > 2 else [(0, x.size, 0)]

    def evaluate(part: tuple[int, int, int]) -> tuple[float, Array]:
        first, stop, start = part
        slope = np.zeros_like(x)
        value = single.form_and_gradient_at_point(form.c, start, form.p, first, stop, x, slope)
        return value, slope

    parts = map_threads(evaluate, ranges)
    value = sum(part[0] for part in parts)
    return np.array([value]), np.add.reduce([part[1] for part in parts])[None]


def hessians(model: Model, points: Array) -> Array:
    """Return the Riemannian Hessians, shape (count, n, n)."""
    out = np.empty((len(points), model.n, model.n))

    def fill(piece: tuple[Array, Array]) -> None:
        _hessian_block(model, *piece)

    pairs = zip(_blocks(points, LANES), _blocks(out, LANES), strict=True)
    with single_threaded_blas():
        map_threads(fill, pairs)
    return out


def spectra(model: Model, points: Array) -> Array:
    """Return the tangent eigenvalues, ascending, shape (count, n - 1)."""

    def solve(block: Array) -> Array:
        block = np.ascontiguousarray(block)  # the kernel is compiled for one layout alone
        matrices = np.empty((len(block), model.n, model.n))
        _hessian_block(model, block, matrices)
        return np.stack(
            [riemannian.tangent_spectrum(a, x) for a, x in zip(matrices, block, strict=True)]
        )

    with single_threaded_blas():
        found = map_threads(solve, _blocks(points, LANES))
    return np.concatenate([np.empty((0, model.n - 1)), *found])


def second_derivatives(form: Form, scale: float, points: Array) -> Array:
    """Return ``scale`` times the Euclidean second derivatives of a form, shape (count, n, n).

    The points, (count, n), need not be on the sphere.  With the absolute values of coefficients and
    points, the result is what rounding errors are proportional to.
    """
    n = points.shape[1]
    out = np.empty((len(points), n, n))
    work, packed = hessian.new_workspace(n, form.p), np.ones(n * LANES)
    for block, matrices in zip(_blocks(points, LANES), _blocks(out, LANES), strict=True):
        riemannian.load_points(np.ascontiguousarray(block), packed)
        hessian.quadratic_form(form, packed, work)
        for lane, matrix in enumerate(matrices):
            hessian.unpack(work.quadratic, scale, n, lane, matrix)
    return out


def _hessian_block(model: Model, block: Array, out: Array) -> None:
    riemannian.riemannian_hessians(
        for_kernels(model),
        np.ascontiguousarray(block),
        hessian.new_workspace(model.n, max(model.orders)),
        riemannian.new_lower(model.n, model.orders),
        out,
        np.empty(len(block)),
    )


def _blocks(array: Array, size: int) -> Iterator[Array]:
    for first in range(0, len(array), size):
        yield array[first : first + size]
