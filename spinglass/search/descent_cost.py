"""Estimates of what a start costs, before anything is computed, and of this machine's speed.

A flow needs some gradients for its first steps, and then a number that grows as the square root of
the time in which the softest mode relaxes, since the length of an explicit stabilised step grows as
the square of its stages; a field stiffens that mode.  The Hessians and dense algebra of Newton's
method and of the certificate are added.  The constants were fitted to descents on one core for
n = 10 to 300, p = 2 to 6, with and without field: "flow", "fast" and "strict" within a factor of
two, "gd" within five.  For another machine they are scaled by the speed of its gradient kernel.

A gradient or Hessian of a mixture costs the sum of those of its orders.  The number of gradients
depends on xi'(1) and xi''(1), the scales of slopes and curvatures at every minimum.  A mixture has
the number of the pure model of order p = 1 + xi''(1) / xi'(1) with couplings and field times a
common factor, which does not change that number.
"""

import math
import time
from functools import cache

import numpy as np

from spinglass.covariance import Covariance, Name
from spinglass.search.methods.method_registry import method_named

REFERENCE = 6.5e10
"""Operations per second in a gradient of many replicas on the core of the fit."""

_SECONDS_PER_COUPLING = 8e-11
_HESSIANS, _DENSE_PER_CUBE = 7.5e-11, 1.2e-10
_FIRST_STEPS, _STIFFENING = 35.0, 72.0

_SITES, _ORDER, _GROUPS = 100, 3, 4
_REPEATS = 15


def seconds_per_start(
    n: int, orders: Covariance | Name, method: str = "flow", nu: float | None = None
) -> float:
    """Return the estimated seconds of one core for one start, on the machine of the fit.

    ``orders`` and ``nu`` are as for `spinglass.covariance.Covariance.of`.  Raises `InputError` if
    there is no such method or no such covariance.
    """
    known, law = method_named(method), Covariance.of(orders, nu)
    counts = {p: math.comb(n + p - 1, p) for p, _ in law.weights}
    gradient = known.step_seconds + _SECONDS_PER_COUPLING * sum(counts.values())
    hessians = sum(p**2 * count for p, count in counts.items())
    end = _HESSIANS * hessians + _DENSE_PER_CUBE * n**3
    return known.gradients(_flow_gradients(n, law)) * gradient + end


def _flow_gradients(n: int, law: Covariance) -> float:
    """Return the estimated number of gradients that a flow needs."""
    slope = law.at_field(0.0).slope
    p = 1.0 + law.curvature / slope
    nu = law.nu / math.sqrt(slope / p)
    soft = (27.0 - 30.0 / p) ** 2 * n
    stiff = (nu / (p - 1)) ** 4 / _STIFFENING**2
    return _FIRST_STEPS + 1.0 / math.sqrt(1.0 / soft + stiff)


@cache
def machine_speed() -> float:
    """Return how many times as fast as `REFERENCE` one core of this machine is.

    The measurement takes a tenth of a second, and longer if the kernel must be compiled first.
    """
    from spinglass.kernels.form import Form
    from spinglass.kernels.gradient import gradient, new_plan, new_room
    from spinglass.kernels.simd import LANES, aligned_zeros

    count = math.comb(_SITES + _ORDER - 1, _ORDER)
    couplings = np.ones(count)
    form = Form(couplings, _ORDER, new_plan(_SITES, _ORDER))
    room = new_room(_GROUPS, _SITES, [_ORDER])
    points, slopes = aligned_zeros((2, _GROUPS, _SITES, LANES))
    points[:] = 1.0
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        gradient(form, 0, _SITES, points, slopes, room)
        times.append(time.perf_counter() - began)
    operations = 4.0 * count * _GROUPS * LANES
    return operations / float(np.median(times)) / REFERENCE
