"""Between arrays of points and the kernels' lanes: transposition, padding, threads.

A large landscape is memory-bound, so there even one point is worth several threads: the couplings
are cut into a number of parts that depends on (n, p) alone, and the parts are added in order.  One
point on a large landscape is evaluated by a kernel of its own, at the speed of reading; its last
bits may differ from those of the same point in a batch.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spinglass.couplings import coupling_count, index_ranges
from spinglass.kernels import gradient, hessian, riemannian, single
from spinglass.kernels.packing import binomials
from spinglass.kernels.simd import LANES
from spinglass.parallel import map_threads, single_threaded_blas

Array = NDArray[np.float64]

GROUPS = 4
"""Groups of lanes that share one pass over the couplings."""

_SPLIT = 2**22
_PARTS = 32


class Form(Protocol):
    """What the kernels need to know of a model."""

    n: int
    p: int
    couplings: Array
    field: Array
    threads: int | None

    @property
    def scale(self) -> float:
        """Factor of the interaction."""


def form_and_gradient(model: Form, points: Array) -> tuple[Array, Array]:
    """Return F, shape (count,), and dF/dx, shape (count, n), of the packed form."""
    n, p = model.n, model.p
    large = coupling_count(n, p) >= _SPLIT
    ranges = list(index_ranges(n, p, _PARTS)) if large and p > 2 else [(0, n, 0)]
    if large and len(points) == 1:
        return _at_point(model, np.ascontiguousarray(points[0]), ranges)
    values, slopes = np.empty(len(points)), np.empty_like(points)
    size = GROUPS * LANES

    def fill(row: int, threads: int | None = 1) -> None:
        slab = _to_lanes(points[row : row + size], n)
        parts = map_threads(lambda part: _part(model, slab, part), ranges, threads)
        value, slope = reduce(lambda one, two: (one[0] + two[0], one[1] + two[1]), parts)
        count = len(values[row : row + size])
        values[row : row + count] = value.reshape(-1)[:count]
        slopes[row : row + count] = slope.transpose(0, 2, 1).reshape(-1, n)[:count]

    if len(points) <= size:
        fill(0, model.threads)
    else:
        map_threads(fill, range(0, len(points), size), model.threads)
    return values, slopes


def _part(model: Form, slab: Array, part: tuple[int, int, int]) -> tuple[Array, Array]:
    """Evaluate one part of the couplings for the groups of a slab."""
    first, stop, start = part
    groups = slab.shape[0]
    value, slope = np.zeros((groups, LANES)), np.zeros_like(slab)
    room = np.zeros((2, groups, model.p, LANES))
    gradient.form_and_gradient(
        model.couplings, start, model.p, first, stop, slab, value, slope, room[0], room[1]
    )
    return value, slope


def _at_point(model: Form, x: Array, ranges: list[tuple[int, int, int]]) -> tuple[Array, Array]:
    """Evaluate one point on a large landscape, the threads sharing the couplings."""

    def evaluate(part: tuple[int, int, int]) -> tuple[float, Array]:
        first, stop, start = part
        slope = np.zeros_like(x)
        value = single.form_and_gradient_at_point(
            model.couplings, start, model.p, first, stop, x, slope
        )
        return value, slope

    parts = map_threads(evaluate, ranges, model.threads)
    value = sum(part[0] for part in parts)
    return np.array([value]), np.add.reduce([part[1] for part in parts])[None]


def hessians(model: Form, points: Array) -> Array:
    """Return the Riemannian Hessians, shape (count, n, n)."""
    out = np.empty((len(points), model.n, model.n))
    _fill_hessians(model, points, out)
    return out


def spectra(model: Form, points: Array) -> Array:
    """Return the tangent eigenvalues, ascending, shape (count, n - 1)."""

    def solve(block: Array) -> Array:
        matrices = np.empty((len(block), model.n, model.n))
        _hessian_block(model, block, matrices)
        return np.stack(
            [riemannian.tangent_spectrum(a, x) for a, x in zip(matrices, block, strict=True)]
        )

    with single_threaded_blas():
        found = map_threads(solve, _blocks(points, LANES), model.threads)
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
    table, work, packed = binomials(n, p), hessian_workspace(n, p), np.ones(n * LANES)
    factor = -riemannian.form_factor(p, model.scale)
    for block, matrices in zip(_blocks(points, LANES), _blocks(out, LANES), strict=True):
        riemannian.load_points(np.ascontiguousarray(block), packed)
        hessian.quadratic_form(couplings, p, n, packed, table, work)
        for lane, matrix in enumerate(matrices):
            hessian.unpack(work[0], factor, n, lane, matrix)
    return out


def hessian_workspace(n: int, p: int) -> Array:
    """Allocate what `kernels.hessian.quadratic_form` works in."""
    return np.empty((2, max(coupling_count(n, p - 1), coupling_count(n, 2)) * LANES))


def _fill_hessians(model: Form, points: Array, out: Array) -> None:
    def fill(piece: tuple[Array, Array]) -> None:
        _hessian_block(model, *piece)

    pairs = zip(_blocks(points, LANES), _blocks(out, LANES), strict=True)
    with single_threaded_blas():
        map_threads(fill, pairs, model.threads)


def _hessian_block(model: Form, block: Array, out: Array) -> None:
    riemannian.riemannian_hessians(
        model.couplings,
        model.p,
        model.scale,
        model.field,
        binomials(model.n, model.p),
        np.ascontiguousarray(block),
        hessian_workspace(model.n, model.p),
        out,
        np.empty(len(block)),
    )


def _blocks(array: Array, size: int) -> Iterator[Array]:
    for first in range(0, len(array), size):
        yield array[first : first + size]


def _to_lanes(block: Array, n: int) -> Array:
    """Lay points (count, n) out as (groups, n, LANES), padding with ones."""
    groups = -(-len(block) // LANES)
    padded = np.ones((groups * LANES, n))
    padded[: len(block)] = block
    return np.ascontiguousarray(padded.reshape(groups, LANES, n).transpose(0, 2, 1))
