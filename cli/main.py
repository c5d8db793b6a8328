"""Entry point: the group of commands and the one place where errors become exit codes."""

import io
import sys

import click

from spinglass.errors import InputError, SpinglassError
from spinglass.version import __version__
from spinglass_cli.anneal import anneal
from spinglass_cli.bench import bench
from spinglass_cli.census import census
from spinglass_cli.check import check
from spinglass_cli.config import config
from spinglass_cli.connect import connect
from spinglass_cli.figure import figure
from spinglass_cli.folder import export, status, verify
from spinglass_cli.follow import follow
from spinglass_cli.network import network
from spinglass_cli.sample import sample
from spinglass_cli.show import show
from spinglass_cli.sweep import run, sweep
from spinglass_cli.table import table
from spinglass_cli.theory import theory
from spinglass_cli.train import train
from spinglass_cli.validate import validate


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: spinglass sample --n 60 --p 3 --starts 500 --out sample.nc",
)
@click.version_option(__version__, prog_name="spinglass")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
def cli(debug: bool) -> None:
    """Explore the energy landscape of spherical p-spin glasses in a magnetic field."""


for command in (
    run,
    config,
    sample,
    census,
    connect,
    validate,
    follow,
    anneal,
    sweep,
    status,
    verify,
    export,
    show,
    figure,
    check,
    bench,
    theory,
    network,
    table,
    train,
):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; turn an error into one line and an exit code (2 usage, 1 other)."""
    words = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names of files need not be text
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args=words, prog_name="spinglass", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        see = f" ({context.command_path} --help)" if context else ""
        click.echo(f"Error: {' '.join(error.format_message().split())}{see}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:  # click's word for Ctrl-C
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except (SpinglassError, OSError, MemoryError) as error:
        if "--debug" in words:
            raise
        click.echo(f"Error: {' '.join(str(error).split())}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)
    sys.exit(code if isinstance(code, int) else 0)
