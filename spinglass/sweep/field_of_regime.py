"""The field strength that stands for a regime: which side of the window, and how far.

With B of `spinglass.covariance`, the mean number of minima is a function of
k = n^{1/3} B in the polynomial window (Fyodorov, arXiv:1307.2379): a handful at k = 0.5, one at
k = -2.  For the exponential regime the field is zero, where that regime is strongest.
"""

from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError

WINDOW = {"polynomial": 0.5, "trivial": -2.0}
"""Values of n^{1/3} B that stand for the regimes."""

_LOWEST_B = -0.9


def regime_field(regime: str, n: int, orders: Covariance | Name) -> float:
    """Return the field strength that stands for a regime at size n, ignoring a field in ``orders``.

    Regimes are ``exponential``, ``polynomial`` and ``trivial``; `InputError` if these orders lack
    the regime: p = 2 alone has only the trivial one.
    """
    covariance = Covariance.of(orders, 0.0)
    highest = covariance.b
    if regime == "exponential":
        if highest <= 0.0:
            raise InputError(f"regime exponential needs p >= 3, got {covariance.orders}")
        return 0.0
    b = max(WINDOW[regime] * n ** (-1 / 3), _LOWEST_B)
    if b >= highest:
        raise InputError(
            f"regime {regime} needs B = {b:.3g} below that without field, {highest:.3g}: "
            f"take orders p >= 3 and a larger n, got n = {n}, {covariance.orders}"
        )
    return covariance.field_at(b)
