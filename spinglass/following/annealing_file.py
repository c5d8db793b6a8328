"""Annealed samples in a file, written after every sample; a run goes on from it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr
from pydantic import Field

from spinglass.covariance import Covariance, Name
from spinglass.files.kind import Kind, Variable
from spinglass.files.toml import LandscapeTable, Section, check_tables
from spinglass.following.annealing import AnnealedSamples

_FIRST_START_SEED = 0
"""That of all files that name none."""


@dataclass(frozen=True)
class Run:
    """What fixes the numbers of a run, but for how many samples it has.

    Attributes
    ----------
    n : int
        Sites.
    orders : int or str
        The order of a pure model, or a mixture (`spinglass.covariance.Name`).
    seed : int
        Seed of the first sample.
    start : float
        Field strength that annealing begins at.
    starts : int
        Plain descents a sample.
    start_seed : int
        Seed of where these begin; 0 in files of versions that had no other.
    """

    n: int
    orders: Name
    seed: int
    start: float
    starts: int
    start_seed: int = _FIRST_START_SEED

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Return the run of a file, by its attributes."""
        rest = {name: attributes[name] for name in ("n", "seed", "start", "starts")}
        start_seed = attributes.get("start_seed", _FIRST_START_SEED)
        return cls(orders=Covariance.said_by(attributes).name, start_seed=start_seed, **rest)

    @property
    def attributes(self) -> dict[str, Any]:
        """What a file says of the run."""
        known = vars(self) | Covariance.of(self.orders).named
        del known["orders"]
        return known


class _Sample(Section):
    annealed: float | None
    quenched: float | None
    mean: float | None
    lowest: float | None
    lower: float | None = Field(ge=0.0, le=1.0)
    jumps: int = Field(ge=0, le=2**31)


class _AnnealingTables(LandscapeTable):
    schema_name: str = Field(alias="schema")
    n: int
    seed: int
    start: float
    starts: int
    start_seed: int = _FIRST_START_SEED
    versions: dict[str, str]
    summary: dict[str, Any]
    each: list[_Sample]


def to_dataset(run: Run, samples: AnnealedSamples) -> xr.Dataset:
    """Label samples."""
    seeds = run.seed + np.arange(samples.annealed.size)
    return ANNEALING.dataset(vars(samples) | {"sample_seed": seeds}, run.attributes)


def from_dataset(data: xr.Dataset) -> AnnealedSamples:
    """Return the samples of a dataset of `to_dataset`."""
    values = ANNEALING.arrays(data)
    return AnnealedSamples(**{field.name: values[field.name] for field in fields(AnnealedSamples)})


def samples_to_resume(run: Run, path: Path) -> AnnealedSamples | None:
    """Return the samples that a file has of the same run; None where there is no file.

    Errors are those of `spinglass.files.kind.Kind.to_resume`.
    """
    data = ANNEALING.to_resume(path, run.attributes, {"start_seed": _FIRST_START_SEED})
    return None if data is None else from_dataset(data)


def _from_json(tables: Any, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take in JSON, null as nan; its summary follows from the samples."""
    said = check_tables(tables, _AnnealingTables, str(path))
    values: dict[str, Any] = {
        name: [getattr(sample, name) for sample in said.each] for name in _Sample.model_fields
    }
    values = {name: np.array(column, np.float64) for name, column in values.items()}
    values["sample_seed"] = said.seed + np.arange(len(said.each))
    known = said.model_dump(include={"n", "seed", "start", "starts", "start_seed", "versions"})
    return values, known | said.covariance.named


_SAMPLE = ("sample",)

ANNEALING = Kind(
    schema="spinglass-annealing-1",
    noun="a file of annealed samples",
    title="Annealed fields of spherical p-spin glasses against plain descents",
    variables={
        "sample_seed": Variable(_SAMPLE, "seed of the landscape", np.int64),
        "annealed": Variable(_SAMPLE, "H/n reached by annealing the field"),
        "quenched": Variable(_SAMPLE, "H/n of the descent from the direction of the field"),
        "mean": Variable(_SAMPLE, "mean H/n of descents from random starts"),
        "lowest": Variable(_SAMPLE, "lowest H/n of descents from random starts"),
        "lower": Variable(_SAMPLE, "share of these descents that end below the annealed energy"),
        "jumps": Variable(_SAMPLE, "folds on the way", np.int64),
    },
    from_json=_from_json,
)
