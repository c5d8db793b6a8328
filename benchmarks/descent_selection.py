"""Where descents end in the plane of energy and radial force, against the marginal line.

    python benchmarks/descent_selection.py [LANDSCAPES STARTS SIZE ...]

3+4 without field; 10 landscapes of 100 starts with 50 and 100 spins: two minutes of two cores.
Printed are the mean and the standard deviation of E = H/n and X of the minima that descents end in,
averaged over landscapes with standard errors, and the exact ones of all minima.
"""

import sys

import numpy as np

from spinglass.averaging import mean_and_error
from spinglass.covariance import Covariance
from spinglass.figures.descent_ends import ends_of
from spinglass.figures.marginal_figure import minima_plane
from spinglass.landscape.model import Mixed
from spinglass.search import descend

LAW = Covariance.mixture({3: 1.0, 4: 1.0})


def exact_moments(n):
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


def main(landscapes="10", starts="100", *sizes):
    """Print four lines for each size."""
    for n in map(int, sizes or ("50", "100")):
        rows = []
        for seed in range(int(landscapes)):
            model = Mixed(n, dict(LAW.weights), 0.0, seed)
            found = descend(model, int(starts))
            ends = ends_of(model, found.spins, found.status)
            spread = [(np.mean(x), np.std(x, ddof=1)) for x in (ends.energy, ends.force)]
            rows.append(np.ravel(spread))
        print(f"n = {n}: {landscapes} landscapes of {starts} descents")
        names = ("mean E", "sd E", "mean X", "sd X")
        for name, column, exact in zip(names, np.transpose(rows), exact_moments(n), strict=True):
            mean, error = mean_and_error(column)
            print(f"  {name:<7} {mean:.4f} +- {error:.4f}   all minima {exact:.4f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
