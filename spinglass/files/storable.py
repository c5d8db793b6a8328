"""What NetCDF files can hold: checked before one is begun, for libraries say it in many ways."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spinglass.errors import InputError

if TYPE_CHECKING:
    import xarray as xr


def check_storable(data: "xr.Dataset") -> None:
    """Raise `InputError` unless all names, attributes and values of a dataset can be stored."""
    _check_attributes("the attribute", data.attrs)
    for name, variable in data.variables.items():
        _check_name("the name of a variable", name)
        _check_attributes(f"the attribute of {name}", variable.attrs)
        letter = variable.dtype.kind
        text = letter == "O" and all(isinstance(value, str) for value in variable.values.flat)
        if not text and letter not in "biufcSU":
            raise InputError(f"{name} must hold numbers or text, got {variable.dtype}")


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str) or not name or not name.isprintable() or "/" in name:
        raise InputError(f"{what} must be printable text without a slash, got {name!r}")


def _check_attributes(what: str, attributes: Mapping[Any, object]) -> None:
    """Raise `InputError` for attributes that no file can hold."""
    for name, value in attributes.items():
        _check_name("the name of an attribute", name)
        if isinstance(value, str):
            holds = "\0" not in value and not any(
                "\ud800" <= letter <= "\udfff" for letter in value
            )
        elif isinstance(value, int):
            holds = -(2**63) <= value < 2**63
        elif isinstance(value, np.generic | np.ndarray):
            holds = value.dtype.kind in "biufSU"
        else:
            holds = isinstance(value, float)
        if not holds:
            given = f"{value!r}" if isinstance(value, str | int) else type(value).__name__
            raise InputError(f"{what} {name} must be text or numbers that files hold, got {given}")
