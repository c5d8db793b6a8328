"""Mean signed numbers of stationary points: a check that needs no law of eigenvalues.

The mean of the determinant of a Wigner matrix M of size m, with independent centred entries of
variance sigma^2 off the diagonal, shifted by X, is a Hermite polynomial whatever their law,

    E det(M - X) = (-sigma)^m He_m(X / sigma),

and a stationary point of index k adds (-1)^k |det|.  Kac and Rice's formula with the sign kept is
therefore one Gaussian integral over X, the radial force; the energy given X is Gaussian
(`spinglass.theory.energy`).  By Morse theory the sum over all energies is the Euler characteristic
of the sphere, 1 + (-1)^(n-1).
"""

import math

import numpy as np

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory.counts import check_energy
from spinglass.theory.energy import energy_step
from spinglass.theory.parameters import check_dimension, covariance_of

_NODES = 24
_DIGITS = 1e-9
"""Largest estimated error of a result: absolute or relative, whichever is larger."""


def mean_signed_count_below(
    n: int, covariance: Covariance | int, nu: float | None, u: float
) -> float:
    """Mean of ``sum_k (-1)^k N_k`` over the points with energy per spin at most u, at finite n.

    Parameters
    ----------
    n, covariance, nu
        As in `spinglass.theory.mean_minima`.
    u : float
        Threshold on H/n, finite, at most 1e4 in magnitude.

    Returns
    -------
    float
        The mean, with an error of about 1e-9, relative or absolute, whichever is larger.

    Raises
    ------
    InputError
        If an argument is outside its domain, or so many points cancel that double precision
        cannot reach this accuracy.
    """
    size, law = check_dimension(n), covariance_of(covariance, nu)
    step, degree = energy_step(size, law, check_energy(u)), size - 1
    spread = math.sqrt(law.radial / law.curvature)
    end = spread * (math.sqrt(degree) + 12.0) + 2.0 * math.sqrt(degree)
    cuts = [math.sqrt(2.0) * x for x in step.cuts(-end / math.sqrt(2.0), end / math.sqrt(2.0))]
    pieces = 8 * degree + 64
    edges = np.unique(np.concatenate([np.linspace(-end, end, pieces + 1), cuts]))
    nodes, weights = _composite(edges)
    logs = step.log_share(nodes / math.sqrt(2.0)) - 0.5 * (nodes / spread) ** 2
    hermite, scale = _hermite(degree, nodes)
    exponent = logs + scale + 0.5 * math.lgamma(degree + 1.0) + _log_factor(size, law, spread)
    with np.errstate(over="ignore"):
        terms = weights * hermite * np.exp(exponent)
    error = 1e-15 * float(np.abs(terms).sum()) * math.sqrt(size)
    value = (-1.0) ** degree * math.fsum(terms)
    if not error <= _DIGITS * max(1.0, abs(value)):
        raise InputError(
            "n must be so small that an alternating sum is right in double precision, "
            f"got {n}: the error would be {error:.1e}"
        )
    return value


def _log_factor(n: int, law: Covariance, spread: float) -> float:
    """Logarithm of the sphere's volume, the gradient's density at 0 and the scale of det and X."""
    volume = math.log(2.0) + 0.5 * n * math.log(math.pi) - math.lgamma(0.5 * n)
    ratio = 0.5 * (n - 1) * math.log(law.curvature / (2.0 * math.pi * law.slope))
    return volume + ratio - math.log(spread) - 0.5 * math.log(2.0 * math.pi)


def _composite(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of Gauss and Legendre's rule on every piece."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    half = 0.5 * np.diff(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def _hermite(degree: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """He_degree(x) / sqrt(degree!), as a number of moderate size and a logarithm."""
    last, now, scale = np.zeros_like(x), np.ones_like(x), np.zeros_like(x)
    for k in range(degree):
        last, now = now, (x * now - math.sqrt(k) * last) / math.sqrt(k + 1.0)
        size = np.maximum(np.abs(now), np.abs(last))
        last, now, scale = last / size, now / size, scale + np.log(size)
    return now, scale
