"""The Tracy-Widom law of the largest eigenvalue for beta = 1, by quadrature of its determinant.

``F_1(s) = det(1 - K_s)`` on the half line with ``K_s(x, y) = Ai(x + y + s)`` (Ferrari and Spohn,
arXiv:math-ph/0505012); Gauss-Legendre nodes turn it into a small determinant that converges
geometrically (Bornemann, arXiv:0804.2543).
"""

import math
from functools import lru_cache

import numpy as np
from scipy.special import airy, airye

from spinglass.theory.parameters import real

NODES = 80
LOWEST = -30.0
"""Left of this s, F_1 is below the smallest double."""

FAR = 16.0
"""Right of this s, the trace of the kernel equals 1 - F_1 to every digit."""

BEYOND = 110.0
"""Right of this s, 1 - F_1 is below the smallest double."""


def tracy_widom_cdf(s: float) -> float:
    """Distribution function F_1(s) of the Tracy-Widom law for beta = 1.

    Parameters
    ----------
    s : float
        Argument, finite.

    Returns
    -------
    float
        Accurate to 1e-13 absolutely.

    Raises
    ------
    InputError
        If s is not a finite number.
    """
    argument = real("s", s)
    if argument < LOWEST:
        return 0.0
    return math.exp(_log_cdf(argument)) if argument < FAR else 1.0


def tracy_widom_survival(s: float) -> float:
    """Survival function ``1 - F_1(s)``; argument and errors as for `tracy_widom_cdf`.

    Accurate to 1e-12 relatively for s >= -4, down to the smallest normal double near s = 103.
    """
    argument = real("s", s)
    if argument < LOWEST:
        return 1.0
    if argument < FAR:
        return -math.expm1(_log_cdf(argument))
    return math.exp(_log_trace(argument)) if argument < BEYOND else 0.0


def _log_trace(s: float) -> float:
    """Logarithm of the trace of K_s, half the integral of Ai beyond s, for s far to the right.

    Ai decays like ``exp(-(2/3) x^(3/2))``; divided by this at x = s, it decays almost like
    ``exp(-sqrt(s) (x - s))``, the weight of Gauss-Laguerre nodes.
    """
    nodes, weights = np.polynomial.laguerre.laggauss(30)
    step = nodes / math.sqrt(s)
    decay = 2.0 / 3.0 * s**1.5
    slower = nodes - decay * np.expm1(1.5 * np.log1p(step / s))
    total = float(np.sum(weights * airye(s + step)[0] * np.exp(slower)))
    return math.log(0.5 * total / math.sqrt(s)) - decay


def _log_cdf(s: float, nodes: int = NODES) -> float:
    """Logarithm of the determinant: from eigenvalues to the right, by elimination to the left.

    To the right the eigenvalues are small, and their logarithms keep 1 - F_1 accurate; far to the
    left some round to 1, and only the determinant as a whole means anything.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    length = 0.5 * max(16.0 - s, 4.0) + 4.0
    points, roots = 0.5 * length * (x + 1.0), np.sqrt(0.5 * length * w)
    kernel = roots[:, None] * airy(points[:, None] + points[None, :] + s)[0] * roots[None, :]
    if s > -1.0:
        return float(np.log1p(-np.linalg.eigvalsh(kernel)).sum())
    sign, logarithm = np.linalg.slogdet(np.eye(nodes) - kernel)
    return float(logarithm) if sign > 0.0 else -math.inf


@lru_cache(maxsize=1)
def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes and weights on both sides of 0, with F_1 to the left and 1 - F_1 to the right."""
    x, w = np.polynomial.legendre.leggauss(60)
    pieces = [(7.0 * (x - 1.0), 7.0 * w), (6.0 * (x + 1.0), 6.0 * w), (22.0 + 10.0 * x, 10.0 * w)]
    nodes = np.concatenate([piece[0] for piece in pieces])
    weights = np.concatenate([piece[1] for piece in pieces])
    values = [tracy_widom_cdf(s) if s < 0.0 else tracy_widom_survival(s) for s in nodes]
    return nodes, weights, np.array(values)


def tracy_widom_laplace(k: float) -> float:
    """Expectation ``E exp(-k TW_1)`` under the Tracy-Widom law for beta = 1.

    Parameters
    ----------
    k : float
        Real, between -3 and 4, where the quadrature is accurate to 1e-10.

    Returns
    -------
    float
        From ``1 + k int_{-inf}^0 exp(-k s) F_1 ds - k int_0^inf exp(-k s) (1 - F_1) ds``.

    Raises
    ------
    InputError
        If k is outside its domain.
    """
    argument = real("k", k, -3.0, 4.0)
    nodes, weights, values = _table()
    signs = np.where(nodes < 0.0, 1.0, -1.0)
    return float(1.0 + argument * np.sum(signs * weights * np.exp(-argument * nodes) * values))
