"""Entry point: the group of commands, and the one place that turns errors into exit codes."""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

import click

from spinglass.errors import SpinglassWarning
from spinglass.machine import check_libraries_fit
from spinglass.version import __version__
from spinglass_cli.anneal_command import anneal
from spinglass_cli.bench_command import bench
from spinglass_cli.census_command import census
from spinglass_cli.check_command import check
from spinglass_cli.config_command import config
from spinglass_cli.connect_command import connect
from spinglass_cli.demo_command import demo
from spinglass_cli.export_command import export
from spinglass_cli.failures import SOFTWARE, confess, explain
from spinglass_cli.figure_command import figure
from spinglass_cli.follow_command import follow
from spinglass_cli.inherent_command import inherent
from spinglass_cli.network_command import network
from spinglass_cli.options import Group, NothingGivenError
from spinglass_cli.points_command import points
from spinglass_cli.report_command import report
from spinglass_cli.sample_command import sample
from spinglass_cli.show_command import show
from spinglass_cli.status_command import status
from spinglass_cli.sweep_command import run, sweep
from spinglass_cli.table_command import table
from spinglass_cli.theory_command import theory
from spinglass_cli.train_command import train
from spinglass_cli.validate_command import validate
from spinglass_cli.verify_command import verify
from spinglass_cli.warmup_command import warmup


class _EndOfFile(Exception):
    """Carries an EOFError past click, which would take it for Ctrl-C."""


_LIGHT = {"config", "-h", "--help", "--version"}
"""Words of command lines that load no heavy library."""

SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "Landscapes": (demo, sample, census, points, connect, follow, anneal),
    "Sweeps": (run, sweep, inherent, status, export, config),
    "Theory": (theory, validate),
    "Figures": (figure, report),
    "Networks": (train, table, network),
    "Tools": (show, verify, check, bench, warmup),
}
"""Every command, by its section of the help."""


class _Commands(Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not _LIGHT.intersection(args):
            check_libraries_fit()
        return super().parse_args(ctx, args)

    def sections(self) -> dict[str, list[str]]:
        """Return the names of the commands under the heading of each section."""
        return {
            heading: [name for name, command in self.commands.items() if command in commands]
            for heading, commands in SECTIONS.items()
        }

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EOFError as error:
            raise _EndOfFile from error


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: spinglass demo",
)
@click.version_option(__version__, prog_name="spinglass")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
def cli(debug: bool) -> None:
    """Explore the energy landscape of spherical p-spin glasses in a magnetic field.

    COMMAND --help explains a command and ends in an example of it.
    """


for section in SECTIONS.values():
    for command in section:
        cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; turn an error into one line and an exit code.

    2: what the user gave cannot be used or read; 130: interrupted; 70: a bug; 1: any other.
    """
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may be invalid Unicode
            stream.reconfigure(errors="backslashreplace")
    # matplotlib would log where it keeps its caches, which does not concern the user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Reading --out may redirect standard output, and a command refused later does not undo that.
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stdout):
        warnings.showwarning = _tell(warnings.showwarning)
        sys.exit(_run(words))


def _run(words: list[str]) -> int:
    try:
        code = cli.main(args=words, prog_name="spinglass", standalone_mode=False)
        if sys.stdout:  # None if it was closed before the start
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        _say_error(error.format_message() + _advice(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):  # click turns the second into the first
        click.echo("Interrupted.", err=True)
        return 130
    except BrokenPipeError:  # the reader has closed the pipe, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "--debug" in words:
            raise
        cause = error.__cause__ if isinstance(error, _EndOfFile) and error.__cause__ else error
        code, said = explain(cause) or (SOFTWARE, confess(cause, words))
        _say_error(_with_options(said, words))
        return code


def _advice(error: click.ClickException) -> str:
    """Return a hint at the help; with an example if an argument or option is missing."""
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    see = f" ({context.command_path} --help)"
    if not isinstance(error, click.MissingParameter | NothingGivenError):
        return see
    return f" {(context.command.epilog or '').partition(chr(10))[0]}{see}"


def _with_options(said: str, words: list[str]) -> str:
    """Replace the argument's name at the start of an error of the library by its option."""
    name, must, _ = said.partition(" must ")
    command: click.Command = cli
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    for parameter in command.params:
        option = parameter.opts[0]
        if must and name in (parameter.name, option[2:]) and isinstance(parameter, click.Option):
            return f"{option}{said.removeprefix(name)}"
    return said


def _say_error(words: str) -> None:
    click.echo(f"Error: {' '.join(words.split())}", err=True)


def _tell(usual: Callable[..., None]) -> Callable[..., None]:
    """Return a `warnings.showwarning` that prints spinglass's own warnings in one line each."""

    def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, SpinglassWarning):
            click.echo(f"Warning: {message}", err=True)
        else:
            usual(message, category, *where)

    return show
