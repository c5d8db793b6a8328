"""Where the descents on one landscape ended, beside what theory expects."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.contents.numbers import or_none
from spinglass.covariance import Covariance
from spinglass.files.provenance import is_drawn, landscape_row
from spinglass.parallel import single_threaded_blas
from spinglass.search.descent import Status
from spinglass.search.results import DESCENTS
from spinglass.theory import mean_minima

KIND, UNREAD = DESCENTS, ("spins", "minimum_spins")


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what descents have found, in numbers; the spins need not have been read."""
    attrs = data.attrs
    starts = data.sizes["start"]
    status = data["status"].values
    minima = data.sizes["minimum"]
    pairs = 2 if attrs["antipodal_pairs"] else 1
    law = Covariance.said_by(attrs)
    expected = float(mean_minima(attrs["n"], law)) / pairs if is_drawn(attrs) else None
    return {
        **landscape_row(attrs),
        "seed": attrs["seed"],
        "method": attrs.get("method", ""),
        "starts": starts,
        "status": {s.name.lower(): int(np.sum(status == s)) for s in Status},
        "certified": int(np.sum(status == Status.MINIMUM)),
        "distinct": minima,
        "antipodal_pairs": bool(attrs["antipodal_pairs"]),
        "expected": expected,
        "lowest": float(data["minimum_energy"].values.min()) if minima else None,
        "mean": float(np.nanmean(data["energy"].values)),
        "largest": float(data["minimum_count"].values.max() / starts) if minima else None,
        "gradients": float(data["gradients"].values.mean()),
        **_overlaps(data),
    }


def _overlaps(data: xr.Dataset) -> dict[str, float | None]:
    """Return the overlap of the lowest minimum, and the mean over descents that found a minimum."""
    if "minimum_overlap" not in data:
        return {}
    if not data.sizes["minimum"]:
        return {"lowest_overlap": None, "mean_overlap": None}
    ended = data["minimum"].values >= 0
    lowest = int(data["minimum_energy"].values.argmin())
    mean = or_none(float(data["overlap"].values[ended].mean()))
    return {"lowest_overlap": float(data["minimum_overlap"][lowest]), "mean_overlap": mean}


def points(data: xr.Dataset) -> Iterator[tuple[float, Array, Array]]:
    """Yield the field, the distinct minima, shape (minima, n), and their H/n."""
    yield data.attrs["nu"], data["minimum_spins"].values, data["minimum_energy"].values
