"""Options that several commands share, each spelled and explained once."""

import copy
import os
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import wraps
from pathlib import Path
from typing import Any

import click

from spinglass_cli.mixture import Command, default_option, mixture_options


class NothingGivenError(click.UsageError):
    """A command was not told what to work on; the message shows an example."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}.", click.get_current_context(silent=True))


class PathType(click.ParamType):
    """A path on this machine: ``~`` is the home folder, and URLs are refused.

    Shells do not expand ``~`` in ``--out=~/x``, nor in ``~name/x`` if there is no such user.  The
    path returned never begins with ``~``, so that no library can expand it again.
    """

    name = "path"

    def convert(self, value: Any, parameter: object, context: click.Context | None) -> Path:
        """Return the path that a word stands for."""
        if isinstance(value, Path):
            return value
        if not value:
            self.fail("a path is wanted, got ''")
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value):
            self.fail(f"a path on this machine is wanted, got {value!r}")
        if value.startswith("~") and os.path.expanduser(value) == value:
            home = Path(value).parts[0]
            self.fail(
                f"no home folder is known for {home!r}; a file of that name is ./{home}, "
                f"got {value!r}"
            )
        path = Path(os.path.expanduser(value))
        return path.absolute() if path.parts[:1] and path.parts[0].startswith("~") else path


class TargetType(PathType):
    """A path to write to; for text, ``-`` is standard output.

    If the result goes to standard output, all other output of the command goes to standard error.
    """

    def __init__(self, kind: str, text: bool) -> None:
        self._kind, self._text = kind, text

    def convert(self, value: Any, parameter: object, context: click.Context | None) -> Path:
        """Return the path that a word stands for."""
        from spinglass.files.places import open_file_number
        from spinglass.files.targets import STDOUT

        if value == "-" and not self._text:
            self.fail(
                f"standard output takes text only: a path is wanted, got '-' (output {self._kind})"
            )
        path = super().convert(STDOUT if value == "-" else value, parameter, context)
        if self._text and context is not None and open_file_number(path) == 1:
            context.with_resource(redirect_stdout(sys.stderr))
        return path


class DurationType(click.ParamType):
    """A time in seconds: a number, and s, m, h or d; without a letter, seconds."""

    name = "time"

    def convert(self, value: Any, parameter: object, context: object) -> float:
        """Return the seconds that a word stands for."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)", value)
        if not match:
            self.fail(f"must be a number and s, m, h or d, got {value!r}")
        return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _plain(word: str) -> str:
    """Return the text of a number; refuse what only Python reads, as 1_0 or foreign digits."""
    if re.search(r"[0-9]_[0-9]", word) or re.search(r"[^\x00-\x7f]", word):
        raise click.BadParameter(f"must be written in the digits 0-9, without _, got {word!r}")
    return word


def _in_plain_digits(kind: click.ParamType) -> click.ParamType:
    """Return a type of numbers restricted to plain digits; return other types as they are."""
    if not isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return kind
    plain: Any = copy.copy(kind)
    convert: Any = kind.convert
    plain.convert = lambda value, *where: convert(
        _plain(value) if isinstance(value, str) else value, *where
    )
    return plain


class ListType(click.ParamType):
    """Several values with commas between; a value may also be one of given words."""

    name = "list"

    def __init__(self, kind: click.ParamType, *words: str) -> None:
        self._kind, self._words = kind, words

    def convert(self, value: Any, parameter: object, context: object) -> list[Any]:
        """Return the values that a word stands for."""
        if not isinstance(value, str):
            return list(value)
        words = [_plain(word.strip()) for word in value.split(",")]
        return _each_once([word if word in self._words else self._kind(word) for word in words])


def _each_once(values: list[Any]) -> list[Any]:
    from spinglass.checks import each_once

    try:
        each_once("values", values)
    except ValueError as error:  # click adds the name of the option
        raise click.BadParameter(str(error)) from None
    return values


