"""What drawing couplings takes against using them: ten gradients of one replica, ten readings.

    python benchmarks/drawing.py [n]

n = 500 by default, p = 3, all threads.  Also the peak of the process's memory against the packed
couplings, which are held once while it is taken.
"""

import resource
import sys

from spinglass import PSpin
from spinglass.landscape.forms import draw_couplings
from spinglass.landscape.geometry import random_points
from spinglass.performance import measure_kernel, measure_machine, median_seconds


def main(n=500):
    """Measure and print medians."""
    model = PSpin(n, 3, 0.0, 0)
    model.gradient(random_points(n, 1))
    size = model.couplings.nbytes
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"n = {n}: {size / 2**20:,.0f} MiB of couplings, peak {peak / size:.2f} times as much")
    rate = measure_kernel(n, 3, 1, measure_machine())
    drawing = median_seconds(lambda: draw_couplings(n, [3], 1))
    reading = size / (1e9 * rate.rate / rate.share)
    print(
        f"drawing {1e3 * drawing:.1f} ms; ten gradients {1e-2 * rate.microseconds:.1f} ms; "
        f"ten readings {1e4 * reading:.1f} ms"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
