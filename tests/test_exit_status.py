"""One rule of exit statuses over all commands: 2 is what was given and cannot be read."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from spinglass_cli.main import cli, main
from spinglass_cli.options import PathType, TargetType

PATIENCE = 60
GIVEN = {"n": "4", "p": "3", "fields": "2", "data": "nothing"}
"""What is given where a command requires it beside a path."""


def text(path: Path) -> None:
    path.write_text("energy, index\n1, 2\n")


def bits(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


HOSTILE: dict[str, Callable[[Path], object]] = {
    "absent": lambda path: None,
    "empty": lambda path: path.touch(),
    "text": text,
    "bits": bits,
    "pipe": os.mkfifo,
    "loop": loop,
    "dangling link": dangling,
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
}
SAID = {
    "absent": ("no such f", "cannot read", "holds no sweep"),
    "pipe": ("got a pipe",),
    "loop": ("a symbolic link that leads back to itself",),
    "dangling link": ("a symbolic link to nowhere, which is not there",),
    "link to a device": ("got a device",),
}


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def reads(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, PathType) and not isinstance(parameter.type, TargetType)


WRITTEN_TOO = {("points", "paths"), ("train", "folder")}
"""Folders that a command fills itself."""

COMMANDS = dict(leaves(cli))
READING = [
    (name, parameter.name)
    for name, command in COMMANDS.items()
    for parameter in command.params
    if reads(parameter) and (name, parameter.name) not in WRITTEN_TOO
]


def ending(command: str, parameter: str) -> str:
    if parameter in ("couplings", "field"):
        return ".npy"
    return ".toml" if parameter == "config" else ".nc"


def words_for(name: str, wanted: str, path: Path, out: Path) -> list[str]:
    """The command with a path in one place, and what it requires in the others."""
    words = name.split()
    for parameter in COMMANDS[name].params:
        option = parameter.opts[0] if isinstance(parameter, click.Option) else None
        if parameter.name == wanted:
            words += [option, str(path)] if option else [str(path)]
        elif isinstance(parameter.type, TargetType) and (
            parameter.required or parameter.name == "out"
        ):
            words += ["--out", str(out / ("x.html" if name == "report" else "x"))]
        elif parameter.name == "n" and wanted not in ("couplings", "file") and option:
            words += ["--n", "4"]
        elif parameter.required and reads(parameter):
            words += [str(Path(__file__).parent / "fixtures" / "census.json")]
        elif parameter.required and parameter.name in GIVEN:
            words += [option or "", GIVEN[parameter.name]]
    return words


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(("name", "wanted"), READING, ids=lambda word: word.replace(" ", "-"))
def test_what_cannot_be_read_is_status_two(
    name: str,
    wanted: str,
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if name == "train":
        pytest.importorskip("torch")
    place, out = tmp_path / "given", tmp_path / "out"
    place.mkdir()
    monkeypatch.chdir(place)
    path = place / f"given{ending(name, wanted)}"
    HOSTILE[kind](path)

    def hangs(*_: object) -> None:
        pytest.fail("the command hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(PATIENCE)
    try:
        with pytest.raises(SystemExit) as end:
            main(words_for(name, wanted, path, out))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (2, ""), said.err
    assert said.err.startswith("Error: ")
    assert said.err.count("\n") == 1
    assert len(said.err) < 1000
    assert not out.exists()
    if kind in SAID and not (name == "verify" and wanted != "path"):  # a drawn one has no file
        assert any(words in said.err for words in SAID[kind]), said.err


def test_every_command_that_reads_is_tried() -> None:
    tried = {name for name, _ in READING}
    assert tried >= {"show", "verify", "status", "export", "sweep", "run", "validate", "train"}
    assert tried >= {"report", "connect", "census", "sample", "table cifar10", "figure branches"}
