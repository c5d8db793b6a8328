"""What a census has found, beside what theory expects."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.contents.numbers import or_none, overlap_row
from spinglass.covariance import Covariance
from spinglass.files.provenance import is_drawn, landscape_row
from spinglass.parallel import single_threaded_blas
from spinglass.search.census_file import CENSUS
from spinglass.search.coverage import basin_entropy, richness, unseen_limit, unseen_share
from spinglass.theory import mean_minima

KIND, UNREAD = CENSUS, ("spins",)


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what a census has found, in numbers; the spins need not have been read."""
    attrs, count, energy = data.attrs, data["count"].values, data["energy"].values
    estimate = richness(count)
    pairs = bool(attrs["antipodal_pairs"])
    law = Covariance.said_by(attrs)
    expected = float(mean_minima(attrs["n"], law)) if is_drawn(attrs) else None
    return {
        **landscape_row(attrs),
        "starts": attrs["starts"],
        "status": json.loads(attrs["status"]),
        "complete": bool(attrs["complete"]),
        "minima": len(count),
        "antipodal_pairs": pairs,
        "unseen": or_none(unseen_share(count)),
        "unseen_limit": unseen_limit(count),
        "chao1": estimate.estimate,
        "chao1_interval": [estimate.low, or_none(estimate.high)],
        "basin_entropy": or_none(basin_entropy(count)),
        "expected": None if expected is None else expected / (2 if pairs else 1),
        "proven": int(data["proven"].values.sum()),
        "near_degenerate": np.flatnonzero(data["near_degenerate"]).tolist(),
        "lowest_energy": float(energy[0]) if len(energy) else None,
        **(overlap_row(data["overlap"]) if "overlap" in data else {}),
        "weights_by_rank": sorted((count / max(int(count.sum()), 1)).tolist(), reverse=True),
    }


def points(data: xr.Dataset) -> Iterator[tuple[float, Array, Array]]:
    """Yield the field, the minima, shape (minima, n), and their H/n."""
    yield data.attrs["nu"], data["spins"].values, data["energy"].values


def tables(data: xr.Dataset) -> dict[str, Any]:
    """Return the contents of the JSON file of a census."""
    values = {name: array.tolist() for name, array in KIND.arrays(data).items()}
    points = [
        {
            **{name: values[name][k] for name in ("energy", "count", "gradient_norm")},
            "lambda_min": values["lambda_min"][k],
            "proven": proven,
            "true_minimum_within": values["distance"][k] if proven else None,
            **({"overlap": values["overlap"][k]} if "overlap" in values else {}),
            "spins": values["spins"][k],
        }
        for k, proven in enumerate(values["proven"])
    ]
    return {**summary(data), "points": points}
