"""All complex stationary points of a landscape: how many, how many are real, what is proven."""

import json
from typing import Any

import xarray as xr

from spinglass.files.provenance import landscape_row
from spinglass.search.points_file import SOLUTIONS

KIND, UNREAD = SOLUTIONS, ("u",)


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what is known of the solutions, in numbers; the positions need not have been read."""
    attrs, times = data.attrs, 2 if data.attrs["pairs"] else 1
    radius = data["radius"].values
    return {
        **landscape_row(attrs),
        "expected": attrs["expected"],
        "found": attrs["found"],
        "complete": bool(attrs["complete"]),
        "decided": bool(attrs["decided"]),
        "pairs": bool(attrs["pairs"]),
        "real": times * int(data["real"].values.sum()),
        "paths": attrs["paths"],
        "arrived": attrs["arrived"],
        **{name: attrs[name] for name in ("lost", "infinite", "doubtful")},
        "doubts": json.loads(attrs.get("doubts", "[]")),
        "largest_radius": float(radius.max()) if len(radius) else None,
    }
