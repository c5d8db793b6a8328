"""What happened to the branches of minima at each field, beside what theory expects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.contents.numbers import or_none, overlap_row
from spinglass.covariance import Covariance
from spinglass.files.provenance import details, is_drawn
from spinglass.following.branches import BRANCHES, Branches, from_dataset
from spinglass.following.continuation import Ending
from spinglass.parallel import single_threaded_blas
from spinglass.theory import mean_minima

KIND, UNREAD = BRANCHES, ("spins",)


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what happened to the branches at each field, in numbers."""
    attrs, branches = data.attrs, from_dataset(data)
    law = Covariance.said_by(attrs)
    counts = branches.counts()
    lines = []
    for place, nu in enumerate(branches.nu.tolist()):
        lines.append(
            {
                "nu": nu,
                **{name: int(numbers[place]) for name, numbers in counts.items()},
                "contradictions": int(branches.contradictions[place]),
                "starts": int(branches.starts[place]),
                "unseen": or_none(float(branches.unseen[place])),
                "complete": bool(branches.complete[place]),
                "exact_mean": float(mean_minima(attrs["n"], law, nu)) if is_drawn(attrs) else None,
                **_overlaps(data, branches, place),
            }
        )
    return {
        "n": attrs["n"],
        **law.named,
        "seed": attrs["seed"],
        **details(attrs),
        "branches": len(branches.ending),
        "stalled": int(np.sum(branches.ending == Ending.STALLED)),
        "births": branches.birth[~np.isnan(branches.birth[:, 0]), 0].tolist(),
        "deaths": branches.death[~np.isnan(branches.death[:, 0]), 0].tolist(),
        "cut": branches.cut >= 0,
        "fields": lines,
    }


def _overlaps(data: xr.Dataset, branches: Branches, place: int) -> dict[str, Any]:
    """Return the `overlap_row` of the minima at a field; empty if no point is hidden."""
    if "overlap" not in data:
        return {}
    rows = np.flatnonzero(branches.present[:, place])
    ascending = rows[np.argsort(branches.energy[rows, place])]
    return overlap_row(data["overlap"].values[ascending, place])


def points(data: xr.Dataset) -> Iterator[tuple[float, Array, Array]]:
    """Yield each field with the minima there, shape (minima, n), and their H/n."""
    branches = from_dataset(data)
    for place, nu in enumerate(branches.nu.tolist()):
        here = branches.present[:, place]
        yield nu, branches.spins[here, place], branches.energy[here, place]
