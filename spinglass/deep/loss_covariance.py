"""How the loss of a finite sparse network forgets its weights: covariance against overlap.

The theorem says q^p.  With the gates frozen the loss is a polynomial of degree p and that is what
comes out; the live loss is compared with its own limit, `spinglass.deep.threshold_kernel`.
"""

import numpy as np
import xarray as xr
from scipy import optimize

from spinglass.deep.jackknife import Array, jackknife
from spinglass.deep.sparse_network import (
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


def covariance_study(
    p: int,
    n: int,
    width: int,
    networks: int,
    rng: np.random.Generator,
    kind: str = "independent",
    pairs: int = 6,
    samples: int = 400,
    activity: float = 0.5,
) -> xr.Dataset:
    """Measure the correlation of the loss between two weight vectors against their overlap.

    The mean over labels is taken exactly: Cov(L, L') = mean over samples of Z Z'. The degree is a
    sixth of the width.

    Parameters
    ----------
    p, n, width, networks : int
        Layers, distinct weights, units in a layer, and independent networks.
    rng : numpy.random.Generator
        Draws everything.
    kind : {"independent", "threshold", "live"}
        Frozen gates of either kind (two active edges to a unit), or ``"live"``: the real zero-one
        loss, with the mean output 1/2 taken off.
    pairs, samples : int
        Pairs of weight vectors a network and overlap, and samples a network.
    activity : float
        Of the live network's inputs and hidden units.

    Returns
    -------
    xarray.Dataset
        ``correlation`` by overlap with its jackknife error, and ``limit``: q^p, or the wide live
        network's C_p(q). As attributes the fitted exponent of q^e with its error, the exponent
        ``limit_exponent`` that the same fit gives to the limit, and the distances from p, from
        p + 1 and from the limit in units of the error.
    """
    products = np.empty((networks, 2, len(OVERLAPS)))
    degree = max(2, width // 6)
    active = activity * degree if kind == "live" else _FROZEN_ACTIVE
    for row in range(networks):
        network = draw_network(n, p, width, degree, samples, rng, active)
        frozen = None if kind == "live" else freeze(network, kind, rng)
        for column, overlap in enumerate(OVERLAPS):
            products[row, :, column] = _products(network, frozen, overlap, pairs, rng)
    correlation, error = jackknife(products, _ratio)
    exponent, exponent_error = jackknife(products, lambda rows: fit_exponent(_ratio(rows)))
    q = np.array(OVERLAPS)
    limit = live_correlation(q, p, activity) if kind == "live" else q**p
    aims = {"p": p, "p_plus_1": p + 1, "limit": fit_exponent(limit)}
    return xr.Dataset(
        {
            "correlation": ("overlap", correlation),
            "correlation_error": ("overlap", error),
            "limit": ("overlap", limit),
        },
        coords={"overlap": list(OVERLAPS)},
        attrs={
            "p": p,
            "n": n,
            "width": width,
            "degree": degree,
            "active": active,
            "gates": kind,
            "networks": networks,
            "exponent": float(exponent),
            "exponent_error": float(exponent_error),
            "limit_exponent": aims["limit"],
            **{
                f"sigmas_from_{name}": float((exponent - aim) / exponent_error)
                for name, aim in aims.items()
            },
        },
    )


def fit_exponent(correlation: Array) -> float:
    """Return the e for which q^e is closest to correlations at `OVERLAPS` in least squares."""
    overlaps = np.array(OVERLAPS)
    found = optimize.minimize_scalar(
        lambda e: float(np.sum((correlation - overlaps**e) ** 2)),
        bounds=(0.1, 60.0),
        method="bounded",
    )
    return float(found.x)


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
