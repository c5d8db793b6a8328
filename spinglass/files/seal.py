"""A seal at the end of a file: the SHA-256 of everything before it.

NetCDF-4 readers ignore what follows the end of the data, so a sealed file opens everywhere.  Any
truncation and any changed byte, in data, names or padding, breaks the seal, which is checked
before any byte is interpreted.
"""

import hashlib
from enum import Enum
from pathlib import Path

_WORDS = b"\nspinglass seal sha256 "
_LENGTH = len(_WORDS) + 64 + 1
_CHUNK = 2**20


class Seal(Enum):
    """What the end of a file says about the rest."""

    WHOLE = "whole"
    BROKEN = "broken"
    ABSENT = "absent"


def append_seal(path: Path) -> None:
    """Append the seal to an otherwise complete file."""
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(_WORDS + digest.encode() + b"\n")


def read_seal(path: Path) -> Seal:
    """Check every byte of a file against its seal.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    end = _end(path)
    if not end:
        return Seal.ABSENT
    whole = end == _digest(path, path.stat().st_size - _LENGTH).encode() + b"\n"
    return Seal.WHOLE if whole else Seal.BROKEN


def end_of_seal(path: Path) -> Seal:
    """Say whether a file ends in a seal, without checking it; errors as for `read_seal`."""
    return Seal.WHOLE if _end(path) else Seal.ABSENT


def _end(path: Path) -> bytes:
    """Return the digest, and a line break, from the seal of a file; empty if it has no seal."""
    size = path.stat().st_size - _LENGTH
    if size < 0:
        return b""
    with path.open("rb") as file:
        file.seek(size)
        end = file.read(_LENGTH)
    return end[len(_WORDS) :] if end.startswith(_WORDS) and end.endswith(b"\n") else b""


def _digest(path: Path, size: int) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0:
            block = file.read(min(_CHUNK, size))
            if not block:
                break
            total.update(block)
            size -= len(block)
    return total.hexdigest()
