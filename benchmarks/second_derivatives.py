"""What all second derivatives of a form cost against its gradient, many replicas at once.

    python benchmarks/second_derivatives.py [ROUNDS]    # 15; half a minute

On one thread, by turns: the kernels themselves, without conversion to matrices; medians.
"""

import math
import sys
import time
from collections.abc import Callable

import numpy as np

from spinglass.kernels.form import Form
from spinglass.kernels.gradient import gradient, new_plan, new_room
from spinglass.kernels.hessian import new_workspace, quadratic_form
from spinglass.kernels.simd import LANES, aligned_zeros

SHAPES = ((100, 3), (200, 3), (50, 4), (30, 5), (20, 6), (12, 8))
GROUPS, ROUNDS, SECONDS = 4, 15, 0.02


def seconds_of(work: Callable[[], object]) -> float:
    """Return the time of one call, repeated long enough."""
    began, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - began < SECONDS:
        work()
        calls += 1
    return (time.perf_counter() - began) / calls


def measure(n: int, p: int, rounds: int) -> np.ndarray:
    """Return the times of a gradient and of second derivatives of one replica, (rounds, 2)."""
    rng = np.random.default_rng(1)
    form = Form(rng.standard_normal(math.comb(n + p - 1, p)), p, new_plan(n, p))
    points, slopes = aligned_zeros((2, GROUPS, n, LANES))
    points[:] = rng.standard_normal(points.shape)
    room, work = new_room(GROUPS, n, [p]), new_workspace(n, p)
    one = points[0].reshape(-1)
    times = np.empty((rounds, 2))
    for row in times:
        row[0] = seconds_of(lambda: gradient(form, 0, n, points, slopes, room)) / GROUPS
        row[1] = seconds_of(lambda: quadratic_form(form, one, work))
    return times / LANES


def main(rounds: int = ROUNDS) -> None:
    """Print a line for each shape."""
    for n, p in SHAPES:
        slope, second = 1e6 * np.median(measure(n, p, rounds), axis=0)
        print(
            f"n = {n:>3}, p = {p}: gradient {slope:8.2f} us, second derivatives {second:8.2f} us, "
            f"ratio {second / slope:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
