"""The last lines of a command: where the files are that it has written."""

from collections.abc import Iterable
from pathlib import Path

import click


def report(paths: Iterable[Path], err: bool = False) -> None:
    """Print where each file is, on standard output or error."""
    for path in paths:
        click.echo(f"Written: {path}", err=err)
