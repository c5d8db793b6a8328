"""What is at a path: a file, a folder, an open file, a pipe, or nothing that can be read.

`spinglass.files.targets` says whether results can be written to a path.
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
    """Return the name, such as "a pipe", of what has this mode and is no regular file or link."""
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def open_file_number(path: Path) -> int | None:
    """Return the descriptor of the open file of this process that a path stands for, or None.

    Opening /dev/stdout by name would restart a redirected file instead of continuing it.
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
    """Say whether a path passes on what is written to it, as a pipe does, and keeps nothing."""
    if open_file_number(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def check_regular(path: Path) -> None:
    """Raise `InputError` if anything but a regular file or a link to one is at a path.

    A path at which there is nothing passes.  Programs read and replace their own files without
    asking; reading a pipe would wait for ever, and a device would swallow what is written.
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
    """Refuse to read text from anything but a file or an open file, such as the shell's <(...).

    Raises
    ------
    InputError
        Naming what is there: a device, or a pipe, whose reader might wait for ever.
    """
    if open_file_number(path) is None:
        check_regular(path)


def check_folder(path: Path) -> None:
    """Raise `InputError` if anything but a folder or a link to one is at a path.

    A path at which there is nothing passes; `UnreadableFileError` if the system does not say.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if link := _link(path):
            raise InputError(f"{path} must be a folder, got {link}") from error
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return
        raise UnreadableFileError(unread(path, error)) from error
    if not stat.S_ISDIR(mode):
        what = "a file" if stat.S_ISREG(mode) else kind_of_place(mode)
        raise InputError(f"{path} must be a folder, got {what}")


def check_folder_to_read(path: Path) -> None:
    """Refuse to read from a folder that does not exist.

    Raises
    ------
    InputError
        If nothing is at the path, or something that is not a folder.
    UnreadableFileError
        If the folder may not be read.
    """
    check_folder(path)
    if not path.is_dir():
        raise InputError(f"no such folder: {path}")
    try:
        with os.scandir(path):
            allowed = os.access(path, os.X_OK)
    except OSError as error:
        raise UnreadableFileError(unread(path, error)) from error
    if not allowed:
        raise UnreadableFileError(f"cannot read {path}: {os.strerror(errno.EACCES)}")


def is_folder_to_read(path: Path) -> bool:
    """Say whether a path is that of a folder.

    `UnreadableFileError` if the folder may not be read, or the system does not say what is there.
    """
    try:
        found = path.is_dir()
    except OSError as error:
        raise UnreadableFileError(unread(path, error)) from error
    if found:
        check_folder_to_read(path)
    return found


def unread(path: Path, error: OSError) -> str:
    """Return the message for a file that the system refuses to read."""
    link = _link(path)
    return f"{path} is {link}" if link else f"cannot read {path}: {error.strerror or error}"


def absent(path: Path) -> str:
    """Return the message for a path at which there is no file to read."""
    link = _link(path)
    return f"{path} is {link}" if link else f"no such file: {path}"


def _link(path: Path) -> str:
    """Describe a symbolic link that leads nowhere; return "" for any other path."""
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
    """Turn the system's errors on reading a file into errors of spinglass.

    `InputError` if the file does not exist, `UnreadableFileError` if it cannot be read.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(absent(path)) from error
    except OSError as error:
        raise UnreadableFileError(unread(path, error)) from error


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Add a file's name to system errors that lack one, as errors on reading do."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
