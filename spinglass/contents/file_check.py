"""The points of a file evaluated on couplings drawn afresh."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinglass.covariance import Covariance
from spinglass.errors import InputError, SpinglassError
from spinglass.landscape.model import Array, draw_landscape
from spinglass.search.recheck import Recheck, recheck


def verify_points(
    path: Path,
    attributes: Mapping[str, Any],
    pieces: list[tuple[float, Array, Array]],
    share: float = 0.1,
    seed: int = 0,
) -> Recheck:
    """Evaluate a share of the points of a file on the landscape itself.

    Parameters
    ----------
    path : Path
        The file, named in messages.
    attributes : mapping
        What it says of its landscape.
    pieces : list
        Fields, the points there, shape (points, n), and their H/n.
    share : float
        Share of the points to evaluate, in (0, 1]; at least one a field where there is one.
    seed : int
        Chooses them.

    Raises
    ------
    InputError
        If its couplings have no seed.
    SpinglassError
        If its couplings are not those of its seed.
    """
    if not pieces:
        return Recheck()
    disorder = attributes["seed"]
    if disorder < 0:
        raise InputError(f"{path} is of couplings without a seed; they cannot be drawn afresh")
    model = draw_landscape(attributes["n"], Covariance.said_by(attributes), disorder)
    checksum = model.checksum()
    if attributes.get("couplings_sha256", checksum) != checksum:  # the first censuses have none
        raise SpinglassError(f"{path}: the couplings are not those of seed {disorder}")
    tol = attributes.get("tol", 1e-10)
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
