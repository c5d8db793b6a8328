"""A census in a JSON file, read and checked value by value."""

from pathlib import Path
from typing import Any

from pydantic import Field

from spinglass.files.toml import Section, load_json

_COUNT = Field(ge=0, le=2**62)


class _Minimum(Section):
    energy: float
    count: int = _COUNT
    gradient_norm: float
    lambda_min: float
    proven: bool
    true_minimum_within: float | None
    spins: list[float]


class _Census(Section):
    n: int = Field(ge=2, le=10**6)
    p: int = Field(ge=2, le=64)
    nu: float = Field(ge=0.0)
    seed: int | None
    starts: int = _COUNT
    status: dict[str, int]
    complete: bool
    minima: int = _COUNT
    antipodal_pairs: bool
    unseen: float | None
    unseen_limit: float
    chao1: float
    chao1_interval: list[float | None] = Field(min_length=2, max_length=2)
    basin_entropy: float | None
    expected: float
    proven: int = _COUNT
    near_degenerate: list[int]
    lowest_energy: float | None
    weights_by_rank: list[float]
    points: list[_Minimum]


def read_census(path: Path) -> dict[str, Any]:
    """Return what `spinglass census` says of a file that it wrote.

    Raises
    ------
    InputError
        If there is no such file or it is not a census.
    """
    from spinglass.errors import InputError

    found = load_json(path, _Census)
    numbers = (found.minima, len(found.points), len(found.weights_by_rank))
    if len(set(numbers)) > 1 or (found.minima and found.lowest_energy is None):
        raise InputError(f"{path}: the number of minima does not fit the points")
    return found.model_dump(exclude={"points"})
