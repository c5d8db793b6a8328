"""All stationary points, proven by the homotopy: against the exact means and against the search.

Example: .venv/bin/python benchmarks/proven_points.py --samples 300 --searched 20
"""

import argparse
import time

import numpy as np

from spinglass import PSpin
from spinglass.search import find_stationary_points
from spinglass.theory import mean_by_index

POINTS = ((4, 3, 0.0), (5, 3, 0.0), (6, 3, 0.0), (6, 3, 1.0), (8, 3, 0.0), (4, 4, 0.0), (4, 4, 1.0))
"""(n, p, nu) of the table."""


def main() -> None:
    """Print the table, a row as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=300, help="samples at each point")
    parser.add_argument("--searched", type=int, default=20, help="of them, how many also searched")
    options = parser.parse_args()
    for method in ("homotopy", "search"):
        find_stationary_points(PSpin(4, 3), method=method)
    print("| n | p | nu | proven | points | exact | z | homotopy, ms | search, ms | ratio | same |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for point in POINTS:
        print(row(*point, options.samples, options.searched), flush=True)


def row(n: int, p: int, nu: float, samples: int, searched: int) -> str:
    """Return a row of the table; both methods take turns on the samples that both do."""
    counts, seconds, proven, same = [], np.zeros((2, searched)), 0, 0
    for seed in range(samples):
        model = PSpin(n, p, nu, seed)
        began = time.perf_counter()
        found = find_stationary_points(model, method="homotopy")
        between = time.perf_counter()
        proven += found.proven
        counts.append(len(found.spins))
        if seed < searched:
            other = find_stationary_points(model).spins
            seconds[:, seed] = between - began, time.perf_counter() - between
            same += same_points(found.spins, other)
    mean, error = np.mean(counts), np.std(counts, ddof=1) / np.sqrt(samples)
    exact = mean_by_index(n, p, nu).sum()
    ours, theirs = 1e3 * np.median(seconds, axis=1)
    return (
        f"| {n} | {p} | {nu:g} | {proven} of {samples} | {mean:.2f} ± {error:.2f} | {exact:.2f} "
        f"| {(mean - exact) / error:+.2f} | {ours:.1f} | {theirs:.0f} | {theirs / ours:.1f} "
        f"| {same} of {searched} |"
    )


def same_points(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two sets of points are one, within 1e-6 of each other."""
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    return len(first) == len(second) and max(apart.min(0).max(), apart.min(1).max()) < 1e-6


if __name__ == "__main__":
    main()
