"""What a start costs, estimated before anything is computed; and how fast this machine is.

A flow needs some gradients for its first steps, and then as many as the square root of the time in
which the softest mode relaxes, since explicit stabilised steps grow with the square of their
stages; a field stiffens that mode.  To the gradients come the Hessians and the dense algebra of
Newton's method and the certificate.  The constants were fitted to descents on one core for n = 10
to 300, p = 2 to 6, with and without field: "flow", "fast" and "strict" within a factor of two, "gd"
within five.  Estimates for another machine are scaled by the speed of its gradient kernel.
"""

import math
import time
from functools import cache

import numpy as np

from spinglass.search.methods.method_registry import method_named

REFERENCE = 6.5e10
"""Operations a second in a gradient of many replicas on the core of the fit."""

_SECONDS_PER_COUPLING = 8e-11
_HESSIANS, _DENSE_PER_CUBE = 2e-10, 1.2e-10
_FIRST_STEPS, _STIFFENING = 35.0, 72.0

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

    Raises
    ------
    InputError
        If there is no such method.
    """
    known = method_named(method)
    couplings = math.comb(n + p - 1, p)
    gradient = known.step_seconds + _SECONDS_PER_COUPLING * couplings
    end = _HESSIANS * p**2 * couplings + _DENSE_PER_CUBE * n**3
    return known.gradients(_flow_gradients(n, p, nu)) * gradient + end


def _flow_gradients(n: int, p: int, nu: float) -> float:
    """Return about how many gradients a flow needs."""
    soft = (27.0 - 30.0 / p) ** 2 * n
    stiff = (nu / (p - 1)) ** 4 / _STIFFENING**2
    return _FIRST_STEPS + 1.0 / math.sqrt(1.0 / soft + stiff)


@cache
def machine_speed() -> float:
    """Return how many times as fast as `REFERENCE` one core of this machine is.

    Takes a tenth of a second, and some more where the kernel has never been compiled.
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