class TemperaturesType(click.ParamType):
    """Temperatures with commas between; FIRST:LAST:COUNT stands for COUNT equally spaced ones."""

    name = "temperatures"

    def convert(self, value: Any, parameter: object, context: object) -> list[float]:
        """Return the temperatures that a word stands for."""
        if not isinstance(value, str):
            return list(value)
        temperatures = []
        for word in map(str.strip, value.split(",")):
            ends = _plain(word).split(":")
            if len(ends) not in (1, 3):
                self.fail(f"must be T or FIRST:LAST:COUNT, got {word!r}")
            first, *more = [click.FLOAT(end) for end in ends[:2]]
            if not more:
                temperatures.append(first)
                continue
            count = click.IntRange(2, 10_000)(ends[2])
            step = (more[0] - first) / (count - 1)
            temperatures += [*(first + k * step for k in range(count - 1)), more[0]]
        return _each_once(temperatures)


class Group(click.Group):
    """A group whose help shows the whole first paragraph of each command, under its section.

    All its commands read numbers in plain digits only.
    """

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, and restrict its numbers to plain digits."""
        for parameter in cmd.params:
            parameter.type = _in_plain_digits(parameter.type)
        super().add_command(cmd, name)

    def sections(self) -> dict[str, list[str]]:
        """Return the names of the commands under the heading of each section."""
        return {"Commands": sorted(self.commands)}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and the summaries of the commands, none of them cut short."""
        for heading, names in self.sections().items():
            with formatter.section(heading):
                formatter.write_dl([(name, summary(self.commands[name])) for name in names])


def summary(command: click.Command) -> str:
    """Return the first paragraph of a help text, on one line."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


def disorder_options(command: Command) -> Command:
    """Add --n, --p, --mixture and --seed, which choose a sample, without its field."""
    spins = click.option("--n", type=int, required=True, help="Spins, at least 2.")
    return spins(mixture_options(seed_option(command)))


def folder_argument(command: Command) -> Command:
    """Add DIR, an existing folder to read from."""

    @wraps(command)
    def checked(*arguments: Any, folder: Path, **settings: Any) -> Any:
        from spinglass.files.places import check_folder_to_read

        check_folder_to_read(folder)
        return command(*arguments, folder=folder, **settings)

    return click.argument("folder", metavar="DIR", type=PathType())(checked)


def threads_option(command: Command) -> Command:
    """Add --threads, which limits everything that the command does."""

    @wraps(command)
    def limited(*arguments: Any, threads: int | None, **settings: Any) -> Any:
        from spinglass.control import Control

        with Control(threads).in_force():
            return command(*arguments, **settings)

    return click.option(
        "--threads", type=click.IntRange(1, 4096), help="Threads; all cores it may use by default."
    )(limited)


def _read_shard(context: object, option: object, words: str | None) -> tuple[int, int] | None:
    from spinglass.errors import InputError

    if words is None:
        return None
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", words)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"--shard must be I/N with 1 <= I <= N, got {words!r}")
    return int(match[1]), int(match[2])


seed_option = default_option("--seed", default=0, help="Disorder.")
start_seed_option = default_option("--start-seed", default=0, help="Seed of the starts.")
unseen_option = default_option("--unseen", default=1e-3, help="Basin weight left unseen.")
max_seconds_option = click.option(
    "--time-limit",
    "max_seconds",
    metavar="55m",
    type=DurationType(),
    help="Begin nothing new after this time (s, m, h or d); none by default.",
)
shard_option = click.option(
    "--shard", metavar="I/N", callback=_read_shard, help="The I-th of N shares, I from 1."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
set_option = click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a key of CONFIG, as in section.key=100; repeat for several.",
)


def out_option(
    kind: str, *, required: bool = False, text: bool = False
) -> Callable[[Command], Command]:
    """Add --out, a path; for text it may also be ``-``."""
    words = f"Output {kind}; - for standard output." if text else f"Output {kind}."
    return click.option("--out", type=TargetType(kind, text), required=required, help=words)


def figure_option(usual: str | None = None) -> Callable[[Command], Command]:
    """Add --out, where a figure goes; it is required unless ``usual`` describes its default."""
    end = f"; {usual} by default" if usual else ""
    words = f"file (.pdf, .png, .svg, numbers .nc) or stem of PDF, PNG and numbers{end}"
    return out_option(words, required=usual is None)


def search_options(kind: str, *, text: bool = False) -> Callable[[Command], Command]:
    """Add the options of every search: --time-limit, --start-seed, --threads, --json and --out."""
    own = (out_option(kind, text=text), json_option, threads_option)

    def add(command: Command) -> Command:
        for option in (*own, start_seed_option, max_seconds_option):
            command = option(command)
        return command

    return add
