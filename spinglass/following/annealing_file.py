"""Annealed samples in a JSON file, written after every sample and checked when a run is resumed."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from spinglass.errors import InputError
from spinglass.files.provenance import package_versions
from spinglass.files.store import write_text
from spinglass.files.toml import Section, load_json
from spinglass.following.annealing import Comparison

SCHEMA = "spinglass-annealing-1"

_FLOATS = ("annealed", "quenched", "mean", "lowest", "lower")


@dataclass(frozen=True)
class Run:
    """What fixes the numbers of a run, but for how many samples it has.

    Attributes
    ----------
    n, p : int
        Sites and order.
    seed : int
        Seed of the first sample.
    start : float
        Field strength that annealing begins at.
    starts : int
        Plain descents a sample.
    """

    n: int
    p: int
    seed: int
    start: float
    starts: int


class _Sample(Section):
    annealed: float | None
    quenched: float | None
    mean: float | None
    lowest: float | None
    lower: float | None = Field(ge=0.0, le=1.0)
    jumps: int = Field(ge=0, le=2**31)


class _File(Section):
    schema_name: Literal["spinglass-annealing-1"] = Field(alias="schema")
    n: int
    p: int
    seed: int
    start: float
    starts: int
    versions: dict[str, str]
    summary: dict[str, Any]
    each: list[_Sample]


def write_samples(run: Run, found: Comparison, summary: dict[str, Any], path: Path) -> None:
    """Write samples, nan as null, and a summary of them without nan, atomically."""
    columns = {name: getattr(found, name).tolist() for name in (*_FLOATS, "jumps")}
    rows = zip(*columns.values(), strict=True)
    each = [dict(zip(columns, map(_finite, row), strict=True)) for row in rows]
    tables = {"schema": SCHEMA, **vars(run), "versions": package_versions()}
    tables |= {"summary": summary, "each": each}
    write_text(json.dumps(tables, indent=1, allow_nan=False) + "\n", path)


def samples_to_resume(run: Run, path: Path) -> Comparison | None:
    """Return the samples that a file has of the same run; None where there is no file.

    Raises
    ------
    InputError
        If it is not such a file, or of another run; it is left as it is.
    """
    if not path.exists():
        return None
    known = load_json(path, _File)
    other = [name for name, value in vars(run).items() if getattr(known, name) != value]
    if other:
        raise InputError(
            f"{path} is of another run ({', '.join(other)} differ): choose another --out"
        )
    columns: dict[str, Any] = {
        name: np.array([getattr(sample, name) for sample in known.each], np.float64)
        for name in _FLOATS
    }
    jumps = np.array([sample.jumps for sample in known.each], np.int64)
    return Comparison(**columns, jumps=jumps)


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value
