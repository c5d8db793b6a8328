"""Files of all stationary points of a landscape, real or complex."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.errors import InputError
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.provenance import origin, with_parameters
from spinglass.landscape.model import Landscape
from spinglass.search.complex_solutions import ComplexSolutions
from spinglass.search.point_set import StationaryPoints

_POINT, _SOLUTION = ("point",), ("solution",)

_FORCE = "radial force X = x . dH / n"
_EIGENVALUE = "E-eigenvalue m: c_p J v^(p-1) = m v, |v| = 1; nan of a mixture or with a field"

POINTS = Kind(
    schema="spinglass-points-1",
    noun="stationary points",
    title="All stationary points of a spherical p-spin glass in a magnetic field",
    attributes=("n", "nu", "seed", "method", "proven", "complete", "doubts", "starts", "arrived"),
    variables={
        "spins": Variable(("point", "site"), "position, |x|^2 = n"),
        "energy": Variable(_POINT, Words.ENERGY),
        "index": Variable(_POINT, "Morse index", np.int64),
        "radial_force": Variable(_POINT, _FORCE),
        "eigenvalue": Variable(_POINT, _EIGENVALUE),
        "gap": Variable(_POINT, "smallest size of a tangent eigenvalue"),
        "distance": Variable(_POINT, "proven bound of the distance / sqrt(n) to the true point"),
    },
)

SOLUTIONS = Kind(
    schema="spinglass-solutions-1",
    noun="complex stationary points",
    title="All complex stationary points of a spherical p-spin glass in a magnetic field",
    attributes=(
        "n",
        "nu",
        "seed",
        "pairs",
        "expected",
        "found",
        "complete",
        "decided",
        "paths",
        "arrived",
        "doubtful",
        "lost",
        "infinite",
    ),
    variables={
        "u": Variable(("solution", "site", "part"), "x / sqrt(n), real and imaginary part"),
        "radial_force": Variable(("solution", "part"), _FORCE),
        "eigenvalue": Variable(("solution", "part"), _EIGENVALUE),
        "radius": Variable(_SOLUTION, "exactly one solution (u, sqrt(n) X / unit) is so near"),
        "real": Variable(_SOLUTION, "whether it is proven to be real", np.bool_),
        "unreal": Variable(_SOLUTION, "whether it is proven not to be real", np.bool_),
    },
)


def points_dataset(
    model: Landscape, points: StationaryPoints, parameters: Mapping[str, object]
) -> xr.Dataset:
    """Return the stationary points of a landscape as a dataset.

    ``parameters`` is everything else that fixes the numbers; it is stored as attributes.
    `spinglass.write_result` writes the dataset to a file.
    `InputError` if points of other indices were left out.
    """
    if points.only is not None:
        raise InputError(f"points must be of every index, got those of index {points.only} alone")
    force = model.radial_force(points.spins)
    values = vars(points) | {
        "radial_force": force,
        "eigenvalue": _eigenvalues(model, force),
    }
    known = {
        "method": points.method,
        "proven": int(points.proven),
        "complete": int(points.complete),
        "doubts": list(points.doubts),
        "starts": points.starts,
        "arrived": points.arrived,
    }
    return POINTS.dataset(values, with_parameters(origin(model) | known, parameters))


def solutions_dataset(solutions: ComplexSolutions, parameters: Mapping[str, object]) -> xr.Dataset:
    """Return complex solutions as a dataset; one of each pair +-x if that is a symmetry.

    ``parameters`` is everything else that fixes the numbers; it is stored as attributes.
    `spinglass.write_result` writes the dataset to a file.
    """
    classes, model = solutions.classes, solutions.model
    force = -classes.z[:, -1] * (model.unit / np.sqrt(model.n))
    values = {
        "u": _parts(classes.z[:, :-1]),
        "radial_force": _parts(force),
        "eigenvalue": _parts(_eigenvalues(model, force)),
        "radius": classes.radius,
        "real": classes.real,
        "unreal": classes.unreal,
    }
    known = {
        "pairs": int(solutions.halved),
        "expected": solutions.expected,
        "found": solutions.found,
        "complete": int(solutions.complete),
        "decided": int(solutions.decided),
        "paths": solutions.paths,
        "arrived": solutions.arrived,
        "doubtful": len(solutions.doubtful),
        "lost": solutions.lost,
        "infinite": solutions.infinite,
        "doubts": list(solutions.doubts),
    }
    return SOLUTIONS.dataset(values, with_parameters(origin(model) | known, parameters))


def _parts(values: np.ndarray) -> Array:
    return np.stack([values.real, values.imag], axis=-1)


def _eigenvalues(model: Landscape, force: np.ndarray) -> np.ndarray:
    """Return the E-eigenvalues of the couplings, (points,); nan for a mixture or with a field."""
    if len(model.orders) > 1 or model.field.any():
        return np.full_like(force, np.nan)
    return -np.sqrt(model.n) / model.orders[0] * force
