"""Write a result as NetCDF, or as JSON if its path asks for text."""

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
    """Write JSON if the path ends in .json or is a device or a pipe, else NetCDF.

    ``tables`` returns the contents of the JSON file.  Errors are those of
    `spinglass.files.store`.
    """
    if path.suffix.lower() == ".json" or is_stream(path):
        write_text(json.dumps(tables(data), indent=1, allow_nan=False) + "\n", path)
    else:
        write_dataset(data, path)
