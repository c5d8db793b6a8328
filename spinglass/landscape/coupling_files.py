"""Couplings and fields of the user's, read from files; no code in them is ever run.

A file of couplings is

* ``.npy``: one dense array of n^p numbers J_{i1..ip}, symmetric or not;
* ``.npz`` or ``.nc``: one array for each order: dense, or named ``packed_P`` with the
  C(n + P - 1, P) coefficients of order P, one per non-increasing index tuple, the last index
  running fastest, each the sum of J over the distinct orderings of its tuple.  A one-dimensional
  array named ``field`` is the field vector h.

netCDF files may have version 4 or the classic format, version 3.
"""

import hashlib
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.lib.format import MAGIC_PREFIX, read_array_header_1_0, read_array_header_2_0
from numpy.typing import NDArray

from spinglass.checks import all_finite, real_array
from spinglass.errors import InputError, MemoryLimitError
from spinglass.files.places import absent, check_regular, unread
from spinglass.files.store import check_readers
from spinglass.landscape.forms import check_room
from spinglass.landscape.model import Landscape
from spinglass.landscape.tensors import checked_tensors

if TYPE_CHECKING:
    import xarray as xr

ENDINGS = (".npy", ".npz", ".nc")
"""Endings of the names of coupling and field files."""

NamedArrays = dict[str, NDArray[np.generic]]

