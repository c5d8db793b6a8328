"""Tests how close the effective couplings of a finite sparse network are to iid Gaussians."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy import stats

from spinglass.deep.jackknife import Array, jackknife
from spinglass.deep.sparse_network import GateKind, couplings, draw_network, freeze, label_moments
from spinglass.errors import InputError

_SAMPLES_PER_UNIT = 40


def coupling_study(
    p: int,
    n: int,
    sizes: Sequence[int],
    networks: int,
    rng: np.random.Generator,
    kind: GateKind = GateKind.INDEPENDENT,
) -> xr.Dataset:
    """Measure how the distribution of the effective couplings depends on the width of the network.

    The degree is half the width N and there are 40 N samples, so that both the number of paths per
    coupling and the number of samples per path grow with N.  On average a unit has one active
    input.

    Parameters
    ----------
    p, n : int
        Number of layers and of distinct weights.
    sizes : sequence of int
        Widths N.
    networks : int
        Number of independent networks at each width, at least 2.
    rng : numpy.random.Generator
        Source of all random numbers.
    kind : GateKind
        How the gates are frozen; live ones are not.

    Returns
    -------
    xarray.Dataset
        For each ``size``: ``kurtosis``, the excess kurtosis about 0, averaged exactly over the
        labels, and its jackknife error; ``distance``, the Kolmogorov-Smirnov distance to N(0, 1);
        ``common``, the share of the variance that the mean over all couplings carries (1/n^p if
        they are independent); and ``couplings`` (size, network, coupling), scaled to variance 1
        at each size.
    """
    tables, kurtosis = [], []
    for width in sizes:
        moments = np.empty((networks, 2))
        table = np.empty((networks, n**p))
        for row in range(networks):
            network = draw_network(n, p, width, width // 2, _SAMPLES_PER_UNIT * width, rng)
            frozen = freeze(network, kind, rng)
            table[row] = couplings(network, frozen).ravel()
            second, fourth = label_moments(network, frozen)
            moments[row] = second.mean(), fourth.mean()
        tables.append(table / np.sqrt(np.mean(table**2)))
        kurtosis.append(jackknife(moments, _excess))
    values = np.array(tables)
    return xr.Dataset(
        {
            "couplings": (("size", "network", "coupling"), values),
            "kurtosis": ("size", [float(k) for k, _ in kurtosis]),
            "kurtosis_error": ("size", [float(e) for _, e in kurtosis]),
            "distance": ("size", [stats.kstest(t.ravel(), "norm").statistic for t in values]),
            "common": ("size", [float(np.mean(t.mean(axis=1) ** 2)) for t in values]),
        },
        coords={"size": list(sizes)},
        attrs={"p": p, "n": n, "gates": str(kind), "networks": networks},
    )


def kurtosis_slope(data: xr.Dataset) -> tuple[float, float]:
    """Fit log(excess kurtosis) against log(size); return the slope (expected: -1) and its error.

    Given the number of edges that carry each weight, a coupling is Gaussian.  That number
    fluctuates most at the output unit, which has only d edges for the n weights, where d is half
    the size: its relative variance is (n - 1)/d, so the excess kurtosis is 3 (n - 1)/d to leading
    order.  The finite number of samples adds about n^p / samples, which is of the same order.  If
    there are more than two sizes, the smallest is left out, because the next order, 1/d^2, still
    bends the curve there.

    Raises
    ------
    InputError
        If the excess kurtosis is positive at fewer than two sizes.
    """
    good = data.kurtosis.values > 0
    if good.sum() < 2:
        raise InputError(
            "the excess kurtosis must be positive at two sizes at least, "
            f"got {data.kurtosis.values.tolist()}"
        )
    chosen = data.isel(size=np.flatnonzero(good)).sortby("size")
    chosen = chosen.isel(size=slice(1, None)) if chosen.sizes["size"] > 2 else chosen
    x, y = np.log(chosen["size"].values), np.log(chosen.kurtosis.values)
    weight = (chosen.kurtosis.values / chosen.kurtosis_error.values) ** 2
    centre = np.average(x, weights=weight)
    spread = np.sum(weight * (x - centre) ** 2)
    return float(np.sum(weight * (x - centre) * y) / spread), float(spread**-0.5)


def _excess(moments: Array) -> float:
    """Return the excess kurtosis about zero, which is the couplings' mean by symmetry."""
    second, fourth = moments.mean(axis=0)
    return float(fourth / second**2 - 3.0)
