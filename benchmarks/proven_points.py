"""All stationary points, proven by the homotopy: against the exact means, the search, and its cost.

Both methods by turns, ten samples at a time, in CPU time; a model is made beforehand.
Example: .venv/bin/python benchmarks/proven_points.py --samples 200 --searched 20
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from spinglass import PSpin
from spinglass.control import Control
from spinglass.search import find_stationary_points, solution_count, solve_complex
from spinglass.search.point_set import StationaryPoints
from spinglass.theory import mean_by_index

POINTS = (
    (4, 3, 0.0),
    (5, 3, 0.0),
    (6, 3, 0.0),
    (6, 3, 1.0),
    (8, 3, 0.0),
    (10, 3, 0.0),
    (12, 3, 0.0),
    (4, 4, 0.0),
    (4, 4, 1.0),
    (6, 4, 0.0),
    (6, 4, 1.0),
)
"""(n, p, nu) of the table."""

TURN = 10
"""Samples that a method does before it is the other's turn."""

ONE = Control(threads=1)


def main() -> None:
    """Print the table, a row as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200, help="samples at each point")
    parser.add_argument(
        "--searched", type=int, default=20, help="of them, also searched; 5 over n=8"
    )
    parser.add_argument(
        "--cost", action="store_true", help="print the cost of single samples alone"
    )
    parser.add_argument("--most", type=int, default=12, help="largest n of the table")
    options = parser.parse_args()
    for point in ((4, 3, 0.0), (4, 4, 1.0)):
        for method in ("homotopy", "search"):
            find_stationary_points(PSpin(*point), method=method)
    if options.cost:
        print_cost()
        return
    print("| n | p | nu | proven | points | exact | z | homotopy, ms | search, ms | ratio | same |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for point in POINTS:
        if point[0] > options.most:
            continue
        few = options.searched if point[0] <= 8 else min(options.searched, 5)
        print(row(*point, options.samples, few), flush=True)


def timed(work: Callable[[], StationaryPoints]) -> tuple[StationaryPoints, float]:
    """Return what work returns, and its CPU time in milliseconds."""
    began = time.process_time()
    found = work()
    return found, 1e3 * (time.process_time() - began)


def row(n: int, p: int, nu: float, samples: int, searched: int) -> str:
    """Return a row of the table."""
    counts: list[int] = []
    ours, theirs, proven, same = [], [], 0, 0
    for first in range(0, samples, TURN):
        models = [PSpin(n, p, nu, seed) for seed in range(first, min(first + TURN, samples))]
        mine = [
            timed(lambda m=m: find_stationary_points(m, method="homotopy", control=ONE))
            for m in models
        ]
        proven += sum(found.proven for found, _ in mine)
        counts += [len(found.spins) for found, _ in mine]
        other = [
            timed(lambda m=m: find_stationary_points(m, method="search", control=ONE))
            for m in models[: max(0, searched - first)]
        ]
        ours += [spent for _, spent in mine[: len(other)]]
        theirs += [spent for _, spent in other]
        same += sum(
            same_points(a.spins, b.spins) for (a, _), (b, _) in zip(mine, other, strict=False)
        )
    mean, error = np.mean(counts), np.std(counts, ddof=1) / np.sqrt(samples)
    exact = mean_by_index(n, p, nu).sum()
    fast, slow = np.median(ours), np.median(theirs)
    return (
        f"| {n} | {p} | {nu:g} | {proven} of {samples} | {mean:.2f} ± {error:.2f} | {exact:.2f} "
        f"| {(mean - exact) / error:+.2f} | {fast:.2f} | {slow:.0f} | {slow / fast:.1f} "
        f"| {same} of {searched} |"
    )


def same_points(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two sets of points are one, within 1e-6 of each other."""
    apart = np.linalg.norm(first[:, None] - second[None], axis=2)
    return len(first) == len(second) and max(apart.min(0).max(), apart.min(1).max()) < 1e-6


def print_cost() -> None:
    """Print the CPU time of single samples, p = 3 without field, and a power law of the paths."""
    paths, spent = [], []
    for n in range(6, 17, 2):
        times = []
        for seed in range(3):
            model, began = PSpin(n, 3, 0.0, seed), time.process_time()
            found = solve_complex(model, control=ONE)
            times.append(time.process_time() - began)
        paths.append(solution_count(n, 3) // 2)
        spent.append(np.median(times))
        assert found.complete
        each = 1e6 * spent[-1] / paths[-1]
        print(f"n = {n}: {paths[-1]:,} paths, {spent[-1]:.4f} s, {each:.1f} us each")
    large = slice(2, None)
    power, factor = np.polyfit(np.log(paths[large]), np.log(spent[large]), 1)
    print(f"from n = 10 on: {np.exp(factor):.3g} s times the paths to the power {power:.3f}")


if __name__ == "__main__":
    main()
