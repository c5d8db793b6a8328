"""From a configuration to jobs: every combination of its grid, each with its own starts."""

import math
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from spinglass.covariance import Covariance, Name
from spinglass.errors import InputError
from spinglass.files.toml import load_toml
from spinglass.sweep.field_of_regime import regime_field
from spinglass.sweep.job import Job
from spinglass.sweep.ranges import is_among
from spinglass.sweep.sweep_config import FieldSection, PointSection, SweepConfig, listed

MOST_JOBS = 1_000_000


def load_sweep(path: Path, settings: Iterable[str] = ()) -> SweepConfig:
    """Read a sweep configuration from TOML and try its plan.

    Parameters
    ----------
    path : Path
        The file.
    settings : iterable of str
        ``section.key=value``, each of which overrides the file.

    Raises
    ------
    InputError
        If the file, a setting or the plan is not allowed; the message names the file and the key.
    """
    config = load_toml(path, SweepConfig, settings)
    try:
        plan_jobs(config)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return config


def plan_jobs(config: SweepConfig) -> list[Job]:
    """List the jobs of a sweep, jobs that share couplings one after another.

    Raises
    ------
    InputError
        If the grid is too large, a regime does not exist at some n and orders, or an entry of
        ``descent.points`` matches nothing.
    """
    _check_size(config)
    landscape, descent = config.landscape, config.descent
    grid = product(listed(landscape.n), landscape.names, listed(landscape.seeds), landscape.signals)
    used: set[int] = set()
    jobs = [
        Job(
            n=n,
            orders=orders,
            seed=seed,
            nu=nu,
            regime=regime,
            starts=_starts(config, used, n, orders, seed, nu, regime),
            start_seed=descent.start_seed,
            method=descent.method,
            tol=descent.tol,
            max_gradients=descent.max_gradients,
            signal=signal,
            begin=descent.begin,
        )
        for n, orders, seed, signal in grid
        for nu, regime in _fields(config.field, n, Covariance.of(orders))
    ]
    if idle := [k for k in range(len(descent.points)) if k not in used]:
        names = " and ".join(f"descent.points.{k}" for k in idle)
        raise InputError(
            f"{names} must match points of the grid that no later entry covers, got none"
        )
    return list(dict.fromkeys(jobs))


def _check_size(config: SweepConfig) -> None:
    landscape = config.landscape
    field = next(values for _, values in config.field if values is not None)
    axes = (landscape.n, landscape.names, landscape.seeds, landscape.signals, field)
    size = math.prod(len(listed(axis)) for axis in axes)
    if size > MOST_JOBS:
        raise InputError(
            f"landscape, field: a grid must have at most {MOST_JOBS:,} jobs, got {size:,}"
        )


def _fields(field: FieldSection, n: int, law: Covariance) -> list[tuple[float, str]]:
    if field.nu is not None:
        return [(float(nu), "") for nu in listed(field.nu)]
    if field.nu_over_critical is not None:
        critical = law.critical_field
        return [(float(ratio) * critical, "") for ratio in listed(field.nu_over_critical)]
    try:
        return [(regime_field(name, n, law), name) for name in listed(field.regime)]
    except InputError as error:
        raise InputError(f"field.regime: {error}") from error


def _starts(
    config: SweepConfig, used: set[int], n: int, orders: Name, seed: int, nu: float, regime: str
) -> int:
    """Return the starts of a point from the last entry that matches it; add that to ``used``."""
    points = config.descent.points
    for k in reversed(range(len(points))):
        if _is_meant(points[k], n, orders, seed, nu, regime):
            used.add(k)
            return points[k].starts
    return config.descent.starts


def _is_meant(point: PointSection, n: int, orders: Name, seed: int, nu: float, regime: str) -> bool:
    law = Covariance.of(orders)
    critical = law.critical_field
    return (
        is_among(n, point.n)
        and (point.p is None or (law.is_pure and is_among(law.weights[0][0], point.p)))
        and (point.mixture is None or law.text in listed(point.mixture))
        and is_among(seed, point.seeds)
        and is_among(nu, point.nu)
        and is_among(nu / critical if critical else math.nan, point.nu_over_critical)
        and (point.regime is None or regime in listed(point.regime))
    )
