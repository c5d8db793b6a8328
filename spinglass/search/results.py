"""The result of descents in one landscape as an xarray Dataset that says how it was made."""

import numpy as np
import xarray as xr

from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.provenance import LandscapeOrigin, origin, with_parameters
from spinglass.search.descent import Array, Descent, Status
from spinglass.search.minima import Minima, hidden_overlap

_START, _MINIMUM = ("start",), ("minimum",)

DESCENTS = Kind(
    schema="spinglass-landscape-1",
    noun="a result of descents",
    title="Local minima of a spherical p-spin glass in a magnetic field",
    attributes=("n", "nu", "seed", "antipodal_pairs"),
    variables={
        "spins": Variable(("start", "site"), "end point of the descent, |x|^2 = n"),
        "energy": Variable(_START, Words.ENERGY),
        "gradient_norm": Variable(_START, Words.GRADIENT_NORM),
        "lambda_min": Variable(_START, Words.LAMBDA_MIN),
        "index": Variable(_START, "Morse index, -1 where not stationary", np.int32),
        "status": Variable(_START, "how the descent ended", np.int8),
        "gradients": Variable(_START, "gradients spent", np.int64),
        "minimum": Variable(_START, "number of the minimum, -1 where none", np.int32),
        "minimum_energy": Variable(_MINIMUM, f"{Words.ENERGY} of the distinct minimum"),
        "minimum_count": Variable(_MINIMUM, "starts that ended in the minimum", np.int64),
        "minimum_spins": Variable(("minimum", "site"), Words.MINIMUM_SPINS),
        "minimum_lambda_min": Variable(_MINIMUM, "lowest tangent eigenvalue there"),
        "minimum_gradient_norm": Variable(_MINIMUM, "gradient norm / sqrt(n) there"),
        "overlap": Variable(_START, Words.OVERLAP, optional=True),
        "minimum_overlap": Variable(_MINIMUM, Words.OVERLAP, optional=True),
        "radial_force": Variable(_START, "radial force X = x . dH / n", optional=True),
    },
)


def descent_dataset(
    model: LandscapeOrigin,
    descent: Descent,
    minima: Minima,
    parameters: dict[str, object],
    radial_force: Array | None = None,
) -> xr.Dataset:
    """Return the result of descents as a dataset; with overlaps, if the landscape hides a point.

    Parameters
    ----------
    model, descent, minima
        The landscape, the record of its descents, and the distinct minima.
    parameters : dict
        Everything else that fixes the numbers (seed of the starts, method, tolerances); written
        as attributes.
    radial_force : (starts,) float64, optional
        X = x . dH / n at each end, to be kept in the dataset.
    """
    named = {"count", "energy", "gradient_norm", "lambda_min", "spins"}
    values = vars(descent) | {"minimum": minima.label}
    values |= {f"minimum_{name}": getattr(minima, name) for name in named}
    if radial_force is not None:
        values["radial_force"] = radial_force
    if model.hidden is not None:
        values["overlap"] = hidden_overlap(descent.spins, model.hidden, minima.antipodal)
        values["minimum_overlap"] = hidden_overlap(minima.spins, model.hidden, minima.antipodal)
    known = origin(model) | {"antipodal_pairs": int(minima.antipodal)}
    data = DESCENTS.dataset(values, with_parameters(known, parameters))
    data["status"].attrs["flag_values"] = np.array([int(s) for s in Status], np.int8)
    data["status"].attrs["flag_meanings"] = " ".join(s.name.lower() for s in Status)
    return data
