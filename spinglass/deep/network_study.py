"""How close a finite sparse network comes to Theorem 1: the couplings' law, the loss's covariance.

Both are measured over independent networks, so that errors come from the spread between networks
(jackknife), never from a formula.
"""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from scipy import optimize, stats

from spinglass.deep.sparse_network import (
    Array,
    Gates,
    SparseNetwork,
    couplings,
    draw_network,
    gates,
    independent_gates,
    live_output,
    path_sums,
    sphere_pair,
)
from spinglass.errors import InputError

OVERLAPS = tuple(np.linspace(0.3, 0.9, 7))
GATES = ("independent", "threshold")


def coupling_study(
    p: int,
    n: int,
    sizes: Sequence[int],
    networks: int,
    rng: np.random.Generator,
    kind: str = "independent",
) -> xr.Dataset:
    """Measure the law of the effective couplings against the width of the network.

    The degree is half the width N and there are N^2 / 2 samples, so that both the paths per
    coupling and the samples per path grow; a unit has one active input on average.

    Returns
    -------
    xarray.Dataset
        By ``size``: excess kurtosis with its jackknife error, Kolmogorov-Smirnov distance to
        N(0, 1), share of the variance in the mean over all couplings (0 for independent ones),
        and ``couplings`` (size, network, coupling), scaled to variance 1 over each size.
    """
    _check_kind(kind)
    drawn = []
    for width in sizes:
        rows = []
        for _ in range(networks):
            network = draw_network(n, p, width, width // 2, width * width // 2, rng)
            rows.append(couplings(network, _gates(network, kind, rng)).ravel())
        table = np.array(rows)
        drawn.append(table / np.sqrt(np.mean(table**2)))
    values = np.array(drawn)
    kurtosis = [_jackknife(table, _excess) for table in values]
    return xr.Dataset(
        {
            "couplings": (("size", "network", "coupling"), values),
            "kurtosis": ("size", [k for k, _ in kurtosis]),
            "kurtosis_error": ("size", [e for _, e in kurtosis]),
            "distance": ("size", [stats.kstest(t.ravel(), "norm").statistic for t in values]),
            "common": ("size", [float(np.mean(t.mean(axis=1) ** 2)) for t in values]),
        },
        coords={"size": list(sizes)},
        attrs={"p": p, "n": n, "gates": kind, "networks": networks},
    )


def kurtosis_slope(data: xr.Dataset) -> tuple[float, float]:
    """Fit log(excess kurtosis) against log(size): slope and error; the expected rate is -1.

    A coupling is a random sum over about as many independent edges as the degree, so its excess
    kurtosis falls as one over the size.
    """
    good = data.kurtosis.values > 0
    x, y = np.log(data["size"].values[good]), np.log(data.kurtosis.values[good])
    weight = data.kurtosis.values[good] / data.kurtosis_error.values[good]
    if good.sum() < 2:
        raise InputError("the slope needs a positive excess kurtosis at two sizes at least")
    centre = np.average(x, weights=weight**2)
    spread = np.sum(weight**2 * (x - centre) ** 2)
    return float(np.sum(weight**2 * (x - centre) * y) / spread), float(spread**-0.5)


def covariance_study(
    p: int,
    n: int,
    width: int,
    networks: int,
    rng: np.random.Generator,
    kind: str = "independent",
    pairs: int = 6,
    samples: int = 400,
) -> xr.Dataset:
    """Measure the covariance of the loss between two weight vectors against their overlap.

    The mean over labels is taken exactly: Cov(L, L') = mean over samples of Z Z'. ``kind`` may
    also be ``"live"``: the real zero-one loss, with the mean output 1/2 taken off.

    Returns
    -------
    xarray.Dataset
        ``correlation`` by overlap with its jackknife error, the fitted exponent of q^e with its
        error, and its distance from p and from p + 1 in units of that error, as attributes.
    """
    if kind != "live":
        _check_kind(kind)
    products = np.empty((networks, 2, len(OVERLAPS)))
    degree = max(2, width // 6)
    for row in range(networks):
        network = draw_network(n, p, width, degree, samples, rng, active=2.0)
        frozen = None if kind == "live" else _gates(network, kind, rng)
        for column, overlap in enumerate(OVERLAPS):
            products[row, :, column] = _products(network, frozen, overlap, pairs, rng)
    correlation, error = _jackknife(products, _ratio)
    exponent, exponent_error = _jackknife(products, lambda rows: _exponent(_ratio(rows)))
    return xr.Dataset(
        {
            "correlation": ("overlap", correlation),
            "correlation_error": ("overlap", error),
        },
        coords={"overlap": list(OVERLAPS)},
        attrs={
            "p": p,
            "n": n,
            "width": width,
            "gates": kind,
            "networks": networks,
            "exponent": float(exponent),
            "exponent_error": float(exponent_error),
            "sigmas_from_p": float((exponent - p) / exponent_error),
            "sigmas_from_p_plus_1": float((exponent - p - 1) / exponent_error),
        },
    )


def _check_kind(kind: str) -> None:
    if kind not in GATES:
        raise InputError(f"unknown gates {kind!r} (allowed: {', '.join(GATES)})")


def _gates(network: SparseNetwork, kind: str, rng: np.random.Generator) -> Gates:
    """Freeze the gates: independent ones, or the units' own at weights drawn for that alone."""
    if kind == "independent":
        return independent_gates(network, rng)
    return gates(network, sphere_pair(network.n, 0.0, rng)[0])


def _products(
    network: SparseNetwork,
    frozen: Gates | None,
    overlap: float,
    pairs: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the sums over pairs of Z.Z' and of (Z.Z + Z'.Z') / 2."""
    cross = square = 0.0
    for _ in range(pairs):
        outputs = [
            live_output(network, sigma) - 0.5
            if frozen is None
            else path_sums(network, frozen, sigma)
            for sigma in sphere_pair(network.n, overlap, rng)
        ]
        cross += float(outputs[0] @ outputs[1])
        square += float(outputs[0] @ outputs[0] + outputs[1] @ outputs[1]) / 2
    return cross, square


def _ratio(rows: Array) -> Array:
    cross, square = rows.sum(axis=0)
    ratio: Array = cross / square
    return ratio


def _exponent(correlation: Array) -> float:
    """Return the e for which q^e is closest to the correlations in least squares."""
    overlaps = np.array(OVERLAPS)
    found = optimize.minimize_scalar(
        lambda e: float(np.sum((correlation - overlaps**e) ** 2)),
        bounds=(0.1, 60.0),
        method="bounded",
    )
    return float(found.x)


def _excess(table: Array) -> float:
    """Return the excess kurtosis about zero, the couplings' mean by symmetry."""
    return float(np.mean(table**4) / np.mean(table**2) ** 2 - 3.0)


def _jackknife(rows: Array, statistic: Callable[[Array], Array | float]) -> tuple[Array, Array]:
    """Return a statistic over networks (axis 0) and its delete-one error."""
    count = len(rows)
    left_out = np.array([statistic(np.delete(rows, k, axis=0)) for k in range(count)])
    error = np.sqrt((count - 1) * np.mean((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    return np.asarray(statistic(rows)), error
