"""What a user is told about an error: one line, and an exit code."""

import errno
import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator

from spinglass.errors import DamagedFileError, InputError, SpinglassError
from spinglass.version import __version__

SOFTWARE = 70
"""Exit code of an unforeseen error: EX_SOFTWARE of sysexits.h."""

_EXTRAS = {
    "torch": "deep",
    "dask": "cluster",
    "distributed": "cluster",
    "zarr": "cluster",
    "bokeh": "report",
}

_BY_NUMBER = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system can only be read",
    errno.EMFILE: "too many files are open; `ulimit -n` says how many may be",
    errno.ENOMEM: "the memory of this machine does not suffice",
}

_REFUSED_TO_THE_LOADER = (
    "failed to map segment from shared object",
    "cannot create shared object descriptor",
    "cannot allocate memory in static TLS block",
    "cannot allocate memory",
    "Cannot allocate memory",
    "out of memory",
)


def explain(error: BaseException) -> tuple[int, str] | None:
    """Return the exit code and the message for a foreseen error, None for any other."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, SpinglassError):
        return (2 if isinstance(error, InputError | DamagedFileError) else 1), str(error)
    if _of_memory(error):
        return 1, "the memory does not suffice to load the libraries"
    if isinstance(error, OSError):
        return (2 if error.errno == errno.ENAMETOOLONG else 1), _of_the_system(error)
    if isinstance(error, MemoryError) or "OutOfMemoryError" in kinds:  # of numpy, of torch
        reason = f" ({error})" if str(error) else ""
        return 1, f"the memory does not suffice; a smaller n or fewer starts need less{reason}"
    if isinstance(error, ImportError):
        return _of_an_import(error)
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return 1, "the system allows no more threads; --threads takes a number of them"
    return None


def _of_memory(error: BaseException) -> bool:
    """Say whether the loader lacked memory for a library, which only its messages tell."""
    if not (isinstance(error, ImportError) or (isinstance(error, OSError) and not error.errno)):
        return False
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if any(words in str(cause) for words in _REFUSED_TO_THE_LOADER):
            return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False


def _of_the_system(error: OSError) -> str:
    reason = _BY_NUMBER.get(error.errno or 0, error.strerror or str(error) or type(error).__name__)
    names = [
        os.fsdecode(n) for n in (error.filename, error.filename2) if isinstance(n, str | bytes)
    ]
    return f"{' -> '.join(names)}: {reason}" if names else reason


def _of_an_import(error: ImportError) -> tuple[int, str] | None:
    package = (error.name or "").partition(".")[0]
    if package in _EXTRAS:
        return 1, f"this needs {package}: pip install 'spinglass[{_EXTRAS[package]}]' ({error})"
    if package in ("", "spinglass", "spinglass_cli"):
        return None
    return 1, f"the package {package} is missing or broken: install spinglass anew ({error})"


def confess(error: BaseException, words: list[str]) -> str:
    """Write an unforeseen error to a temporary file in full; return what to tell the user."""
    what = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="spinglass-", suffix=".txt", delete=False, errors="backslashreplace"
        ) as file:
            file.writelines(_account(error, words))
        where = f"the full traceback is in {file.name}"
    except OSError as refused:
        where = f"--debug shows the full traceback ({_of_the_system(refused)}, so it is not kept)"
    return f"{what}: this is a bug in spinglass; {where}"


def _account(error: BaseException, words: list[str]) -> Iterator[str]:
    yield f"spinglass {__version__}, Python {sys.version.split()[0]}, {platform.platform()}\n"
    yield f"{shlex.join(['spinglass', *words])}\n\n"
    yield from traceback.format_exception(error)
