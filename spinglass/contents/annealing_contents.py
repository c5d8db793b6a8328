"""Annealed samples: means with their errors, beside what theory says."""

import json
from typing import Any

import xarray as xr

from spinglass.averaging import mean_and_error
from spinglass.contents.numbers import or_nan, or_none
from spinglass.covariance import Covariance
from spinglass.following.annealing_file import ANNEALING, AnnealingRun, from_dataset
from spinglass.parallel import single_threaded_blas
from spinglass.theory import ground_state_energy, mean_minima, threshold_energy

KIND, UNREAD = ANNEALING, ()


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return means with their errors, None where there is no number, and what theory says."""
    run = AnnealingRun.of(data.attrs)
    law = Covariance.of(run.orders)
    samples = from_dataset(data)
    done = samples.finished
    columns = {
        "annealed": samples.annealed[done],
        "quenched": samples.quenched[done],
        "descents": samples.mean[done],
        "lowest_descent": samples.lowest[done],
        "gain": (samples.annealed - samples.mean)[done],
        "share_lower": samples.lower[done],
        "jumps": samples.jumps[done].astype(float),
    }
    if run.signal is not None:
        columns["overlap"] = samples.overlap[done]
        columns["lowest_overlap"] = samples.lowest_overlap[done]
    plain = run.signal is None
    return {
        **run.attributes,
        "samples": int(done.size),
        "finished": int(done.sum()),
        "minima_at_start": float(mean_minima(run.n, law, run.start)) if plain else None,
        "ground_state": or_none(or_nan(ground_state_energy, law)) if plain else None,
        "threshold": (
            or_none(or_nan(threshold_energy, law)) if plain and law.critical_field > 0.0 else None
        ),
        **{
            name: dict(zip(("mean", "error"), map(or_none, mean_and_error(values)), strict=True))
            for name, values in columns.items()
        },
    }


def tables(data: xr.Dataset) -> dict[str, Any]:
    """Return the contents of the JSON file of annealed samples."""
    columns = {name: data[name].values.tolist() for name in KIND.variables if name in data}
    del columns["sample_seed"]  # they count up from the first, which the run names
    each = [
        dict(zip(columns, map(or_none, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    row = summary(data)
    run = {name: row.pop(name) for name in AnnealingRun.of(data.attrs).attributes}
    known = {"schema": KIND.schema, **run, "versions": json.loads(data.attrs["versions"])}
    return known | {"summary": row, "each": each}
