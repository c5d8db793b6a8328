"""Data files are read as they are, or refused in one line."""

import gzip
import pickle
import struct

import numpy as np
import pytest

pytest.importorskip("torch")

from spinglass.deep import cifar as module
from spinglass.deep.data import load_images
from spinglass.deep.idx import read_idx
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
    monkeypatch.setattr(module, "IMAGES", 20)
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


@pytest.fixture
def cifar_python(cifar):
    """The same images as pickles of Python 2, as they are handed out, beside the binary files."""
    folder = cifar / "cifar-10-batches-py"
    folder.mkdir()
    for path in list(cifar.glob("*.bin")):
        rows = np.fromfile(path, np.uint8).reshape(-1, 3073)
        (folder / path.stem).write_bytes(_pickled(rows[:, 1:].copy(), rows[:, 0].tolist()))
    return folder


def _pickled(data, labels):
    """Write the dictionary opcode by opcode, with byte strings, as Python 2 did."""

    def text(word):
        return b"U" + bytes([len(word)]) + word

    rows, columns = data.shape
    raw = data.tobytes()
    array = [
        b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85",
        text(b"b") + b"\x87Rq\x04(K\x01M" + struct.pack("<H", rows),
        b"M" + struct.pack("<H", columns) + b"\x86cnumpy\ndtype\nq\x05" + text(b"u1"),
        b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89T" + struct.pack("<I", len(raw)) + raw + b"tb",
    ]
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    items = [
        text(b"batch_label"),
        text(b"a batch"),
        text(b"labels"),
        numbers,
        text(b"data"),
        *array,
    ]
    return b"\x80\x02}q\x01(" + b"".join(items) + b"u."


def test_both_versions_of_cifar_are_the_same_images(cifar, cifar_python):
    binary, python = load_images("cifar10", cifar), load_images("cifar10", cifar_python)
    for name in ("train", "train_labels", "test", "test_labels"):
        np.testing.assert_array_equal(getattr(binary, name), getattr(python, name))
    for path in cifar.glob("*.bin"):
        path.unlink()
    assert load_images("cifar10", cifar).train.shape == (100, 3, 32, 32)


def test_the_pickles_of_these_tests_are_what_python_says():
    data = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
    batch = pickle.loads(_pickled(data, [3, 9]), encoding="bytes")
    np.testing.assert_array_equal(batch[b"data"], data)
    assert batch[b"labels"] == [3, 9]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda b: b"cos\nsystem\n(S'touch PATH'\ntR.", "os.system"),
        (lambda b: b.replace(b"numpy\nndarray", b"builtins\neval"), "builtins.eval"),
        (lambda b: b"\x80\x02cnumpy\nload\n.", "numpy.load"),
        (lambda b: b"\x80\x02}r\xff\xff\xff\x7f.", "memo number"),
        (lambda b: b[:-30], "not a batch"),
        (lambda b: b"", "not a batch"),
        (lambda b: b"\x80\x02]" + b"(" * 5 + b".", "not a batch"),
        (lambda b: b.replace(b"U\x02u1", b"U\x02f8"), "another array"),
        (lambda b: b.replace(b"U\x02u1", b"U\x01O"), "another array"),
        (lambda b: b.replace(b"M\x14\x00", b"M\x15\x00"), "another array"),
        (lambda b: b.replace(b"(K\x00K\x01", b"(K\x63K\x01"), "of 0 to 9, got"),
        (lambda b: b.replace(b"(K\x00K\x01", b"(K\x01"), "of 0 to 9, got"),
        (lambda b: b.replace(b"(K\x00K\x01", b"(NK\x01"), "of 0 to 9, got"),
    ],
)
def test_a_hostile_or_damaged_pickle_runs_nothing_and_is_one_clear_line(
    cifar_python, damage, words
):
    path = cifar_python / "data_batch_2"
    mark = cifar_python / "mark"
    path.write_bytes(damage(path.read_bytes()).replace(b"PATH", str(mark).encode()))
    with pytest.raises(DamagedFileError, match=words) as caught:
        load_images("cifar10", cifar_python)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not mark.exists()


def _fake_openml(monkeypatch, answer):
    from sklearn import datasets

    asked = {}

    def fetch(*arguments, **options):
        asked.update(options, name=arguments[0])
        return answer()

    monkeypatch.setattr(datasets, "fetch_openml", fetch)
    return asked


@pytest.mark.slow
def test_a_download_is_split_as_mnist_is(monkeypatch):
    images = np.zeros((70_000, 784))
    images[:, 5] = np.arange(70_000) % 251
    labels = (np.arange(70_000) % 10).astype(str).astype(object)  # openml sends text
    asked = _fake_openml(monkeypatch, lambda: (images, labels))
    with pytest.raises(InputError, match="or a download, got neither"):
        load_images("mnist")
    assert not asked
    found = load_images("mnist", None, 500, 70, download=True)
    assert asked == {"name": "mnist_784", "version": 1, "return_X_y": True, "as_frame": False}
    assert found.train.shape == (500, 1, 28, 28)
    assert found.test.shape == (70, 1, 28, 28)
    assert found.test_labels[:3].tolist() == [0, 1, 2]
    column = [float(part[0, 0, 0, 5]) for part in (found.train, found.train[1:], found.test)]
    step = column[1] - column[0]
    assert (column[2] - column[0]) / step == pytest.approx(60_000 % 251, rel=1e-4)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: (_ for _ in ()).throw(OSError("<urlopen error\nno network>")), "no network"),
        (lambda: (_ for _ in ()).throw(ValueError("no such data set")), "no such data set"),
        (lambda: (np.zeros((7, 784)), np.zeros(7)), "not the"),
    ],
)
def test_a_failed_download_is_one_clear_line(monkeypatch, answer, words):
    _fake_openml(monkeypatch, answer)
    with pytest.raises((InputError, DamagedFileError), match=words) as caught:
        load_images("mnist", download=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("imagenet",), "digits, mnist or cifar10, got 'imagenet'"),
        (("mnist",), "folder of its files or a download"),
        (("cifar10",), "folder of its files, got none"),
        (("digits", None, 5000), "1 to 1297"),
    ],
)
def test_impossible_wishes_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        load_images(*arguments)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match="train-images-idx3-ubyte"):
        load_images("mnist", tmp_path)
