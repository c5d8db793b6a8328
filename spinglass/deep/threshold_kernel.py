"""The correlation of the live zero-one loss in a wide network: a chain of Gaussian kernels.

Take two weight vectors of overlap q, and let every unit read many inputs.  In the first layer, the
two sums of a unit, one for each weight vector, are jointly Gaussian over the samples, with
correlation q.  A unit is on if its sum exceeds a threshold, for a fraction a of the samples.  The
correlation of its two states is then

    f_a(r) = Cov(1[x > t], 1[y > t]) / (a (1 - a))
           = (1 / (2 pi a (1 - a))) int_0^arcsin(r) exp(-t^2 / (1 + sin u)) du,

where t is the upper a-quantile and x and y are standard Gaussians of correlation r.  (By Price's
theorem the derivative of the covariance with respect to r is their joint density at (t, t).)  The
sums of the next layer have correlation q f_a(r), and so on.  The output is on for half of the
samples, where f_{1/2}(r) = (2 / pi) arcsin(r).  Hence, as the width, the degree and the number of
distinct weights go to infinity,

    C_p(q) = f_{1/2}(r_p),     r_1 = q,     r_{l+1} = q f_a(r_l).

This is not a power of q.  For small q it is A q^p with A = (2/pi) (f_a'(0))^(p-1) < 1; near q = 1,
1 - C_p is of order sqrt(1 - q), because a threshold is not continuous.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from spinglass.arrays import Array
from spinglass.errors import InputError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)


def gate_correlation(correlation: ArrayLike, activity: float) -> Array:
    """Return f_a(r), the correlation of two threshold units whose sums have correlation r.

    r is from 0 to 1; a, strictly between 0 and 1, is the fraction of samples on which a unit is on.
    `InputError` if they are not.
    """
    r = np.asarray(correlation, dtype=float)
    if not (np.isfinite(r).all() and (r >= 0).all() and (r <= 1).all()):
        raise InputError(f"correlations must lie between 0 and 1, got {correlation!r}")
    if not 0 < activity < 1:
        raise InputError(f"activity must lie between 0 and 1, got {activity}")
    threshold = stats.norm.isf(activity)
    end = np.arcsin(r)[..., None]
    angles = end * (_NODES + 1) / 2
    density = np.exp(-(threshold**2) / (1 + np.sin(angles)))
    area: Array = (density @ _WEIGHTS) * end[..., 0] / 2
    return area / (2 * np.pi * activity * (1 - activity))


def live_correlation(overlap: ArrayLike, p: int, activity: float) -> Array:
    """Return C_p(q), the correlation of the live zero-one loss of a wide network of p layers.

    q and the activity of input and hidden units are as in `gate_correlation`; that of the output
    unit is 1/2.
    """
    if p < 1:
        raise InputError(f"p must be at least 1, got {p}")
    q = np.asarray(overlap, dtype=float)
    correlation = q
    for _ in range(p - 1):
        correlation = q * gate_correlation(correlation, activity)
    return gate_correlation(correlation, 0.5)
