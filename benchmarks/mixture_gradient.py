"""What a gradient of several orders costs against the sum of what its orders cost alone.

    python benchmarks/mixture_gradient.py [ROUNDS]    # 15; two minutes

2+3 and 3+4 at n = 50, 100 and 200, batches of points on one thread.  In each round the mixture and
the pure models of its orders take turns on the same points; printed are the median of the ratios,
the range that holds the middle half of them, and the median times of one gradient.
"""

import sys
import time

import numpy as np

from spinglass.control import Control
from spinglass.landscape.drawn import Mixed, PSpin
from spinglass.landscape.geometry import random_points

MIXTURES, SIZES, ROUNDS = ((2, 3), (3, 4)), (50, 100, 200), 15
REPLICAS = {50: 1024, 100: 512, 200: 128}
SECONDS = 0.1


def seconds_of(model, points):
    """Return the time of one call, repeated long enough."""
    began, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - began < SECONDS:
        model.gradient(points)
        calls += 1
    return (time.perf_counter() - began) / calls


def measure(n, orders, rounds):
    """Return the times, shape (rounds, 1 + orders): of the mixture, then of each order alone."""
    models = [Mixed(n, dict.fromkeys(orders, 1.0)), *(PSpin(n, p) for p in orders)]
    points = random_points(n, REPLICAS[n])
    times = np.empty((rounds, len(models)))
    for row in times:
        row[:] = [seconds_of(model, points) for model in models]
    return times


def main(rounds=ROUNDS):
    """Print a line for each mixture and size."""
    with Control(1).in_force():
        for orders in MIXTURES:
            for n in SIZES:
                times = measure(n, orders, rounds)
                ratios = times[:, 0] / times[:, 1:].sum(axis=1)
                low, middle, high = np.percentile(ratios, (25, 50, 75))
                each = np.median(times, axis=0) / REPLICAS[n] * 1e6
                alone = " + ".join(f"{value:.2f}" for value in each[1:])
                print(
                    f"{'+'.join(map(str, orders))}, n = {n:>3}: ratio {middle:.3f} "
                    f"({low:.3f} to {high:.3f}); {each[0]:.2f} us against {alone}",
                    flush=True,
                )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
