"""The record of the branches of minima of one sample, in memory and in a file."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.provenance import origin, with_parameters
from spinglass.following.continuation import Ending
from spinglass.landscape.model import Landscape
from spinglass.shown import Shown
from spinglass.signals import SIGNAL_KEYS

Flags = NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Branches(Shown):
    """Branches of minima over fields nu_0, nu_1, ..., in the direction of travel.

    At fields where a branch does not exist, its numbers are nan and its flags False.

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
        The branch that the state reaches after its fall from this fold; -1 for none.
    ending : (branches,) int64
        `Ending` at the last field to which the branch was followed: REACHED while it lives.
    starts, unseen : (fields,) int64 and float64
        Descents and Good-Turing unseen basin weight of each fresh census.
    complete : (fields,) bool
        Whether that census reached the share asked for.
    contradictions : (fields,) int64
        Number of contradictions: minima on two branches at once, and branches whose following
        stalled.
    cut : int
        If time ran out in the last census, the number of branches before it; else -1.
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
    cut: int = -1

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        alive = self.present[:, -1] if self.nu.size else np.zeros(0, bool)
        return {
            "branches": len(self.ending),
            "fields done": self.nu.size,
            **({"from nu": float(self.nu[0]), "to nu": float(self.nu[-1])} if self.nu.size else {}),
            "minima at the last": int(alive.sum()),
            "contradictions": int(self.contradictions.sum()),
        }

    @property
    def present(self) -> Flags:
        """Which branches exist at which fields, shape (branches, fields)."""
        return ~np.isnan(self.energy)

    @property
    def whole(self) -> int:
        """Number of fields done, not counting one whose census the time limit ended."""
        return self.nu.size - (self.cut >= 0)

    @property
    def finished(self) -> "Branches":
        """The branches without the last field if the time limit ended its census."""
        if self.cut < 0:
            return self
        whole = {}
        for name, variable in BRANCHES.variables.items():
            if name in vars(self):
                to = {"branch": slice(self.cut), "field": slice(-1)}
                whole[name] = getattr(self, name)[
                    tuple(to.get(d, slice(None)) for d in variable.dims)
                ]
        here = self.present[: self.cut]
        ended = here[:, -2] & ~here[:, -1] if self.nu.size > 1 else np.zeros(self.cut, np.bool_)
        blank = {"death": np.nan, "drop": np.nan, "heir": -1, "ending": Ending.REACHED}
        for name, value in blank.items():
            whole[name] = whole[name].copy()
            whole[name][ended] = value
        return replace(self, **whole, cut=-1)

    def counts(self) -> dict[str, NDArray[np.int64]]:
        """Return numbers of branches at each field, and of changes since the field before.

        Returns
        -------
        dict of (fields,) int64
            ``followed`` from the field before, ``born`` and ``died`` since then, ``minima`` known
            at the field, ``census``: those that the fresh census met, and those ``proven``.
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
        """The findings at the last field in one line."""
        counts = {name: int(numbers[-1]) for name, numbers in self.counts().items()}
        minima = "minimum" if counts["minima"] == 1 else "minima"
        return (
            f"nu={self.nu[-1]:.4f}: {counts['minima']:,} {minima}, {counts['born']:,} born, "
            f"{counts['died']:,} died"
        )


def no_branches(n: int) -> Branches:
    """Return a record without branches and fields."""
    flat, flags, whole = np.empty((0, 0)), np.empty((0, 0), np.bool_), np.empty(0, np.int64)
    return Branches(
        np.empty(0), np.empty((0, 0, n)), flat, flat, flat, flags, flags,
        np.empty((0, 3)), np.empty((0, 3)), np.empty(0), whole, whole,
        whole, np.empty(0), np.empty(0, np.bool_), whole,
    )  # fmt: skip


_FIELD, _BRANCH, _BOTH, _FOLD = ("field",), ("branch",), ("branch", "field"), ("branch", "fold")

BRANCHES = Kind(
    schema="spinglass-branches-1",
    noun="a file of branches",
    title="Branches of minima of a spherical p-spin glass over the field",
    attributes=("n", "seed"),
    variables={
        "nu": Variable(_FIELD, "field strength"),
        "spins": Variable((*_BOTH, "site"), "minimum of the branch at the field, |x|^2 = n"),
        "energy": Variable(_BOTH, Words.ENERGY),
        "slope": Variable(_BOTH, "d(H/n)/d(nu) along the branch"),
        "lambda_min": Variable(_BOTH, Words.LAMBDA_MIN),
        "overlap": Variable(_BOTH, Words.OVERLAP, optional=True),
        "met": Variable(_BOTH, "whether the fresh census at the field met it", np.bool_),
        "proven": Variable(_BOTH, "whether it is proven to be a minimum", np.bool_),
        "birth": Variable(_FOLD, "nu, H/n and d(H/n)/d(nu) where the branch began"),
        "death": Variable(_FOLD, "nu, H/n and d(H/n)/d(nu) where the branch ended"),
        "drop": Variable(_BRANCH, "H/n lost by the gradient flow where the branch ended"),
        "heir": Variable(_BRANCH, "branch that the flow from there leads to, or -1", np.int64),
        "ending": Variable(_BRANCH, "0 followed on, 1 ended at a fold, 2 stalled", np.int64),
        "starts": Variable(_FIELD, "descents of the fresh census", np.int64),
        "unseen": Variable(_FIELD, "Good-Turing estimate of the unseen basin weight"),
        "complete": Variable(_FIELD, "whether the census reached the share asked for", np.bool_),
        "contradictions": Variable(_FIELD, "points that no account fits", np.int64),
        "fold": Variable(("fold",), "which number of a fold", None),
    },
)


def branches_dataset(
    model: Landscape, branches: Branches, parameters: dict[str, object]
) -> xr.Dataset:
    """Return the branches of a landscape as a dataset.

    ``parameters`` is everything else that fixes the numbers; it is stored as attributes.
    `spinglass.write_result` writes the dataset to a file.
    """
    known = origin(model)
    del known["nu"]
    values = vars(branches) | {"fold": ["nu", "energy", "slope"]}
    if model.hidden is not None:
        values["overlap"] = branches.spins @ model.hidden / model.n
    cut = {"cut": branches.cut} if branches.cut >= 0 else {}
    return BRANCHES.dataset(values, with_parameters(known, parameters) | cut)


def from_dataset(data: xr.Dataset) -> Branches:
    """Return the branches of a dataset made by `branches_dataset`."""
    values = BRANCHES.arrays(data)
    known = {field.name: values[field.name] for field in fields(Branches) if field.name in values}
    return Branches(**known, cut=int(data.attrs.get("cut", -1)))


def open_to_resume(path: Path, model: Landscape, parameters: dict[str, object]) -> Branches | None:
    """Return the branches that the file of the same run holds; None if there is no file.

    Raises the errors of `spinglass.files.kind.Kind.to_resume`.
    """
    which = model.covariance.named | {"couplings_sha256": model.checksum()}
    unsaid = dict.fromkeys(SIGNAL_KEYS)
    data = BRANCHES.to_resume(path, parameters | which | unsaid | model.details, unsaid)
    return None if data is None else from_dataset(data)
