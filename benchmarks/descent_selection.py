"""Where descents end in the plane of energy and radial force, against the marginal line.

    python benchmarks/descent_selection.py FOLDER [LANDSCAPES STARTS SIZE ...]
    spinglass figure marginal FOLDER/100-*.nc --mixture 3:1,4:1 --n 100 --out plane.png

3+4 without field; 10 landscapes of 100 starts with 50 and 100 spins: two minutes of two cores, and
half an hour with 200.  FOLDER keeps a result of each landscape, as `spinglass sample` writes it;
what it holds is not searched again.  Printed are the mean and the standard deviation of E = H/n and
X of the minima that descents end in, averaged over landscapes with standard errors, the exact ones
of all minima, and how far X is above the marginal line.
"""

import sys
from pathlib import Path

import numpy as np

from spinglass import descend
from spinglass.averaging import mean_and_error
from spinglass.covariance import Covariance
from spinglass.figures.descent_ends import Ends, read_ends
from spinglass.figures.marginal_figure import minima_plane
from spinglass.files.store import write_dataset
from spinglass.landscape.drawn import Mixed
from spinglass.search.minima import distinct_minima
from spinglass.search.results import descent_dataset

LAW = Covariance.mixture({3: 1.0, 4: 1.0})


def exact_moments(n: int) -> list[float]:
    """Return mean and standard deviation of E and of X over all minima, from the exact density."""
    data = minima_plane(n, LAW)
    density = 10.0 ** (data["log10_density"] - data["log10_density"].max())
    number = float(density.sum())
    numbers = []
    for name in ("energy", "force"):
        mean = float((density * data[name]).sum()) / number
        square = float((density * (data[name] - mean) ** 2).sum()) / number
        numbers += [mean, square**0.5]
    return numbers


def ends(folder: Path, n: int, seed: int, starts: int) -> Ends:
    """Return where the descents on a landscape end; the file is written where there is none."""
    path = folder / f"{n}-{seed}-{starts}.nc"
    if not path.exists():
        model = Mixed(n, dict(LAW.weights), 0.0, seed)
        found = descend(model, starts)
        parameters: dict[str, object] = {"starts": starts, "start_seed": 0, "method": "flow"}
        data = descent_dataset(model, found, distinct_minima(found), parameters | {"tol": 1e-10})
        path.parent.mkdir(parents=True, exist_ok=True)
        write_dataset(data, path)
    return read_ends([path], n, LAW)[0]


def show(n: int, every: list[Ends]) -> None:
    """Print a line for each number, and where X is beside the marginal line."""
    arrived = sum(len(each.energy) for each in every)
    print(f"n = {n}: {len(every)} landscapes, {arrived:,} of "
          f"{sum(each.descents for each in every):,} descents ended in minima")  # fmt: skip
    rows = [
        np.ravel([(np.mean(x), np.std(x, ddof=1)) for x in (each.energy, each.force)])
        for each in every
    ]
    names = ("mean E", "sd E", "mean X", "sd X")
    for name, column, exact in zip(names, np.transpose(rows), exact_moments(n), strict=True):
        mean, error = mean_and_error(column)
        print(f"  {name:<7} {mean:.4f} +- {error:.4f}   all minima {exact:.4f}", flush=True)
    edge = -2.0 * LAW.curvature**0.5
    mean, error = mean_and_error([each.force.mean() - edge for each in every])
    print(f"  mean X is {mean:.4f} +- {error:.4f} above the marginal line, {edge:.4f}", flush=True)


def main(folder: str, landscapes: str = "10", starts: str = "100", *sizes: str) -> None:
    """Descend on each landscape, and compare with all minima."""
    for n in map(int, sizes or ("50", "100")):
        seeds = range(int(landscapes))
        show(n, [ends(Path(folder), n, seed, int(starts)) for seed in seeds])


if __name__ == "__main__":
    main(*sys.argv[1:])
