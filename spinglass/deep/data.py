"""Images as tensors: MNIST from IDX files, CIFAR-10 from its binary version, scikit-learn's digits.

Files are checked before they are believed: magic numbers, sizes, labels.  Nothing is unpickled:
the python version of CIFAR-10 is refused with a pointer to the binary one.
"""

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinglass.errors import DamagedFileError, InputError

Bytes = NDArray[np.uint8]

_CIFAR_ROW = 3073
_CIFAR_FILE = 10_000 * _CIFAR_ROW


@dataclass(frozen=True)
class Images:
    """A training and a test set, preloaded.

    Attributes
    ----------
    train, test : Tensor
        float32 (images, channels, side, side), each channel of mean 0 and variance 1 over train.
    train_labels, test_labels : Tensor
        int64 (images,), from 0.
    """

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


def load_images(
    name: str,
    folder: Path | None = None,
    train_images: int | None = None,
    test_images: int | None = None,
    download: bool = False,
) -> Images:
    """Load a data set by name and normalise it.

    Parameters
    ----------
    name : {"digits", "mnist", "cifar10"}
        ``digits`` is built in (1,797 images of 8 x 8), the others are read from ``folder``.
    folder : Path, optional
        Where the files are, directly or in ``mnist/`` or ``cifar-10-batches-bin/`` below it.
    train_images, test_images : int, optional
        Take only the first so many.
    download : bool
        Let scikit-learn fetch MNIST from openml.org when there is no folder.

    Raises
    ------
    InputError
        If the name is unknown, files are missing, or more images are asked for than there are.
    DamagedFileError
        If a file is truncated, corrupted or of another format.
    """
    if name == "digits":
        arrays = _digits()
    elif name == "mnist":
        arrays = _mnist(folder, download)
    elif name == "cifar10":
        arrays = _cifar10(folder)
    else:
        raise InputError(f"unknown data {name!r} (allowed: digits, mnist, cifar10)")
    train, train_labels, test, test_labels = arrays
    train, train_labels = _first("train_images", train_images, train, train_labels)
    test, test_labels = _first("test_images", test_images, test, test_labels)
    return _normalise(train, train_labels, test, test_labels)


def read_idx(path: Path) -> Bytes:
    """Read an IDX file of unsigned bytes, gzipped or not.

    Raises
    ------
    InputError
        If it cannot be read.
    DamagedFileError
        If it is not such a file or its size is not what its header says.
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
    if len(data) - 4 - 4 * axes != expected:
        found = len(data) - 4 - 4 * axes
        raise DamagedFileError(f"{path} should hold {expected} bytes of data, holds {found}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _mnist(folder: Path | None, download: bool) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    if folder is None:
        if not download:
            raise InputError("mnist needs its files: give --data DIR, or allow --download")
        return _openml()
    parts: list[Bytes] = []
    for split in ("train", "t10k"):
        images = read_idx(_find(folder, "mnist", f"{split}-images-idx3-ubyte"))
        labels = read_idx(_find(folder, "mnist", f"{split}-labels-idx1-ubyte"))
        if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
            raise DamagedFileError(
                f"{folder}: {split} images {images.shape} do not go with labels {labels.shape}"
            )
        _check_labels(labels, f"{folder} ({split})")
        parts += [images[:, None], labels]
    return parts[0], parts[1], parts[2], parts[3]


def _openml() -> tuple[Bytes, Bytes, Bytes, Bytes]:
    from sklearn.datasets import fetch_openml

    images, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
    pixels = images.astype(np.uint8).reshape(-1, 1, 28, 28)
    digits = labels.astype(np.uint8)
    return pixels[:60_000], digits[:60_000], pixels[60_000:], digits[60_000:]


def _cifar10(folder: Path | None) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    if folder is None:
        raise InputError("cifar10 needs its files: give --data DIR (the binary version)")
    names = [*(f"data_batch_{batch}.bin" for batch in range(1, 6)), "test_batch.bin"]
    for place in (folder, folder / "cifar-10-batches-py"):
        if (place / "data_batch_1").is_file():
            raise InputError(
                f"{place} is CIFAR-10's python version, which would have to be unpickled:"
                " use the binary version (cifar-10-batches-bin)"
            )
    rows = [_cifar_file(_find(folder, "cifar-10-batches-bin", name)) for name in names]
    train = np.concatenate(rows[:5])
    return *_split_rows(train), *_split_rows(rows[5])


def _cifar_file(path: Path) -> Bytes:
    size = path.stat().st_size
    if size != _CIFAR_FILE:
        raise DamagedFileError(f"{path} should be {_CIFAR_FILE} bytes long, is {size}")
    rows = np.fromfile(path, np.uint8).reshape(-1, _CIFAR_ROW)
    _check_labels(rows[:, 0], str(path))
    return rows


def _split_rows(rows: Bytes) -> tuple[Bytes, Bytes]:
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]


def _digits() -> tuple[Bytes, Bytes, Bytes, Bytes]:
    from sklearn.datasets import load_digits

    source = load_digits()
    images = source.images.astype(np.uint8)[:, None]
    labels = source.target.astype(np.uint8)
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def _find(folder: Path, below: str, name: str) -> Path:
    for place in (folder, folder / below):
        for candidate in (place / name, place / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    raise InputError(f"no {name} in {folder} or {folder / below}")


def _check_labels(labels: Bytes, source: str) -> None:
    if len(labels) == 0 or labels.max() > 9:
        raise DamagedFileError(f"{source}: labels must be 0 to 9")


def _first(what: str, count: int | None, images: Bytes, labels: Bytes) -> tuple[Bytes, Bytes]:
    if count is None:
        return images, labels
    if not 1 <= count <= len(images):
        raise InputError(f"{what} must be 1 to {len(images)} (got {count})")
    return images[:count], labels[:count]


def _normalise(train: Bytes, train_labels: Bytes, test: Bytes, test_labels: Bytes) -> Images:
    mean = train.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    spread = train.std(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    if not spread.all():
        raise DamagedFileError("the training images are all the same")

    def tensor(pixels: Bytes) -> Tensor:
        return torch.from_numpy(((pixels - mean) / spread).astype(np.float32))

    return Images(
        tensor(train),
        torch.from_numpy(train_labels.astype(np.int64)),
        tensor(test),
        torch.from_numpy(test_labels.astype(np.int64)),
    )
