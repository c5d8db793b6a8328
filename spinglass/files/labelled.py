"""Datasets that belong to no `Kind`: the numbers beside figures, and summaries."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def labelled(
    columns: Mapping[str, tuple[Any, Any, str]], attributes: Mapping[str, Any] | None = None
) -> "xr.Dataset":
    """Return dimensionless ``columns`` (axes, values and description of each name) as a dataset.

    A column named like its only axis becomes a coordinate.
    """
    import xarray as xr

    variables = {
        name: (dims, values, {"long_name": words, "units": "1"})
        for name, (dims, values, words) in columns.items()
    }
    return xr.Dataset(variables, attrs=attributes)
