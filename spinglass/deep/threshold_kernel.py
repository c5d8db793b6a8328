"""What the live zero-one loss does in a wide network: a chain of Gaussian threshold kernels.

Take two weight vectors of overlap q, and many inputs to a unit.  In the first layer a unit's two
sums are, over the samples, jointly Gaussian with correlation q.  Its threshold lets it be on for a
fraction a of the samples; the two states then agree as two Gaussian half-lines do,

    f_a(r) = Cov(1[x > t], 1[y > t]) / (a (1 - a))
           = (1 / (2 pi a (1 - a))) int_0^arcsin(r) exp(-t^2 / (1 + sin u)) du,

t the upper a-quantile, x and y standard Gaussians of correlation r (Price's theorem: the
derivative by r is their joint density at (t, t)).  The next layer's sums have correlation
q f_a(r), and so on; the output is on for half of the samples, f_{1/2}(r) = (2 / pi) arcsin(r).
Hence, as width, degree and the number of distinct weights go to infinity,

    C_p(q) = f_{1/2}(r_p),     r_1 = q,     r_{l+1} = q f_a(r_l).

This is no power of q: it starts as A q^p, with A = (2/pi) (f_a'(0))^(p-1) < 1, and ends at 1 with
1 - C_p of order sqrt(1 - q), because a threshold is not continuous.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from spinglass.errors import InputError

Array = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


def gate_correlation(correlation: ArrayLike, activity: float) -> Array:
    """Return f_a(r), the correlation of two threshold units whose sums have correlation r.

    Parameters
    ----------
    correlation : array_like
        r, 0 to 1.
    activity : float
        a, the fraction of samples on which a unit is on, between 0 and 1.

    Raises
    ------
    InputError
        If an argument is out of range.
    """
    r = np.asarray(correlation, dtype=float)
    if not (np.isfinite(r).all() and (r >= 0).all() and (r <= 1).all()):
        raise InputError(f"correlations must lie between 0 and 1 (got {correlation!r})")
    if not 0 < activity < 1:
        raise InputError(f"activity must lie between 0 and 1 (got {activity})")
    threshold = stats.norm.isf(activity)
    end = np.arcsin(r)[..., None]
    angles = end * (_NODES + 1) / 2
    density = np.exp(-(threshold**2) / (1 + np.sin(angles)))
    area: Array = (density @ _WEIGHTS) * end[..., 0] / 2
    return area / (2 * np.pi * activity * (1 - activity))


def live_correlation(overlap: ArrayLike, p: int, activity: float) -> Array:
    """Return C_p(q), the correlation of the live zero-one loss of a wide network of p layers.

    Parameters
    ----------
    overlap : array_like
        q, 0 to 1.
    p : int
        Layers, at least 1.
    activity : float
        Of inputs and hidden units; the output is on for half of the samples.

    Raises
    ------
    InputError
        If an argument is out of range.
    """
    if p < 1:
        raise InputError(f"p must be at least 1 (got {p})")
    q = np.asarray(overlap, dtype=float)
    correlation = q
    for _ in range(p - 1):
        correlation = q * gate_correlation(correlation, activity)
    return gate_correlation(correlation, 0.5)
