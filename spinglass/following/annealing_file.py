"""Files of annealed samples, written after every sample; a run can resume from its file."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr
from pydantic import Field

from spinglass.covariance import Covariance, Name
from spinglass.files.kind import Kind, Variable, Words
from spinglass.files.toml import Section, SignalTable, check_tables
from spinglass.following.annealing import AnnealedSamples
from spinglass.signals import SIGNAL_KEYS, Signal, signal_said_by

_FIRST_START_SEED = 0
"""The seed of starts in files that name none."""


@dataclass(frozen=True)
class AnnealingRun:
    """The parameters that fix the numbers of a run, except for how many samples it has.

    Attributes
    ----------
    n : int
        Spins.
    orders : int or str
        The order of a pure model, or a mixture (`spinglass.covariance.Name`).
    seed : int
        Seed of the first sample.
    start : float
        Field strength that annealing begins at.
    starts : int
        Plain descents in each sample.
    start_seed : int
        Seed of the starts of these descents; 0 in files of versions that had no other.
    signal : Signal or None
        The signal that hides a point in every sample.
    """

    n: int
    orders: Name
    seed: int
    start: float
    starts: int
    start_seed: int = _FIRST_START_SEED
    signal: Signal | None = None

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Self:
        """Return the run that the attributes of a file describe."""
        rest = {name: attributes[name] for name in ("n", "seed", "start", "starts")}
        start_seed = attributes.get("start_seed", _FIRST_START_SEED)
        name, signal = Covariance.said_by(attributes).name, signal_said_by(attributes)
        return cls(orders=name, start_seed=start_seed, signal=signal, **rest)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes that a file of the run has."""
        known = vars(self) | Covariance.of(self.orders).named
        del known["orders"], known["signal"]
        return known | (self.signal.attributes if self.signal else {})


class _Sample(Section):
    annealed: float | None
    quenched: float | None
    mean: float | None
    lowest: float | None
    lower: float | None = Field(ge=0.0, le=1.0)
    jumps: int = Field(ge=0, le=2**31)
    overlap: float | None = None
    lowest_overlap: float | None = None


class _AnnealingTables(SignalTable):
    schema_name: str = Field(alias="schema")
    n: int
    seed: int
    start: float
    starts: int
    start_seed: int = _FIRST_START_SEED
    versions: dict[str, str]
    summary: dict[str, Any]
    each: list[_Sample]


def annealing_dataset(run: AnnealingRun, samples: AnnealedSamples) -> xr.Dataset:
    """Return the samples of a run as a dataset, which `spinglass.write_result` writes."""
    values = vars(samples) | {"sample_seed": run.seed + np.arange(samples.annealed.size)}
    if run.signal is None:
        del values["overlap"], values["lowest_overlap"]
    return ANNEALING.dataset(values, run.attributes)


def from_dataset(data: xr.Dataset) -> AnnealedSamples:
    """Return the samples of a dataset made by `annealing_dataset`."""
    values = ANNEALING.arrays(data)
    none = np.full(values["annealed"].size, np.nan)
    columns = {field.name: values.get(field.name, none) for field in fields(AnnealedSamples)}
    return AnnealedSamples(**columns)


def samples_to_resume(run: AnnealingRun, path: Path) -> AnnealedSamples | None:
    """Return the samples that the file of the same run holds; None if there is no file.

    Raises the errors of `spinglass.files.kind.Kind.to_resume`.
    """
    unsaid = {"start_seed": _FIRST_START_SEED, **dict.fromkeys(SIGNAL_KEYS)}
    data = ANNEALING.to_resume(path, unsaid | run.attributes, unsaid)
    return None if data is None else from_dataset(data)


def _from_json(tables: Any, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Convert JSON to the values of a dataset, null to nan; the summary is computed anew."""
    said = check_tables(tables, _AnnealingTables, str(path))
    values: dict[str, Any] = {
        name: [getattr(sample, name) for sample in said.each] for name in _Sample.model_fields
    }
    values = {name: np.array(column, np.float64) for name, column in values.items()}
    values["sample_seed"] = said.seed + np.arange(len(said.each))
    known = said.model_dump(include={"n", "seed", "start", "starts", "start_seed", "versions"})
    hidden = said.signal.attributes if said.signal else {}
    if not hidden:
        del values["overlap"], values["lowest_overlap"]
    return values, known | said.covariance.named | hidden


_SAMPLE = ("sample",)

ANNEALING = Kind(
    schema="spinglass-annealing-1",
    noun="a file of annealed samples",
    title="Annealed fields of spherical p-spin glasses against plain descents",
    attributes=("n", "seed", "start", "starts"),
    variables={
        "sample_seed": Variable(_SAMPLE, "seed of the landscape", np.int64),
        "annealed": Variable(_SAMPLE, "H/n reached by annealing the field"),
        "quenched": Variable(_SAMPLE, "H/n of the descent from the direction of the field"),
        "mean": Variable(_SAMPLE, "mean H/n of descents from random starts"),
        "lowest": Variable(_SAMPLE, "lowest H/n of descents from random starts"),
        "lower": Variable(_SAMPLE, "share of these descents that end below the annealed energy"),
        "jumps": Variable(_SAMPLE, "folds on the way", np.int64),
        "overlap": Variable(_SAMPLE, f"{Words.OVERLAP}, of the state annealed", optional=True),
        "lowest_overlap": Variable(
            _SAMPLE, f"{Words.OVERLAP}, of the lowest end of a plain descent", optional=True
        ),
    },
    from_json=_from_json,
)
