"""The points of a file evaluated on couplings drawn afresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinglass.errors import InputError, SpinglassError
from spinglass.landscape.model import Array, PSpin
from spinglass.search.recheck import recheck


@dataclass(frozen=True)
class FileCheck:
    """What was found out about a file.

    Attributes
    ----------
    right : bool
        Whether every point that was evaluated is what the file says.
    points, checked : int
        Points in the file, none for kinds that keep none, and how many were evaluated again.
    energy_error, gradient_norm : float
        Largest deviation of H/n from the file, and largest |g| / sqrt(n).
    """

    right: bool = True
    points: int = 0
    checked: int = 0
    energy_error: float = 0.0
    gradient_norm: float = 0.0


def verify_points(
    path: Path,
    attributes: Mapping[str, Any],
    pieces: list[tuple[float, Array, Array]],
    share: float = 0.1,
    seed: int = 0,
) -> FileCheck:
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
        return FileCheck()
    disorder = attributes["seed"]
    if disorder < 0:
        raise InputError(f"{path} is of couplings without a seed; they cannot be drawn afresh")
    model = PSpin(attributes["n"], attributes["p"], attributes.get("nu", 0.0), disorder)
    checksum = model.checksum()
    if attributes.get("couplings_sha256", checksum) != checksum:  # the first censuses have none
        raise SpinglassError(f"{path}: the couplings are not those of seed {disorder}")
    tol = attributes.get("tol", 1e-10)
    found = [
        recheck(model.at_field(nu), points, energy, share, [seed, k], tol)
        for k, (nu, points, energy) in enumerate(pieces)
    ]
    return FileCheck(
        all(one.right for one in found),
        sum(len(energy) for _, _, energy in pieces),
        sum(one.checked for one in found),
        max(one.energy_error for one in found),
        max(one.gradient_norm for one in found),
    )
