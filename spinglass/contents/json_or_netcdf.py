"""A result written as NetCDF, or as JSON where the path asks for text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from spinglass.files.places import is_stream
from spinglass.files.store import write_dataset, write_text


def write_as_named(
    data: xr.Dataset, path: Path, tables: Callable[[xr.Dataset], dict[str, Any]]
) -> None:
    """Write NetCDF, or JSON where the path ends in .json or is a device or a pipe.

    ``tables`` returns what the JSON of the result says.  Errors are those of
    `spinglass.files.store`.
    """
    if path.suffix.lower() == ".json" or is_stream(path):
        write_text(json.dumps(tables(data), indent=1, allow_nan=False) + "\n", path)
    else:
        write_dataset(data, path)
