"""Do hidden points have the law that theory says, and does descent from them end where it says?

    python benchmarks/hidden_points.py energies [SAMPLES [FIRST]]    # 1,000; half a minute
    python benchmarks/hidden_points.py latitude [SAMPLES [FIRST]]    # 600; a minute
    python benchmarks/hidden_points.py recovery FIGURE [SAMPLES [FIRST]]    # 50; two minutes
    python benchmarks/hidden_points.py extrapolate FOLDER ...        # of `spinglass inherent`
    python benchmarks/hidden_points.py valley FOLDER ...             # the same folders, p = 3
    python benchmarks/hidden_points.py growth SIZES [T,T...]         # 50,100,1000; valleys alone

FIRST is the seed of the first sample, 0 by default.  All laws and strengths of a size have the same
seeds: what they have in common is no independent evidence.

energies: Kolmogorov-Smirnov of unpinned energies against their exact normal law, and against that
of a temperature 5 % higher, which must fail; the largest deviation of pinned ones from -xi(1)/T.
latitude: all stationary points of spiked 3-spin samples, proven, counted by overlap with the spike
and by index, against the exact means, and against those of a strength 20 % higher, which must fail.
recovery: overlap with a spike of the lowest end of 64 descents from random starts, and the share of
these that end near it, against the strength; with a figure and its numbers in a file.
extrapolate: at each temperature of folders with several sizes the straight line in 1/n (least
squares) and, of three sizes or more, the parabola through the means of the inherent structures, and
the closed form for n to infinity; the same through the medians of the overlap, with standard errors
by the ranks of a binomial law.
valley: ends of descents in pinned 3-spin samples against the exact mean density of minima by
latitude at the same n.  An end is a minimum, so that no interval of latitudes holds more ends a
sample than minima on average; as many, where every minimum is the end of its sample.  Above the
latitude M with half a minimum above it on average: the share of the ends, which should be 1/2, and
their mean m and E, with scores; beside them the whole valley, from the least density below its peak
on.
growth: M and the mean m and E of the valley at any sizes, beside the closed form.
"""

import math
import sys
from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import kstest

from spinglass import descend, find_stationary_points, spiked
from spinglass.averaging import mean_and_error
from spinglass.contents.inherent_means import QUANTITIES, inherent_means
from spinglass.covariance import Covariance
from spinglass.figures.picture import Picture, check_figure
from spinglass.figures.style import FULL_WIDTH, PALETTE, paper_style
from spinglass.landscape import draw_landscape, overlap
from spinglass.search import Status
from spinglass.signals import Planted
from spinglass.sweep.job import Job
from spinglass.sweep.manifest import read_jobs
from spinglass.theory import (
    critical_spike,
    inherent_structure,
    latitude_density,
    latitude_means,
    planted_energy,
    spiked_minimum,
    stability_temperature,
)

SIZES = {2: 60, 3: 40, 4: 20, "3:1,4:1": 20}
LATITUDES = np.linspace(0.0, 1.0, 5)
RECOVERY_SIZES = (20, 40, 80)
RATIOS = (0.5, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.0)
STARTS = 64


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


def _limits(sizes: np.ndarray, means: np.ndarray, errors: np.ndarray, theory: float) -> str:
    """Values at 1/n = 0 of the weighted line and parabola in 1/n, errors and scores, in words."""
    words = []
    for degree, name in ((1, "line"), (2, "parabola")):
        if len(sizes) > degree:
            design = np.vander(1.0 / sizes, degree + 1, increasing=True) / errors[:, None]
            covariance = np.linalg.inv(design.T @ design)
            value, error = (covariance @ design.T @ (means / errors))[0], covariance[0, 0] ** 0.5
            score = (value - theory) / error
            words.append(f"{name} to 0: {value:.4f} +- {error:.4f} (z {score:+.2f})")
    return "  ".join([*words, f"theory {theory:.6f}"])


