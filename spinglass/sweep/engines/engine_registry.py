"""Engines by name; the module of an engine is imported when the engine is chosen."""

import re
from collections.abc import Callable
from importlib import import_module

from spinglass.errors import InputError
from spinglass.sweep.engines.engine import Engine


def _engine(module: str, name: str) -> Callable[..., Engine]:
    """Import and return the class of an engine."""
    return getattr(import_module(f"spinglass.sweep.engines.{module}"), name)


ENGINES: dict[str, Callable[[int, str | None], Engine]] = {
    "local": lambda workers, scheduler: _engine("local", "LocalEngine")(),
    "processes": lambda workers, scheduler: _engine("processes", "ProcessEngine")(workers),
    "dask": lambda workers, scheduler: _engine("dask", "DaskEngine")(scheduler, workers),
}
"""Functions that make each engine from a number of workers and the address of a scheduler."""

_ADDRESS = re.compile(r"([a-z]+://)?(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}(/\S*)?")


def choose_engine(
    name: str | None = None, workers: int | None = None, scheduler: str | None = None
) -> Engine:
    """Return the engine of a name, by default the one that the other arguments call for.

    Raises
    ------
    InputError
        If there is no engine of that name, or another argument does not fit it.
    """
    if name is None:
        name = "dask" if scheduler else "processes" if (workers or 1) > 1 else "local"
    if name not in ENGINES:
        raise InputError(f"engine must be one of {', '.join(ENGINES)}, got {name!r}")
    if scheduler is not None and not _ADDRESS.fullmatch(scheduler):
        raise InputError(f"scheduler must be like tcp://host:8786, got {scheduler!r}")
    if scheduler and name != "dask":
        raise InputError(f"engine must be dask where there is a scheduler, got {name!r}")
    if name == "local" and (workers or 1) > 1:
        raise InputError(f"engine local has one worker, got {workers}: engine processes has more")
    return ENGINES[name](workers or 1, scheduler)
