"""The density of stationary points over the latitude by random matrices: slow and obvious."""

import math

import numpy as np

from spinglass.covariance import Covariance
from spinglass.theory.latitude_law import latitude_law


def sampled_latitudes(n, law: Covariance, signal, m, index=None, draws=240_000, seed=0):
    """Mean densities, their standard errors and mean energies, (latitudes,) each.

    Matrices are dense; eigenvalues give determinant and index.  Unpinned, with laws of their own.
    """
    rng = np.random.default_rng(seed)
    matrices = rng.standard_normal((draws, n - 1, n - 1))
    matrices = (matrices + matrices.transpose(0, 2, 1)) * math.sqrt(law.curvature / (2 * n))
    normal, other = rng.standard_normal((2, draws))
    rows = []
    for each in m:
        pull, bend = (
            sum(a * math.perm(p, k) * each ** (p - k) for p, a in signal.items() if p >= k)
            for k in (1, 2)
        )
        x = -each * pull + math.sqrt(law.radial / n) * normal
        shifted = matrices - x[:, None, None] * np.eye(n - 1)
        shifted[:, 0, 0] -= bend * (1 - each**2)
        values = np.linalg.eigvalsh(shifted)
        size = np.abs(values.prod(axis=1))
        if index is not None:
            size *= (values < 0).sum(axis=1) == index
        size *= math.exp(latitude_law(n, law, tuple(signal.items()), each, False).log_factor)
        energy = -sum(a * each**p for p, a in signal.items())
        energy = energy + law.slope / law.radial * (x + each * pull)
        energy += math.sqrt(law.energy_variance / n) * other
        rows.append((size.mean(), size.std() / draws**0.5, (size * energy).mean() / size.mean()))
    return np.array(rows).T
