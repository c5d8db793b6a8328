"""What is at a path: a file, a folder, an open file, a pipe, or nothing that can be read.

Whether results can be written to a path is for `spinglass.files.targets` to say.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from spinglass.errors import InputError, UnreadableFileError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFBLK: "a block device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
_MOST_LINKS = 40


def kind_of_place(mode: int) -> str:
    """Return what is neither a regular file nor a link, by its mode, with its article."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


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
        kind = kind_of_place(mode)
        raise InputError(f"{path} must be a regular file, got {kind}")


def check_text(path: Path) -> None:
    """Refuse to read text from what is no file; an open one will do, as the shell's <(...) is.

    Raises
    ------
    InputError
        Naming what is there: a pipe without a writer, which would be waited for, or a device.
    """
    if open_file_number(path) is None:
        check_regular(path)


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


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Put a file's name into errors of the system that have none, as those of reading have."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
