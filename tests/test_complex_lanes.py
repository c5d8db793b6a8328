"""Complex symmetric matrices in lanes against numpy, one lane after the other."""

import numpy as np
import pytest

from spinglass.kernels import complex_lanes
from spinglass.kernels.complex_lanes import STRIDE
from spinglass.kernels.simd import LANES, aligned_zeros


def complex_normal(*shape, seed=0):
    draw = np.random.default_rng(seed)
    return draw.normal(size=shape) + 1j * draw.normal(size=shape)


def to_lanes(numbers):
    """Lay out numbers (count, LANES) as the kernels want them."""
    return np.stack([numbers.real, numbers.imag], axis=1).reshape(-1)


def from_lanes(work):
    parts = work.reshape(-1, 2, LANES)
    return parts[:, 0] + 1j * parts[:, 1]


def packed(matrices):
    """Return the lower triangles of matrices (LANES, n, n), by rows."""
    rows, columns = np.tril_indices(matrices.shape[1])
    return to_lanes(matrices[:, rows, columns].T)


class Work:
    """One array, filled part by part."""

    def __init__(self, *parts):
        self.starts = np.cumsum([0, *map(len, parts)])[:-1]
        self.array = aligned_zeros((sum(map(len, parts)),))
        self.array[:] = np.concatenate(parts)

    def part(self, number, count):
        first = self.starts[number]
        return from_lanes(self.array[first : first + count * STRIDE])


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("first", [0, 1])
def test_factors_solve_and_multiply_back(n, first):
    if first >= n:
        pytest.skip("there are no more rows")
    half = complex_normal(LANES, n, n)
    matrices = half + half.transpose(0, 2, 1) + 4.0 * n * np.eye(n)
    b = complex_normal(n, LANES, seed=1)
    b[:first] = 0.0
    room = np.zeros(n * STRIDE)
    work = Work(packed(matrices), to_lanes(b), room, room, room)
    a, right, inverse, w, v = map(int, work.starts)
    complex_lanes.factorise(work.array, a, n, inverse, w, v)
    factors = work.part(0, n * (n + 1) // 2)
    rows, columns = np.tril_indices(n)
    lower = np.zeros((LANES, n, n), complex)
    lower[:, rows, columns] = factors.T
    pivots = lower[:, np.arange(n), np.arange(n)].copy()
    lower[:, np.arange(n), np.arange(n)] = 1.0
    again = np.einsum("lij,lj,lkj->lik", lower, pivots, lower)
    assert again == pytest.approx(matrices, abs=1e-12 * n)
    assert work.part(2, n).T * pivots == pytest.approx(np.ones((LANES, n)), abs=1e-12)
    complex_lanes.solve_from(work.array, a, n, inverse, first, right)
    wanted = np.stack([np.linalg.solve(m, x) for m, x in zip(matrices, b.T, strict=True)], axis=1)
    assert work.part(1, n)[first:] == pytest.approx(wanted[first:], abs=1e-11)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_products(n):
    half = complex_normal(LANES, n, n)
    matrices, x, y = half + half.transpose(0, 2, 1), *complex_normal(2, n, LANES, seed=2)
    work = Work(packed(matrices), to_lanes(x), to_lanes(y))
    complex_lanes.add_symmetric_times(work.array, work.starts[0], n, 0.5, *work.starts[1:])
    wanted = y + 0.5 * np.einsum("lij,jl->il", matrices, x)
    assert work.part(2, n) == pytest.approx(wanted, abs=1e-13)
    real = np.random.default_rng(3).normal(size=(8, n))
    work = Work(to_lanes(x), np.zeros(8 * STRIDE))
    complex_lanes.real_times(real.reshape(-1), 8, work.array, *work.starts)
    assert work.part(1, 8) == pytest.approx(real @ x, abs=1e-13)


def test_a_lane_whose_pivot_vanishes_leaves_the_others_their_bits():
    n = 4
    half = complex_normal(LANES, n, n)
    matrices = half + half.transpose(0, 2, 1) + 9.0 * np.eye(n)
    solved = []
    for broken in (False, True):
        if broken:
            matrices[1, 0, 0] = 0.0
        room = np.zeros(n * STRIDE)
        work = Work(packed(matrices), to_lanes(complex_normal(n, LANES, seed=1)), room, room, room)
        a, right, inverse, w, v = map(int, work.starts)
        complex_lanes.factorise(work.array, a, n, inverse, w, v)
        complex_lanes.solve_from(work.array, a, n, inverse, 0, right)
        solved.append(work.part(1, n))
    others = np.arange(LANES) != 1
    assert np.array_equal(solved[0][:, others], solved[1][:, others])
    assert not np.isfinite(solved[1][:, 1]).any()
