"""Options that several commands share, so that each is spelled and explained once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def model_options(command: Command) -> Command:
    """Add --n, --p, --nu and --seed: which landscape."""
    for option in reversed(
        [
            click.option("--n", type=int, required=True, help="Sites, at least 2."),
            click.option("--p", type=int, default=3, show_default=True, help="Order, at least 2."),
            click.option(
                "--nu", type=float, default=0.0, show_default=True, help="Field strength."
            ),
            click.option("--seed", type=int, default=0, show_default=True, help="Disorder."),
        ]
    ):
        command = option(command)
    return command


def disorder_options(command: Command) -> Command:
    """Add --n, --p and --seed: which sample, at any field."""
    command = click.option("--seed", type=int, default=0, show_default=True, help="Disorder.")(
        command
    )
    command = click.option(
        "--p", type=int, default=3, show_default=True, help="Order, at least 2."
    )(command)
    return click.option("--n", type=int, required=True, help="Sites, at least 2.")(command)


def threads_option(command: Command) -> Command:
    """Add --threads."""
    return click.option(
        "--threads", type=click.IntRange(1, 4096), help="Threads; all cores by default."
    )(command)


def unseen_option(command: Command) -> Command:
    """Add --unseen: when a census ends."""
    return click.option(
        "--unseen", type=float, default=1e-3, show_default=True, help="Basin weight left unseen."
    )(command)


def max_seconds_option(command: Command) -> Command:
    """Add --max-seconds."""
    return click.option("--max-seconds", type=float, help="Budget of time; none by default.")(
        command
    )


def start_seed_option(command: Command) -> Command:
    """Add --start-seed."""
    return click.option(
        "--start-seed", type=int, default=0, show_default=True, help="Seed of the starts."
    )(command)


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def set_option(command: Command) -> Command:
    """Add --set: override keys of a configuration."""
    return click.option(
        "--set",
        "settings",
        metavar="KEY=VALUE",
        multiple=True,
        help="Override a key of CONFIG, as in section.key=100; repeat for several.",
    )(command)


def out_option(kind: str, required: bool = False) -> Callable[[Command], Command]:
    """Add --out, a path."""
    return click.option(
        "--out", type=click.Path(path_type=Path), required=required, help=f"Output {kind}."
    )
