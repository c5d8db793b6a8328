"""The points of a file evaluated on its landscape, made afresh."""

from spinglass.landscape.model import Array, Landscape
from spinglass.search.recheck import Recheck, recheck


def verify_points(
    model: Landscape,
    pieces: list[tuple[float, Array, Array]],
    share: float = 0.1,
    seed: int = 0,
    tol: float = 1e-10,
) -> Recheck:
    """Evaluate a share of the points of a file on the landscape itself.

    Parameters
    ----------
    model : Landscape
        The landscape (`spinglass.landscape.redraw`).
    pieces : list
        Fields, at least one, the points there, shape (points, n), and their H/n.
    share : float
        Share of the points to evaluate, in (0, 1]; at least one a field where there is one.
    seed : int
        Chooses them.
    tol : float
        Gradient norm / sqrt(n) up to which they were searched.
    """
    found = [
        recheck(model.at_field(nu), points, energy, share, (seed, k), tol)
        for k, (nu, points, energy) in enumerate(pieces)
    ]
    return Recheck(
        sum(one.checked for one in found),
        max(one.energy_error for one in found),
        max(one.gradient_norm for one in found),
        all(one.right for one in found),
    )
