"""Open a file of any kind that the program writes, by its schema."""

from collections.abc import Callable, Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from spinglass.contents.kind_name import DRAWN, RESULTS, KindName
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.kind import Kind
from spinglass.files.schema import is_json, schema_of, schema_of_json
from spinglass.files.store import read_attributes, write_dataset
from spinglass.files.targets import checked_file
from spinglass.files.toml import read_json
from spinglass.sweep.job import JOB_FILES

if TYPE_CHECKING:
    import xarray as xr


class Contents(Protocol):
    """What the module of a kind offers; also ``points``, if its files hold stationary points."""

    KIND: Kind
    UNREAD: tuple[str, ...]
    """Variables that `summary` does not need."""

    def summary(self, data: "xr.Dataset") -> dict[str, Any]:
        """Return what a file of the kind holds, in numbers."""


def open_result(path: Path | str, without: Collection[str] = ()) -> "xr.Dataset":
    """Read a file of any kind that spinglass writes; its attribute ``schema`` says which.

    The numbers beside the picture of a figure are opened as well.

    Parameters
    ----------
    path : Path or str
        The file: NetCDF, or the JSON of a census, of annealed samples or of a graph.
    without : collection of str
        Variables of a NetCDF file to leave unread, such as the large ``spins``.

    Raises
    ------
    InputError
        If the file does not exist, or is an export, which cannot be read back.
    DamagedFileError
        If it is truncated or changed, or of no kind that spinglass writes.
    """
    if isinstance(without, str) or not isinstance(without, Collection):
        raise InputError(f"without must be a collection of names, got {without!r}")
    return _open(Path(path), lambda contents: without)[2]


def write_result(data: "xr.Dataset", path: Path | str) -> None:
    """Write a result, whole or not at all, so that `open_result` opens it.

    Parameters
    ----------
    data : xarray.Dataset
        Returned by a function such as `spinglass.search.census_dataset`, or by `open_result`; not
        the numbers of a figure.
    path : Path or str
        The file; it ends in .nc, which is added where there is no ending.

    Raises
    ------
    InputError
        If the dataset is of no kind of result, or not all that it has to be, or the file cannot be
        written, or one of another kind is there.
    StorageError
        If there is no room for it.
    """
    import xarray as xr

    if not isinstance(data, xr.Dataset):
        raise InputError(f"a result must be an xarray.Dataset, got {type(data).__name__}")
    schema = schema_of(data.attrs)
    if schema not in RESULTS:
        raise InputError(
            f"a result must have one of the schemas {', '.join(RESULTS)}, got {schema!r}"
        )
    kind = _contents(RESULTS[schema]).KIND
    kind.check(data)
    place = checked_file(Path(path), ".nc")
    kind.check_replaceable(place)
    write_dataset(data, place)


def open_file(path: Path, *, whole: bool = True) -> "tuple[KindName, Contents, xr.Dataset]":
    """Open a file of any kind, whole or with only the variables that its summary needs.

    Returns the kind, its module, and the contents of the file; errors are those of `open_result`.
    """
    return _open(path, lambda contents: () if whole else contents.UNREAD)


def _open(
    path: Path, unread: Callable[[Contents], Collection[str]]
) -> "tuple[KindName, Contents, xr.Dataset]":
    if path.suffix.lower() == ".graphml":
        raise InputError(
            f"results are read back from .nc and .json, got an export for other programs, {path}"
        )
    json = is_json(path)
    tables = read_json(path) if json else read_attributes(path, whole=False)  # a pipe only once
    schema = schema_of_json(tables) if json else schema_of(tables)
    homes = RESULTS | DRAWN
    if schema not in homes:
        kinds = ", ".join(RESULTS.values())
        raise DamagedFileError(
            f"{path} is not a file of spinglass; those are of {kinds}, or numbers of a figure"
        )
    name = homes[schema]
    contents = _contents(name)
    if json:
        return name, contents, contents.KIND.read(tables, path)
    return name, contents, contents.KIND.open(path, unread(contents))


def _contents(name: KindName) -> Contents:
    return cast(Contents, import_module(f"spinglass.contents.{name}_contents"))


def results_in(folder: Path) -> list[Path]:
    """List the results in a folder: those of a sweep, or else those of any other kind."""
    jobs = sorted(folder.glob(JOB_FILES))
    return jobs or [path for path in sorted(folder.glob("*.nc")) if _is_result(path)]


def _is_result(path: Path) -> bool:
    """Say, from its attributes alone, whether a file is a result and not the numbers of a figure.

    A file that cannot be read counts as a result: it may be one.
    """
    try:
        return schema_of(read_attributes(path, whole=False)) in RESULTS
    except (DamagedFileError, InputError):
        return True