_UNREADABLE = (
    ValueError,  # UnicodeError too
    TypeError,
    AttributeError,
    OverflowError,
    OSError,
    EOFError,
    KeyError,
    IndexError,  # netCDF-3 file that is cut short
    NotImplementedError,  # unknown compression
    RuntimeError,  # archive with a password
    MemoryError,  # header that claims more numbers than the file has
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers raise at damaged or malicious files."""

_CLASSIC = b"CDF"
_CLASSIC_VERSIONS = (b"\x01", b"\x02")
"""First bytes of netCDF-3 files, and the byte that follows in those that SciPy reads."""

_SCIPY: dict[str, Any] = {"engine": "scipy", "backend_kwargs": {"mmap": False}}
_H5NETCDF: dict[str, Any] = {"engine": "h5netcdf", "phony_dims": "sort"}
"""Arguments with which xarray opens netCDF-3 and -4; the axes of plain HDF5 have no names."""

_SCALED = ("scale_factor", "add_offset", "_Unsigned")
"""Attributes of netCDF variables whose stored numbers are scaled or shifted."""


def read_landscape(couplings: Path, field: Path | None = None) -> Landscape:
    """Make a landscape of the couplings in one file, with a field from that file or another.

    Parameters
    ----------
    couplings : Path
        The file with the couplings.
    field : Path, optional
        A file with the field: its only array or the one named ``field``, one-dimensional.

    Raises
    ------
    InputError
        If a file does not exist or holds something else; the message names it.
    MemoryLimitError
        If the arrays of a file would not fit into memory.
    """
    arrays = _read(couplings)
    vector = arrays.pop("field", None)
    if field is not None and vector is not None:
        raise InputError(f"a field must be given once, got one in {couplings} and {field}")
    checksums = {"couplings_file_sha256": _sha256(couplings)}
    if field is not None:
        vector, checksums["field_file_sha256"] = _field_of(field), _sha256(field)
    with _named(couplings):
        by_order = _by_order(arrays)
        checked_tensors(by_order)
    with _named(couplings if field is None else f"{couplings}, {field}"):
        return Landscape.from_tensor(by_order, vector).from_files(**checksums)


def in_field_of(model: Landscape, field: Path) -> Landscape:
    """Return the landscape with its field read from a file; raises as `read_landscape` does."""
    vector = _field_of(field)
    with _named(field):
        return model.with_field(vector).from_files(field_file_sha256=_sha256(field))


def _field_of(path: Path) -> NDArray[np.generic]:
    arrays = _read(path)
    vector = arrays.get("field", next(iter(arrays.values())) if len(arrays) == 1 else None)
    if vector is None or vector.ndim != 1:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InputError(f"{path} must hold one array of one axis, a field, got {shapes}")
    with _named(path):
        all_finite("field", real_array("field", vector))
    return vector


def _by_order(arrays: Mapping[str, NDArray[np.generic]]) -> dict[int, NDArray[np.generic]]:
    """Return the arrays by order: their number of axes, or P of the name ``packed_P``."""
    by_order: dict[int, NDArray[np.generic]] = {}
    for name, array in arrays.items():
        packed = re.fullmatch(r"packed_(\d{1,2})", name)
        order = int(packed[1]) if packed and array.ndim == 1 else array.ndim
        if order < 2:
            raise InputError(
                "an array must have n^p numbers with p >= 2 axes, or be named packed_P or field, "
                f"got {name!r} of shape {array.shape}"
            )
        if order in by_order:
            raise InputError(f"there must be one array for each order, got two of order {order}")
        by_order[order] = array
    return by_order


def _read(path: Path) -> NamedArrays:
    """Check that the arrays of a file fit into memory and return them by name."""
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise InputError(
            f"the name of a file of couplings or a field must end in {', '.join(ENDINGS)}, "
            f"got {str(path)!r}"
        )
    check_regular(path)
    if not path.is_file():
        raise InputError(absent(path))
    readers = {".npy": _read_npy, ".npz": _read_npz, ".nc": _read_netcdf}
    try:
        arrays = readers[suffix](path)
    except MemoryLimitError:
        raise
    except PermissionError as error:
        raise InputError(unread(path, error)) from error
    except _UNREADABLE as error:
        if suffix == ".nc":
            check_readers()
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} cannot be read as {suffix}: {reason}") from error
    if not arrays:
        raise InputError(f"{path} must hold an array of couplings or a field, got none")
    return arrays


def _read_npy(path: Path) -> NamedArrays:
    with path.open("rb") as file:
        begin = file.read(len(MAGIC_PREFIX))
    if begin and begin != MAGIC_PREFIX:  # NumPy would complain of pickled objects
        raise ValueError("it does not begin as files of NumPy do")
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    _check(path, [array.size])
    return {"couplings": np.array(array)}


def _read_npz(path: Path) -> NamedArrays:
    with zipfile.ZipFile(path) as archive:
        _check(path, [_numbers_of(archive, name) for name in archive.namelist()])
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _numbers_of(archive: zipfile.ZipFile, name: str) -> int:
    """Return how many numbers an array in an archive has, reading only its header."""
    with archive.open(name) as member:
        begin = member.read(len(MAGIC_PREFIX) + 2)
        readers = {1: read_array_header_1_0, 2: read_array_header_2_0}
        if not begin.startswith(MAGIC_PREFIX) or begin[-2] not in readers:
            raise ValueError(f"{name} in it is not an array")
        shape, _, _ = readers[begin[-2]](member)
    return math.prod(shape)


def _read_netcdf(path: Path) -> NamedArrays:
    import xarray as xr

    with path.open("rb") as content:
        begin = content.read(len(_CLASSIC) + 1)
        content.seek(0)
        if begin[:-1] == _CLASSIC and begin[-1:] not in _CLASSIC_VERSIONS:
            raise ValueError("of the classic formats those of 32 and 64 bit offsets are read")
        engine = _SCIPY if begin[:-1] == _CLASSIC else _H5NETCDF
        if engine is _H5NETCDF:
            _check_is_whole(content)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Duplicate dimension names", UserWarning)
            with xr.open_dataset(content, decode_cf=False, **engine) as data:
                return _arrays_of(path, data)


def _check_is_whole(content: BinaryIO) -> None:
    """Raise ValueError if an HDF5 file takes numbers from other files."""
    import h5py

    def check(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            raise ValueError(f"the numbers of {name} lie in another file")

    with h5py.File(content, "r") as file:
        file.visititems(check)


def _arrays_of(path: Path, data: "xr.Dataset") -> NamedArrays:
    """Return the arrays of a netCDF file; raise ValueError if numbers are scaled or missing."""
    _check(path, [variable.size for variable in data.variables.values()])
    for name, variable in data.data_vars.items():
        if scaled := [word for word in _SCALED if word in variable.attrs]:
            raise ValueError(f"the numbers of {name} must not be scaled, got {', '.join(scaled)}")
        for word in ("_FillValue", "missing_value"):
            if np.any(variable.values == variable.attrs.get(word, np.nan)):
                raise ValueError(f"numbers of {name} are missing: they are its {word}")
    return {str(name): data[name].values for name in data.data_vars}


def _check(path: Path, sizes: list[int]) -> None:
    """Raise `MemoryLimitError` if the arrays of a file and packed copies do not fit into memory."""
    check_room(str(path), 16 * sum(sizes), "its arrays")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _named(path: Path | str) -> Iterator[None]:
    """Put the name of the file in front of each `InputError` about its arrays."""
    try:
        yield
    except MemoryLimitError:
        raise
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
