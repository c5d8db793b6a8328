"""Datasets on disk: written whole or not at all, read whole or refused.

A file is written under a temporary name in the same folder, flushed to the disk and renamed, so
that no reader ever sees half of one; `spinglass.files.targets` decides what may be replaced.
The format is NetCDF-4, opened by any xarray, with a seal at its end (see `spinglass.files.seal`).
"""

import errno
import io
import os
import re
import secrets
import socket
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from spinglass.errors import DamagedFileError, InputError, StorageError, UnreadableFileError
from spinglass.files.places import (
    absent,
    check_regular,
    is_stream,
    named,
    open_file_number,
    reading,
    unread,
)
from spinglass.files.seal import Seal, append_seal, end_of_seal, read_seal
from spinglass.files.targets import landing

if TYPE_CHECKING:
    import h5py
    import xarray as xr
    from xarray.backends import H5NetCDFStore

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNREADABLE = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError)
_OVERHEAD = 2**17
_ZEROS = 2**20
_ABANDONED_AFTER = 24 * 3600.0


def write_dataset(data: "xr.Dataset", path: Path) -> None:
    """Write a dataset as NetCDF-4, atomically; errors as for `replacing`."""
    with replacing(path) as temporary:
        _check_room(temporary, data.nbytes + _OVERHEAD)
        with _new_store(temporary) as store:
            data.dump_to_store(store, encoding=_encoding(data))
        append_seal(temporary)


@contextmanager
def _new_store(path: Path) -> Iterator["H5NetCDFStore"]:
    """Open a NetCDF-4 file for xarray to write, without a lock: locks fail on network file systems.

    None is needed: nobody else knows the temporary name.  Caching is off: HDF5 writes the cache of
    an array when Python frees that array, which a profiler (every Dask worker runs one) delays, so
    that the arrays would lie in the file in another order.
    """
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    options = {"locking": False, "phony_dims": "access", "rdcc_nbytes": 0}
    with h5netcdf.File(path, "w", **options) as file:
        yield H5NetCDFStore(file)


@contextmanager
def open_hdf5(path: Path) -> Iterator["h5py.File"]:
    """Open an HDF5 file to read, even if this process has it open elsewhere.

    HDF5 gets an open file, not the path: it refuses a path that is open already under another
    locking rule.  No lock is needed: files never change once they have their final name.
    `OSError` if the file cannot be read, or is not HDF5.
    """
    import h5py

    with path.open("rb") as content, h5py.File(content, "r") as file:
        yield file


