"""Annealed samples: means with their errors, beside what theory says."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import xarray as xr

from spinglass.averaging import mean_and_error
from spinglass.contents.json_or_netcdf import write_result
from spinglass.contents.numbers import or_none
from spinglass.following.annealing_file import ANNEALING as KIND
from spinglass.following.annealing_file import Run, from_dataset
from spinglass.theory import ground_state_energy, mean_minima, threshold_energy

__all__ = ["KIND", "UNREAD", "summary", "write_samples"]

UNREAD: tuple[str, ...] = ()


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return means with their errors, None where there is no number, and what theory says."""
    run = {field.name: data.attrs[field.name] for field in fields(Run)}
    found = from_dataset(data)
    done = found.finished
    columns = {
        "annealed": found.annealed[done],
        "quenched": found.quenched[done],
        "descents": found.mean[done],
        "lowest_descent": found.lowest[done],
        "gain": (found.annealed - found.mean)[done],
        "share_lower": found.lower[done],
        "jumps": found.jumps[done].astype(float),
    }
    return {
        **run,
        "samples": int(done.size),
        "finished": int(done.sum()),
        "minima_at_start": float(mean_minima(run["n"], run["p"], run["start"])),
        "ground_state": float(ground_state_energy(run["p"], 0.0)),
        "threshold": float(threshold_energy(run["p"])) if run["p"] > 2 else None,
        **{name: _number(*mean_and_error(values)) for name, values in columns.items()},
    }


def _number(mean: float, error: float) -> dict[str, float | None]:
    return {"mean": or_none(mean), "error": or_none(error)}


def write_samples(data: xr.Dataset, path: Path) -> None:
    """Write samples: NetCDF, or JSON where the path ends in .json or is a device or a pipe.

    Raises
    ------
    InputError, StorageError
        As of `spinglass.contents.json_or_netcdf.write_result`.
    """
    write_result(data, path, _tables)


def _tables(data: xr.Dataset) -> dict[str, Any]:
    columns = {name: data[name].values.tolist() for name in KIND.variables}
    del columns["sample_seed"]  # the first of them and their number say it
    each = [
        dict(zip(columns, map(or_none, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    row = summary(data)
    run = {field.name: row.pop(field.name) for field in fields(Run)}
    tables = {"schema": KIND.schema, **run, "versions": json.loads(data.attrs["versions"])}
    return tables | {"summary": row, "each": each}
