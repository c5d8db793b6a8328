"""What the cost model expects of a start against what it takes, on this machine.

    python benchmarks/cost_accuracy.py

Descents on one thread, compilation excluded: every method, orders 2 to 6, sizes 10 to 500, with and
without field.  The same model gives the estimates of `spinglass sweep --dry-run`.
"""

import time

import numpy as np

from spinglass import PSpin, descend
from spinglass.control import Control
from spinglass.kernels.simd import LANES
from spinglass.search import METHODS
from spinglass.search.descent_cost import machine_speed, seconds_per_start

SIZES = {2: (30, 100, 500), 3: (10, 30, 100, 200, 500), 4: (20, 50, 100), 5: (15, 40), 6: (10, 20)}
FIELDS = (0.0, 1.5)
SECONDS = 1.0
MOST_OF_THE_SLOW = 50


def measured(model, method, starts):
    """Return the seconds of a start, groups of lanes full."""
    descend(model, LANES, method=method, control=Control(1))
    began = time.perf_counter()
    descend(model, starts, start_seed=1, method=method, control=Control(1))
    return (time.perf_counter() - began) / starts


def main():
    """Measure and print a table, and the range of each method."""
    speed = machine_speed()
    print(f"one core of this machine is {speed:.2f} times as fast as that of the fit")
    ratios = {}
    for p, sizes in SIZES.items():
        for n in sizes:
            for nu in FIELDS:
                model = PSpin(n, p, nu, 0)
                for method in METHODS:
                    if method in ("strict", "gd") and n > MOST_OF_THE_SLOW:
                        continue
                    expected = seconds_per_start(n, p, method, nu) / speed
                    groups = max(4, round(SECONDS / expected / LANES))
                    found = measured(model, method, min(groups, 256) * LANES)
                    ratios.setdefault(method, []).append(expected / found)
                    print(
                        f"n = {n}, p = {p}, nu = {nu}, {method}: expected {1e3 * expected:.3f} ms, "
                        f"took {1e3 * found:.3f} ms, ratio {expected / found:.2f}",
                        flush=True,
                    )
    for method, values in ratios.items():
        low, middle, high = np.quantile(values, (0.0, 0.5, 1.0))
        print(f"{method}: expected / taken {low:.2f} to {high:.2f}, median {middle:.2f}")


if __name__ == "__main__":
    main()
