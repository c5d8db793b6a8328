"""What a start costs, estimated before anything is computed; and how fast this machine is.

The time is that of the gradients of the flow, of the Hessians and of the dense algebra that
Newton's method and the certificate need, fitted on one core whose gradients run at `REFERENCE` for
n = 10 to 500 and p = 2 to 6: "flow" and "fast" within a factor of two, "strict" and "gd" within
three.  A machine is as much faster as its gradients.
"""

import math
import time
from functools import cache

import numpy as np

REFERENCE = 6.5e10
"""Operations a second in a gradient of many replicas on the core of the fit."""

_GRADIENTS = 20.0
_SECONDS_PER_SITE, _SECONDS_PER_COUPLING = 1.2e-9, 1.6e-11
_HESSIANS, _SECONDS_PER_TERM = 5.0, 3.9e-10
_BASE, _DENSE_PER_CUBE = 6.5e-5, 1.6e-10
_SLOWER = {"flow": 1.0, "fast": 0.65, "strict": 3.0, "gd": 36.0}

_SITES, _ORDER, _GROUPS = 100, 3, 4
_REPEATS = 15


def seconds_per_start(n: int, p: int, method: str = "flow", nu: float = 0.0) -> float:
    """Return the estimated seconds of one core for one start, on the machine of the fit.

    Parameters
    ----------
    n, p : int
        Sites, order.
    method : str
        Descent method.
    nu : float
        Strength of the field.
    """
    terms = p * math.comb(n + p - 1, p)
    gradient = _SECONDS_PER_SITE * n + _SECONDS_PER_COUPLING * terms
    steeper = math.sqrt(p / (p + nu**2))
    flow = steeper * _SLOWER[method] * _GRADIENTS * math.sqrt(n) * gradient
    dense = _BASE + _DENSE_PER_CUBE * n**3
    return flow + _HESSIANS * _SECONDS_PER_TERM * terms + dense


@cache
def machine_speed() -> float:
    """Return how many times as fast as `REFERENCE` one core of this machine is.

    Takes a tenth of a second, and some more where the kernel has never been compiled.
    """
    from spinglass.kernels.gradient import gradient, new_plan, new_room
    from spinglass.kernels.simd import LANES, aligned_zeros

    count = math.comb(_SITES + _ORDER - 1, _ORDER)
    couplings = np.ones(count)
    plan, room = new_plan(_SITES, _ORDER), new_room(_GROUPS, _SITES, _ORDER)
    points, slopes = aligned_zeros((2, _GROUPS, _SITES, LANES))
    points[:] = 1.0
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        gradient(couplings, plan, _ORDER, 0, _SITES, points, slopes, room)
        times.append(time.perf_counter() - began)
    operations = 4.0 * count * _GROUPS * LANES
    return operations / float(np.median(times)) / REFERENCE
