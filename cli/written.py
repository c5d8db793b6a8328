"""The last lines of a command: where its files are, or whether a file is right."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click


def report(paths: Iterable[Path], err: bool = False) -> None:
    """Print the path of each file, on standard error if ``err``, else on standard output."""
    for path in paths:
        click.echo(f"Written: {path}", err=err)


def tell(row: dict[str, Any], in_words: Callable[[dict[str, Any]], None], as_json: bool) -> None:
    """Print a summary, as JSON or in words."""
    click.echo(json.dumps(row, indent=1)) if as_json else in_words(row)


def conclude(
    path: Path, row: dict[str, Any], words: Iterable[str], as_json: bool, more: str = ""
) -> None:
    """Print the outcome of the check of a file, ``row`` as JSON or ``words`` as lines.

    Raises
    ------
    SpinglassError
        If ``row`` says that the file is not right.
    """
    from spinglass.errors import SpinglassError

    click.echo(json.dumps(row, indent=1) if as_json else "\n".join(words))
    if not row["right"]:
        raise SpinglassError(f"{path} is not right")
    if not as_json:
        click.echo(f"{path} is right{more}")
