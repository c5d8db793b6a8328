"""Check the points of a file, or prove them again, on its landscape, which is made afresh."""

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.checks import integer_at_least
from spinglass.landscape.model import Landscape
from spinglass.parallel import single_threaded_blas
from spinglass.search.proofs.complex_zeros import distinct, prove_zeros
from spinglass.search.proofs.polynomial_system import polynomial_of
from spinglass.search.recheck import Recheck, recheck


def verify_points(
    model: Landscape,
    pieces: list[tuple[float, Array, Array]],
    share: float = 0.1,
    choice_seed: int = 0,
    tol: float = 1e-10,
) -> Recheck:
    """Evaluate a share of the points of a file on ``model``, its landscape made afresh.

    Each of the ``pieces``, at least one, is a field, the points there, shape (points, n), and their
    H/n.  The other arguments are those of `spinglass.search.recheck.recheck`, called for each.
    """
    first = integer_at_least("choice_seed", choice_seed, 0)
    rechecks = [
        recheck(model.at_field(nu), points, energy, share, (first, k), tol)
        for k, (nu, points, energy) in enumerate(pieces)
    ]
    return Recheck(
        sum(one.checked for one in rechecks),
        max(one.energy_error for one in rechecks),
        max(one.gradient_norm for one in rechecks),
        all(one.right for one in rechecks),
    )


def proven_again(model: Landscape, data: xr.Dataset) -> int:
    """Return how many complex points of a file are proven to lie where it says, and to differ."""
    u = data["u"].values @ np.array([1.0, 1.0j])
    force = data["radial_force"].values @ np.array([1.0, 1.0j])
    z = np.concatenate([u, -force[:, None] * (np.sqrt(model.n) / model.unit)], axis=1)
    if not len(z):
        return 0
    with single_threaded_blas():
        system = polynomial_of(model)
        balls = prove_zeros(system, z)
    # The file's radial forces are rounded, so the last digits of z are not exact.
    moved = np.linalg.norm(balls.z - z, axis=1) - 1e-13 * np.linalg.norm(z, axis=1)
    return int((distinct(system, balls) & (moved <= balls.radius + data["radius"].values)).sum())
