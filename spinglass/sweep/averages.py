"""Averages over disorder, quenched and annealed, with their standard errors, in one pass."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from spinglass.averaging import RunningMean
from spinglass.covariance import Covariance, Name
from spinglass.sweep.summary import OF_SIGNALS, Summary


@dataclass(frozen=True)
class Average:
    """Averages over disorder at one point, with standard errors (nan for a single sample).

    Attributes
    ----------
    n, orders, nu, samples
        The point, where ``orders`` is the order of a pure model or a mixture, and the number of
        samples of disorder.
    minima, minima_error : float
        Mean number of distinct minima.
    annealed, quenched, quenched_error : float
        Logarithm of that mean, and mean of the logarithm: annealed >= quenched.
    ground_state_energy, ground_state_energy_error, basin_entropy, basin_entropy_error : float
        Mean lowest energy H/n and mean basin entropy.
    signal : str
        What is hidden in the samples; empty for nothing.
    lowest_overlap, lowest_overlap_error, mean_overlap, mean_overlap_error : float
        Means of the overlaps with the hidden point; nan if there is none.
    """

    n: int
    orders: Name
    nu: float
    samples: int
    minima: float
    minima_error: float
    annealed: float
    quenched: float
    quenched_error: float
    ground_state_energy: float
    ground_state_energy_error: float
    basin_entropy: float
    basin_entropy_error: float
    signal: str = ""
    lowest_overlap: float = math.nan
    lowest_overlap_error: float = math.nan
    mean_overlap: float = math.nan
    mean_overlap_error: float = math.nan


def averages(rows: Iterable[Summary]) -> list[Average]:
    """Average over disorder at each point; samples without a minimum are left out."""
    points: dict[_AveragePoint, list[RunningMean]] = defaultdict(
        lambda: [RunningMean() for _ in _MEANS]
    )
    for row in rows:
        if row.distinct:
            values = [row.distinct, math.log(row.distinct)]
            values += [getattr(row, name) for name in _MEANS[2:]]
            means = points[row.n, row.orders, row.nu, row.signal]
            for mean, value in zip(means, values, strict=True):
                mean.add(value)
    return [_average(*item) for item in sorted(points.items(), key=_place)]


_AveragePoint = tuple[int, Name, float, str]
_MEANS = (
    "minima",
    "quenched",
    "ground_state_energy",
    "basin_entropy",
    "lowest_overlap",
    "mean_overlap",
)
"""The quantities averaged, in the order of their running means."""


def _average(point: _AveragePoint, means: list[RunningMean]) -> Average:
    (n, orders, nu, signal), minima = point, means[0]
    numbers: dict[str, float] = {"annealed": math.log(minima.mean)}
    for name, mean in zip(_MEANS, means, strict=True):
        numbers |= {name: mean.mean, f"{name}_error": mean.error}
    return Average(n, orders, nu, minima.count, signal=signal, **numbers)


def _place(item: tuple[_AveragePoint, object]) -> tuple[object, ...]:
    """Return the key by which points are sorted, a mixture by its orders and weights."""
    (n, name, nu, signal), _ = item
    return n, Covariance.of(name).weights, nu, signal


_OF_SIGNALS = {*OF_SIGNALS, "lowest_overlap_error", "mean_overlap_error"}


def as_rows(means: Iterable[Average]) -> list[dict[str, float | str | None]]:
    """Return averages as rows for JSON: None for nan, ``p`` or ``mixture`` for ``orders``."""
    return [
        {
            key: None if value != value else value
            for key, value in {"n": row.n, **Covariance.of(row.orders).named, **asdict(row)}.items()
            if key != "orders" and (row.signal or key not in _OF_SIGNALS)
        }
        for row in means
    ]
