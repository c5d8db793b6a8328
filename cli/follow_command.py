"""`spinglass follow`: every branch of minima over the field, with births and deaths."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.covariance import Covariance
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.landscape_options import signal_options
from spinglass_cli.options import default_option, disorder_options, search_options, unseen_option
from spinglass_cli.tables import print_columns
from spinglass_cli.written import report, tell

if TYPE_CHECKING:
    from spinglass.following.branches import Branches
    from spinglass.signals import Signal


@click.command(epilog="Example: spinglass follow --n 40 --to 2 --fields 20 --out branches.nc")
@disorder_options
@signal_options
@default_option("--from", "first", default=0.0, help="First field.")
@click.option("--to", "last", type=float, help="Last field; 1.2 nu_c by default.")
@default_option("--fields", default=20, help="Number of fields.")
@unseen_option
@default_option("--max-starts", default=1_000_000, help="Most descents of a census.")
@click.option(
    "--proven",
    is_flag=True,
    help="Take only steps that are proven, up to rounding, to stay on the branch.",
)
@search_options("file (.nc); written after every field; run again to resume")
@told_of_compilation()
def follow(
    n: int,
    covariance: Covariance,
    seed: int,
    signal: "Signal | None",
    first: float,
    last: float | None,
    fields: int,
    unseen: float,
    max_starts: int,
    max_seconds: float | None,
    start_seed: int,
    proven: bool,
    as_json: bool,
    out: Path | None,
) -> None:
    """Follow all minima of a landscape over the field; compare with a fresh census at each."""
    from spinglass.contents.branches_contents import summary
    from spinglass.control import Control, Progress
    from spinglass.files.store import write_dataset
    from spinglass.files.targets import checked_file
    from spinglass.following.branches import Branches, branches_dataset, open_to_resume
    from spinglass.following.whole_landscape import follow_landscape
    from spinglass.landscape.drawn import draw_landscape
    from spinglass_cli.progress import shown

    grid = _grid(covariance, first, last, fields)
    census = {"unseen_asked": unseen, "max_starts": max_starts, "start_seed": start_seed}
    ends = {"first_field": grid[0], "last_field": grid[-1], "fields": len(grid)}
    parameters: dict[str, object] = {**ends, **census, "proven_steps": int(proven)}
    if out:
        out = checked_file(out, ".nc")
    model = draw_landscape(n, covariance, seed, signal)
    known = open_to_resume(out, model, parameters) if out else None
    if known is not None:
        click.echo(f"{known.whole} of {len(grid)} fields are done already: {out}", err=True)
    with shown() as show:

        def keep(event: Progress) -> None:
            if out and isinstance(event.found, Branches):
                write_dataset(branches_dataset(model, event.found, parameters), out)
            show(event)

        branches = follow_landscape(
            model,
            grid,
            unseen,
            max_starts=max_starts,
            start_seed=start_seed,
            proven=proven,
            known=known,
            control=Control(max_seconds=max_seconds, tell=keep),
        )
    row = summary(branches_dataset(model, branches, parameters))
    tell(row, print_summary, as_json)
    if branches.whole < len(grid):
        _tell_time(branches, len(grid), as_json)
    if out:
        report([out], err=as_json)


def _tell_time(branches: "Branches", fields: int, as_json: bool) -> None:
    within = ", within the census of the next" if branches.cut >= 0 else ""
    words = f"The time was up after {branches.whole} of {fields} fields{within}"
    click.echo(words, err=as_json)


def _grid(covariance: Covariance, first: float, last: float | None, fields: int) -> list[float]:
    import numpy as np

    from spinglass.checks import field_strength, integer_at_least
    from spinglass.errors import InputError
    from spinglass.following.whole_landscape import checked_fields

    critical = covariance.critical_field
    if last is None and critical == 0.0:
        raise InputError("--to must be given for p = 2, whose critical field is 0, got none")
    end = field_strength(1.2 * critical if last is None else last)
    count = integer_at_least("--fields", fields, 2)
    return checked_fields(np.linspace(field_strength(first), end, count).tolist()).tolist()


_COLUMNS = [
    ("nu", "nu", ".4f"),
    ("followed", "followed", ","),
    ("born", "born", ","),
    ("died", "died", ","),
    ("minima", "minima", ","),
    ("met by census", "census", ","),
    ("proven", "proven", ","),
    ("unmatched", "contradictions", ","),
    ("starts", "starts", ","),
    ("unseen", "unseen", ".1e"),
    ("exact mean", "exact_mean", ",.2f"),
]
_OVERLAP = ("overlap of lowest", "lowest_overlap", ".4f")


def print_summary(row: dict[str, Any]) -> None:
    """Print what `summary` returned."""
    from spinglass.signals import signal_said_by

    signal = signal_said_by(row)
    columns, caption = _COLUMNS, "exact mean: number of minima over disorder (Kac-Rice)"
    hidden = ""
    if signal is not None:
        columns, caption = (
            [*_COLUMNS[:-1], _OVERLAP],
            "overlap of the lowest minimum with the hidden point",
        )
        hidden = f" {signal.label}"
    print_columns(
        columns,
        row["fields"],
        title=f"n={row['n']} {Covariance.said_by(row).label} seed={row['seed']}{hidden}: "
        f"{row['branches']} branches of minima",
        caption=caption,
    )
    short = [line["nu"] for line in row["fields"] if not line["complete"]]
    if short:
        click.echo(f"A budget ended the census at nu = {', '.join(f'{nu:.4g}' for nu in short)}")
    if row["cut"]:
        click.echo("The time ended the last census: the same command again takes it anew")
    if row["stalled"]:
        click.echo(f"{row['stalled']} branches could not be followed to their ends")
    if any(line["contradictions"] for line in row["fields"]):
        click.echo("Unmatched: a step may have changed branches; --proven takes none that could")
