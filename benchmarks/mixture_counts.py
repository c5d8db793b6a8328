"""Are there as many points in mixtures as theory says, and are they where it says?

    python benchmarks/mixture_counts.py stationary FOLDER [SAMPLES]    # 1,000; 15 minutes of a core
    python benchmarks/mixture_counts.py minima FOLDER [SAMPLES UNSEEN SIZE|MIXTURE ...]  # hours
    python benchmarks/mixture_counts.py distinct FOLDER [SAMPLES]      # 200; five minutes

All stationary points of samples of 2+3, 3+4, 2+4 and 2+3 in a field with 4, 6 and 8 spins, proven
to be all, or censuses of the minima with 30 and 50, or all points for couplings over distinct
indices only, which are no such landscapes.  FOLDER keeps what was found; what it holds is not
searched again.  A census of one of 100 samples ends at the basin weight UNSEEN, by default 0.001.
MIXTURE is a name as 2+3.

Compared with theory, in standard errors over the samples: the mean numbers of each index (k and
n - 1 - k pooled, equal in law), of minima below their mean energy, and the law of the energy E
given the radial force X: the slope a of E = a X through the origin, and n times the variance about
it.  Then the largest score under wrong laws: one weight c_p^2 doubled, and half the covariance.

A census leaves out minima with small basins, of which theory knows nothing.  Which they are, the
scores of the numbers of minima in ten intervals of X show, in each of which a tenth of the exact
mean number is.  The law of E given X holds of any minima that are chosen by X alone: where the
census is complete below a force, slope and variance of the minima below it are the exact ones.
That force is the mean of X over all minima.  A census does not choose by X alone: of two minima of
one force the lower has the larger basin, as the means of E for narrow and wide basins show.

All numbers are given a second time with an estimate of what is missing.  Sums over the minima that
k descents ended in change slowly with k, so that those over the minima met by none are about twice
those over the minima met once less those over the minima met twice, the jackknife of second order
(Burnham and Overton, Ecology 60 (1979) 927).
"""

import hashlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from spinglass.averaging import mean_and_error
from spinglass.covariance import Covariance
from spinglass.landscape.drawn import Mixed
from spinglass.landscape.model import Landscape
from spinglass.search.census import take_census
from spinglass.search.stationary import find_stationary_points
from spinglass.theory import energy_by_index, log_mean_density, mean_by_index, mean_minima_below
from spinglass.validation import Comparison, scores_by_quantity, usual_rms

LAWS = {
    "2+3": Covariance.mixture({2: 1.0, 3: 1.0}),
    "3+4": Covariance.mixture({3: 1.0, 4: 1.0}),
    "2+4": Covariance.mixture({2: 1.0, 4: 1.0}),
    "2+3, nu = 0.5": Covariance.mixture({2: 1.0, 3: 1.0}, 0.5),
}
KINDS = {"stationary": (4, 6, 8), "minima": (30, 50), "distinct": (4, 6)}
SAMPLES = {"stationary": 1000, "minima": 100, "distinct": 200}
UNSEEN = 1e-3
TENTHS, GRID, FINER, REACH = 10, 401, 20, 2.0


@dataclass(frozen=True)
class Points:
    """Stationary points of several samples.

    Of each point the sample, Morse index, H/n, radial force and the descents of a census that
    ended there, 0 without a census.  Whether points that a census met once or twice stand for those
    that it missed too.
    """

    samples: int
    complete: int
    of_sample: np.ndarray
    index: np.ndarray
    energy: np.ndarray
    force: np.ndarray
    hits: np.ndarray
    with_missing: bool = False

    @property
    def number(self) -> np.ndarray:
        """For how many points each stands."""
        missing = 2.0 * (self.hits == 1) - (self.hits == 2)
        return 1.0 + missing * self.with_missing

    def counts(self, chosen: np.ndarray) -> np.ndarray:
        """Return how many of the chosen points each sample has."""
        return np.bincount(self.of_sample[chosen], self.number[chosen], self.samples)

    def chosen(self, which: np.ndarray) -> "Points":
        """Return some of the points, of as many samples."""
        names = ("of_sample", "index", "energy", "force", "hits")
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of a number of each point over the points of each sample."""
        return np.bincount(self.of_sample, self.number * values, self.samples)


def seed_of(n: int, law: Covariance, number: int) -> int:
    """Return the seed of a sample; no two laws or sizes share couplings."""
    words = f"{law.orders} {law.nu} {n} {number}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")


def sample_of(n: int, law: Covariance, seed: int) -> Landscape:
    return Mixed(n, dict(law.weights), law.nu, seed)


def distinct_sample_of(n: int, law: Covariance, seed: int) -> Landscape:
    """Return a landscape whose couplings of tuples with an index twice are left out."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for p, weight in law.weights:
        tensors[p] = math.sqrt(weight) * rng.standard_normal((n,) * p)
        grid = np.sort(np.indices((n,) * p), axis=0)
        tensors[p][np.any(grid[1:] == grid[:-1], axis=0)] = 0.0
    return Landscape.from_tensor(tensors, law.nu * rng.standard_normal(n))


