"""A census in a file: the minima, how often each was met, and what is proven of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from pydantic import ConfigDict, Field

from spinglass.errors import InputError
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.provenance import DETAILS, LandscapeOrigin, origin, with_parameters
from spinglass.files.toml import SampleTable, Section, check_tables, spins_of
from spinglass.search.census import Census
from spinglass.search.descent import Status
from spinglass.search.minima import hidden_overlap
from spinglass.search.proofs.certificates import Certificate

_MINIMUM = ("minimum",)

_PROVEN = {
    "proven": "proven",
    "distance": "distance",
    "alone_within": "alone_within",
    "proven_lambda_min": "lambda_min",
    "contraction": "contraction",
    "near_degenerate": "near_degenerate",
}
"""Variables of the file, and the attribute of a `Certificate` that each holds."""


def census_dataset(
    model: LandscapeOrigin,
    census: Census,
    proofs: list[Certificate],
    parameters: Mapping[str, object],
) -> xr.Dataset:
    """Return a census as a dataset, which `spinglass.write_result` writes.

    Parameters
    ----------
    model, census, proofs
        The landscape, its census, and the certificate of each minimum (`prove_minima`).
    parameters : mapping
        What else fixes the numbers, as ``start_seed``; written as attributes.
    """
    values = vars(census) | {
        name: [getattr(proof, field) for proof in proofs] for name, field in _PROVEN.items()
    }
    if model.hidden is not None:
        values["overlap"] = hidden_overlap(census.spins, model.hidden, census.antipodal)
    known: dict[str, object] = {
        "starts": census.starts,
        "status": {status.name.lower(): number for status, number in census.status.items()},
        "complete": int(census.complete),
        "antipodal_pairs": int(census.antipodal),
    }
    return CENSUS.dataset(values, with_parameters(origin(model) | known, parameters))


_COUNT = Field(ge=0, le=2**62)


class _Minimum(Section):
    energy: float
    count: int = _COUNT
    gradient_norm: float
    lambda_min: float
    proven: bool
    true_minimum_within: float | None
    overlap: float | None = None
    spins: list[float]


class _CensusTables(SampleTable):
    """The tables of the JSON from which a file is made again; all others follow from them."""

    model_config = ConfigDict(extra="ignore")

    n: int = Field(ge=2, le=10**6)
    nu: float = Field(ge=0.0)
    seed: int | None
    starts: int = _COUNT
    status: dict[str, int]
    complete: bool
    antipodal_pairs: bool
    near_degenerate: list[int]
    points: list[_Minimum]


def _from_json(tables: Any, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return values and attributes of JSON that the command wrote; it lacks some of the proofs."""
    said = check_tables(tables, _CensusTables, str(path))
    points = said.points
    spins = spins_of([point.spins for point in points], said.n, path)
    if set(said.status) != {status.name.lower() for status in Status}:
        raise InputError(f"{path}: status must count every ending once, got {sorted(said.status)}")
    ends, met = sum(said.status.values()), sum(point.count for point in points)
    if ends != said.starts or met != said.status[Status.MINIMUM.name.lower()]:
        raise InputError(
            f"{path}: starts must be as many as the endings that status counts, {ends:,}, and "
            f"those in a minimum as many as the counts of the minima, {met:,}, "
            f"got {said.starts:,} starts and the status {said.status}"
        )
    columns = ("energy", "count", "gradient_norm", "lambda_min", "proven")
    values: dict[str, Any] = dict.fromkeys(_PROVEN, np.full(len(points), np.nan))
    values |= {"spins": spins} | {
        name: [getattr(point, name) for point in points] for name in columns
    }
    values["distance"] = [
        np.nan if point.true_minimum_within is None else point.true_minimum_within
        for point in points
    ]
    values["near_degenerate"] = np.isin(np.arange(len(points)), said.near_degenerate)
    if all(point.overlap is not None for point in points) and said.hides_a_point:
        values["overlap"] = [point.overlap for point in points]
    known = said.model_dump(exclude={"points", "near_degenerate", "p", "mixture", *DETAILS})
    known |= said.details | {
        **said.covariance.named,
        "critical_field": said.covariance.critical_field,
        "seed": -1 if said.seed is None else said.seed,
        "complete": int(said.complete),
        "antipodal_pairs": int(said.antipodal_pairs),
        "versions": {},
    }
    return values, known


CENSUS = Kind(
    schema="spinglass-census-1",
    noun="a census",
    title="Census of the minima of a spherical p-spin glass in a magnetic field",
    attributes=("n", "nu", "seed", "starts", "status", "complete", "antipodal_pairs"),
    variables={
        "spins": Variable(("minimum", "site"), Words.MINIMUM_SPINS),
        "energy": Variable(_MINIMUM, Words.ENERGY),
        "gradient_norm": Variable(_MINIMUM, Words.GRADIENT_NORM),
        "lambda_min": Variable(_MINIMUM, Words.LAMBDA_MIN),
        "count": Variable(_MINIMUM, Words.MINIMUM_COUNT, np.int64),
        "proven": Variable(_MINIMUM, "whether a true minimum is proven to be near", np.bool_),
        "distance": Variable(_MINIMUM, "bound of its distance / sqrt(n)"),
        "alone_within": Variable(_MINIMUM, "no other stationary point is nearer, / sqrt(n)"),
        "proven_lambda_min": Variable(_MINIMUM, "proven lower bound of its lowest eigenvalue"),
        "contraction": Variable(_MINIMUM, "h of Newton-Kantorovich, at most 1/2 where proven"),
        "near_degenerate": Variable(_MINIMUM, "whether that eigenvalue may be tiny", np.bool_),
        "overlap": Variable(_MINIMUM, Words.OVERLAP, optional=True),
    },
    from_json=_from_json,
)
