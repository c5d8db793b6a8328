"""Where descents ended in the plane of energy and radial force."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinglass.arrays import Array
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures.sources import read_results
from spinglass.figures.style import special_label
from spinglass.files.provenance import details
from spinglass.landscape.model import Landscape
from spinglass.landscape.redraw import redraw
from spinglass.search.descent import Status
from spinglass.search.results import DESCENTS

_SAME_FIELD = 1e-6


@dataclass(frozen=True)
class Ends:
    """The minima in which descents on one landscape ended.

    Attributes
    ----------
    energy, force : (ends,) float64
        H/n and X = x . dH / n for each descent that ended in a minimum.
    descents : int
        Number of descents, including those that ended elsewhere.
    """

    energy: Array
    force: Array
    descents: int


def ends_of(model: Landscape, spins: Array, status: Array) -> Ends:
    """Return the `Ends` of descents from their end points, (starts, n), and `Status`, (starts,)."""
    minima = spins[np.asarray(status) == Status.MINIMUM]
    return Ends(model.energy(minima), model.radial_force(minima), len(spins))


def read_ends(paths: Iterable[Path], n: int, law: Covariance) -> list[Ends]:
    """Return the ends of the descents in each of some result files, drawing the couplings afresh.

    The files must have n spins and the covariance ``law``; from folders those that fit are taken.
    `InputError` if a file does not exist or does not fit, or no file of a folder fits;
    `DamagedFileError` if a file is damaged, or its couplings are not those of its seed.
    """
    results = []
    for path in paths:
        if path.is_dir():
            fitting = [data for data in read_results(path) if _fits(data.attrs, n, law)]
            if not fitting:
                raise InputError(f"a result in {path} must be of {_words(n, law)}, got none")
        else:
            fitting = [DESCENTS.open(path)]
            if not _fits(fitting[0].attrs, n, law):
                attributes = fitting[0].attrs
                said = _words(int(attributes["n"]), Covariance.said_by(attributes))
                hidden = special_label(attributes)
                said += f", {hidden}" if hidden else ""
                raise InputError(f"results must be of {_words(n, law)}, got {path} of {said}")
        results += [
            ends_of(redraw(data.attrs, path), data["spins"].values, data["status"].values)
            for data in fitting
        ]
    return results


def _fits(attributes: dict[str, Any], n: int, law: Covariance) -> bool:
    """Say whether a file is of a plain sample of n spins and ``law``; fields agree to 6 digits."""
    if details(attributes):
        return False
    said = Covariance.said_by(attributes)
    near = math.isclose(said.nu, law.nu, rel_tol=_SAME_FIELD)
    return int(attributes["n"]) == n and said.weights == law.weights and near


def _words(n: int, law: Covariance) -> str:
    return f"n = {n}, {law.orders}, nu = {law.nu:g}"
