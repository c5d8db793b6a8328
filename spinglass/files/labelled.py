"""Datasets of numbers that are of no `Kind`: those beside figures, and summaries."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def labelled(
    columns: Mapping[str, tuple[Any, Any, str]], attributes: Mapping[str, Any] | None = None
) -> "xr.Dataset":
    """Return numbers without units as a dataset: axes, values and words of each.

    One of the name of its only axis is a coordinate.
    """
    import xarray as xr

    variables = {
        name: (dims, values, {"long_name": words, "units": "1"})
        for name, (dims, values, words) in columns.items()
    }
    return xr.Dataset(variables, attrs=attributes)
