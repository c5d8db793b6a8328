"""The cache of compiled kernels: whatever is wrong with it, the work goes on, and says so once."""

import errno
import importlib.util
import itertools
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from numba.core import caching, config, event

from spinglass.errors import SpinglassWarning
from spinglass.kernels import compiled

KERNEL = """
from spinglass.kernels.compiled import jit

@jit
def twice(x):
    return 2.0 * x
"""
numbers = itertools.count()
FIXTURES = Path(__file__).parent / "fixtures"


class Kernel:
    """One kernel in a file of its own; every call is made by a newly imported module."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "kernel.py"
        self.source.write_text(KERNEL)
        self.cache = folder / "cache"

    def __call__(self, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
        """Use the kernel as a new process would; return compilations and what was said."""
        monkeypatch.setenv(compiled._SAID, "")
        compiled._source_stamp.cache_clear()
        spec = importlib.util.spec_from_file_location(f"kernel{next(numbers)}", self.source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            with event.install_recorder("numba:compile") as recorder:
                spec.loader.exec_module(module)
                assert module.twice(1.5) == 3.0
        assert all(issubclass(each.category, SpinglassWarning) for each in said)
        return sum(e.is_start for _, e in recorder.buffer), [str(each.message) for each in said]

    def files(self, suffix: str) -> list[Path]:
        return list(self.cache.rglob(f"*.{suffix}"))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel(tmp_path)
    monkeypatch.setattr(config, "CACHE_DIR", str(made.cache))
    return made


def cut(data: bytes) -> bytes:
    return data[: 2 * len(data) // 3]


def flip(data: bytes) -> bytes:
    """Change one bit of the machine code."""
    place = data.index(b"ELF") + 200
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "an empty index": ("nbi", lambda data: b""),
    "a cut index": ("nbi", cut),
    "an index of something else": ("nbi", lambda data: b"\x80\x05K\x01."),
    "an empty file": ("nbc", lambda data: b""),
    "a cut file": ("nbc", cut),
    "machine code with one wrong bit": ("nbc", flip),
    "machine code of numba's own form": ("nbc", lambda data: b"\x80\x05)."),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_compiled_anew_and_named(
    case: str, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kernel(monkeypatch) == (1, [])
    assert kernel(monkeypatch) == (0, [])
    suffix, damage = DAMAGE[case]
    (path,) = kernel.files(suffix)
    path.write_bytes(damage(path.read_bytes()))
    count, said = kernel(monkeypatch)
    assert count == 1
    if case != "an index of something else":  # which numba takes for one of another version
        (line,) = said
        assert str(path.parent) in line
        assert "damaged" in line
    assert kernel(monkeypatch) == (0, [])


def test_code_of_another_key_is_refused(kernel: Kernel, tmp_path: Path) -> None:
    file = compiled._SealedFile(str(tmp_path), "name", "stamp")
    file.save("one", [1])
    assert file.load("one") == [1]
    (path,) = tmp_path.glob("*.nbc")
    file.save("two", [2])
    (other,) = set(tmp_path.glob("*.nbc")) - {path}
    path.write_bytes(other.read_bytes())
    with pytest.raises(ValueError, match="another kernel"):
        file.load("one")


def test_where_nothing_can_be_kept_the_work_goes_on(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "__pycache__").touch()
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        count, (line,) = kernel(monkeypatch)
        assert os.environ[compiled._SAID] == ",no place"
        assert count == 1
        assert str(tmp_path / "__pycache__") in line
        assert str(tmp_path / "file" / "numba") in line
        assert "NUMBA_CACHE_DIR" in line


def test_a_folder_that_cannot_be_used_is_named(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "file"))
    count, (line,) = kernel(monkeypatch)
    assert count == 1
    assert f"cannot be kept in {tmp_path / 'file'}, which NUMBA_CACHE_DIR names" in line
    assert f"kept in {tmp_path / '__pycache__'}" in line
    assert kernel(monkeypatch)[0] == 0


def test_a_full_disk_is_named_and_the_work_goes_on(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(caching.os, "replace", full)
        count, (line,) = kernel(patch)
    assert count == 1
    assert str(kernel.cache) in line
    assert "No space left on device" in line
    assert "NUMBA_CACHE_DIR" in line
    assert kernel.files("nbc") == []
    assert kernel(monkeypatch) == (1, [])


def test_a_damaged_cache_that_cannot_be_mended_is_left(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel(monkeypatch)
    (path,) = kernel.files("nbi")
    path.write_bytes(b"")

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(caching.os, "replace", refuse)
    count, said = kernel(monkeypatch)
    assert count == 1
    assert ["damaged" in said[0], "cannot be kept" in said[1]] == [True, True]


def test_a_change_in_another_kernel_makes_all_of_them_stale(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine code of a kernel holds that of those which it calls."""
    kernel(monkeypatch)
    kernel.source.with_name("other.py").write_text("LANES = 4\n")
    assert kernel(monkeypatch) == (1, [])
    assert kernel(monkeypatch) == (0, [])


def test_kernels_are_all_compiled_in_one_way() -> None:
    folder = Path(compiled.__file__).parent
    assert [p.name for p in folder.glob("*.py") if "njit" in p.read_text()] == ["compiled.py"]


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_uncompiled_kernels_are_refused_in_one_line() -> None:
    result = run(["-m", "spinglass", "check", "--n", "4"], NUMBA_DISABLE_JIT="1")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: NUMBA_DISABLE_JIT must not be set")
    assert result.stderr.count("\n") == 1


WITHOUT_KERNELS = """
import sys
from spinglass_cli.main import main

for words in {commands!r}:
    print("spinglass", *words)
    try:
        main(words)
    except SystemExit as end:
        if end.code:
            sys.exit(f"{{words}} ends with {{end.code}}")
"""


@pytest.mark.slow
def test_what_needs_no_kernel_works_without_compiling(tmp_path: Path) -> None:
    census, picture = str(FIXTURES / "census.json"), tmp_path / "ranks.png"
    commands = [
        ["--help"],
        ["show", census],
        ["theory", "counts", "--n", "4"],
        ["figure", "ranks", census, "--out", str(picture)],
    ]
    result = run(["-c", WITHOUT_KERNELS.format(commands=commands)], NUMBA_DISABLE_JIT="1")
    assert (result.returncode, result.stderr) == (0, "")
    said = result.stdout.split("\n")
    starts = [said.index(" ".join(["spinglass", *words])) for words in commands]
    assert all(after > before + 1 for before, after in pairwise([*starts, len(said) - 1]))
    assert picture.stat().st_size > 1000


@pytest.mark.slow
def test_a_sweep_that_cannot_compile_writes_nothing(tmp_path: Path) -> None:
    words = ["-m", "spinglass", "sweep", "configs/quick.toml", "--out", str(tmp_path / "out")]
    result = run(words, NUMBA_DISABLE_JIT="1")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: NUMBA_DISABLE_JIT must not be set")
    assert not list(tmp_path.iterdir())
