"""How exact are the exact counts? Every size, each count against a refined quadrature.

    python benchmarks/theory_accuracy.py            # n = 2 to 300
    python benchmarks/theory_accuracy.py 2 301 2    # a range: first, stop, step

p = 2, 3, 5, 10 at nu = 0, nu_c / 2 and 2 nu_c.  The refinement takes other panels and more nodes.
Prints the worst relative difference of minima and of the total, and where it is.
"""

import math
import sys
import time

from spinglass.theory import counts, log_mean_minima, log_mean_stationary_points

FIELDS = [
    (p, nu)
    for p in (2, 3, 5, 10)
    for nu in dict.fromkeys(scale * math.sqrt(p * (p - 2)) for scale in (0.0, 0.5, 2.0))
]
COARSE = counts.PanelDensity


def refined(log_density, origin, width, last, nodes):
    """Build the same density on panels of 0.61 times the width with nine nodes more."""
    return COARSE(log_density, origin, lambda s: 0.61 * width(s), last, nodes + 9)


def both(n, density):
    """Return (log minima, log total) of every field, computed with one kind of panels."""
    counts.PanelDensity = density
    counts._one_point.cache_clear()
    counts._smallest.cache_clear()
    return [(log_mean_minima(n, *f), log_mean_stationary_points(n, *f)) for f in FIELDS]


def main():
    """Print the worst difference over the sizes."""
    sizes = range(*(int(word) for word in sys.argv[1:])) if len(sys.argv) > 1 else range(2, 301)
    worst = {"minima": (0.0, ""), "total": (0.0, "")}
    began = time.monotonic()
    for done, n in enumerate(sizes, 1):
        for field, one, two in zip(FIELDS, both(n, COARSE), both(n, refined), strict=True):
            for name, a, b in zip(worst, one, two, strict=True):
                worst[name] = max(worst[name], (abs(a - b), f"n={n} p={field[0]} nu={field[1]:g}"))
        if done % 10 == 0 or n == sizes[-1]:
            words = ", ".join(f"{name} {value:.1e} at {at}" for name, (value, at) in worst.items())
            print(f"{done} sizes to n = {n}, {time.monotonic() - began:.0f} s: {words}", flush=True)


if __name__ == "__main__":
    main()
