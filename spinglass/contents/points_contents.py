"""All stationary points of a landscape, beside what theory expects on average."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.contents.numbers import or_none
from spinglass.covariance import Covariance
from spinglass.files.provenance import is_drawn, landscape_row
from spinglass.parallel import single_threaded_blas
from spinglass.search.points_file import POINTS
from spinglass.theory import mean_by_index

KIND, UNREAD = POINTS, ("spins",)


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what is known of the points, in numbers; the spins need not have been read."""
    attrs, law = data.attrs, Covariance.said_by(data.attrs)
    exact = mean_by_index(attrs["n"], law) if is_drawn(attrs) else np.full(attrs["n"], np.nan)
    columns = ("index", "energy", "radial_force", "eigenvalue", "gap", "distance")
    arrays = {name: data[name].values for name in columns}
    return {
        **landscape_row(attrs),
        "method": attrs["method"],
        "starts": attrs["starts"],
        "arrived": attrs["arrived"],
        "proven": bool(attrs["proven"]),
        "complete": bool(attrs["complete"]),
        "doubts": json.loads(attrs["doubts"]),
        "points": len(arrays["index"]),
        "expected": or_none(float(exact.sum())),
        "by_index": [
            {
                "index": k,
                "found": int((arrays["index"] == k).sum()),
                "expected": or_none(float(exact[k])),
                "lowest": _least(arrays["energy"][arrays["index"] == k], 1.0),
                "highest": _least(arrays["energy"][arrays["index"] == k], -1.0),
            }
            for k in range(attrs["n"])
        ],
        "table": [
            {name: _number(values[k]) for name, values in arrays.items()}
            for k in range(len(arrays["index"]))
        ],
    }


def _least(energy: Array, sign: float) -> float | None:
    return float(sign * (sign * energy).min()) if len(energy) else None


def _number(value: Any) -> int | float | None:
    return int(value) if isinstance(value, np.integer) else or_none(float(value))


def points(data: xr.Dataset) -> Iterator[tuple[float, Array, Array]]:
    """Yield the field, the points, shape (points, n), and their H/n."""
    yield data.attrs["nu"], data["spins"].values, data["energy"].values
