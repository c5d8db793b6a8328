"""Runge-Kutta-Chebyshev steps of order two along the gradient flow, one stage at a time.

The methods of Sommeijer, Shampine and Verwer (J. Comput. Appl. Math. 88 (1998) 315) are explicit,
and their stable step grows with the square of the number of stages.  They are made for a symmetric
Jacobian with a known spectral radius, such as a Hessian.
"""

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.simd import LANES, fma, load, multiply, store

MAX_STAGES = 20


def chebyshev_table() -> np.ndarray:
    """Return mu, nu, mu~ and gamma~ of their eq. (2.3) to (2.9), shape (stages, stage, 4)."""
    table = np.zeros((MAX_STAGES + 1, MAX_STAGES + 1, 4))
    for s in range(2, MAX_STAGES + 1):
        w0 = 1.0 + 2.0 / 13.0 / s**2
        t, d, dd = np.ones(s + 1), np.zeros(s + 1), np.zeros(s + 1)
        t[1], d[1] = w0, 1.0
        for j in range(2, s + 1):
            t[j] = 2 * w0 * t[j - 1] - t[j - 2]
            d[j] = 2 * w0 * d[j - 1] - d[j - 2] + 2 * t[j - 1]
            dd[j] = 2 * w0 * dd[j - 1] - dd[j - 2] + 4 * d[j - 1]
        w1 = d[s] / dd[s]
        b = np.zeros(s + 1)
        b[2:] = dd[2:] / d[2:] ** 2
        b[0] = b[1] = b[2]
        table[s, 1] = 0.0, 0.0, b[1] * w1, 0.0
        for j in range(2, s + 1):
            mu, nu = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2]
            mu_slope = 2 * b[j] * w1 / b[j - 1]
            table[s, j] = mu, nu, mu_slope, -(1.0 - b[j - 1] * t[j - 1]) * mu_slope
    return table


@_inline
def choose_stages(lanes, s, lane, edge):
    """Choose the fewest stages that are stable for the step; shorten it if it needs too many."""
    radius = lanes.stiffness[s, lane] * (edge + abs(lanes.radial[s, lane]))
    longest = (MAX_STAGES * MAX_STAGES - 1.0) / (1.54 * radius)
    lanes.step[s, lane] = min(lanes.step[s, lane], longest)
    stages = 1 + int(np.sqrt(1.54 * radius * lanes.step[s, lane] + 1.0))
    lanes.stages[s, lane] = min(max(stages, 2), MAX_STAGES)


@_inline
def begin_step(lanes, s, lane, n, table):
    """Set the first stage from the origin of the step."""
    advance = table[lanes.stages[s, lane], 1, 2] * lanes.step[s, lane]
    for i in range(n):
        origin = lanes.origin[s, i, lane]
        lanes.previous[s, i, lane] = origin
        lanes.x[s, i, lane] = origin + advance * lanes.slope[s, i, lane]
    lanes.stage[s, lane] = 1


@_inline
def adapt(lanes, s, lane, error):
    """Lengthen the step if ``error``, in units of the one allowed, is at most 1; else shorten it.

    Two steps refused in a row mean that the Hessian is stiffer than estimated.
    """
    if error <= 1.0:
        growth = 0.8 * max(error, 1e-3) ** (-1.0 / 3.0)
        limit = 1.0 if lanes.rejections[s, lane] > 0 else 5.0
        lanes.step[s, lane] *= min(max(growth, 0.1), limit)
        lanes.rejections[s, lane] = 0
    elif error < np.inf:
        lanes.step[s, lane] *= max(0.8 * error ** (-1.0 / 3.0), 0.1)
        lanes.rejections[s, lane] += 1
    else:
        lanes.step[s, lane] *= 0.1
        lanes.rejections[s, lane] += 1
    if lanes.rejections[s, lane] > 1:
        lanes.stiffness[s, lane] *= 1.5


@_inline
def plan(lanes, s, lane, table, moves):
    """Write the coefficients with which `combine` moves a lane to its next stage, or keeps it."""
    k = lanes.combination
    k[:, lane] = 0.0
    if moves:
        mu, nu, slope, first = table[lanes.stages[s, lane], lanes.stage[s, lane] + 1]
        k[0, lane] = 1.0 - mu - nu
        k[1, lane] = mu
        k[2, lane] = nu
        k[3, lane] = slope * lanes.step[s, lane]
        k[4, lane] = first * lanes.step[s, lane]
    else:
        k[1, lane] = 1.0


@_inline
def combine(lanes, s, n):
    """Move each lane of a group by the coefficients that `plan` wrote for it."""
    at = s * n * LANES
    k0 = load(lanes.combination, 0)
    k1 = load(lanes.combination, LANES)
    k2 = load(lanes.combination, 2 * LANES)
    k3 = load(lanes.combination, 3 * LANES)
    k4 = load(lanes.combination, 4 * LANES)
    for i in range(n):
        q = at + i * LANES
        x = load(lanes.x, q)
        total = fma(k4, load(lanes.slope, q), multiply(k0, load(lanes.origin, q)))
        total = fma(k2, load(lanes.previous, q), total)
        total = fma(k3, load(lanes.g, q), total)
        store(lanes.previous, q, x)
        store(lanes.x, q, fma(k1, x, total))


@_inline
def retract(lanes, s, lane, n):
    """Pull the end of a step back to the sphere of radius sqrt(n)."""
    square = 0.0
    for i in range(n):
        square += lanes.x[s, i, lane] ** 2
    factor = np.sqrt(n / square)
    for i in range(n):
        lanes.x[s, i, lane] *= factor