def write_text(text: str, path: Path) -> None:
    """Write a text file, atomically, or into the device, pipe or open file that a path stands for.

    Raises
    ------
    InputError, StorageError
        As for `write_dataset`.
    """
    with writing(path) as file:
        file.write(text)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """Yield a text file that replaces ``path`` on success, or the device, pipe or open file there.

    Raises
    ------
    InputError, StorageError
        As for `write_text`.
    """
    if not is_stream(path):
        with (
            replacing(path) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            yield file
        return
    number = open_file_number(path)
    if number == 1:
        sys.stdout.flush()
    with _told_of_room(path):
        opened = os.open(path, os.O_WRONLY) if number is None else os.dup(number)
        with open(opened, "w", encoding="utf-8", newline="") as file:
            yield file


_SUFFIX = ".part"
_NAME_KEPT = 40
"""How many characters of the final name the temporary one repeats, so as not to grow too long."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a new file beside ``path``; on success flush it and rename it to ``path``.

    A file that replaces another takes over its permissions.  The path is absolute, so that no
    library takes it for a URL or a home folder.  `InputError` if the folder cannot be written to,
    or if ``path`` is not a regular file; `StorageError` if the disk is full.  Errors leave no file
    behind.
    """
    place = landing(path)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        name = f".{place.name[:_NAME_KEPT]}.{_host()}-{os.getpid()}.{secrets.token_hex(8)}{_SUFFIX}"
        temporary = place.parent.absolute() / name
        mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None
        temporary.touch(0o666 if mode is None else 0o600, exist_ok=False)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageError(f"cannot write {path}: {error.strerror}") from error
        raise InputError(f"cannot write to {place.parent}: {error.strerror}") from error
    try:
        with _told_of_room(path):
            yield temporary
            _flush(temporary)
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _told_of_room(path: Path) -> Iterator[None]:
    """Turn every error that means a full disk into a `StorageError`; name the file in others."""
    try:
        with named(path):
            yield
    except (OSError, RuntimeError) as error:
        if (number := _error_number(error)) not in _NO_ROOM:
            raise
        raise StorageError(f"cannot write {path}: {os.strerror(number)}") from error


def _check_room(path: Path, size: int) -> None:
    """Allocate the bytes of a file and free them again: HDF5 can crash if it runs out of room."""
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:  # macOS
            for start in range(0, size, _ZEROS):
                file.write(bytes(min(_ZEROS, size - start)))
            file.flush()
        file.truncate(0)


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files of dead writers on this host, and day-old ones of other hosts."""
    host = _host()
    for path in folder.glob(f".*{_SUFFIX}"):
        owner = path.name.removesuffix(_SUFFIX).rsplit(".", 2)[-2]
        name, _, process = owner.rpartition("-")
        with suppress(OSError):
            if name == host and process.isdigit():
                abandoned = not _alive(int(process))
            else:
                abandoned = time.time() - path.stat().st_mtime > _ABANDONED_AFTER
            if abandoned:
                path.unlink(missing_ok=True)


def _host() -> str:
    return socket.gethostname().replace(".", "_")


def _alive(process: int) -> bool:
    try:
        with suppress(PermissionError):  # alive, and another user's
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _error_number(error: OSError | RuntimeError) -> int:
    """Return the errno of an error, 0 if it has none; HDF5 gives it only in its message."""
    known = getattr(error, "errno", None)
    told = re.search(r"errno = (\d+)", str(error))
    return known or (int(told.group(1)) if told else 0)


def read_dataset(path: Path, without: Collection[str] = ()) -> "xr.Dataset":
    """Read a dataset into memory, whole or without some of its variables.

    `InputError` if the file does not exist; `DamagedFileError` if it is not a NetCDF-4 file of this
    package, is truncated, or has been changed; `UnreadableFileError` if the system refuses to
    read it.
    """
    import h5netcdf
    import xarray as xr
    from xarray.backends import H5NetCDFStore

    path = Path(path)
    _check_seal(path, read_seal)
    try:
        with open_hdf5(path) as opened, h5netcdf.File(opened, "r", phony_dims="access") as file:
            data = xr.load_dataset(H5NetCDFStore(file), drop_variables=list(without))
        return with_plain_attributes(data)
    except _UNREADABLE as error:
        raise _unusable(path, error) from error


def read_attributes(path: Path, *, whole: bool = True) -> dict[str, Any]:
    """Read the attributes of a file, and no variable; errors as for `read_dataset`.

    If ``whole``, every byte is checked against the seal; else only that the file ends in a seal
    and is as long as its header says.
    """
    _check_seal(path, read_seal if whole else end_of_seal)
    try:
        with open_hdf5(path) as file:
            return {name: _plain(value) for name, value in file.attrs.items()}
    except _UNREADABLE as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> DamagedFileError:
    """Return the error to raise for a file whose contents cannot be read."""
    number = _error_number(error) if isinstance(error, OSError | RuntimeError) else 0
    if number:
        return UnreadableFileError(unread(path, OSError(number, os.strerror(number))))
    check_readers()
    return DamagedFileError(f"{path} is damaged: what is in it cannot be read")


def check_readers() -> None:
    """Check that the packages that read files can read one at all, made in memory.

    Raises
    ------
    ImportError
        For h5netcdf, if they cannot: their errors on another file then say nothing about that file.
    """
    import h5netcdf
    import h5py
    import xarray as xr
    from xarray.backends import H5NetCDFStore

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["numbers"] = [1.0]
    try:
        with h5netcdf.File(content, "r", phony_dims="access") as file:
            xr.load_dataset(H5NetCDFStore(file))
    except Exception as error:
        raise ImportError(f"no file can be read with it: {error}", name="h5netcdf") from error


def _check_seal(path: Path, read: Callable[[Path], Seal]) -> None:
    import h5py

    check_regular(path)
    if not path.is_file():
        raise InputError(absent(path))
    with reading(path):
        seal = read(path)
    if seal is Seal.BROKEN:
        raise DamagedFileError(f"{path} is damaged: its checksum does not match")
    try:
        known = h5py.is_hdf5(path)
    except (OSError, RuntimeError) as error:  # HDF5's message is a page long
        number = _error_number(error) or errno.EIO
        told = OSError(number, os.strerror(number))
        raise UnreadableFileError(unread(path, told)) from error
    if not known:
        raise DamagedFileError(f"{path} is not a NetCDF-4 file, as every result is, or is damaged")
    if seal is Seal.ABSENT:
        raise DamagedFileError(
            f"{path} is damaged or not a file of spinglass: it does not end in its checksum"
        )


def with_plain_attributes(data: "xr.Dataset") -> "xr.Dataset":
    """Return a dataset with its attributes as Python numbers, as they were when written."""
    return data.assign_attrs({name: _plain(value) for name, value in data.attrs.items()})


def _plain(value: Any) -> Any:
    """Return a Python number for a NumPy scalar or array of one, as NetCDF stores numbers."""
    return value.item() if getattr(value, "size", 0) == 1 else value


def _encoding(data: "xr.Dataset") -> dict[str, dict[str, object]]:
    """Return encodings that checksum every numeric array, and deflate long arrays of integers.

    Doubles are too noisy to deflate.  Text has variable length, which no filter of HDF5 takes.
    """
    checked: dict[str, object] = {"fletcher32": True}
    deflated = checked | {"zlib": True, "complevel": 4, "shuffle": True}
    return {
        str(name): deflated if values.dtype.kind in "iub" and values.size > 1000 else checked
        for name, values in data.variables.items()
        if values.size and values.ndim and values.dtype.kind in "iubfc"
    }


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
