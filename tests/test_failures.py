"""Errors that were not raised on purpose: one line, an exit code, and a traceback kept aside."""

import errno
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import click
import pytest

from spinglass.errors import (
    DamagedFileError,
    InputError,
    SpinglassWarning,
    UnreadableFileError,
)
from spinglass.files.store import read_dataset, write_text
from spinglass_cli.main import cli, main
from tests.marks import slow

UNFORESEEN = [
    RuntimeError("two\nlines"),
    ValueError("some value"),
    pickle.UnpicklingError("truncated"),
    NotImplementedError(),
    ZeroDivisionError("division by zero"),
    EOFError("Ran out of input"),
    AssertionError(),
    ModuleNotFoundError("No module named 'spinglass.lost'", name="spinglass.lost"),
    RecursionError("too deep"),
]


class OutOfMemoryError(RuntimeError):
    """As torch calls its own."""


def chained(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = context
    return error


EXPECTED: dict[str, tuple[BaseException, int, str]] = {
    "input": (InputError("n must be 3"), 2, "n must be 3"),
    "damaged": (DamagedFileError("x.nc is cut"), 2, "x.nc is cut"),
    "full": (OSError(errno.ENOSPC, "No space", "/a/b.nc"), 1, "/a/b.nc: the disk is full"),
    "quota": (OSError(errno.EDQUOT, "Quota", "/a"), 1, "/a: the disk quota is used up"),
    "denied": (PermissionError(errno.EACCES, "no", "/a"), 1, "/a: permission denied"),
    "moved": (OSError(errno.EROFS, "no", "/a", None, "/b"), 1, "/a -> /b: the file system can"),
    "rare": (OSError(errno.EIO, "Input/output error", "/a"), 1, "/a: Input/output error"),
    "long": (OSError(errno.ENAMETOOLONG, "Too long", "/9"), 2, "/9: Too long"),
    "nameless": (OSError(), 1, "OSError"),
    "memory": (MemoryError("8 TiB"), 1, "the memory does not suffice; a smaller n or fewer"),
    "device memory": (OutOfMemoryError("CUDA"), 1, "the memory does not suffice"),
    "torch": (ModuleNotFoundError("-", name="torch.nn"), 1, "pip install 'spinglass[deep]'"),
    "zarr": (ModuleNotFoundError("-", name="zarr"), 1, "pip install 'spinglass[cluster]'"),
    "numba": (ImportError("no libLLVM", name="llvmlite"), 1, "llvmlite is missing or broken"),
    "mapping": (
        ImportError("libgfortran.so.5: failed to map segment from shared object", name="_fblas"),
        1,
        "the memory does not suffice to load the libraries",
    ),
    "llvm": (
        chained(
            OSError("Could not find/load shared object file 'libllvmlite.so'"),
            OSError("/x/libllvmlite.so: failed to map segment from shared object"),
        ),
        1,
        "the memory does not suffice to load the libraries",
    ),
    "refused": (OSError(errno.ENOMEM, "Cannot allocate memory", "/a"), 1, "/a: the memory of"),
    "threads": (RuntimeError("can't start new thread"), 1, "--threads takes a number of them"),
    "interrupt": (KeyboardInterrupt(), 130, "Interrupted."),
}


class Raising:
    """A command line one of whose commands raises."""

    def __init__(self, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capfd, self._patch = capfd, patch

    def __call__(self, error: BaseException, *words: str) -> tuple[int, str]:
        @click.command()
        def raising() -> None:
            raise error

        self._patch.setitem(cli.commands, "raising", raising)
        with pytest.raises(SystemExit) as end:
            main([*words, "raising"])
        out, said = self._capfd.readouterr()
        assert out == ""
        assert isinstance(end.value.code, int)
        return end.value.code, said


@pytest.fixture
def raising(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Raising:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Raising(capfd, monkeypatch)


@pytest.mark.parametrize("error", UNFORESEEN, ids=lambda error: type(error).__name__)
def test_a_bug_is_confessed_in_one_line(error: Exception, raising: Raising, tmp_path: Path) -> None:
    code, said = raising(error)
    assert code == 70
    assert said.count("\n") == 1
    assert said.startswith(f"Error: {type(error).__name__}")
    assert "this is a bug in spinglass" in said
    (path,) = tmp_path.iterdir()
    assert said.endswith(f"the full traceback is in {path}\n")
    account = path.read_text()
    assert "spinglass raising\n" in account
    assert "Traceback (most recent call last)" in account
    assert type(error).__name__ in account.splitlines()[-1] or "two" in account


@pytest.mark.parametrize("case", EXPECTED)
def test_what_can_be_expected_has_its_own_words(
    case: str, raising: Raising, tmp_path: Path
) -> None:
    error, expected, words = EXPECTED[case]
    code, said = raising(error)
    assert (code, said.strip().count("\n")) == (expected, 0)
    assert words in said
    assert "bug" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_traceback_that_cannot_be_kept_is_no_other_error(
    raising: Raising, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")

    monkeypatch.setattr("spinglass_cli.failures.tempfile.NamedTemporaryFile", full)
    code, said = raising(RuntimeError("broken"))
    assert code == 70
    assert said == (
        "Error: RuntimeError: broken: this is a bug in spinglass; --debug shows the full traceback "
        "(/tmp/x: the disk is full, so it is not kept)\n"
    )


@pytest.mark.parametrize("error", [RuntimeError("broken"), ModuleNotFoundError("-", name="zarr")])
def test_debug_lets_any_error_through(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def raising() -> None:
        raise error

    monkeypatch.setitem(cli.commands, "raising", raising)
    with pytest.raises(type(error)) as end:
        main(["--debug", "raising"])
    assert end.value is error


def test_a_warning_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def warning() -> None:
        warnings.warn("the cache is damaged", SpinglassWarning, stacklevel=1)

    monkeypatch.setitem(cli.commands, "warning", warning)
    usual = warnings.showwarning
    with pytest.raises(SystemExit) as end:
        main(["warning"])
    assert not end.value.code
    assert capsys.readouterr().err == "Warning: the cache is damaged\n"
    assert warnings.showwarning is usual


@pytest.mark.parametrize(("stdout", "code"), [slow("full", 1), ("closed", 0), ("nobody reads", 1)])
def test_output_that_goes_nowhere_is_no_bug(stdout: str, code: int) -> None:
    read, write = os.pipe()
    os.close(read)
    with open("/dev/full", "w") as full, os.fdopen(write, "w") as pipe:
        result = subprocess.run(
            [sys.executable, "-m", "spinglass", "theory", "counts", "--n", "4"],
            stdout={"full": full, "closed": subprocess.DEVNULL, "nobody reads": pipe}[stdout],
            preexec_fn=(lambda: os.close(1)) if stdout == "closed" else None,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    expected = {"full": "Error: the disk is full\n", "closed": "", "nobody reads": ""}
    assert (result.returncode, result.stderr) == (code, expected[stdout])


def test_a_failing_disk_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    path = tmp_path / "a.txt"
    monkeypatch.setattr("spinglass.files.store._flush", failing)
    with pytest.raises(OSError, match=f"Input/output error: '{path}'"):
        write_text("words", path)
    assert not list(tmp_path.iterdir())
    path.write_text("words")
    monkeypatch.setattr("spinglass.files.store.read_seal", failing)
    with pytest.raises(UnreadableFileError, match=f"cannot read {path}: Input/output error"):
        read_dataset(path)


def reading_folders(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The commands whose argument is a folder that must be there."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += reading_folders(command, (*path, name))
        elif any(
            each.metavar == "DIR" for each in command.params if isinstance(each, click.Argument)
        ):
            found.append((*path, name))
    return found


@pytest.mark.parametrize("command", reading_folders(cli), ids=" ".join)
def test_what_is_no_folder_is_called_so(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file.nc").write_text("one")
    for name, words in (
        ("file.nc", f"{tmp_path / 'file.nc'} must be a folder, got a file"),
        ("absent", f"no such folder: {tmp_path / 'absent'}"),
    ):
        with pytest.raises(SystemExit) as stop:
            main([*command, str(tmp_path / name)])
        assert stop.value.code == 2
        assert capsys.readouterr().err == f"Error: {words}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file.nc"]


def test_the_commands_that_read_a_folder_are_known_as_such() -> None:
    known = set(reading_folders(cli))
    assert known >= {("status",), ("export",), ("figure", "landscape"), ("table", "cifar10")}


@pytest.mark.slow
def test_a_figure_without_a_home_folder_is_drawn_without_a_word(tmp_path: Path) -> None:
    code = "from spinglass_cli.main import main; main()"
    words = ["figure", "complexity", "--layers", "1", "--out", str(tmp_path / "c.png")]
    # Nor can matplotlib keep its caches anywhere, of which it would tell.
    nowhere = {"HOME": "/dev/null/nobody", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
    environment = {"PATH": os.environ["PATH"], **nowhere}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout == f"Written: {tmp_path / 'c.png'}\n"


@pytest.mark.parametrize("kind", [DeprecationWarning, PendingDeprecationWarning, FutureWarning])
def test_what_will_go_is_an_error_in_ours_alone(kind: type[Warning]) -> None:
    for module in ("spinglass.files.store", "spinglass_cli.main", "tests.oracles"):
        with pytest.raises(kind):
            warnings.warn_explicit("will go", kind, "some.py", 1, module)
    with pytest.warns(kind):
        warnings.warn_explicit("will go", kind, "some.py", 1, "numba.core")
