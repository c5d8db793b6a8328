"""Kinds of files: the variables and attributes of each, and how to make and open a file.

Files are NetCDF-4 with a seal (`spinglass.files.store`).  Every module that keeps results declares
a `Kind`, and makes and opens its files through that alone.  A kind that was JSON once, or is
exported as JSON, has a function that turns the JSON into the same dataset.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinglass.errors import DamagedFileError, InputError, UnreadableFileError
from spinglass.files.places import is_stream
from spinglass.files.provenance import check_origin, package_versions
from spinglass.files.schema import is_json, schema_of, schema_of_json
from spinglass.files.storable import check_storable
from spinglass.files.store import read_attributes, read_dataset, with_plain_attributes
from spinglass.files.toml import read_json
from spinglass.version import __version__

if TYPE_CHECKING:
    import xarray as xr

_FLAGS = np.dtype(np.bool_)


class Words:
    """Descriptions of variables that several kinds share."""

    ENERGY = "energy per spin H/n"
    GRADIENT_NORM = "Riemannian gradient norm / sqrt(n)"
    LAMBDA_MIN = "lowest tangent eigenvalue of the Riemannian Hessian"
    MINIMUM_SPINS = "position of the minimum, |x|^2 = n"
    MINIMUM_COUNT = "descents that ended in the minimum"
    OVERLAP = "overlap x . s* / n with the point hidden in the landscape"


@dataclass(frozen=True)
class Variable:
    """One variable of a kind of file.

    Attributes
    ----------
    dims : tuple of str
        Names of its axes; a variable named like its only axis is a coordinate.
    words : str
        Its description, the attribute ``long_name``.
    dtype : type, optional
        Type of its values; flags are stored as int8.  None keeps the type given, as for text.
    units : str
        Its unit; 1 if it has none.
    optional : bool
        Whether a file may lack it.
    """

    dims: tuple[str, ...]
    words: str
    dtype: type | None = np.float64
    units: str = "1"
    optional: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes
    ----------
    schema : str
        Name and version of the format, the attribute ``schema``.
    noun : str
        What messages call such a file, with its article.
    title : str
        The attribute ``title``.
    variables : mapping
        Every `Variable` by name.
    attributes : tuple of str
        Attributes without which a file cannot be understood, beside those that every kind has.
    from_json : callable, optional
        Turns the tables of a JSON file, and its path for messages, into the values and attributes
        that `dataset` takes.
    """

    schema: str
    noun: str
    title: str
    variables: Mapping[str, Variable]
    attributes: tuple[str, ...] = ()
    from_json: Callable[[Any, Path], tuple[dict[str, Any], dict[str, Any]]] | None = None

    def dataset(self, values: Mapping[str, Any], attributes: Mapping[str, object]) -> "xr.Dataset":
        """Label values; attributes that are neither numbers nor text become JSON text.

        Each array has the axes that its variable declares; optional variables may be missing.
        """
        import xarray as xr

        labelled = {}
        for name, variable in self.variables.items():
            if variable.optional and name not in values:
                continue
            array = np.asarray(values[name], variable.dtype)
            stored = array.astype(np.int8) if array.dtype == _FLAGS else array
            about = {"long_name": variable.words, "units": variable.units}
            labelled[name] = (variable.dims, stored, about)
        made = {
            "schema": self.schema,
            "title": self.title,
            "versions": json.dumps(package_versions(), sort_keys=True),
        }
        plain = {key: _plain(value) for key, value in (made | dict(attributes)).items()}
        return xr.Dataset(labelled, attrs=plain)

    def arrays(self, data: "xr.Dataset") -> dict[str, NDArray[Any]]:
        """Return the values of every variable of a dataset of this kind, flags as bool.

        A required variable that was not read is filled with nan, with length 0 along axes that the
        dataset lacks.  Optional variables that the dataset lacks are left out.
        """
        arrays = {}
        for name, variable in self.variables.items():
            if name in data.variables:
                values = data[name].values
                arrays[name] = values.astype(np.bool_) if variable.dtype is np.bool_ else values
            elif not variable.optional:
                arrays[name] = np.full([data.sizes.get(dim, 0) for dim in variable.dims], np.nan)
        return arrays

    def open(self, path: Path | str, without: Collection[str] = ()) -> "xr.Dataset":
        """Read a file of this kind except the variables ``without``, such as the large ``spins``.

        `InputError` if the file does not exist, is of another kind, or is JSON with values that are
        not allowed; `DamagedFileError` if it is truncated, changed, of no kind or of no landscape.
        """
        path = Path(path)
        if is_json(path):
            return self.read(read_json(path), path)
        data = read_dataset(path, without)
        self.check_schema(schema_of(data.attrs), path)
        if missing := self.missing(data, without):
            raise DamagedFileError(f"{path} lacks the variables {', '.join(missing)}")
        try:
            self._check_origin(data)
        except InputError as error:
            raise DamagedFileError(f"{path} is damaged: {error}") from error
        return data

    def missing(self, data: "xr.Dataset", without: Collection[str] = ()) -> list[str]:
        """Return the variables that every file of this kind has and a dataset lacks."""
        needed = [name for name, variable in self.variables.items() if not variable.optional]
        return [name for name in needed if name not in {*data.variables, *without}]

    def check(self, data: "xr.Dataset") -> None:
        """Raise `InputError` unless a dataset has what every file of this kind has.

        That is each variable with its axes and numbers of its type, and each attribute.
        """
        if missing := self.missing(data):
            raise InputError(f"{self.noun} must have the variable {missing[0]}, got none")
        if lost := [name for name in self.attributes if name not in data.attrs]:
            raise InputError(f"{self.noun} must have the attribute {lost[0]}, got none")
        check_storable(data)
        for name, variable in self.variables.items():
            if name not in data.variables:
                continue
            axes, dtype = data[name].dims, data[name].dtype
            if axes != variable.dims:
                raise InputError(f"the axes of {name} must be {variable.dims}, got {axes}")
            if variable.dtype and not np.can_cast(dtype, variable.dtype, "same_kind"):
                kind = np.dtype(variable.dtype)
                if kind != _FLAGS or dtype.kind != "i":
                    raise InputError(f"the type of {name} must be {kind}, got {dtype}")
        self._check_origin(data)

    def _check_origin(self, data: "xr.Dataset") -> None:
        """Raise `InputError` unless a dataset says which landscape it is of, if this kind does."""
        if "n" in self.attributes and {"n", "seed"} <= set(data.attrs):
            check_origin(data.attrs, data.sizes.get("site"))

    def take(
        self, source: "Path | str | xr.Dataset", without: Collection[str] = ()
    ) -> "xr.Dataset":
        """Return the contents of a file of this kind, or a given dataset of this kind.

        Attributes become Python numbers, even if xarray opened the file.  `InputError` if
        ``source`` is neither path nor dataset, or a dataset of another kind; else as for `open`.
        """
        import xarray as xr

        if isinstance(source, str | Path):
            return self.open(source, without)
        if not isinstance(source, xr.Dataset):
            raise InputError(
                f"{self.noun} must be given as its file or xarray.Dataset, "
                f"got {type(source).__name__}"
            )
        if (schema := schema_of(source.attrs)) != self.schema:
            raise InputError(
                f"a dataset of {self.noun} must have the schema {self.schema!r}, got {schema!r}"
            )
        return with_plain_attributes(source)

    def read(self, tables: Any, path: Path) -> "xr.Dataset":
        """Turn the tables of a JSON file into a dataset; the errors are those of `open`."""
        self.check_schema(schema_of_json(tables), path)
        if self.from_json is None:
            raise DamagedFileError(f"{path} is JSON, which {self.noun} never is")
        return self.dataset(*self.from_json(tables, path))

    def check_schema(self, schema: str, path: Path) -> None:
        """Raise `InputError` for a file of another kind, `DamagedFileError` for one of no kind."""
        if not schema.startswith("spinglass-"):
            raise DamagedFileError(f"{path} is not {self.noun} (schema {self.schema!r} expected)")
        if schema != self.schema:
            raise InputError(
                f"{path} must be {self.noun} (schema {self.schema!r}), "
                f"got a file of the schema {schema!r}"
            )

    def to_resume(
        self,
        path: Path,
        key: Mapping[str, object],
        unsaid: Mapping[str, object] | None = None,
        instead: str = "file",
    ) -> "xr.Dataset | None":
        """Return what a file already holds of the same run; None if there is no file to read.

        Parameters
        ----------
        path : Path
            The file.
        key : mapping
            The attributes that must be equal in a file of the same run.
        unsaid : mapping, optional
            The values of attributes that files of earlier versions lack.
        instead : str
            What the error tells the user to choose another of.

        Raises
        ------
        InputError
            If the file is of another run; the file is left as it is.
        DamagedFileError
            As for `open`.
        """
        if is_stream(path) or not path.exists():
            return None
        data = self.open(path)
        said = {**(unsaid or {}), **data.attrs}
        other = [name for name, value in key.items() if said.get(name) != value]
        if other:
            raise InputError(
                f"{path} is of another run ({', '.join(other)} differ): choose another {instead}"
            )
        return data

    def check_replaceable(self, path: Path) -> None:
        """Refuse to replace a file of another kind: its results would be lost.

        A file of this kind, or of no kind, may be replaced.  `InputError` if the file is of
        another kind, `UnreadableFileError` if it cannot be read.
        """
        if is_stream(path) or not path.exists():
            return
        try:
            there = (
                schema_of_json(read_json(path))
                if is_json(path)
                else schema_of(read_attributes(path, whole=False))
            )
        except UnreadableFileError:
            raise
        except (DamagedFileError, InputError):
            return
        if there not in ("", self.schema):
            raise InputError(
                f"{path} is not {self.noun} (its schema is {there}): choose another file"
            )

    def is_current(self, attributes: Mapping[str, Any]) -> bool:
        """Say whether a file with these attributes is of this kind and this spinglass version."""
        try:
            made_by = json.loads(str(attributes.get("versions", "{}")))["spinglass"]
        except (ValueError, KeyError, TypeError):
            return False
        return bool(attributes.get("schema") == self.schema and made_by == __version__)


def _plain(value: object) -> str | int | float:
    """Return an attribute as files hold it: a number, or text, which may be JSON."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, str | int | float) else json.dumps(value)