def extrapolate(*folders: str) -> None:
    jobs = [(Path(folder), job) for folder in folders for job in read_jobs(Path(folder))]
    jobs = [(folder, job) for folder, job in jobs if (folder / job.file_name).exists()]
    table = inherent_means(folder / job.file_name for folder, job in jobs)
    law = Covariance.of(table["p" if "p" in table else "mixture"].values[0].item())
    print(f"{law.orders}, T_SF = {stability_temperature(law):.6f}")
    for temperature, rows in table.groupby("temperature"):
        for name in QUANTITIES:
            means, errors = rows[name].values, rows[f"{name}_error"].values
            theory = rows[f"exact_{name}"].values[0]
            each = "  ".join(
                f"n={n} ({count}): {mean:.4f} +- {spread:.4f}"
                for n, count, mean, spread in zip(
                    rows["n"].values, rows["samples"].values, means, errors, strict=True
                )
            )
            print(
                f"  T = {temperature:.4g}  {name}: {each}  "
                f"{_limits(rows['n'].values, means, errors, theory)}"
            )

    _extrapolate_medians(jobs, law)


def _extrapolate_medians(jobs: list[tuple[Path, Job]], law: Covariance) -> None:
    overlaps: dict[float, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for folder, job in jobs:
        assert isinstance(job.signal, Planted)
        with h5py.File(folder / job.file_name, "r", locking=False) as file:
            if file["status"][0] == Status.MINIMUM:
                overlaps[job.signal.temperature][job.n].append(file["overlap"][0])
    for temperature, sizes in sorted(overlaps.items()):
        medians, errors = np.array([_median(values) for values in sizes.values()]).T
        theory = inherent_structure(law, temperature).overlap
        lost = "  ".join(
            f"n={n}: {median:.4f} +- {spread:.4f}, {np.mean(np.array(values) < 0.6):.1%} below 0.6"
            for (n, values), median, spread in zip(sizes.items(), medians, errors, strict=True)
        )
        print(
            f"  T = {temperature:.4g}  median overlap: {lost}  "
            f"{_limits(np.array(list(sizes)), medians, errors, theory)}"
        )


def _valley(n: int, temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return latitudes of the valley, minima in each step, and their mean energies."""
    m = np.arange(0.5, 0.98, 0.0025)
    means = latitude_means(n, 3, {3: 1.0 / temperature}, m, 0, pinned=True)
    top = np.argmax(np.where(m > 0.65, means.log_density, -np.inf))
    first = np.argmin(means.log_density[:top])
    return m[first:], means.density[first:] * (m[1] - m[0]), means.energy[first:]


def _upper(m: np.ndarray, number: np.ndarray) -> int:
    """Return the place from which on half a minimum is left."""
    return int(np.argmin(np.abs(np.cumsum(number[::-1])[::-1] - 0.5)))


def valley(*folders: str) -> None:
    ends: dict[tuple[float, int], list[tuple[float, float]]] = defaultdict(list)
    for folder in map(Path, folders):
        for job in read_jobs(folder):
            if (folder / job.file_name).exists() and isinstance(job.signal, Planted):
                with h5py.File(folder / job.file_name, "r", locking=False) as file:
                    if file["status"][0] == Status.MINIMUM:
                        end = float(file["overlap"][0]), float(file["energy"][0])
                        ends[job.signal.temperature, job.n].append(end)
    print("   T     n  minima  ends   M       share above (z)   m above (z)     E above (z)")
    for (temperature, n), found in sorted(ends.items()):
        m, number, energy = _valley(n, temperature)
        half = _upper(m, number)
        step = m[1] - m[0]
        overlaps, energies = np.array(found).T
        above = overlaps >= m[half] - 0.5 * step
        share, wanted = above.mean(), number[half:].sum()
        words = (
            f"{share:.3f} ({(share - wanted) / math.sqrt(wanted * (1 - wanted) / len(above)):+.1f})"
        )
        for values, exact in ((overlaps, m), (energies, energy)):
            mean = np.average(exact[half:], weights=number[half:])
            got, error = mean_and_error(values[above])
            words += f"  {got:.4f}, exact {mean:.4f} ({(got - mean) / error:+.1f})"
        inside = np.mean(overlaps >= m[0])
        print(
            f"{temperature:.4g}  {n:4d}  {number.sum():.3f}  {inside:.3f}  {m[half]:.4f}  {words}",
            flush=True,
        )


def growth(sizes: str, temperatures: str = "0.83,0.84,0.85,0.86") -> None:
    print("   T      n  from m  minima   M       mean m   mean E     | n to infinity: m, E")
    for temperature in map(float, temperatures.split(",")):
        limit = inherent_structure(3, temperature)
        for n in map(int, sizes.split(",")):
            m, number, energy = _valley(n, temperature)
            means = [np.average(each, weights=number) for each in (m, energy)]
            print(
                f"{temperature:.4g}  {n:5d}  {m[0]:.3f}  {number.sum():.4f}  "
                f"{m[_upper(m, number)]:.4f}  {means[0]:.4f}  {means[1]:.5f}  | "
                f"{limit.overlap:.4f}  {limit.energy:.5f}",
                flush=True,
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
        model, x = spiked(n, 3, strength, seed)
        found = find_stationary_points(model, method="homotopy")
        assert found.proven, found.doubts
        north = (m := overlap(found.spins, x)) > 0.0  # each antipode has the other hemisphere
        place = np.searchsorted(LATITUDES, m[north]) - 1
        np.add.at(counts, (row, place, found.index[north]), 1)
    return counts


def exact_counts(n: int, strength: float) -> np.ndarray:
    """Exact means of the counts: (intervals, index)."""
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = 0.5 * np.diff(LATITUDES)[:, None]
    m = LATITUDES[:-1, None] + half * (nodes + 1.0)
    found = np.array([latitude_density(n, 3, {3: strength}, m, index) for index in range(n)])
    return np.sum(half * weights * found, axis=-1).T


def latitude_scores(counts: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """z of every cell with at least ten points expected, and of all others together."""
    often = len(counts) * exact >= 10.0
    cells, means = counts[:, often], exact[often]
    if exact[~often].sum() > 0.0:
        cells = np.column_stack([cells, counts[:, ~often].sum(axis=1)])
        means = np.append(means, exact[~often].sum())
    spread = np.sqrt(np.maximum(cells.var(axis=0, ddof=1), means) / len(cells))
    return (cells.mean(axis=0) - means) / spread


def latitude(samples: int, first: int) -> None:
    critical = critical_spike(3, 3)
    print(f"p = 3, critical strength {critical:.4f}, {samples} samples; northern hemisphere")
    print(" n  strength   points  cells    rms z  largest    rms z  largest of 20 % more strength")
    for n in (4, 6, 8):
        for ratio in (0.75, 1.0, 1.5):
            counts = latitude_counts(n, ratio * critical, range(first, first + samples))
            right, wrong = (
                latitude_scores(counts, exact_counts(n, more * ratio * critical))
                for more in (1.0, 1.2)
            )
            shown = "  ".join(
                f"{math.sqrt(np.mean(z**2)):7.2f}  {np.abs(z).max():7.2f}" for z in (right, wrong)
            )
            print(
                f"{n:2d}  {ratio:.2f} cr.  {counts.sum():7,.0f}  {right.size:5d}  {shown}",
                flush=True,
            )


def recovery(samples: int, first: int) -> xr.Dataset:
    """Descend from random starts in spiked 3-spin samples; the same seeds at every strength."""
    critical = critical_spike(3, 3)
    found = np.full((2, len(RECOVERY_SIZES), len(RATIOS), 2), np.nan)
    print(f"p = 3, critical strength {critical:.4f}; {samples} samples of {STARTS} descents")
    print("  n  strength   overlap of the lowest end   share of descents with overlap > 1/2")
    for row, n in enumerate(RECOVERY_SIZES):
        for column, ratio in enumerate(RATIOS):
            best, near = [], []
            for seed in range(first, first + samples):
                model, x = spiked(n, 3, ratio * critical, seed)
                ends = descend(model, STARTS)
                overlaps = overlap(ends.spins, x)
                best.append(float(overlaps[np.argmin(ends.energy)]))
                near.append(float(np.mean(overlaps > 0.5)))
            found[:, row, column] = mean_and_error(best), mean_and_error(near)
            (m, error), (share, spread) = found[:, row, column]
            shown = f"{m:15.3f} +- {error:.3f}   {share:24.4f} +- {spread:.4f}"
            print(f"{n:3d}  {ratio:.2f} cr.  {shown}", flush=True)
    return _recovery_data(found, critical, {"samples": samples, "first_seed": first})


def _recovery_data(found: np.ndarray, critical: float, attributes: dict[str, int]) -> xr.Dataset:
    ratios = np.linspace(1.001, RATIOS[-1], 200)
    theory = [spiked_minimum(3, 3, ratio * critical).overlap for ratio in ratios]
    variables = {}
    names = {
        "overlap": f"overlap with the spike of the lowest of {STARTS} ends",
        "share": "share of the descents that end with an overlap above 1/2",
    }
    for (name, words), values in zip(names.items(), found, strict=True):
        about = {"long_name": f"{words}, mean over samples", "units": "1"}
        variables[name] = (("n", "ratio"), values[..., 0], about)
        about = {"long_name": f"standard error of {name}", "units": "1"}
        variables[f"{name}_error"] = (("n", "ratio"), values[..., 1], about)
    about = {
        "long_name": "overlap of the minimum in the spike's valley, n to infinity",
        "units": "1",
    }
    variables["theory"] = (("curve",), np.array(theory), about)
    words = {"long_name": "strength / critical strength", "units": "1"}
    coordinates = {
        "n": ("n", list(RECOVERY_SIZES), {"long_name": "sites", "units": "1"}),
        "ratio": ("ratio", list(RATIOS), words),
        "curve": ("curve", ratios, words),
    }
    return xr.Dataset(variables, coordinates, attributes | {"starts": STARTS})


def draw_recovery(data: xr.Dataset) -> Picture:
    """Overlap of the lowest end, and share of descents in the valley, against the strength."""
    with paper_style():
        figure = Figure(figsize=(FULL_WIDTH, 2.9), layout="constrained")
        panels = figure.subplots(1, 2)
        for panel, name in zip(panels, ("overlap", "share"), strict=True):
            for n, colour in zip(data["n"].values.tolist(), PALETTE, strict=False):
                row = data.sel(n=n)
                panel.errorbar(
                    row["ratio"], row[name], row[f"{name}_error"], color=colour, marker="o",
                    ms=3.0, capsize=2, lw=1.0, label=f"$n = {n}$",
                )  # fmt: skip
            panel.axvline(1.0, color="0.3", ls=":", lw=1.0, label="critical strength")
            panel.set(xlabel="strength / critical strength", ylim=(-0.04, 1.04))
        panels[0].plot(
            data["curve"], data["theory"], color="0.3", label=r"$n \to \infty$, if found"
        )
        panels[0].set_ylabel(f"overlap of the lowest of {data.attrs['starts']} ends")
        panels[1].set_ylabel("descents with overlap > 1/2")
        panels[0].legend(loc="lower right")
    return Picture("recovery", figure, tuple(panels), data)


if __name__ == "__main__":
    works = {
        "energies": (energies, 1000),
        "latitude": (latitude, 600),
    }
    name, *words = sys.argv[1:]
    if name in ("extrapolate", "valley", "growth"):
        {"extrapolate": extrapolate, "valley": valley, "growth": growth}[name](*words)
    elif name == "recovery":
        stem, *numbers = words
        check_figure(Path(stem))
        picture = draw_recovery(
            recovery(*([int(word) for word in numbers] + [50, 0][len(numbers) :]))
        )
        print("written:", *picture.save(stem))
    else:
        work, usual = works[name]
        work(*([int(word) for word in words] + [usual, 0][len(words) :]))
