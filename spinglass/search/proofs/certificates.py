"""Proofs that a true stationary point lies near a computed one, and of its Morse index.

The stationary points on the sphere are the zeros z = (x, X) of

    G(x, X) = (dH(x) - X x, (n - |x|^2) / 2),

a square polynomial system whose derivative is symmetric.  Newton-Kantorovich: if b bounds the norm
of the inverse of DG at z, K the Lipschitz constant of DG and h = b^2 K |G(z)| <= 1/2, there is
exactly one zero within (1 + sqrt(1 - 2h)) / (b K), and it lies within 2 b |G(z)|; DG is regular
between z and the zero, so that its inertia is the same at both: that of the tangent Hessian, with
one more eigenvalue of each sign.  Energies are in the landscape's unit.  The bounds b, K and |G|
include every rounding error (`spinglass.search.proofs.enclosures`), so that all this is proven for
the polynomial with the stored coefficients.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.checks import points_on_sphere, positive_number
from spinglass.landscape.model import Landscape
from spinglass.search.proofs.enclosures import (
    derivatives,
    eigenvalues,
    gamma,
    norm,
    third_derivative_bound,
)

NEAR_DEGENERATE = 1e-6
"""Minima are listed as nearly degenerate if their lowest tangent eigenvalue is not proven to exceed
this, in the landscape's unit."""

_WITHIN = 1e-6
_UP = 1.0 + 1e-12


@dataclass(frozen=True)
class Certificate:
    """What is proven about one computed point.

    Attributes
    ----------
    proven : bool
        Whether a true stationary point of Morse index ``index`` lies within ``distance``.
    distance : float
        Bound of the Euclidean distance / sqrt(n) to the true point; infinite if not proven.
    alone_within : float
        No other zero of G is nearer than this to (point, radial force in the landscape's unit),
        Euclidean / sqrt(n); 0 if not proven.
    index : int
        Morse index of the true point; -1 if not proven.
    lambda_min : float
        Proven lower bound of the true point's lowest tangent eigenvalue; nan if not proven.
    contraction : float
        The h of Newton-Kantorovich; at most 1/2 if proven.
    near_degenerate : bool
        Whether the point is a proven minimum, and its lowest eigenvalue in the landscape's unit
        is not proven to exceed `NEAR_DEGENERATE`.
    """

    proven: bool
    distance: float
    alone_within: float
    index: int
    lambda_min: float
    contraction: float
    near_degenerate: bool

    @property
    def is_minimum(self) -> bool:
        """Whether a true local minimum is proven to lie within ``distance``."""
        return self.proven and self.index == 0


def prove_stationary(model: Landscape, x: ArrayLike, within: float = _WITHIN) -> list[Certificate]:
    """Try to prove that a stationary point of known index lies near each of the points.

    Parameters
    ----------
    model : Landscape
        The landscape.
    x : (n,) or (count, n) array_like
        Computed points, on the sphere of radius sqrt(n).
    within : float
        Largest distance / sqrt(n) that counts as near; a proof of a larger one is refused.

    Returns
    -------
    list of Certificate
        One for each point; where a proof fails, ``proven`` is False, and nothing is raised.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    points = points_on_sphere(x, model.n).reshape(-1, model.n)
    limit = positive_number("within", within)
    reach = math.sqrt(model.n) * 1.001 + 1.0
    own = model.in_unit(model.unit)
    lipschitz = third_derivative_bound(own, reach)
    proofs = [_prove(own, point, limit, lipschitz) for point in points]
    return [replace(proof, lambda_min=model.unit * proof.lambda_min) for proof in proofs]


def prove_minima(model: Landscape, x: ArrayLike, within: float = _WITHIN) -> list[Certificate]:
    """Prove as `prove_stationary` does, and refuse all points that are not minima."""
    proofs = prove_stationary(model, x, within)
    return [c if c.is_minimum else _refused(c.contraction) for c in proofs]


def _refused(contraction: float) -> Certificate:
    return Certificate(False, math.inf, 0.0, -1, math.nan, contraction, False)


def _prove(model: Landscape, x: Array, within: float, lipschitz: float) -> Certificate:
    n = model.n
    slope, slope_error, curvature, curvature_error = derivatives(model, x)
    force = float(x @ slope) / n
    residual = _residual_norm(x, slope, slope_error, force)
    shift_error = gamma(2) * norm(np.diag(curvature) - force)
    values, radius = eigenvalues(
        _bordered(curvature, x, force), (curvature_error + shift_error) * _UP
    )
    gap = float(np.min(np.abs(values))) - radius
    if not gap > 0.0 or not math.isfinite(residual):
        return _refused(math.inf)
    constant = (lipschitz + math.sqrt(2.0)) * _UP
    contraction = constant * residual / gap**2 * _UP
    moved = 2.0 * residual / gap * _UP
    # The Lipschitz constant holds only in the ball of radius `reach` in `prove_stationary`.
    if contraction > 0.5 or moved > min(1.0, within * math.sqrt(n)):
        return _refused(contraction)
    alone = min(1.0, gap / constant * (1.0 + math.sqrt(1.0 - 2.0 * contraction)) / _UP)
    index = int(np.sum(values < 0.0)) - 1
    lowest = _lowest_eigenvalue(x, curvature, curvature_error, force, moved, lipschitz)
    return Certificate(
        True,
        moved / math.sqrt(n) * _UP,
        alone / math.sqrt(n) / _UP,
        index,
        lowest,
        contraction,
        bool(index == 0 and lowest < NEAR_DEGENERATE),
    )


def _residual_norm(x: Array, slope: Array, slope_error: Array, force: float) -> float:
    """Bound |G(x, force)|; ``force`` is taken as exact, so that only rounding in G counts."""
    n = x.size
    tangent = slope - force * x
    error = slope_error + gamma(3) * (np.abs(slope) + np.abs(force * x))
    radial = 0.5 * abs(n - float(x @ x)) + gamma(n + 3) * 2.0 * n
    return math.hypot(norm(np.abs(tangent) + error), radial) * _UP


def _bordered(curvature: Array, x: Array, force: float) -> Array:
    n = x.size
    matrix = np.zeros((n + 1, n + 1))
    matrix[:n, :n] = curvature - force * np.eye(n)
    matrix[:n, n] = matrix[n, :n] = -x
    return matrix


def _lowest_eigenvalue(
    x: Array, curvature: Array, curvature_error: float, force: float, moved: float, lipschitz: float
) -> float:
    """Bound the lowest tangent eigenvalue at the true point from below.

    For any vector w and number s, W = d2H - X - x w' - w x' + s x x' has the tangent Hessian's
    quadratic form on the tangent space at x, so its lowest eigenvalue is a lower bound there.
    """
    n = x.size
    unit = x / n
    shifted = curvature - force * np.eye(n)
    pulled = shifted @ unit
    w = pulled - 0.5 * float(unit @ pulled) * x
    push = (np.abs(shifted).sum(axis=1).max() + 1.0) / n
    matrix = shifted - np.outer(x, w) - np.outer(w, x) + push * np.outer(x, x)
    size = norm(shifted) + 2.0 * norm(x) * norm(w) + push * norm(x) ** 2
    values, radius = eigenvalues(0.5 * (matrix + matrix.T), curvature_error + gamma(9) * size)
    drift = (lipschitz + 1.0 + 2.0 * norm(w) + push * (2.0 * norm(x) + moved)) * moved
    return float(values[0]) - (radius + drift) * _UP
