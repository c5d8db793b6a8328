"""Find out before the work where a result goes, and whether it can be written there.

Results replace regular files and nothing else.  Text is written into what is already there and is
no regular file (a device, a pipe, an open file such as /dev/stdout); a symbolic link stays one, and
the file that it leads to is replaced.
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
        If something else is there.
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
    """Find out before the work whether a folder can be written to, or made; leave nothing.

    Raises
    ------
    InputError
        If it cannot.
    """
    _probe(Path(folder), Path(folder))


def check_file(path: Path, *, text: bool = False) -> None:
    """Find out before the work whether a file can be written; leave nothing.

    A device, a pipe or an open file will do for ``text``.  `InputError` if it cannot be written.
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
    """Return where a result is to be written, once it is known that it can be.

    What is there already keeps its name, and so does a device or a pipe, which gets text.  Of the
    endings the first is added where there is none, and only it is not text; `InputError` if the
    path has another, or cannot be written.
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
    """Try to write in the nearest folder that is there; ask it of each name that is not."""
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
