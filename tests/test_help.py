"""The command line for people: sections, examples, one way to say a thing, completion, the demo."""

import math
import os
import re
import subprocess
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib import colormaps
from rich.console import Console

from spinglass import PSpin, descend
from spinglass.search import distinct_minima
from spinglass.sweep import load_sweep
from spinglass.theory import mean_minima
from spinglass_cli import demo_command
from spinglass_cli.main import SECTIONS, cli
from spinglass_cli.options import DurationType
from spinglass_cli.terminal_picture import picture
from tests.test_cli import ALL, SPINGLASS, Shell, assert_one_line_error

ROOT = Path(__file__).parents[1]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def test_every_command_stands_in_one_section_of_the_help() -> None:
    placed = [command for commands in SECTIONS.values() for command in commands]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(cli.commands.values())
    heading, shown = "", {}
    for line in CliRunner().invoke(cli, ["--help"], terminal_width=80).output.splitlines():
        if found := re.fullmatch(r"(\w+):", line):
            heading = found[1]
        elif (found := re.match(r"  (\w+) {2,}\S", line)) and heading in SECTIONS:
            shown[found[1]] = heading
    assert shown == {
        command.name: heading for heading, commands in SECTIONS.items() for command in commands
    }


@pytest.mark.parametrize("path", [path for path in ALL if path and ALL[path].params])
def test_what_is_missing_is_explained_by_an_example(path: tuple[str, ...], shell: Shell) -> None:
    if not any(parameter.required for parameter in ALL[path].params):
        return
    code, out, error = shell(*path)
    assert (code, out) == (2, "")
    assert_one_line_error(error)
    assert "Missing" in error
    assert (ALL[path].epilog or "").splitlines()[0] in error
    assert f"({' '.join(('spinglass', *path))} --help)" in error


def test_several_values_and_times_are_given_in_one_way() -> None:
    for command in ALL.values():
        for option in command.params:
            if not isinstance(option, click.Option):
                continue
            assert not option.multiple or option.opts == ["--set"], (command.name, option.opts)
            assert "seconds" not in "".join(option.opts)
            assert isinstance(option.type, DurationType) == (option.opts == ["--time-limit"])


@pytest.mark.parametrize(
    ("word", "seconds"),
    [("8", 8.0), ("90s", 90.0), ("1.5m", 90.0), ("2h", 7200.0), ("1d", 86400.0)],
)
def test_a_time_is_a_number_and_a_unit(word: str, seconds: float) -> None:
    assert DurationType().convert(word, None, None) == seconds


@pytest.mark.parametrize("word", ["-5m", "m", "5 m", "1e3", "nan", "inf", "5y", "", "٥m"])
def test_another_time_is_refused(word: str, shell: Shell) -> None:
    code, _, error = shell("census", "--n", 6, f"--time-limit={word}")
    assert code == 2
    assert_one_line_error(error)
    assert f"must be a number and s, m, h or d, got {word!r}" in error


@pytest.mark.parametrize("words", [("--n", "4,x"), ("--n", "4", "--nu", "1,,2"), ("--n", "")])
def test_a_list_with_something_else_is_refused(words: tuple[str, ...], shell: Shell) -> None:
    code, _, error = shell("validate", *words)
    assert code == 2
    assert_one_line_error(error)
    assert words[-2] in error


def test_a_shell_can_complete_commands() -> None:
    def said(**more: str) -> str:
        return subprocess.run(
            SPINGLASS, env=os.environ | more, capture_output=True, text=True, check=False
        ).stdout

    assert "complete " in said(_SPINGLASS_COMPLETE="bash_source")
    words = {"COMP_WORDS": "spinglass cen", "COMP_CWORD": "1"}
    assert said(_SPINGLASS_COMPLETE="bash_complete", **words).split() == ["plain,census"]


def test_a_picture_in_a_terminal_shows_values_in_their_places() -> None:
    values = np.array([[0.0, 1.0, 0.5], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.2]])
    plain = Console(color_system=None)
    assert [line.plain for line in picture(values, ["a", "b"], plain)] == ["a @=", "b@ :"]
    colours = Console(color_system="truecolor", force_terminal=True)
    first, second = picture(values, ["a", "b"], colours)
    assert (first.plain, second.plain) == ("a▀▀▀", "b▀▀▀")
    dark, bright = (
        f"#{r:02x}{g:02x}{b:02x}" for r, g, b, _ in colormaps["inferno"]([0.0, 1.0], bytes=True)
    )
    assert [str(span.style) for span in first.spans][:2] == [
        f"{dark} on {dark}", f"{bright} on {dark}",
    ]  # fmt: skip
    assert str(second.spans[0].style) == f"{bright} on {dark}"


def test_the_demo_says_how_many_minima_descents_meet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_command, "_FIELDS", 2)
    monkeypatch.setattr(demo_command, "_STARTS", 16)
    demo_command._show(load_sweep(ROOT / "cli/configs/demo.toml"), Console(width=100))
    said = " ".join(capsys.readouterr().out.split())
    met = [
        len(distinct_minima(descend(PSpin(40, 3, nu, 0), 16), False).energy)
        for nu in (0.0, 1.2 * math.sqrt(3.0))
    ]
    assert "the more of 16 descents end in it" in said
    assert f"Without field {met[0]} were met, on the right {met[1]}" in said


@pytest.mark.slow
def test_the_demo_shows_what_descents_find(tmp_path: Path, shell: Shell) -> None:
    code, out, _ = shell("demo", "--out", tmp_path / "demo")
    assert code == 0
    assert out.splitlines()[-1] == f"Written: {tmp_path / 'demo' / 'landscape.png'}"
    assert (tmp_path / "demo" / "landscape.png").stat().st_size > 10_000
    said = " ".join(out.split())
    here = [
        len(distinct_minima(descend(PSpin(40, 3, nu, 0), 150), False).energy)
        for nu in (0.0, 1.2 * math.sqrt(3.0))
    ]
    assert f"Without field {here[0]} were met, on the right {here[1]}" in said
    exact = [mean_minima(40, 3, nu) for nu in (0.0, 1.2 * math.sqrt(3.0))]
    assert f"{exact[0]:.1f} on the left, {exact[1]:.1f} on the right." in said
