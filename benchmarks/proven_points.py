"""All stationary points, proven by the homotopy: against the exact means, the search, and its cost.

Both methods by turns, ten samples at a time, in CPU time; a model is made beforehand.
Example: .venv/bin/python benchmarks/proven_points.py --samples 200 --searched 20
"""

import argparse
import time
from collections.abc import Callable
from itertools import combinations_with_replacement

import mpmath
import numpy as np

from spinglass import PSpin, find_stationary_points
from spinglass.control import Control
from spinglass.search import solution_count, solve_complex
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
    parser.add_argument(
        "--missed", type=int, metavar="SEED", help="points that the search misses in one sample"
    )
    parser.add_argument("--n", type=int, default=16, help="with --missed: sites")
    parser.add_argument(
        "--starts", type=int, default=2_000_000, help="with --missed: searches at most"
    )
    options = parser.parse_args()
    if options.missed is not None:
        print_missed(options.n, options.missed, options.starts)
        return
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


def print_missed(n: int, seed: int, starts: int) -> None:
    """Print the points of a sample, p = 3 without field, that are proven and that no search met."""
    model = PSpin(n, 3, 0.0, seed)
    proven = find_stationary_points(model, method="homotopy")
    searched = find_stationary_points(model, method="search", max_starts=starts)
    overlaps = proven.spins @ searched.spins.T / n
    missed = np.flatnonzero(overlaps.max(axis=1) < 1.0 - 1e-8)
    print(
        f"n = {n}, seed = {seed}: {len(proven.spins):,} points, proven to be all: {proven.proven}; "
        f"{len(searched.spins):,} by {searched.starts:,} searches, said to be complete: "
        f"{searched.complete}"
    )
    for words in searched.doubts:
        print(f"  the search: {words}")
    print("| index | H/n | gap | with 50 digits: index | H/n | gap | residual | moved |")
    print("|---|---|---|---|---|---|---|---|")
    for k in missed:
        index, energy, gap, residual, moved = in_fifty_digits(model, proven.spins[k])
        print(
            f"| {proven.index[k]} | {proven.energy[k]:.12f} | {proven.gap[k]:.3e} | {index} "
            f"| {energy:.12f} | {gap:.3e} | {residual:.0e} | {moved:.0e} |"
        )


def in_fifty_digits(model: PSpin, spins: np.ndarray) -> tuple[int, float, float, float, float]:
    """Find a stationary point of order 3 without field again, term by term with 50 digits.

    Returns index, H/n, smallest size of a tangent eigenvalue, what is left of the equations, and
    how far the point has moved / sqrt(n).
    """
    n = model.n
    places = sorted(
        tuple(sorted(c, reverse=True)) for c in combinations_with_replacement(range(n), 3)
    )
    with mpmath.workdps(50):
        # F(u) = sum of c u_i u_j u_k, so that -H = sqrt(n) F at x = sqrt(n) u.
        terms = [
            (c, place)
            for c, place in zip(map(mpmath.mpf, model.couplings.tolist()), places, strict=True)
        ]
        u = mpmath.matrix(spins.tolist()) / mpmath.norm(mpmath.matrix(spins.tolist()))
        began, force = u.copy(), None
        for _ in range(5):
            value, slope, bend = expanded(terms, u)
            force = 3 * value if force is None else force
            system = mpmath.matrix(n + 1, n + 1)
            rest = mpmath.matrix(n + 1, 1)
            for i in range(n):
                rest[i] = slope[i] - force * u[i]
                for j in range(n):
                    system[i, j] = bend[i, j] - (force if i == j else 0)
                system[i, n] = system[n, i] = -u[i]
            rest[n] = (1 - sum(each**2 for each in u)) / 2
            step = mpmath.lu_solve(system, rest)
            u, force = u - step[:n], force - step[n]
        value, slope, bend = expanded(terms, u)
        residual = mpmath.norm(slope - 3 * value * u)
        project = mpmath.eye(n) - u * u.T
        # In x = sqrt(n) u those of -H are divided by sqrt(n); along u the eigenvalue is made huge.
        hessian = -(project * (bend - force * mpmath.eye(n)) * project) / mpmath.sqrt(n)
        values = mpmath.eigsy(hessian + 10**6 * u * u.T, eigvals_only=True)
        tangent = [each for each in values if each < 10**5]
        energy = -value * mpmath.sqrt(n) / n
        gap = min(abs(each) for each in tangent)
        moved = mpmath.norm(u - began)
        index = sum(each < 0 for each in tangent)
        return index, float(energy), float(gap), float(residual), float(moved)


def expanded(terms: list, u: mpmath.matrix) -> tuple[mpmath.mpf, mpmath.matrix, mpmath.matrix]:
    """Return a form of degree 3, its gradient and its second derivatives."""
    n = len(u)
    value, slope, bend = mpmath.mpf(0), mpmath.matrix(n, 1), mpmath.matrix(n, n)
    for c, place in terms:
        value += c * u[place[0]] * u[place[1]] * u[place[2]]
        for one in range(3):
            other, third = (place[k] for k in range(3) if k != one)
            i = place[one]
            slope[i] += c * u[other] * u[third]
            bend[i, other] += c * u[third]
            bend[i, third] += c * u[other]
    return value, slope, bend


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