def search(n: int, law: Covariance, samples: int, kind: str, unseen: float = UNSEEN) -> Points:
    """Find all stationary points, or the minima, of samples."""
    columns: list[tuple[Any, ...]] = []
    complete = 0
    for number in range(samples):
        make = distinct_sample_of if kind == "distinct" else sample_of
        model = make(n, law, seed_of(n, law, number))
        if kind == "minima":
            found: Any = take_census(model, unseen)
            index, hits = np.zeros(len(found.energy), np.int64), found.count
        else:
            proven = "homotopy" if kind == "stationary" else "search"
            found = find_stationary_points(model, method=proven)
            index, hits = found.index, np.zeros(len(found.index), np.int64)
        complete += found.complete
        force = model.radial_force(found.spins)
        columns.append((np.full(len(index), number), index, found.energy, force, hits))
    rows = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Points(samples, complete, *rows)


def kept(path: Path, find: Callable[[], Points]) -> Points:
    """Return what a file holds, or find it and write the file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez(file, **vars(find()))
    with np.load(path) as data:
        return Points(**{name: data[name][()] for name in data.files})


def count_rows(points: Points, n: int, law: Covariance, minima: bool = False) -> list[Comparison]:
    """Compare mean numbers; of an even sample a census counts pairs."""
    exact, mean_energy = mean_by_index(n, law), float(energy_by_index(n, law)[0][0])
    half = 0.5 if minima and law.is_even else 1.0
    rows = []
    for k in range(1 if minima else n // 2):
        mirror = k if minima else n - 1 - k
        numbers = points.counts((points.index == k) | (points.index == mirror))
        expected = half * float(exact[k] + (exact[mirror] if mirror != k else 0.0))
        rows.append(Comparison(f"index {k}", "", *mean_and_error(numbers), expected))
    low = (points.index == 0) & (points.energy <= mean_energy)
    below = half * mean_minima_below(n, law, None, mean_energy)
    return [*rows, Comparison("low minima", "", *mean_and_error(points.counts(low)), below)]


def energy_rows(points: Points, n: int, law: Covariance) -> list[Comparison]:
    """Compare the law of E given X; the errors are those of ratios of sums over samples."""
    x, e = points.force, points.energy
    squares, numbers = points.sums(x * x), points.sums(np.ones_like(x))
    slope = points.sums(x * e).sum() / squares.sum()
    rest = n * (e - slope * x) ** 2
    variance = points.sums(rest).sum() / numbers.sum()
    spreads = points.sums(x * (e - slope * x)), points.sums(rest) - variance * numbers
    root = math.sqrt(points.samples)
    errors = [
        root * float(np.std(spread, ddof=1)) / whole
        for spread, whole in zip(spreads, (squares.sum(), numbers.sum()), strict=True)
    ]
    return [
        Comparison("slope", "", float(slope), errors[0], law.slope / law.radial),
        Comparison("variance", "", float(variance), errors[1], law.energy_variance),
    ]


@cache
def minima_by_force(n: int, law: Covariance) -> tuple[np.ndarray, np.ndarray]:
    """Return radial forces up to 0, and the exact mean number of minima up to each.

    Given X the energy is Gaussian, so that its density at the mean says the density of X.
    """
    slope, spread = law.slope / law.radial, math.sqrt(law.energy_variance / n)
    force = np.linspace(-REACH, 0.0, GRID) * 2.0 * math.sqrt(law.curvature)
    log_density = log_mean_density(n, law, slope * force, force)
    density = spread * math.sqrt(2.0 * math.pi) * np.exp(log_density)
    fine = np.linspace(force[0], force[-1], FINER * (GRID - 1) + 1)
    return fine, CubicSpline(force, density).antiderivative()(fine)


def tenths_rows(points: Points, n: int, law: Covariance) -> list[Comparison]:
    """Compare the numbers of minima in intervals of X that hold a tenth of the exact mean each."""
    force, below = minima_by_force(n, law)
    edges = np.interp(np.arange(1, TENTHS) / TENTHS * below[-1], below, force)
    tenth, exact = np.searchsorted(edges, points.force), below[-1] / TENTHS
    half = 0.5 if law.is_even else 1.0
    return [
        Comparison(f"tenth {k}", "", *mean_and_error(points.counts(tenth == k)), half * exact)
        for k in range(TENTHS)
    ]


def stable_part(points: Points, n: int, law: Covariance) -> Points:
    """Return the minima below the exact mean of X over all minima."""
    mean_force = float(energy_by_index(n, law)[0][0]) * law.radial / law.slope
    return points.chosen(points.force <= mean_force)


def stable_rows(points: Points, n: int, law: Covariance) -> list[Comparison]:
    """Compare the law of E given X over the stable minima."""
    rows = energy_rows(stable_part(points, n, law), n, law)
    return [replace(row, quantity=f"stable {row.quantity}") for row in rows]


def completed_rows(points: Points, n: int, law: Covariance) -> list[Comparison]:
    """Compare the minima of a census with an estimate of those that it missed."""
    rows = rows_of(replace(points, with_missing=True), n, law, "minima")
    return [replace(row, quantity=f"all {row.quantity}") for row in rows]


def residuals_by_basin(points: Points, n: int, law: Covariance) -> list[tuple[float, float]]:
    """Return mean E - a X of the minima by fifths of their basins, and its error.

    In units of the deviation of E given X, narrow basins first; 0 were minima chosen by X alone.
    """
    deviation = math.sqrt(law.energy_variance / n)
    residual = (points.energy - law.slope / law.radial * points.force) / deviation
    fifths = np.array_split(residual[np.argsort(points.hits, kind="stable")], 5)
    return [mean_and_error(fifth) for fifth in fifths]


def wrong_laws(law: Covariance) -> dict[str, Covariance]:
    """Return the laws that must fail by name."""
    weights = dict(law.weights)
    doubled = {
        f"c_{p}^2 doubled": Covariance.mixture({**weights, p: 2.0 * weights[p]}, law.nu)
        for p in weights
    }
    half = Covariance.mixture({p: 0.5 * c for p, c in weights.items()}, law.nu / math.sqrt(2.0))
    return {**doubled, "xi/2": half}


def rows_of(points: Points, n: int, law: Covariance, kind: str) -> list[Comparison]:
    return [*count_rows(points, n, law, kind == "minima"), *energy_rows(points, n, law)]


def show(name: str, n: int, points: Points, rows: list[Comparison]) -> None:
    print(f"\n{name}, n = {n}: {points.samples} samples, {points.complete} complete, "
          f"{len(points.energy):,} points")  # fmt: skip
    for row in rows:
        found = f"{row.found:.5g} +- {row.error:.2g}"
        print(f"  {row.quantity:<15} {found:<22} exact {row.exact:<10.6g} z {row.z:+.2f}")


def main(kind: str, folder: str, samples: str = "", unseen: str = str(UNSEEN), *words: str) -> None:
    """Search, compare, and compare with wrong laws."""
    count, goal = int(samples or SAMPLES[kind]), float(unseen)
    every: list[Comparison] = []
    wanted = [word for word in words if word in LAWS] or list(LAWS)
    for n in [int(word) for word in words if word not in LAWS] or KINDS[kind]:
        for number, (name, law) in enumerate(LAWS.items()):
            if name not in wanted:
                continue
            end = f"-{goal:g}" if kind == "minima" else ""
            path = Path(folder) / f"{kind}-{n}-{number}-{count}{end}.npz"
            points = kept(path, lambda n=n, law=law: search(n, law, count, kind, goal))
            rows = rows_of(points, n, law, kind)
            if kind == "minima":
                rows += completed_rows(points, n, law) + stable_rows(points, n, law)
            every += rows
            show(name, n, points, rows)
            if kind == "minima":
                scores = " ".join(f"{row.z:+.2f}" for row in tenths_rows(points, n, law))
                print(f"  by tenths of X: z {scores}")
                means = residuals_by_basin(points, n, law)
                words = " ".join(f"{mean:+.2f} +- {error:.2f}" for mean, error in means)
                print(f"  E given X by fifths of basins: {words}")
            for change, wrong in wrong_laws(law).items() if kind != "distinct" else ():
                worst = max(rows_of(points, n, wrong, kind), key=lambda row: abs(row.z))
                print(
                    f"  under {change}: largest z {worst.z:+.1f}, of {worst.quantity}", flush=True
                )
    print("\nscores over all of these: how many, rms (95 % of such lie in), largest")
    for quantity, (number, rms, largest) in scores_by_quantity(every).items():
        low, high = usual_rms(number)
        print(f"  {quantity:<15} {number:>3}  {rms:.2f} ({low:.2f} to {high:.2f})  {largest:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
