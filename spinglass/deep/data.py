"""Images as tensors: MNIST from IDX files, CIFAR-10 from either version, scikit-learn's digits.

Magic numbers, sizes and labels of the files are checked.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spinglass.deep import cifar
from spinglass.deep.idx import Bytes, read_idx
from spinglass.errors import DamagedFileError, InputError

ImageArrays = tuple[Bytes, Bytes, Bytes, Bytes]


@dataclass(frozen=True)
class Images:
    """A training set and a test set in memory.

    Attributes
    ----------
    train, test : Tensor
        float32 (images, channels, side, side), shifted and scaled so that each channel of the
        training set has mean 0 and variance 1.
    train_labels, test_labels : Tensor
        int64 (images,), counted from 0.
    """

    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor

    def to(self, device: str, layout: torch.memory_format) -> "Images":
        """Return the same images and labels on a device, the images in a given memory layout."""
        train, test = (
            x.to(device).contiguous(memory_format=layout) for x in (self.train, self.test)
        )
        return Images(train, self.train_labels.to(device), test, self.test_labels.to(device))


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
        Where the files are: in the folder itself or in its ``mnist/``, ``cifar-10-batches-bin/``
        (preferred) or ``cifar-10-batches-py/``.
    train_images, test_images : int, optional
        Use only this many images, the first ones.
    download : bool
        Let scikit-learn download MNIST from openml.org if no folder is given.

    Raises
    ------
    InputError
        If the name is unknown, files are missing or cannot be downloaded, or more images are
        requested than there are.
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
        raise InputError(f"data must be digits, mnist or cifar10, got {name!r}")
    train, train_labels, test, test_labels = arrays
    train, train_labels = _first("train_images", train_images, train, train_labels)
    test, test_labels = _first("test_images", test_images, test, test_labels)
    return _normalise(train, train_labels, test, test_labels)


def _mnist(folder: Path | None, download: bool) -> ImageArrays:
    if folder is None:
        if not download:
            raise InputError("mnist needs the folder of its files or a download, got neither")
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


def _openml() -> ImageArrays:
    """Let scikit-learn download MNIST, or read it from scikit-learn's cache."""
    from sklearn.datasets import fetch_openml

    try:
        images, labels = fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
    except (OSError, ValueError) as error:  # no network, or an unexpected answer
        reason = " ".join(str(error).split())
        raise InputError(f"could not download mnist from openml.org: {reason}") from error
    if np.shape(images) != (70_000, 784) or np.shape(labels) != (70_000,):
        raise DamagedFileError(
            f"openml.org sent images {np.shape(images)} and labels {np.shape(labels)},"
            " not the (70000, 784) and (70000,) of mnist"
        )
    pixels = images.astype(np.uint8).reshape(-1, 1, 28, 28)
    digits = labels.astype(np.uint8)
    _check_labels(digits, "openml.org")
    return pixels[:60_000], digits[:60_000], pixels[60_000:], digits[60_000:]


def _cifar10(folder: Path | None) -> ImageArrays:
    if folder is None:
        raise InputError("cifar10 needs the folder of its files, got none")
    names = [*(f"data_batch_{batch}" for batch in range(1, 6)), "test_batch"]
    try:
        paths = [_find(folder, "cifar-10-batches-bin", f"{name}.bin") for name in names]
        read = cifar.read_binary
    except InputError:
        if not _has_python_version(folder):
            raise
        paths = [_find(folder, "cifar-10-batches-py", name) for name in names]
        read = cifar.read_python
    batches = [read(path) for path in paths]
    for path, (_, labels) in zip(paths, batches, strict=True):
        _check_labels(labels, str(path))
    train, train_labels = (np.concatenate(parts) for parts in zip(*batches[:5], strict=True))
    return train, train_labels, *batches[5]


def _has_python_version(folder: Path) -> bool:
    return any(
        (place / "data_batch_1").is_file() for place in _places(folder, "cifar-10-batches-py")
    )


def _digits() -> ImageArrays:
    from sklearn.datasets import load_digits

    source = load_digits()
    images = source.images.astype(np.uint8)[:, None]
    labels = source.target.astype(np.uint8)
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def _find(folder: Path, below: str, name: str) -> Path:
    for place in _places(folder, below):
        for candidate in (place / name, place / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    raise InputError(f"no {name} in {folder} or {folder / below}")


def _places(folder: Path, below: str) -> tuple[Path, Path]:
    return folder, folder / below


def _check_labels(labels: Bytes, source: str) -> None:
    if len(labels) == 0 or labels.max() > 9:
        largest = labels.max() if len(labels) else "none"
        raise DamagedFileError(f"{source}: labels must be 0 to 9, got {largest}")


def _first(what: str, count: int | None, images: Bytes, labels: Bytes) -> tuple[Bytes, Bytes]:
    if count is None:
        return images, labels
    if not 1 <= count <= len(images):
        raise InputError(f"{what} must be 1 to {len(images)}, got {count}")
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
