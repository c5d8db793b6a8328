"""Find out before the work where a result goes, and whether it can be written there.

Results replace regular files and nothing else.  Text may also be written into a device, a pipe or
an open file such as /dev/stdout.  A symbolic link stays, and the file that it leads to is replaced.
"""

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from spinglass.errors import InputError
from spinglass.files.places import is_stream, kind_of_place, open_file_number

STDOUT = Path("/dev/stdout")


def landing(path: Path) -> Path:
    """Return the absolute path of the regular file to make or replace, all links followed.

    Raises
    ------
    InputError
        If anything but a regular file is there.
    """
    number = open_file_number(path)
    place = Path(os.path.realpath(path))
    try:
        mode = os.stat(path if number is None else number).st_mode
    except FileNotFoundError:
        return place
    except OSError as error:
        raise InputError(f"cannot write to {path}: {error.strerror}") from error
    if number is not None:
        raise InputError(f"cannot write to {path}: it must be the name of a file, got an open one")
    if not stat.S_ISREG(mode):
        raise InputError(f"cannot write to {path}: it must be a file, got {kind_of_place(mode)}")
    return place


def check_writable(folder: Path) -> None:
    """Check before the work that a folder can be written to, or made; leave nothing behind.

    Raises
    ------
    InputError
        If it cannot.
    """
    _probe(Path(folder), Path(folder))


def check_file(path: Path, *, text: bool = False) -> None:
    """Check before the work that a file can be written; leave nothing behind.

    If ``text``, a device, a pipe or an open file will do.  `InputError` if it cannot be written.
    """
    if not (text and is_stream(path)):
        place = landing(path)
        _probe(place.parent, path, place.name)
        return
    number = open_file_number(path)
    try:
        os.fstat(number) if number is not None else os.stat(path)
    except OSError as error:
        raise InputError(f"cannot write to {path}: {error.strerror}") from error
    if number is None and not os.access(path, os.W_OK):
        raise InputError(f"cannot write to {path}: {os.strerror(errno.EACCES)}")


def checked_file(path: Path, *endings: str) -> Path:
    """Return the path to write a result to, after checking that it can be written.

    Only the first of ``endings`` stands for a file that is not text; it is added to a new path that
    has no ending.  Devices and pipes get text.  `InputError` if the path has another ending, or
    cannot be written.
    """
    there = os.path.lexists(path)
    if not is_stream(path) and (os.path.isfile(path) or not there):
        if path.suffix and path.suffix.lower() not in endings:
            allowed = " or ".join(filter(None, (", ".join(endings[:-1]), endings[-1])))
            raise InputError(f"the file must end in {allowed}, got {path.name!r}")
        if not path.suffix and not there:
            path = path.with_name(path.name + endings[0])
    check_file(path, text=len(endings) > 1 and path.suffix.lower() != endings[0])
    return path


def _probe(folder: Path, told: Path, *names: str) -> None:
    """Try to write in the nearest existing folder, and check that it takes the missing names."""
    try:
        folder = folder.absolute()
        nearest = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
        missing = (*folder.relative_to(nearest).parts, *names)
        for path in (folder.joinpath(*names), *(nearest / name for name in missing)):
            with contextlib.suppress(FileNotFoundError):
                path.lstat()
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise InputError(f"cannot write to {told}: {error.strerror}") from error
