"""`spinglass census`: all minima of a landscape, and an estimate of how many are unseen."""

from pathlib import Path
from typing import Any

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.hidden_overlaps import print_overlaps
from spinglass_cli.landscape_options import WantedLandscape, landscape_options
from spinglass_cli.options import default_option, search_options, unseen_option
from spinglass_cli.tables import plain_or_scientific
from spinglass_cli.unknown import or_unknown
from spinglass_cli.written import report, tell


@click.command(epilog="Example: spinglass census --n 30 --nu 0.5 --unseen 0.001")
@landscape_options
@unseen_option
@default_option("--max-starts", default=1_000_000, help="Most descents to make.")
@search_options("file (.nc or .json) of the minima", text=True)
@told_of_compilation()
def census(
    landscape: WantedLandscape,
    unseen: float,
    max_starts: int,
    max_seconds: float | None,
    start_seed: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Descend until the unseen basin weight is small; prove each minimum; compare with theory."""
    from spinglass.contents.census_contents import summary, tables
    from spinglass.contents.json_or_netcdf import write_as_named
    from spinglass.control import Control
    from spinglass.files.places import is_stream
    from spinglass.files.targets import checked_file
    from spinglass.search.census import take_census
    from spinglass.search.census_file import CENSUS, census_dataset
    from spinglass.search.proofs.certificates import prove_minima
    from spinglass_cli.progress import shown

    if out:
        out = checked_file(out, ".nc", ".json")
        CENSUS.check_replaceable(out)
    model = landscape.make(out)
    with shown() as show:
        control = Control(max_seconds=max_seconds, tell=show)
        minima = take_census(
            model, unseen, max_starts=max_starts, start_seed=start_seed, control=control
        )
    parameters = {"unseen_asked": unseen, "max_starts": max_starts, "start_seed": start_seed}
    data = census_dataset(model, minima, prove_minima(model, minima.spins), parameters)
    row = summary(data)
    if out:
        write_as_named(data, out, tables)
    tell(row, print_summary, as_json)
    if out and not is_stream(out):
        report([out], err=as_json)


def print_summary(row: dict[str, Any]) -> None:
    """Print what `summary` returned."""

    what = "pairs of minima" if row["antipodal_pairs"] else "minima"
    low, high = row["chao1_interval"]
    end = "the unseen share was reached" if row["complete"] else "a budget ended it"
    if row["status"]["degenerate"]:
        end = "not complete, since not all that they end at is isolated"
    if not row["minima"]:
        end = "no descent arrived at one"
    from spinglass.files.provenance import landscape_words

    click.echo(landscape_words(row))
    click.echo(f"  {row['minima']:,} distinct {what} from {row['starts']:,} starts; {end}")
    click.echo(
        f"  unseen basin weight (Good-Turing)   {or_unknown(row['unseen'], '.2e')}, "
        f"95 % limit {row['unseen_limit']:.2e}"
    )
    click.echo(
        f"  Chao1 lower bound                   {row['chao1']:.2f} "
        f"[{low:.2f}, {or_unknown(high, '.2f')}]"
    )
    _print_ends(row["status"])
    if row["minima"]:
        click.echo(f"  basin entropy                       {row['basin_entropy']:.4f} nats")
        lowest = row["lowest_energy"]
        form = plain_or_scientific([lowest], 8)
        click.echo(f"  lowest H/n                          {lowest:{form}}")
    print_overlaps(row)
    click.echo(f"  exact mean over disorder (Kac-Rice) {or_unknown(row['expected'], '.3f')}")
    click.echo(f"  proven minima                       {row['proven']} of {row['minima']}")
    if row["near_degenerate"]:
        click.echo(f"  lowest eigenvalue below 1e-6: minima {row['near_degenerate']}")


def _print_ends(status: dict[str, int]) -> None:
    """Print how many descents did not end in an isolated minimum, and why."""
    if status["degenerate"]:
        click.echo(
            f"  not isolated: {status['degenerate']:,} descents ended where an eigenvalue vanishes "
            "or may vanish"
        )
    if status["not_converged"]:
        click.echo(
            f"  not converged: {status['not_converged']:,} descents; towards points that are not "
            "isolated the flow slows down for ever"
        )
