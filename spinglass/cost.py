"""What a start costs, estimated before anything is computed; and how fast this machine is.

The time is that of the gradients of the flow, of the Hessians and of the dense algebra that
Newton's method and the certificate need, fitted on one core whose matrix products run at
`REFERENCE` for n = 10 to 500 and p = 2 to 6: "flow" and "fast" within a factor of two, "strict" and
"gd" within three.  A machine is as much faster as its matrix products.
"""

import math
import time
from functools import cache

import numpy as np

from spinglass.parallel import single_threaded_blas

REFERENCE = 8e10
"""Operations a second in a product of matrices of doubles on the core of the fit."""

_GRADIENTS = 20.0
_SECONDS_PER_SITE, _SECONDS_PER_COUPLING = 1.2e-9, 1.6e-11
_HESSIANS, _SECONDS_PER_TERM = 5.0, 3.9e-10
_BASE, _DENSE_PER_CUBE = 6.5e-5, 1.6e-10
_SLOWER = {"flow": 1.0, "fast": 0.65, "strict": 3.0, "gd": 36.0}

_SIDE = 512
_REPEATS = 9


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
    """Return how many times as fast as `REFERENCE` one core of this machine is; about 50 ms."""
    a, b = np.random.default_rng(0).standard_normal((2, _SIDE, _SIDE))
    times = []
    with single_threaded_blas():
        for _ in range(_REPEATS):
            began = time.perf_counter()
            a @ b
            times.append(time.perf_counter() - began)
    return 2.0 * _SIDE**3 / float(np.median(times)) / REFERENCE
