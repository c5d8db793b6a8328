"""Correlation of a finite sparse network's loss at two weight vectors, by their overlap q.

The theorem predicts q^p.  With frozen gates the loss is a polynomial of degree p, and the
correlation is indeed q^p.  The live loss of wide networks has another limit, computed in
`spinglass.deep.threshold_kernel`, with which it is compared.
"""

import numpy as np
import xarray as xr
from scipy import optimize

from spinglass.deep.jackknife import Array, jackknife
from spinglass.deep.sparse_network import (
    GateKind,
    Gates,
    SparseNetwork,
    draw_network,
    freeze,
    live_output,
    path_sums,
    sphere_pair,
)
from spinglass.deep.threshold_kernel import live_correlation

OVERLAPS = tuple(np.linspace(0.3, 0.9, 7))
_FROZEN_ACTIVE = 2.0
_PAIRS, _SAMPLES = 6, 400
"""Pairs of weight vectors for each network and overlap, and samples for each network."""


def covariance_study(
    p: int,
    n: int,
    width: int,
    networks: int,
    rng: np.random.Generator,
    kind: GateKind = GateKind.INDEPENDENT,
    activity: float = 0.5,
) -> xr.Dataset:
    """Measure how the correlation of the loss at two weight vectors depends on their overlap.

    The average over labels is exact: Cov(L, L') is the mean of Z Z' over samples.  The degree is a
    sixth of the width.

    Parameters
    ----------
    p, n, width, networks : int
        Number of layers, of distinct weights, of units in a layer and of independent networks.
    rng : numpy.random.Generator
        Source of all random numbers.
    kind : GateKind
        The loss with frozen gates has two active edges per unit on average.  With live gates it is
        the zero-one loss itself, with the mean output 1/2 subtracted.
    activity : float
        Fraction of samples on which an input or hidden unit of the live network is on.

    Returns
    -------
    xarray.Dataset
        ``correlation`` at each overlap with its jackknife error, and ``limit``: q^p for frozen
        gates, C_p(q) of the wide network for live ones. The attributes hold the exponent e of the
        fit q^e with its error, the exponent ``limit_exponent`` of the same fit to the limit, and
        the distances of e from p, p + 1 and ``limit_exponent`` in units of the error.
    """
    products = np.empty((networks, 2, len(OVERLAPS)))
    degree = max(2, width // 6)
    active = activity * degree if kind == GateKind.LIVE else _FROZEN_ACTIVE
    for row in range(networks):
        network = draw_network(n, p, width, degree, _SAMPLES, rng, active)
        frozen = None if kind == GateKind.LIVE else freeze(network, kind, rng)
        for column, overlap in enumerate(OVERLAPS):
            products[row, :, column] = _products(network, frozen, overlap, rng)
    q = np.array(OVERLAPS)
    limit = live_correlation(q, p, activity) if kind == GateKind.LIVE else q**p
    sizes = {"p": p, "n": n, "width": width, "degree": degree, "active": active}
    powers = _fit_powers(products, limit, p)
    return powers.assign_attrs(sizes, gates=str(kind), networks=networks, **powers.attrs)


def _fit_powers(products: Array, limit: Array, p: int) -> xr.Dataset:
    """Return correlations and their fitted exponent, with the values expected of both.

    ``products`` are those of `_products` for each network, (networks, 2, overlaps); ``limit`` is
    the correlation at each overlap that a wide network of p layers is expected to have.
    """
    correlation, error = jackknife(products, _ratio)
    exponent, exponent_error = jackknife(products, lambda rows: fit_exponent(_ratio(rows)))
    aims = {"p": p, "p_plus_1": p + 1, "limit": fit_exponent(limit)}
    sigmas = {
        f"sigmas_from_{name}": float((exponent - aim) / exponent_error)
        for name, aim in aims.items()
    }
    return xr.Dataset(
        {
            "correlation": ("overlap", correlation),
            "correlation_error": ("overlap", error),
            "limit": ("overlap", limit),
        },
        coords={"overlap": list(OVERLAPS)},
        attrs={
            "exponent": float(exponent),
            "exponent_error": float(exponent_error),
            "limit_exponent": aims["limit"],
            **sigmas,
        },
    )


def fit_exponent(correlation: Array) -> float:
    """Return the e of the least-squares fit of q^e to correlations at `OVERLAPS`."""
    overlaps = np.array(OVERLAPS)
    fit = optimize.minimize_scalar(
        lambda e: float(np.sum((correlation - overlaps**e) ** 2)),
        bounds=(0.1, 60.0),
        method="bounded",
    )
    return float(fit.x)


def _products(
    network: SparseNetwork,
    frozen: Gates | None,
    overlap: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the sums over pairs of Z.Z' and of (Z.Z + Z'.Z') / 2."""
    cross = square = 0.0
    for _ in range(_PAIRS):
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
