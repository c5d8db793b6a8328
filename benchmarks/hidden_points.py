"""Do hidden points have the law that theory says, and does descent from them end where it says?

    python benchmarks/hidden_points.py energies [SAMPLES [FIRST]]    # 1,000; half a minute
    python benchmarks/hidden_points.py latitude [SAMPLES [FIRST]]    # 600; some minutes
    python benchmarks/hidden_points.py recovery [SAMPLES [FIRST]]    # 50; a few minutes
    python benchmarks/hidden_points.py extrapolate FOLDER            # of `spinglass inherent`

FIRST is the seed of the first sample, 0 by default.  All laws and strengths of a size have the same
seeds: what they have in common is no independent evidence.

energies: Kolmogorov-Smirnov of unpinned energies against their exact normal law, and against that
of a temperature 5 % higher, which must fail; the largest deviation of pinned ones from -xi(1)/T.
latitude: all stationary points of spiked 3-spin samples, proven, counted by overlap with the spike
and by index, against the exact means, and against those of a strength 20 % higher, which must fail.
recovery: overlap with a spike of the lowest end of 64 descents from random starts.
extrapolate: at each temperature of a folder with several sizes the straight line in 1/n (least
squares) through the means of the inherent structures, and the closed form for n to infinity; the
same through the medians of the overlap, with standard errors by the ranks of a binomial law.
"""

import math
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
from scipy.stats import kstest

from spinglass import descend, find_stationary_points
from spinglass.averaging import mean_and_error
from spinglass.contents.inherent_means import QUANTITIES, inherent_means
from spinglass.covariance import Covariance
from spinglass.landscape import draw_landscape, overlap, spiked
from spinglass.search import Status
from spinglass.signals import Planted
from spinglass.sweep.manifest import read_jobs
from spinglass.theory import (
    critical_spike,
    inherent_structure,
    latitude_density,
    planted_energy,
    stability_temperature,
)

SIZES = {2: 60, 3: 40, 4: 20, "3:1,4:1": 20}
LATITUDES = np.linspace(0.0, 1.0, 5)


def energies(samples: int, first: int) -> None:
    print("orders      n     T   p (right)   p (5 % hotter)   pinned, largest deviation")
    for name, n in SIZES.items():
        law, temperature = Covariance.of(name), 0.85
        free, pinned = np.empty(samples), np.empty(samples)
        for k in range(samples):
            plain = draw_landscape(n, law, first + k)
            for pin, out in ((False, free), (True, pinned)):
                model, x = plain.planted(temperature, pin)
                out[k] = model.energy(x)
        right = kstest(free, "norm", planted_energy(n, law, temperature)).pvalue
        wrong = kstest(free, "norm", planted_energy(n, law, 1.05 * temperature)).pvalue
        off = np.max(np.abs(pinned + law(1.0) / temperature))
        print(f"{name!s:9} {n:3d}  {temperature:.2f}   {right:9.3f}   {wrong:14.1e}   {off:.1e}")


