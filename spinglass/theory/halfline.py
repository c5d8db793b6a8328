"""The smallest eigenvalue pushed into the bulk: Pfaffians in a basis orthonormal on a half line.

If it is very unlikely that all eigenvalues lie above s, the Hermite functions restricted to
(s, infinity) are nearly dependent, and the Pfaffian of `spinglass.theory.split` loses digits in
proportion to the smallest eigenvalue of their Gram matrix.  Orthonormalisation by QR loses only its
square root: the functions are sampled at Gauss nodes on (b, infinity), the determinant of the
triangular factor is small, and the skew products of the orthonormal functions are well conditioned.
For s a little below b, only the strip (s, b) is added.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.linalg import qr, solve_triangular

from spinglass.theory.hermite import hermite_table
from spinglass.theory.split import eliminate, first_degree, log_reference

PANEL_NODES = 64
STRIP_NODES = 32


@lru_cache(maxsize=4)
def _rule(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gauss nodes and weights on [-1, 1], and the matrix of integrals from -1 to each node."""
    legendre = np.polynomial.legendre
    x, w = legendre.leggauss(count)
    coefficients = (legendre.legvander(x, count - 1) * w[:, None]).T
    coefficients *= (np.arange(count) + 0.5)[:, None]
    integrals = np.zeros((count, count))
    for k in range(count):
        integrals += np.outer(
            legendre.legval(x, legendre.legint(np.eye(count)[k], lbnd=-1)), coefficients[k]
        )
    return x, w, integrals


class HalfLine:
    """Orthonormal functions on (b, infinity) that span the Hermite functions reaching b.

    Parameters
    ----------
    n : int
        Number of eigenvalues, at least 2.
    b : float
        Right end of the strip for which `log_density` may be asked.
    """

    def __init__(self, n: int, b: float):
        self.n, self.b = n, b
        self._start = first_degree(hermite_table(n, np.array([b])).values[:, 0], n) if b < 0 else 0
        nodes, weights, panels = self._grid()
        root = np.sqrt(weights)[:, None]
        sampled = self._functions(nodes) * root
        self._scale = np.linalg.norm(sampled, axis=0)
        orthonormal, self._triangle = qr(sampled / self._scale, mode="economic")
        functions = orthonormal / root
        log_norms = np.log(np.abs(np.diagonal(self._triangle))) + np.log(self._scale)
        self._log_norm = float(log_norms.sum())
        self._means = functions.T @ weights
        self._skew = _skew_products(functions, weights, panels)

    def _grid(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Composite Gauss nodes on (b, edge + 8), several wavelengths to a panel."""
        edge = math.sqrt(2.0 * self.n)
        length = max(edge + 8.0 - self.b, 8.0)
        panels = math.ceil(length * edge / (1.4 * PANEL_NODES)) + 1
        x, w, _ = _rule(PANEL_NODES)
        half = 0.5 * length / panels
        centres = self.b + half * (2.0 * np.arange(panels) + 1.0)
        return (centres[:, None] + half * x).ravel(), np.tile(half * w, panels), panels

    def _functions(self, points: np.ndarray) -> np.ndarray:
        """Derivatives phi_i', i = K ... n - 2, and phi_K at points; shape (points, functions)."""
        table = hermite_table(self.n, points)
        values = table.values * np.exp(table.log_scale - 0.5 * points**2)
        k = np.arange(self._start, self.n - 1)[:, None]
        before = np.concatenate([np.zeros((1, points.size)), values])[self._start : self.n - 1]
        slopes = np.sqrt(k / 2.0) * before
        slopes -= np.sqrt((k + 1) / 2.0) * values[self._start + 1 : self.n]
        return np.concatenate([slopes, values[self._start : self._start + 1]]).T

    def _orthonormal(self, points: np.ndarray) -> np.ndarray:
        """The orthonormal functions continued to points below b; shape (points, functions)."""
        scaled = (self._functions(points) / self._scale).T
        return np.asarray(solve_triangular(self._triangle, scaled, trans="T")).T

    def log_density(self, s: float) -> tuple[float, float]:
        """Return ``log P(x_(0) > s)`` and ``log p(s)``, for s = b or a little below it."""
        x, w, _ = _rule(STRIP_NODES)
        half = 0.5 * (self.b - s)
        values = self._orthonormal(np.append(s + half * (1.0 + x), s))
        strip, here = values[:-1], values[-1]
        inside = strip.T @ (half * w)
        means = self._means + inside
        size, odd = here.size, self.n % 2
        matrix, slope = np.zeros((size + odd, size + odd)), np.zeros(size + odd)
        cross = 0.5 * np.outer(self._means, inside)
        matrix[:size, :size] = self._skew + cross - cross.T
        matrix[:size, :size] += _skew_products(strip, half * w, 1)
        slope[:size], signed = here, means
        if odd:
            matrix[:size, size], matrix[size, :size] = means, -means
            signed = np.append(means, -2.0)
        pivots, _, product = eliminate(matrix, slope, signed)
        share = 0.5 * abs(product)
        log_none = 0.5 * float(np.log(np.abs(pivots)).sum())
        log_none += self._log_norm - log_reference(self.n, self._start)
        return log_none, log_none + (math.log(share) if share > 0.0 else -math.inf)


def _skew_products(functions: np.ndarray, weights: np.ndarray, panels: int) -> np.ndarray:
    """``1/2 int int f(x) g(y) sign(x - y)`` over consecutive Gauss panels of equal width."""
    points, size = functions.shape
    _, w, integrals = _rule(points // panels)
    half = weights[0] / w[0]
    blocks = functions.reshape(panels, -1, size)
    whole = half * np.einsum("j,pjf->pf", w, blocks)
    before = np.cumsum(whole, axis=0) - whole - 0.5 * whole.sum(axis=0)
    primitive = half * (integrals @ blocks) + before[:, None, :]
    product = (functions * weights[:, None]).T @ primitive.reshape(points, size)
    return np.asarray(0.5 * (product - product.T))
