"""The exact law of the smallest eigenvalue of the Gaussian orthogonal ensemble, for every n.

Density and distribution come from one Pfaffian for each point, by two routes with the same matrix
elements: `spinglass.theory.split` below and at the edge of the spectrum, where its relative
accuracy holds however far out, and `spinglass.theory.halfline` inside, where the probability decays
like ``exp(-c n^2)`` and a plain Pfaffian loses digits.
"""

import numpy as np

from spinglass.theory.halfline import HalfLine
from spinglass.theory.split import pfaffian_squared, splits

INSIDE = 1.5
"""Distance from the lower edge, in units of n^(-1/6), at which the routes change."""


def log_smallest_density(n: int, points: np.ndarray) -> np.ndarray:
    """Logarithm of ``exp(s^2/2) p(s)``, p the density of the smallest of n >= 2 eigenvalues."""
    s = np.asarray(points, dtype=float)
    density = np.empty(s.size)
    order = np.argsort(s)
    width = n ** (-1.0 / 6.0)
    while order.size:
        strip = order[s[order] <= s[order[0]] + width]
        order = order[strip.size :]
        if s[strip[-1]] < INSIDE * width - np.sqrt(2.0 * n):
            density[strip] = _outside(n, s[strip])
        else:
            half_line = HalfLine(n, float(s[strip[-1]]))
            logs = np.array([half_line.log_density(float(x))[1] for x in s[strip]])
            density[strip] = logs + 0.5 * s[strip] ** 2
    return density


def _outside(n: int, s: np.ndarray) -> np.ndarray:
    """Log-densities from the Pfaffian over the whole line, for points outside the bulk."""
    density = np.empty(s.size)
    for j, split in enumerate(splits(n, s)):
        log_square, ratio = pfaffian_squared(split, 0.0)
        density[j] = 0.5 * log_square.real + split.log_factor
        density[j] += np.log(ratio.real) if ratio.real > 0.0 else -np.inf
    return density
