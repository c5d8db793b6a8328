"""The two windows around the critical field, where counts go from exponential to trivial.

For all points the window is ``B ~ 1/n``: ``E N / (2n)`` tends to
``exp(t/2) (I_0(t/2) + I_1(t/2))`` at ``t = n B``.  For the minima it is wider, ``B ~ n^(-1/3)``:
``E N_min`` tends to ``2 exp(k^3/3) E exp(-k TW_1)`` at ``k = n^(1/3) B``, TW_1 being the
Tracy-Widom variable for beta = 1 (Fyodorov, arXiv:1307.2379).
"""

import math

from scipy.special import ive

from spinglass.theory.parameters import real
from spinglass.theory.tracy_widom import tracy_widom_laplace


def total_scaling(t: float) -> float:
    """Limit of ``E N / (2n)`` at fixed ``t = n B``.

    Parameters
    ----------
    t : float
        Scaling variable, between -1e6 and 700.

    Returns
    -------
    float
        ``exp(t/2) (I_0(t/2) + I_1(t/2))``; 1 at t = 0.

    Raises
    ------
    InputError
        If t is outside its domain.
    """
    half = 0.5 * real("t", t, -1e6, 700.0)
    return float(math.exp(half + abs(half)) * (ive(0, half) + ive(1, half)))


def minima_scaling(k: float) -> float:
    """Limit of ``E N_min`` at fixed ``k = n^(1/3) B``.

    Parameters
    ----------
    k : float
        Scaling variable, between -3 and 4.

    Returns
    -------
    float
        ``2 exp(k^3/3) E exp(-k TW_1)``; 2 at k = 0.

    Raises
    ------
    InputError
        If k is outside its domain.
    """
    argument = real("k", k, -3.0, 4.0)
    return 2.0 * math.exp(argument**3 / 3.0) * tracy_widom_laplace(argument)
