"""Where a path leads that results are written to, and whether they can be: asked before the work.

Results replace regular files and nothing else.  Text is written into what is already there and is
no regular file (a device, a pipe, an open file such as /dev/stdout); a symbolic link stays one, and
the file that it leads to is replaced.
"""

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spinglass.errors import InputError, UnreadableFileError

STDOUT = Path("/dev/stdout")

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
_MOST_LINKS = 40


def open_file_number(path: Path) -> int | None:
    """Return the number of the open file of this process that a path stands for, if it does.

    Opening /dev/stdout by its name would begin a redirected file anew, and not go on where it is.
    """
    place = Path(path)
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(place.parent)
        if folder == f"/proc/{os.getpid()}/fd" and place.name.isdigit():
            return int(place.name)
        if not os.path.islink(place):
            return None
        place = place.parent / os.readlink(place)
    return None


def is_stream(path: Path) -> bool:
    """Say whether what is written to a path is passed on and not kept under it."""
    if open_file_number(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


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
        raise InputError(f"cannot write to {path}: it is an open file, the name of one is wanted")
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise InputError(f"cannot write to {path}: it is {kind}, a file is wanted")
    return place


def check_regular(path: Path) -> None:
    """Refuse a path where something is that is neither a regular file nor leads to one.

    What a program owns in a folder is read and replaced without asking; reading a pipe would wait
    for ever, and a device would swallow what is written.  `InputError` names what is there.
    """
    if open_file_number(path) is not None:
        raise InputError(f"{path} must be a regular file, got an open one")
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise InputError(unread(path, error)) from error
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "something else")
        raise InputError(f"{path} must be a regular file, got {kind}")


def check_folder(path: Path) -> None:
    """Refuse, by `InputError`, a path where something is that is no folder nor leads to one.

    Whether there is anything is for the caller to say.
    """
    if os.path.lexists(path) and not path.is_dir():
        what = "a file" if path.is_file() else _link(path) or "something else"
        raise InputError(f"{path} must be a folder, got {what}")


def check_folder_to_read(path: Path) -> None:
    """Refuse to read from a folder that is not there.

    Raises
    ------
    InputError
        If there is nothing, or something else.
    """
    check_folder(path)
    if not path.is_dir():
        raise InputError(f"no such folder: {path}")


def unread(path: Path, error: OSError) -> str:
    """Return what to say of a file that the system does not let be read."""
    link = _link(path)
    return f"{path} is {link}" if link else f"cannot read {path}: {error.strerror or error}"


def absent(path: Path) -> str:
    """Return what to say where there is no file to read."""
    link = _link(path)
    return f"{path} is {link}" if link else f"no such file: {path}"


def _link(path: Path) -> str:
    """Return what a symbolic link is that leads to nothing; no word where a path is none."""
    if not os.path.islink(path) or os.path.exists(path):
        return ""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a symbolic link that leads back to itself"
    return f"a symbolic link to {os.readlink(path)}, which is not there"


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says of a file that it does not let be read into words of its own.

    `InputError` if there is no such file, `UnreadableFileError` if it cannot be read.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(absent(path)) from error
    except OSError as error:
        raise UnreadableFileError(unread(path, error)) from error


def check_text(path: Path) -> None:
    """Refuse to read text from what is no file; an open one will do, as the shell's <(...) is.

    Raises
    ------
    InputError
        Naming what is there: a pipe without a writer, which would be waited for, or a device.
    """
    if open_file_number(path) is None:
        check_regular(path)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Put a file's name into errors of the system that have none, as those of reading have."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


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
