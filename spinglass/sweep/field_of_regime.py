"""The field strength that stands for a regime: which side of the window, and how far.

With B of `spinglass.covariance`, the mean number of minima is a function of
k = n^{1/3} B in the polynomial window (Fyodorov, arXiv:1307.2379): a handful at k = 0.5, one at
k = -2.  The exponential regime is shown without field, where it is strongest.
"""

from spinglass.covariance import Covariance
from spinglass.errors import InputError

WINDOW = {"polynomial": 0.5, "trivial": -2.0}
"""Values of n^{1/3} B that stand for the regimes."""

_LOWEST_B = -0.9


def regime_field(regime: str, n: int, p: int) -> float:
    """Return the field strength that stands for a regime at size n.

    Raises
    ------
    InputError
        If (n, p) has no such regime: for p = 2 only the trivial one exists.
    """
    covariance = Covariance.pure(p)
    highest = covariance.b
    if regime == "exponential":
        if p == 2:
            raise InputError("regime exponential needs p >= 3, got p = 2")
        return 0.0
    b = max(WINDOW[regime] * n ** (-1 / 3), _LOWEST_B)
    if b >= highest:
        raise InputError(
            f"regime {regime} needs B = {b:.3g} below (p - 2) / p = {highest:.3g}: "
            f"take p >= 3 and a larger n, got n = {n}, p = {p}"
        )
    return covariance.field_at(b)
