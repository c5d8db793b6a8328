r"""Readers of CIFAR-10's files: labels and 3,072 pixels per image, as raw bytes or in a pickle.

Unpickling can run arbitrary code.  The unpickler here builds only dictionaries, lists, numbers and
strings, and accepts only the three global names that a pickled NumPy array refers to.  It replaces
even those by a stand-in that runs no NumPy code and records its arguments, which are checked
before they are turned into an array.
"""

import io
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np

from spinglass.deep.idx import Bytes
from spinglass.errors import DamagedFileError
from spinglass.files.places import named

IMAGES = 10_000
"""Number of images in each of the six files."""

_PIXELS = 3072
_MOST_BYTES = 2 * 10_000 * _PIXELS
_MOST_MEMOS = 200_000
_CONSTRUCTORS = {"_reconstruct", "ndarray", "dtype"}
_NUMPY = {"numpy", "numpy.core.multiarray", "numpy._core.multiarray"}


def read_binary(path: Path) -> tuple[Bytes, Bytes]:
    """Read a file of the binary version; return the same as `read_python`.

    Raises
    ------
    DamagedFileError
        If the file does not have the expected size.
    """
    size, expected = path.stat().st_size, IMAGES * (_PIXELS + 1)
    if size != expected:
        raise DamagedFileError(f"{path} should be {expected} bytes long, is {size}")
    rows = np.fromfile(path, np.uint8).reshape(-1, _PIXELS + 1)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]


def read_python(path: Path) -> tuple[Bytes, Bytes]:
    """Read images, (images, 3, 32, 32), and labels of the python version without running its code.

    `DamagedFileError` if the file is not a pickle of such a batch, or refers to anything but a
    NumPy array.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise DamagedFileError(f"{path} is too large for a batch of CIFAR-10")
    with named(path):
        raw = path.read_bytes()
    try:
        _check_opcodes(raw)
        batch = _Unpickler(io.BytesIO(raw), encoding="latin1").load()
        pixels, labels = _pixels(batch["data"]), batch["labels"]
    except Exception as error:  # a damaged pickle can raise nearly anything
        reason = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise DamagedFileError(f"{path} is not a batch of CIFAR-10: {reason}") from error
    good = isinstance(labels, list) and len(labels) == IMAGES
    if not good or not all(type(label) is int and 0 <= label <= 9 for label in labels):
        raise DamagedFileError(f"{path}: labels must be {IMAGES} of 0 to 9, got {labels!r:.80}")
    return pixels.reshape(-1, 3, 32, 32), np.array(labels, np.uint8)


class _Kept:
    """Stand-in for an array or its type: records arguments and state, and does nothing else."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """An unpickler that resolves only the names of an array's constructors, all to `_Kept`."""

    def find_class(self, module: str, name: str) -> Any:
        if module in _NUMPY and name in _CONSTRUCTORS:
            return _Kept
        raise pickle.UnpicklingError(f"refused to look up {module}.{name}")


def _check_opcodes(raw: bytes) -> None:
    """Refuse memo numbers that would make the unpickler reserve absurd amounts of memory."""
    for opcode, argument, _ in pickletools.genops(raw):
        if opcode.name.endswith("PUT") and int(argument or 0) > _MOST_MEMOS:
            raise pickle.UnpicklingError(f"refused memo number {argument}")


def _pixels(kept: _Kept) -> Bytes:
    """Turn the state of an array, (version, shape, type, Fortran order, bytes), into the array."""
    _, shape, kind, fortran, data = kept.state
    data = data.encode("latin1") if isinstance(data, str) else data
    if kind.arguments[0] not in ("u1", "|u1") or shape != (IMAGES, _PIXELS) or fortran:
        raise ValueError("another array")
    return np.frombuffer(data, np.uint8).reshape(shape)