def _line(sizes: np.ndarray, means: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Value at 1/n = 0 of the weighted straight line in 1/n, and its standard error."""
    design = np.stack([np.ones(len(sizes)), 1.0 / sizes], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return (covariance @ design.T @ (means / errors))[0], math.sqrt(covariance[0, 0])


def extrapolate(folder: str) -> None:
    table = inherent_means(Path(folder) / job.file_name for job in read_jobs(Path(folder)))
    law = Covariance.of(table["p" if "p" in table else "mixture"].values[0].item())
    print(f"{law.orders}, T_SF = {stability_temperature(law):.6f}")
    for temperature, rows in table.groupby("temperature"):
        for name in QUANTITIES:
            means, errors = rows[name].values, rows[f"{name}_error"].values
            value, error = _line(rows["n"].values, means, errors)
            theory = rows[f"exact_{name}"].values[0]
            each = "  ".join(
                f"n={n} ({count}): {mean:.4f} +- {spread:.4f}"
                for n, count, mean, spread in zip(
                    rows["n"].values, rows["samples"].values, means, errors, strict=True
                )
            )
            print(
                f"  T = {temperature:.4g}  {name}: {each}  1/n -> 0: {value:.4f} +- {error:.4f}  "
                f"theory {theory:.6f}  z = {(value - theory) / error:+.2f}"
            )

    _extrapolate_medians(Path(folder), law)


def _extrapolate_medians(folder: Path, law: Covariance) -> None:
    overlaps: dict[float, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for job in read_jobs(folder):
        assert isinstance(job.signal, Planted)
        with h5py.File(folder / job.file_name, "r", locking=False) as file:
            if file["status"][0] == Status.MINIMUM:
                overlaps[job.signal.temperature][job.n].append(file["overlap"][0])
    for temperature, sizes in sorted(overlaps.items()):
        medians, errors = np.array([_median(values) for values in sizes.values()]).T
        value, error = _line(np.array(list(sizes)), medians, errors)
        theory = inherent_structure(law, temperature).overlap
        lost = "  ".join(
            f"n={n}: {median:.4f} +- {spread:.4f}, {np.mean(np.array(values) < 0.6):.1%} below 0.6"
            for (n, values), median, spread in zip(sizes.items(), medians, errors, strict=True)
        )
        print(
            f"  T = {temperature:.4g}  median overlap: {lost}  1/n -> 0: {value:.4f} +- {error:.4f}"
            f"  theory {theory:.6f}  z = {(value - theory) / error:+.2f}"
        )


def _median(values: list[float]) -> tuple[float, float]:
    """Median, and half the distance of the values one standard deviation of ranks away."""
    ordered, half = np.sort(values), 0.5 * math.sqrt(len(values))
    low, high = (ordered[round(0.5 * len(values) + sign * half)] for sign in (-1, 1))
    return float(np.median(ordered)), 0.5 * float(high - low)


def latitude_counts(n: int, strength: float, seeds: range) -> np.ndarray:
    """Count all points of spiked 3-spin samples: (samples, intervals of the overlap, index)."""
    counts = np.zeros((len(seeds), len(LATITUDES) - 1, n))
    for row, seed in enumerate(seeds):
        model, x = spiked(n, 3, 3, strength, seed)
        found = find_stationary_points(model, method="homotopy")
        assert found.proven, found.doubts
        north = (m := overlap(found.spins, x)) > 0.0  # each antipode has the other hemisphere
        place = np.searchsorted(LATITUDES, m[north]) - 1
        np.add.at(counts, (row, place, found.index[north]), 1)
    return counts


def latitude_means(n: int, strength: float, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Exact means of the counts and bounds of their sampling errors: (intervals, index)."""
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = 0.5 * np.diff(LATITUDES)[:, None]
    m = LATITUDES[:-1, None] + half * (nodes + 1.0)
    found = [latitude_density(n, 3, {3: strength}, m, index, draws) for index in range(n)]
    sums = [
        [(half * weights * getattr(one, name)).sum(axis=1) for one in found]
        for name in ("density", "error")
    ]
    return np.array(sums[0]).T, np.array(sums[1]).T


def latitude_scores(counts: np.ndarray, exact: np.ndarray, error: np.ndarray) -> np.ndarray:
    """z of every cell with at least ten points expected, and of all others together."""
    often = len(counts) * exact >= 10.0
    cells, means, known = counts[:, often], exact[often], error[often]
    if exact[~often].sum() > 0.0:
        cells = np.column_stack([cells, counts[:, ~often].sum(axis=1)])
        means = np.append(means, exact[~often].sum())
        known = np.append(known, error[~often].sum())
    spread = np.sqrt(np.maximum(cells.var(axis=0, ddof=1), means) / len(cells))
    return (cells.mean(axis=0) - means) / np.hypot(spread, known)


def latitude(samples: int, first: int) -> None:
    critical = critical_spike(3, 3)
    print(f"p = 3, critical strength {critical:.4f}, {samples} samples; northern hemisphere")
    print(" n  strength   points  cells    rms z  largest    rms z  largest of 20 % more strength")
    for n in (4, 6, 8):
        for ratio in (0.75, 1.0, 1.5):
            counts = latitude_counts(n, ratio * critical, range(first, first + samples))
            right, wrong = (
                latitude_scores(counts, *latitude_means(n, more * ratio * critical, 100_000))
                for more in (1.0, 1.2)
            )
            shown = "  ".join(
                f"{math.sqrt(np.mean(z**2)):7.2f}  {np.abs(z).max():7.2f}" for z in (right, wrong)
            )
            print(
                f"{n:2d}  {ratio:.2f} cr.  {counts.sum():7,.0f}  {right.size:5d}  {shown}",
                flush=True,
            )


def recovery(samples: int, first: int) -> None:
    critical = critical_spike(3, 3)
    print(f"p = 3, critical strength {critical:.4f}; overlap of the lowest of 64 ends, {samples}")
    for n in (20, 40, 80):
        for ratio in (0.5, 0.8, 1.0, 1.25, 1.6, 2.0):
            best = []
            for seed in range(first, first + samples):
                model, x = spiked(n, 3, 3, ratio * critical, seed)
                found = descend(model, 64)
                best.append(float(overlap(found.spins[np.argmin(found.energy)], x)))
            mean, error = mean_and_error(best)
            print(f"  n = {n:3d}  strength {ratio:.2f} critical: {mean:.3f} +- {error:.3f}")


if __name__ == "__main__":
    works = {
        "energies": (energies, 1000),
        "latitude": (latitude, 600),
        "recovery": (recovery, 50),
    }
    name, *words = sys.argv[1:]
    if name == "extrapolate":
        extrapolate(*words)
    else:
        work, usual = works[name]
        work(*([int(word) for word in words] + [usual, 0][len(words) :]))
