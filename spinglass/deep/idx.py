"""Reader of IDX, the format of the MNIST files: a header with the shape, then the bytes."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinglass.errors import DamagedFileError, InputError

Bytes = NDArray[np.uint8]


def read_idx(path: Path) -> Bytes:
    """Read an IDX file of unsigned bytes, gzipped or not.

    `InputError` if it cannot be read, `DamagedFileError` if it is not of this format or does not
    have the size that its header gives.
    """
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedFileError(f"{path} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08" or not 1 <= data[3] <= 3:
        raise DamagedFileError(f"{path} is not an IDX file of unsigned bytes")
    axes = data[3]
    if len(data) < 4 + 4 * axes:
        raise DamagedFileError(f"{path} ends inside its header")
    shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    expected = int(np.prod(shape, dtype=object))
    held = len(data) - 4 - 4 * axes
    if held != expected:
        raise DamagedFileError(f"{path} must hold {expected} bytes of data, got {held}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
