"""The numbers that a figure draws, in a file beside its picture; the file is not a result."""

import json
from typing import Any

import xarray as xr

from spinglass.files.kind import Kind
from spinglass.files.provenance import package_versions

__all__ = ["KIND", "UNREAD", "numbers_of_figure", "summary"]

KIND = Kind(
    schema="spinglass-figure-1",
    noun="the numbers of a figure",
    title="Numbers of a figure",
    variables={},
)
"""The variables are those of the figure, each with its words and units."""

UNREAD = ()


def numbers_of_figure(name: str, numbers: xr.Dataset) -> xr.Dataset:
    """Return the numbers of a figure of `spinglass.plot`, with the attributes of their file."""
    return numbers.assign_attrs(
        schema=KIND.schema,
        title=f"{KIND.title}: {name}",
        figure=name,
        versions=json.dumps(package_versions(), sort_keys=True),
    )


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return which figure it is, and what each of its variables holds."""
    return {
        "figure": data.attrs["figure"],
        "variables": [
            {
                "name": str(name),
                "axes": dict(zip(map(str, variable.dims), variable.shape, strict=True)),
                "units": str(variable.attrs.get("units", "")),
                "words": " ".join(str(variable.attrs.get("long_name", "")).split()),
            }
            for name, variable in data.variables.items()
        ],
    }
