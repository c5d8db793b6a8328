"""`spinglass points`: every stationary point of a small landscape, or every complex one, proven."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.errors import InputError
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.landscape_options import WantedLandscape, landscape_options
from spinglass_cli.options import PathType, search_options
from spinglass_cli.tables import plain_or_scientific, print_columns
from spinglass_cli.written import report, tell

if TYPE_CHECKING:
    from spinglass.search.complex_solutions import ComplexSolutions

_MOST_ROWS = 40


@click.command(epilog="Example: spinglass points --n 8 --p 3 --out points.nc")
@landscape_options
@click.option("--complex", "as_complex", is_flag=True, help="All complex points, as E-eigenpairs.")
@click.option(
    "--paths", type=PathType(), help="Folder in which paths are kept; run again to resume."
)
@search_options("file (.nc) of the points")
@told_of_compilation()
def points(
    landscape: WantedLandscape,
    as_complex: bool,
    paths: Path | None,
    max_seconds: float | None,
    start_seed: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Find every stationary point of a small landscape, and prove that there are no others.

    Paths are followed to all complex points; their number is known, and grows exponentially with n.
    """
    from spinglass.contents import points_contents, solutions_contents
    from spinglass.files.store import write_dataset
    from spinglass.files.targets import check_writable, checked_file
    from spinglass.search.points_file import POINTS, SOLUTIONS, points_dataset, solutions_dataset
    from spinglass.search.real_points import real_points

    if out:
        out = checked_file(out, ".nc")
        (SOLUTIONS if as_complex else POINTS).check_replaceable(out)
    if paths:
        check_writable(paths)
    model = landscape.make(out)
    if paths and max(model.orders) == 2:
        raise InputError(
            f"--paths keeps paths where an order is above 2; order 2 has none, got {paths}"
        )
    solved = _solve(model, paths, max_seconds, start_seed)
    parameters = {"method": "homotopy", "start_seed": start_seed}
    if as_complex:
        data = solutions_dataset(solved, parameters)
        row, show = solutions_contents.summary(data), print_solutions
    else:
        data = points_dataset(model, real_points(solved), parameters)
        row, show = points_contents.summary(data), print_points
    if out:
        write_dataset(data, out)
    tell(row, show, as_json)
    if out:
        report([out], err=as_json)
    if solved.stopped:
        click.echo(f"The time was up before all paths were followed{_to_go_on(paths)}.", err=True)


def _to_go_on(paths: Path | None) -> str:
    """Return the end of a sentence that says how to go on with interrupted work."""
    if paths is None:
        return "; --paths FOLDER would have kept them, to go on later"
    if not any(paths.glob("paths-*.nc")):
        return f"; nothing is kept in {paths} yet, as no block of paths was finished"
    return f"; what is done is kept in {paths}, run the same again to go on"


def _solve(
    model: Any, paths: Path | None, max_seconds: float | None, start_seed: int
) -> "ComplexSolutions":
    from spinglass.control import Control
    from spinglass.search.complex_solutions import solve_complex
    from spinglass_cli.progress import shown

    try:
        with shown() as show:
            control = Control(max_seconds=max_seconds, tell=show)
            return solve_complex(model, start_seed=start_seed, folder=paths, control=control)
    except KeyboardInterrupt:
        click.echo(f"Interrupted{_to_go_on(paths) if paths else ''}.", err=True)
        raise click.exceptions.Exit(130) from None


def print_points(row: dict[str, Any]) -> None:
    """Print what `spinglass.contents.points_contents.summary` returned."""
    _print_landscape(row)
    made = _made(row)
    state = "proven to be all" if row["proven"] else "NOT proven to be all"
    click.echo(f"  {row['points']:,} stationary points, {state}; {made}")
    for words in row["doubts"]:
        click.echo(f"  {words}")
    by_index = [each for each in row["by_index"] if each["found"] or each["expected"]]
    if by_index:
        _print_by_index(by_index)
    if 0 < len(row["table"]) <= _MOST_ROWS:
        _print_rows(row["table"])
    elif row["table"]:
        click.echo(f"  each of the {row['points']:,} points: with --json, and in the file of --out")


def _print_by_index(by_index: list[dict[str, Any]]) -> None:
    """Print one line per index; the exact mean is left out if there is none."""
    ends = [each[name] for each in by_index for name in ("lowest", "highest")]
    form = plain_or_scientific(ends, 6)
    columns = [
        ("index", "index", "d"),
        ("found", "found", ",d"),
        ("exact mean", "expected", ",.2f"),
        ("lowest H/n", "lowest", form),
        ("highest H/n", "highest", form),
    ]
    plain = any(each["expected"] is not None for each in by_index)
    if not plain:
        del columns[2]
    caption = "exact mean: of the number over disorder (Kac-Rice)" if plain else None
    print_columns(columns, by_index, caption=caption)


def _print_rows(table: list[dict[str, Any]]) -> None:
    """Print one line per point; mixtures and landscapes in a field have no E-eigenvalues."""

    def form(name: str) -> str:
        return plain_or_scientific([each[name] for each in table], 8)

    columns = [
        ("index", "index", "d"),
        ("H/n", "energy", form("energy")),
        ("X", "radial_force", form("radial_force")),
        ("E-eigenvalue", "eigenvalue", form("eigenvalue")),
        ("gap", "gap", ".2e"),
        ("proven within", "distance", ".1e"),
    ]
    if all(each["eigenvalue"] is None for each in table):
        del columns[3]
    caption = "X: radial force x . dH / n; proven within: of a true point, / sqrt(n)"
    print_columns(columns, table, caption=caption)


def print_solutions(row: dict[str, Any]) -> None:
    """Print what `spinglass.contents.solutions_contents.summary` returned."""
    _print_landscape(row)
    state = "all there are" if row["complete"] else "NOT all"
    what = f", {row['found'] // 2:,} pairs +-x" if row["pairs"] else ""
    click.echo(
        f"  {row['found']:,} of {row['expected']:,} complex stationary points proven{what}: {state}"
    )
    sure = "" if row["decided"] else ", of others it is not decided"
    click.echo(f"  {row['real']:,} of them are real{sure}")
    click.echo(f"  {_made(row | {'starts': row['paths']})}")
    for words in row["doubts"]:
        click.echo(f"  {words}")
    if row["largest_radius"] is not None:
        click.echo(f"  each is within {row['largest_radius']:.1e} of a true one")


def _made(row: dict[str, Any]) -> str:
    """Return what the points were proven from: eigenvectors or paths."""
    if row.get("p") == 2:
        return f"{row['starts']:,} eigenvectors"
    return f"{row['starts']:,} paths, {row['arrived']:,} arrived"


def _print_landscape(row: dict[str, Any]) -> None:
    from spinglass.files.provenance import landscape_words

    click.echo(landscape_words(row))
