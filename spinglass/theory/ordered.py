"""The exact densities of all ordered eigenvalues of the Gaussian orthogonal ensemble.

The idea.  At a point s the Pfaffian of `spinglass.theory.split`, evaluated on a circle
``abs(xi) = r``, is the Fourier series of ``r^k p_k(s)``, and the number of eigenvalues below s
fluctuates so little that sixteen points on the circle resolve every index that matters.  A
circle shows the indices within some e-foldings of its largest term; larger and smaller radii
bring rarer indices to the top, each with full relative accuracy.  More radii are used until the
density, even after the strongest weight that a field can give, is negligible against its peak.

In s the densities are entire and of limited bandwidth, so the trapezoidal rule converges
geometrically once its step resolves them.
"""

import math
from functools import lru_cache

import numpy as np

from spinglass.theory.split import Split, pfaffian_squared, splits

CIRCLE = 16
"""Points on a circle; indices further apart than this would be confused."""

VISIBLE = 30.0
"""A term below exp(-30) of the largest one on its circle, times the factor by which the radius
raises rounding errors, is taken from another circle."""

LOST = 32.0
"""A density below exp(-32) of its peak, after the strongest weight, contributes nothing."""

STEP = 0.42
"""Step of the trapezoidal rule in units of the mean spacing at the centre."""

LADDER = 6.0
"""Logarithm of the ratio of successive radii."""

TILT = 20.0
"""Largest logarithm of the factor by which a radius may raise the matrix's rounding errors."""


def ordered_log_densities(n: int, finer: int = 1) -> tuple[np.ndarray, np.ndarray, float]:
    """Tabulate the densities of x_(0) < ... < x_(n-1) on a uniform grid of s <= 0.

    Parameters
    ----------
    n : int
        Number of eigenvalues, at least 2.
    finer : int
        How many times finer the grid is than the trapezoidal rule needs; 2 suffices for
        interpolation with sinc functions.

    Returns
    -------
    points : ndarray, shape (m,)
        ``0, -step, -2 step, ...``; positive s follow from ``p_k(-s) = p_{n-1-k}(s)``.
    log_values : ndarray, shape (n, m)
        ``log(exp(s^2/2) p_k(s))``, -inf where it is negligible under every weight.
    step : float
        The grid's step.
    """
    return _tabulate(n, STEP / finer, CIRCLE)


@lru_cache(maxsize=8)
def _tabulate(n: int, fraction: float, circle: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the points, the logarithm of each index's density there, (n, points), and the step."""
    step = fraction * math.pi / math.sqrt(2.0 * n)
    points = -step * np.arange(math.ceil((math.sqrt(2.0 * n) + 8.0) / step))
    table = np.full((n, points.size), -np.inf)
    peak = 0.5 * _quantiles(n) ** 2  # exponents near the largest weighted densities
    for begin in range(0, points.size, 64):
        block = points[begin : begin + 64]
        for j, split in enumerate(splits(n, block), start=begin):
            table[:, j] = _one_point(n, split, peak, circle)
    return points, table, step


def _quantiles(n: int) -> np.ndarray:
    """Typical places of the n ordered eigenvalues: quantiles of the semicircle law."""
    angle = np.linspace(0.0, np.pi, 4001)
    share = (angle - 0.5 * np.sin(2.0 * angle)) / np.pi
    return -np.sqrt(2.0 * n) * np.cos(np.interp((np.arange(n) + 0.5) / n, share, angle))


def _one_point(n: int, split: Split, peak: np.ndarray, circle: int) -> np.ndarray:
    """Return log-densities, (n,): try radii up and down from 1, keep each index's best circle."""
    best, noise = np.full(n, -np.inf), np.full(n, np.inf)
    below = math.log(max(float(np.abs(split.lower).max()), 1e-280))
    for direction in (1, -1):
        for rung in range(0 if direction == 1 else 1, 100):
            raised = 2.0 * LADDER * rung + (min(0.0, below) if direction == 1 else 0.0)
            if rung > 0 and raised > TILT:
                break
            indices, logs, rank = _circle(n, split, direction * rung * LADDER, circle)
            rank[rank < max(0.0, raised) - VISIBLE] = -np.inf
            error = np.logaddexp(-rank, max(0.0, raised))
            better = error < noise[indices]
            best[indices[better]], noise[indices[better]] = logs[better], error[better]
            found = indices[rank > -np.inf]
            if _finished(best, peak, found, direction):
                break
    return best


def _finished(best: np.ndarray, peak: np.ndarray, found: np.ndarray, direction: int) -> bool:
    """Whether the next index in this direction does not exist or is negligible under any weight.

    Higher indices have eigenvalues pushed outwards to s, which only a weight that grows with abs(s)
    favours; lower ones have them pulled inwards, which only a decaying weight favours.
    """
    k = int(found.max() if direction == 1 else found.min())
    if not 0 <= k + direction < best.size:
        return True
    return bool(best[k] < (peak[k] if direction == 1 else best.max()) - LOST)


def _circle(
    n: int, split: Split, log_radius: float, circle: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices seen on one circle, their log-densities and log-shares of the largest term."""
    radius, nudge = math.exp(log_radius), 1e-3
    above = pfaffian_squared(split, radius * math.exp(nudge))[0].real
    under = pfaffian_squared(split, radius * math.exp(-nudge))[0].real
    centre = (above - under) / (4.0 * nudge)
    scale = 0.25 * (above + under)
    angles = 2.0 * np.pi * (np.arange(circle // 2) + 0.5) / circle
    terms = np.array([_tilted(split, radius, float(a), centre, scale) for a in angles])
    window = round(centre) - circle // 2 + np.arange(circle)
    waves = (np.exp(-1j * angles[None, :] * window[:, None]) * terms).real * 2.0 / circle
    inside = (window >= 0) & (window < n)
    indices, shares = window[inside], np.maximum(_settled(waves)[inside], 0.0)
    with np.errstate(divide="ignore"):
        logs = np.log(shares)
    return indices, logs + scale + split.log_factor - indices * log_radius, logs - logs.max()


def _settled(waves: np.ndarray) -> np.ndarray:
    """Add the waves of all angles, each with the sign that makes the sum a density.

    A Pfaffian is known here up to its sign.  A wrong sign adds an oscillation over all indices,
    also those that are empty, so that the right signs give the least sum of magnitudes.
    """
    total = waves.sum(axis=1)
    while True:
        flipped = total[:, None] - 2.0 * waves
        sizes = np.abs(flipped).sum(axis=0)
        best = int(np.argmin(sizes))
        if sizes[best] >= np.abs(total).sum() * (1.0 - 1e-14):
            return total
        total = flipped[:, best]
        waves = waves.copy()
        waves[:, best] *= -1.0


def _tilted(split: Split, radius: float, angle: float, centre: float, scale: float) -> complex:
    """Generating function of the densities at one angle, up to a sign.

    The sign is a first guess: the phase of the Pfaffian follows the mean count if the counts are
    nearly Gaussian.
    """
    log_square, ratio = pfaffian_squared(split, radius * np.exp(1j * angle))
    root = np.exp(0.5 * log_square - scale)
    if (root * np.exp(-1j * angle * centre)).real < 0.0:
        root = -root
    return complex(root * ratio)
