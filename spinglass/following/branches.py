"""What is known of the branches of minima of one sample, in memory and in a file."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.seal import Seal, read_seal
from spinglass.files.store import read_dataset
from spinglass.following.continuation import Ending
from spinglass.landscape.model import Array, PSpin
from spinglass.search.results import package_versions

SCHEMA = "spinglass-branches-1"

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Branches:
    """Branches of minima over fields nu_0, nu_1, ..., in the direction of travel.

    Where a branch is not there, numbers are nan and flags False.

    Attributes
    ----------
    nu : (fields,) float64
        The field strengths done so far.
    spins : (branches, fields, n) float64
        The minimum of each branch at each field.
    energy, slope, lambda_min : (branches, fields) float64
        H/n, its derivative along the branch d(H/n)/d(nu) = -eta . x / n, lowest tangent eigenvalue.
    met, proven : (branches, fields) bool
        Whether the fresh census at that field met it; whether it is proven to be a minimum
        (`spinglass.search.proofs.certificates`).
    birth, death : (branches, 3) float64
        nu, H/n and d(H/n)/d(nu) of the fold where the branch began and where it ended.
    drop : (branches,) float64
        H/n that the gradient flow loses at the fold where the branch ended.
    heir : (branches,) int64
        The branch that the flow from there, followed on, is on at the next field; -1 for none.
    ending : (branches,) int64
        `Ending` of the latest piece: REACHED while the branch lives.
    starts, unseen : (fields,) int64 and float64
        Descents and Good-Turing unseen basin weight of each fresh census.
    complete : (fields,) bool
        Whether that census reached the share asked for.
    contradictions : (fields,) int64
        What no account fits: minima on two branches at once, branches that could not be followed
        to a fold.
    """

    nu: Array
    spins: Array
    energy: Array
    slope: Array
    lambda_min: Array
    met: Flags
    proven: Flags
    birth: Array
    death: Array
    drop: Array
    heir: NDArray[np.int64]
    ending: NDArray[np.int64]
    starts: NDArray[np.int64]
    unseen: Array
    complete: Flags
    contradictions: NDArray[np.int64]

    @property
    def present(self) -> Flags:
        """Which branch is there at which field, shape (branches, fields)."""
        return ~np.isnan(self.energy)

    def counts(self) -> dict[str, NDArray[np.int64]]:
        """Return what happened at each field, or between it and the one before.

        Returns
        -------
        dict of (fields,) int64
            ``followed`` from the field before, ``born`` and ``died`` since, ``minima`` known,
            ``census``: those of them that the fresh census met, ``proven``.
        """
        here = self.present
        before = np.zeros_like(here)
        before[:, 1:] = here[:, :-1]
        numbers = {
            "followed": here & before,
            "born": here & ~before,
            "died": before & ~here & (self.ending == Ending.FOLDED)[:, None],
            "minima": here,
            "census": self.met,
            "proven": self.proven,
        }
        counted = {name: flags.sum(axis=0) for name, flags in numbers.items()}
        counted["born"][:1] = 0
        return counted

    @property
    def words(self) -> str:
        """What the last field has brought, in a line."""
        counts = {name: int(numbers[-1]) for name, numbers in self.counts().items()}
        minima = "minimum" if counts["minima"] == 1 else "minima"
        return (
            f"nu={self.nu[-1]:.4f}: {counts['minima']:,} {minima}, {counts['born']:,} born, "
            f"{counts['died']:,} died"
        )


def no_branches(n: int) -> Branches:
    """Return the record of no branch at no field."""
    flat, flags, whole = np.empty((0, 0)), np.empty((0, 0), np.bool_), np.empty(0, np.int64)
    return Branches(
        np.empty(0), np.empty((0, 0, n)), flat, flat, flat, flags, flags,
        np.empty((0, 3)), np.empty((0, 3)), np.empty(0), whole, whole,
        whole, np.empty(0), np.empty(0, np.bool_), whole,
    )  # fmt: skip


_VARIABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "nu": (("field",), "field strength"),
    "spins": (("branch", "field", "site"), "minimum of the branch at the field, |x|^2 = n"),
    "energy": (("branch", "field"), "energy per spin H/n"),
    "slope": (("branch", "field"), "d(H/n)/d(nu) along the branch"),
    "lambda_min": (("branch", "field"), "lowest tangent eigenvalue of the Riemannian Hessian"),
    "met": (("branch", "field"), "whether the fresh census at the field met it"),
    "proven": (("branch", "field"), "whether it is proven to be a minimum"),
    "birth": (("branch", "fold"), "nu, H/n and d(H/n)/d(nu) where the branch began"),
    "death": (("branch", "fold"), "nu, H/n and d(H/n)/d(nu) where the branch ended"),
    "drop": (("branch",), "H/n lost by the gradient flow where the branch ended"),
    "heir": (("branch",), "branch that the flow from there leads to, -1 for none"),
    "ending": (("branch",), "0 followed on, 1 ended at a fold, 2 stalled"),
    "starts": (("field",), "descents of the fresh census"),
    "unseen": (("field",), "Good-Turing estimate of the unseen basin weight"),
    "complete": (("field",), "whether the census reached the share asked for"),
    "contradictions": (("field",), "points that no account fits"),
}


def to_dataset(model: PSpin, found: Branches, parameters: dict[str, object]) -> xr.Dataset:
    """Label branches; ``parameters`` is what else fixes the numbers, written as attributes."""
    variables = {}
    for name, (dims, words) in _VARIABLES.items():
        values = getattr(found, name)
        stored = values.astype(np.int8) if values.dtype == np.bool_ else values
        variables[name] = (dims, stored, {"long_name": words, "units": "1"})
    fixed: dict[str, object] = {
        "schema": SCHEMA,
        "title": "Branches of minima of a spherical p-spin glass over the field",
        "n": model.n,
        "p": model.p,
        "seed": -1 if model.seed is None else model.seed,
        "critical_field": model.covariance.critical_field,
        "couplings_sha256": model.checksum(),
        "versions": json.dumps(package_versions(), sort_keys=True),
    }
    return xr.Dataset(variables, {"fold": ["nu", "energy", "slope"]}, fixed | parameters)


def from_dataset(data: xr.Dataset) -> Branches:
    """Return the branches of a dataset of `to_dataset`."""
    values = {name: data[name].values for name in _VARIABLES}
    for name in ("met", "proven", "complete"):
        values[name] = values[name].astype(np.bool_)
    return Branches(**values)


def open_branches(path: Path | str) -> xr.Dataset:
    """Read a file of branches and check that it is one.

    Raises
    ------
    InputError
        If there is no such file.
    DamagedFileError
        If it is truncated or changed, or not a file of branches of this package.
    """
    data = read_dataset(Path(path))
    missing = [name for name in _VARIABLES if name not in data]
    if data.attrs.get("schema") != SCHEMA or missing:
        raise DamagedFileError(f"{path} is not a file of branches (schema {SCHEMA!r} expected)")
    if read_seal(Path(path)) is not Seal.WHOLE:
        raise DamagedFileError(f"{path} is damaged: it does not end in its checksum")
    return data


def open_to_resume(path: Path, model: PSpin, parameters: dict[str, object]) -> Branches | None:
    """Return what a file knows already of the same run; None where there is no file.

    Raises
    ------
    InputError
        If the file is of another run; it is left as it is.
    """
    if not path.exists():
        return None
    data = open_branches(path)
    expected = {**parameters, "couplings_sha256": model.checksum()}
    other = [name for name, value in expected.items() if data.attrs.get(name) != value]
    if other:
        raise InputError(
            f"{path} is of another run ({', '.join(other)} differ): choose another --out"
        )
    return from_dataset(data)
