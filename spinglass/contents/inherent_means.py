"""Inherent structures of planted samples: means over disorder, beside the closed form."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from spinglass.averaging import RunningMean
from spinglass.covariance import Covariance, Name, column_of
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.labelled import labelled
from spinglass.files.places import named
from spinglass.files.schema import schema_of
from spinglass.files.store import open_hdf5, read_attributes
from spinglass.search.descent import Status
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import Begin, check_name
from spinglass.theory import inherent_structure, stability_temperature

QUANTITIES = {
    "energy": "energy per spin H/n of the inherent structure",
    "overlap": "overlap of the inherent structure with the planted point",
    "radial_force": "radial force X = x . dH / n of the inherent structure",
}

_TemperaturePoint = tuple[int, Name, float, int]


def inherent_means(results: Iterable[Path | xr.Dataset]) -> xr.Dataset:
    """Average the inherent structures over disorder, at each size, covariance and temperature.

    Samples whose descent did not end in a certified minimum are left out, and counted.

    Parameters
    ----------
    results : iterable of Path or xarray.Dataset
        Results of descents from planted points without field, as
        `spinglass.sweep.inherent_sweep` plans them: datasets, or files, of which only the few
        numbers needed are read.

    Returns
    -------
    xarray.Dataset
        One row per size, covariance and temperature along the dimension ``point``: these,
        ``samples`` and ``left_out``, means with standard errors (nan for a single sample), and the
        closed forms for n to infinity, nan from T_SF on.

    Raises
    ------
    InputError
        If a result is not of such a descent, or there is none.
    DamagedFileError
        If a file is damaged, of no kind, or of another job than its name says.
    """
    means: dict[_TemperaturePoint, list[RunningMean]] = defaultdict(
        lambda: [RunningMean() for _ in "eox"]
    )
    left_out: Counter[_TemperaturePoint] = Counter()
    for source in results:
        attrs, values = _read(source) if isinstance(source, Path) else _taken(source)
        _check(attrs)
        if missing := {"status", *QUANTITIES} - set(values):
            lacking = ", ".join(sorted(missing))
            name = source if isinstance(source, Path) else "the dataset"
            raise DamagedFileError(f"{name} lacks the variables {lacking}")
        pinned = int(attrs.get("pinned", 1))
        point = attrs["n"], Covariance.said_by(attrs).name, attrs["planted"], pinned
        means[point], left_out[point] = means[point], left_out[point]
        if values["status"] != Status.MINIMUM:
            left_out[point] += 1
            continue
        for mean, name in zip(means[point], QUANTITIES, strict=True):
            mean.add(values[name])
    if not means:
        raise InputError("inherent structures must be given, got none")
    return _table({point: means[point] for point in sorted(means, key=_place)}, left_out)


_Read = tuple[Mapping[str, Any], dict[str, float]]


def _taken(data: xr.Dataset) -> _Read:
    there = {name: data[name].values for name in ("status", *QUANTITIES) if name in data}
    return DESCENTS.take(data).attrs, {name: float(array[0]) for name, array in there.items()}


def _read(path: Path) -> _Read:
    """Read a file without its spins: opening a whole dataset takes ten times as long."""
    attrs = read_attributes(path)
    DESCENTS.check_schema(schema_of(attrs), path)
    check_name(attrs, path)
    with named(path), open_hdf5(path) as file:
        there = [name for name in ("status", *QUANTITIES) if name in file]
        return attrs, {name: float(file[name][0]) for name in there}


def is_inherent(attributes: Mapping[str, Any]) -> bool:
    """Say whether attributes are those of a descent from a planted point without field."""
    begin, nu = attributes.get("begin"), attributes["nu"]
    return begin == Begin.HIDDEN and "planted" in attributes and nu == 0.0


def _check(attrs: Mapping[str, Any]) -> None:
    if not is_inherent(attrs):
        begin = str(attrs.get("begin", Begin.RANDOM))
        raise InputError(
            "inherent structures are of descents from planted points without field, got one with "
            f"begin = {begin!r}, nu = {attrs['nu']:g}"
            f"{'' if 'planted' in attrs else ' and no planted point'}"
        )


def _place(point: _TemperaturePoint) -> tuple[object, ...]:
    n, name, temperature, pinned = point
    return Covariance.of(name).weights, n, pinned, temperature


def _table(
    means: dict[_TemperaturePoint, list[RunningMean]], left_out: Counter[_TemperaturePoint]
) -> xr.Dataset:
    each = list(means.values())
    sizes, names, temperatures, pinned = zip(*means, strict=True)
    key, orders = column_of(names)
    laws = map(Covariance.of, names)
    valleys = [
        inherent_structure(law, t) if t < stability_temperature(law) else None
        for law, t in zip(laws, temperatures, strict=True)
    ]
    columns: dict[str, tuple[list[Any], str]] = {
        "n": (list(sizes), "spins"),
        key: (orders, "orders of interaction and their weights"),
        "temperature": (list(temperatures), "temperature of the planted equilibrium"),
        "pinned": (list(pinned), "whether the planted energy is its mean"),
        "samples": ([m[0].count for m in each], "samples whose descent ended in a minimum"),
        "left_out": ([left_out[point] for point in means], "samples whose descent did not"),
    }
    for k, (name, words) in enumerate(QUANTITIES.items()):
        of_name = [m[k] for m in each]
        columns[name] = ([m.mean if m.count else math.nan for m in of_name], f"mean {words}")
        columns[f"{name}_error"] = ([m.error for m in of_name], f"standard error of {name}")
        exact = [getattr(valley, name, math.nan) for valley in valleys]
        columns[f"exact_{name}"] = (exact, f"{words}, n to infinity")
    return labelled({name: ("point", *column) for name, column in columns.items()})
