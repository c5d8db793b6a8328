"""Data files are read as they are, or refused in one line."""

import gzip
import struct

import numpy as np
import pytest

pytest.importorskip("torch")

from spinglass.deep import data as module
from spinglass.deep.data import load_images, read_idx
from spinglass.errors import DamagedFileError, InputError


def _idx(array):
    header = b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path):
    rng = np.random.default_rng(0)
    for split, count in (("train", 30), ("t10k", 20)):
        images = rng.integers(256, size=(count, 28, 28))
        (tmp_path / f"{split}-images-idx3-ubyte.gz").write_bytes(gzip.compress(_idx(images)))
        (tmp_path / f"{split}-labels-idx1-ubyte").write_bytes(_idx(np.arange(count) % 10))
    return tmp_path


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CIFAR_FILE", 20 * 3073)
    rng = np.random.default_rng(0)
    for name in [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]:
        rows = rng.integers(256, size=(20, 3073)).astype(np.uint8)
        rows[:, 0] = np.arange(20) % 10
        rows.tofile(tmp_path / name)
    return tmp_path


def test_mnist_is_read_and_normalised_by_the_training_images(mnist):
    images = load_images("mnist", mnist)
    assert images.train.shape == (30, 1, 28, 28)
    assert images.test.shape == (20, 1, 28, 28)
    assert images.train_labels.tolist() == [k % 10 for k in range(30)]
    assert abs(float(images.train.mean())) < 1e-5
    assert float(images.train.std(correction=0)) == pytest.approx(1, abs=1e-5)
    assert abs(float(images.test.mean())) > 1e-6
    raw = read_idx(mnist / "train-images-idx3-ubyte.gz").astype(float)
    np.testing.assert_allclose(
        images.train[:, 0].numpy(), (raw - raw.mean()) / raw.std(), atol=1e-5
    )
    assert load_images("mnist", mnist, 10, 5).train.shape[0] == 10


def test_cifar_rows_are_channel_major(cifar):
    images = load_images("cifar10", cifar)
    assert images.train.shape == (100, 3, 32, 32)
    rows = np.concatenate(
        [
            np.fromfile(cifar / f"data_batch_{k}.bin", np.uint8).reshape(-1, 3073)
            for k in range(1, 6)
        ]
    )
    green = rows[:, 1 + 1024 : 1 + 2048].astype(float)
    expected = (green[3, 32 * 5 + 7] - green.mean()) / green.std()
    assert float(images.train[3, 1, 5, 7]) == pytest.approx(expected, abs=1e-5)
    assert images.test_labels.tolist() == rows[:20, 0].tolist()


def test_digits_are_built_in():
    images = load_images("digits")
    assert images.train.shape == (1297, 1, 8, 8)
    assert images.test.shape == (500, 1, 8, 8)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda b: b[:-1], "bytes of data"),
        (lambda b: b + b"x", "bytes of data"),
        (lambda b: b[:6], "header"),
        (lambda b: b"PK\x03\x04" + b, "not an IDX"),
        (lambda b: b"", "not an IDX"),
        (lambda b: gzip.compress(b)[:-20], "gzip"),
        (lambda b: gzip.compress(b)[:20] + bytes(30), "gzip"),
        (lambda b: b[:3] + b"\x03" + struct.pack(">3I", 2**31, 2**31, 2**31), "bytes of data"),
        (lambda b: b[:8] + b"\x0b" + b[9:], "0 to 9"),
        (lambda b: b[:4] + struct.pack(">I", 3) + b[8:11], "do not go with"),
    ],
)
def test_damaged_idx_files_are_one_clear_line(mnist, damage, words):
    path = mnist / "train-labels-idx1-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedFileError, match=words) as caught:
        load_images("mnist", mnist)
    assert "\n" not in str(caught.value)


def test_damaged_or_foreign_cifar_files_are_one_clear_line(cifar):
    path = cifar / "data_batch_3.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(DamagedFileError, match="bytes long"):
        load_images("cifar10", cifar)
    path.write_bytes(b"\xff" + whole[1:])
    with pytest.raises(DamagedFileError, match="0 to 9"):
        load_images("cifar10", cifar)
    (cifar / "data_batch_1").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(InputError, match="unpickled"):
        load_images("cifar10", cifar)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("imagenet",), "digits, mnist, cifar10"),
        (("mnist",), "--data"),
        (("cifar10",), "--data"),
        (("digits", None, 5000), "1 to 1297"),
    ],
)
def test_impossible_wishes_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        load_images(*arguments)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="train-images-idx3-ubyte"):
        load_images("mnist", tmp_path)
