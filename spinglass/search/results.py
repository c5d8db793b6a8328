"""The labelled result of one landscape at one field: an xarray Dataset with its whole history."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import numpy as np
import xarray as xr

from spinglass.covariance import Covariance
from spinglass.errors import DamagedFileError
from spinglass.files.provenance import LANDSCAPE_SCHEMA, package_versions
from spinglass.files.seal import Seal, read_seal
from spinglass.files.store import read_dataset
from spinglass.search.methods import Descent, Status
from spinglass.search.minima import Minima

_VARIABLES = {
    "spins": (("start", "site"), "end point of the descent, |x|^2 = n", "1"),
    "energy": (("start",), "energy per spin H/n", "1"),
    "gradient_norm": (("start",), "Riemannian gradient norm / sqrt(n)", "1"),
    "lambda_min": (("start",), "lowest tangent eigenvalue of the Riemannian Hessian", "1"),
    "index": (("start",), "Morse index, -1 where not stationary", "1"),
    "status": (("start",), "how the descent ended", "1"),
    "gradients": (("start",), "gradients spent", "1"),
    "minimum": (("start",), "number of the minimum, -1 where none", "1"),
    "minimum_energy": (("minimum",), "energy per spin H/n of the distinct minimum", "1"),
    "minimum_count": (("minimum",), "starts that ended in the minimum", "1"),
    "minimum_spins": (("minimum", "site"), "position of the minimum, |x|^2 = n", "1"),
    "minimum_lambda_min": (("minimum",), "lowest tangent eigenvalue there", "1"),
    "minimum_gradient_norm": (("minimum",), "gradient norm / sqrt(n) there", "1"),
}


class Source(Protocol):
    """What a result says of its landscape; a `spinglass.PSpin`, or what is known of one."""

    @property
    def n(self) -> int:
        """Sites."""

    @property
    def p(self) -> int:
        """Order of interaction."""

    @property
    def nu(self) -> float:
        """Field strength."""

    @property
    def seed(self) -> int | None:
        """Seed of the landscape."""

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""


def to_dataset(
    model: Source, descent: Descent, minima: Minima, parameters: dict[str, object]
) -> xr.Dataset:
    """Label the result of a descent.

    Parameters
    ----------
    model, descent, minima
        The landscape, where its starts ended, and the distinct minima.
    parameters : dict
        Everything else that fixes the numbers (seed of the starts, method, tolerances); written
        as attributes.
    """
    values = {
        "spins": descent.spins,
        "energy": descent.energy,
        "gradient_norm": descent.gradient_norm,
        "lambda_min": descent.lambda_min,
        "index": descent.index.astype(np.int32),
        "status": descent.status.astype(np.int8),
        "gradients": descent.gradients,
        "minimum": minima.label.astype(np.int32),
        "minimum_energy": minima.energy,
        "minimum_count": minima.count,
        "minimum_spins": minima.spins,
        "minimum_lambda_min": minima.lambda_min,
        "minimum_gradient_norm": minima.gradient_norm,
    }
    variables = {
        name: (dims, values[name], {"long_name": words, "units": units})
        for name, (dims, words, units) in _VARIABLES.items()
    }
    data = xr.Dataset(variables, attrs=_attributes(model, minima, parameters))
    data["status"].attrs["flag_values"] = np.array([int(s) for s in Status], np.int8)
    data["status"].attrs["flag_meanings"] = " ".join(s.name.lower() for s in Status)
    return data


def _attributes(
    model: Source, minima: Minima, parameters: dict[str, object]
) -> dict[str, str | int | float]:
    fixed: dict[str, object] = {
        "schema": LANDSCAPE_SCHEMA,
        "title": "Local minima of a spherical p-spin glass in a magnetic field",
        "n": model.n,
        "p": model.p,
        "nu": model.nu,
        "critical_field": Covariance.pure(model.p).critical_field,
        "seed": -1 if model.seed is None else model.seed,
        "couplings_sha256": model.checksum(),
        "antipodal_pairs": int(minima.antipodal),
        "versions": json.dumps(package_versions(), sort_keys=True),
    }
    return {
        key: value if isinstance(value, str | int | float) else json.dumps(value)
        for key, value in (fixed | parameters).items()
    }


def open_result(path: Path | str, without: Collection[str] = ()) -> xr.Dataset:
    """Read one result file and check that it is one.

    Parameters
    ----------
    path : Path or str
        The file.
    without : collection of str
        Variables that are not read, as ``spins``, the largest.

    Raises
    ------
    InputError
        If there is no such file.
    DamagedFileError
        If it is truncated or changed, or not a result of this package.
    """
    data = read_dataset(Path(path), without)
    if data.attrs.get("schema") != LANDSCAPE_SCHEMA:
        data.close()
        raise DamagedFileError(
            f"{path} is not a spinglass result (schema {LANDSCAPE_SCHEMA!r} expected)"
        )
    missing = [name for name in _VARIABLES if name not in data and name not in without]
    if missing:
        raise DamagedFileError(f"{path} lacks the variables {', '.join(missing)}")
    if read_seal(Path(path)) is not Seal.WHOLE:
        raise DamagedFileError(f"{path} is damaged: it does not end in its checksum")
    return data
