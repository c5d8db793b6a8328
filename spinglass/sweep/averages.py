"""Averages over disorder, quenched and annealed, with their standard errors, in one pass."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from spinglass.averaging import RunningMean
from spinglass.covariance import Covariance, Name
from spinglass.sweep.summary import Summary


@dataclass(frozen=True)
class Average:
    """Averages over disorder at one point, with standard errors (nan for a single sample).

    Attributes
    ----------
    n, orders, nu, samples
        Which point, ``orders`` the order of a pure model or a mixture, and how many
        samples of disorder.
    minima, minima_error : float
        Mean number of distinct minima.
    annealed, quenched, quenched_error : float
        Logarithm of that mean, and mean of the logarithm: annealed >= quenched.
    ground_state_energy, ground_state_energy_error, basin_entropy, basin_entropy_error : float
        Means of the two.
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


def averages(rows: Iterable[Summary]) -> list[Average]:
    """Average over disorder at each point; samples without a minimum are left out."""
    points: dict[tuple[int, Name, float], list[RunningMean]] = defaultdict(
        lambda: [RunningMean() for _ in "mlge"]
    )
    for row in rows:
        if row.distinct:
            values = (row.distinct, math.log(row.distinct))
            numbers = (*values, row.ground_state_energy, row.basin_entropy)
            for mean, value in zip(points[row.n, row.orders, row.nu], numbers, strict=True):
                mean.add(value)
    return [
        Average(
            *key,
            minima.count,
            minima.mean,
            minima.error,
            math.log(minima.mean),
            *(x for mean in others for x in (mean.mean, mean.error)),
        )
        for key, (minima, *others) in sorted(points.items(), key=_place)
    ]


def _place(item: tuple[tuple[int, Name, float], object]) -> tuple[object, ...]:
    """Return what points are sorted by; a mixture stands where its orders and weights do."""
    (n, name, nu), _ = item
    return n, Covariance.of(name).weights, nu


def as_rows(found: Iterable[Average]) -> list[dict[str, float | str | None]]:
    """Return averages as rows for JSON, which knows no nan; ``orders`` is ``p`` or ``mixture``."""
    return [
        {
            key: None if value != value else value
            for key, value in {"n": row.n, **Covariance.of(row.orders).named, **asdict(row)}.items()
            if key != "orders"
        }
        for row in found
    ]
