"""A kind of file: which variables and attributes it has, how one is made and how one is opened.

A file is NetCDF-4 with a seal (`spinglass.files.store`).  Every module that has results to keep
declares a `Kind`, and its files are made and opened by that alone.  Some kinds were JSON once, or
are exported as JSON: they say how to make the same dataset of that.
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
from spinglass.files.provenance import package_versions
from spinglass.files.schema import is_json, schema_of, schema_of_json
from spinglass.files.store import read_attributes, read_dataset, with_plain_attributes
from spinglass.files.toml import read_json
from spinglass.version import __version__

if TYPE_CHECKING:
    import xarray as xr

_FLAGS = np.dtype(np.bool_)


class Words:
    """Words for what several kinds hold."""

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
        Names of its axes; a variable of the name of its only axis is a coordinate.
    words : str
        What it is, in words.
    dtype : type, optional
        Of its values; flags are stored as int8.  None keeps what is given, as text.
    units : str
        Its unit; 1 where there is none.
    optional : bool
        Whether a file may do without it.
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
        Name and version of what is in it, the attribute ``schema``.
    noun : str
        What such a file is called in messages, with its article.
    title : str
        The attribute ``title``.
    variables : mapping
        Every `Variable` by name.
    from_json : callable, optional
        Makes values and attributes, as `dataset` takes them, of the tables of a JSON file; its
        path is for messages.
    """

    schema: str
    noun: str
    title: str
    variables: Mapping[str, Variable]
    from_json: Callable[[Any, Path], tuple[dict[str, Any], dict[str, Any]]] | None = None

    def dataset(self, values: Mapping[str, Any], attributes: Mapping[str, object]) -> "xr.Dataset":
        """Label values; what is no number or text among the attributes is written as JSON.

        Arrays are of the shapes that the axes of the variables say; optional ones may be missing.
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
        plain = {
            key: value if isinstance(value, str | int | float) else json.dumps(value)
            for key, value in (made | dict(attributes)).items()
        }
        return xr.Dataset(labelled, attrs=plain)

    def arrays(self, data: "xr.Dataset") -> dict[str, NDArray[Any]]:
        """Return the values of every variable of a dataset of this kind, flags as bool.

        Positions that were not read have no components: an axis that nothing else has is of
        length 0.  Optional ones that are not there are left out.
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
        """Read a file of this kind, without some of its variables, as ``spins``, the largest.

        `InputError` if there is no such file, it is of another kind, or JSON whose values are not
        allowed; `DamagedFileError` if it is cut short or changed, or of no kind.
        """
        path = Path(path)
        if is_json(path):
            return self.read(read_json(path), path)
        data = read_dataset(path, without)
        self.check_schema(schema_of(data.attrs), path)
        if missing := self.missing(data, without):
            raise DamagedFileError(f"{path} lacks the variables {', '.join(missing)}")
        return data

    def missing(self, data: "xr.Dataset", without: Collection[str] = ()) -> list[str]:
        """Return the variables that every file of this kind has and a dataset lacks."""
        needed = [name for name, variable in self.variables.items() if not variable.optional]
        return [name for name in needed if name not in {*data.variables, *without}]

    def take(
        self, source: "Path | str | xr.Dataset", without: Collection[str] = ()
    ) -> "xr.Dataset":
        """Return what is in a file of this kind, or a dataset that is of this kind.

        Its attributes are Python's numbers, also where xarray has opened it.  `InputError` if it is
        neither file nor dataset, or a dataset of another kind; else errors as of `open`.
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
        """Make the dataset of what a JSON file holds; errors as those of `open`."""
        self.check_schema(schema_of_json(tables), path)
        if self.from_json is None:
            raise DamagedFileError(f"{path} is JSON, which {self.noun} never is")
        return self.dataset(*self.from_json(tables, path))

    def check_schema(self, schema: str, path: Path) -> None:
        """Refuse a file of another kind, by `InputError`, or of none, by `DamagedFileError`."""
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
        """Return what a file knows already of the same run; None where there is no file to read.

        Parameters
        ----------
        path : Path
            The file.
        key : mapping
            The attributes in which a file of the same run agrees.
        unsaid : mapping, optional
            What attributes mean that files of earlier versions lack.
        instead : str
            Of what another is to be chosen where the file is of another run.

        Raises
        ------
        InputError
            If the file is of another run; it is left as it is.
        DamagedFileError
            As of `open`.
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

        One of this kind, or of no kind, may be replaced.  `InputError` if it may not,
        `UnreadableFileError` if nobody can say what is there.
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
        """Say whether attributes are those of a file of this kind, of this version of spinglass."""
        try:
            made_by = json.loads(str(attributes.get("versions", "{}")))["spinglass"]
        except (ValueError, KeyError, TypeError):
            return False
        return bool(attributes.get("schema") == self.schema and made_by == __version__)
