"""`spinglass validate`: samples searched to the end, against the exact means of theory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.covariance import Covariance
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.mixture import mixture_options
from spinglass_cli.options import (
    ListType,
    NothingGivenError,
    PathType,
    default_option,
    json_option,
    out_option,
    threads_option,
)
from spinglass_cli.written import report

if TYPE_CHECKING:
    from spinglass.validation import Comparison, Point, Record

PointResult = tuple["Point", "Record", "list[Comparison]"]


@click.command(
    epilog="Example: spinglass validate --n 5 --p 3 --nu 0,1,critical --samples 50"
    "\n\nExample: spinglass validate configs/validate.toml --out results/validate"
)
@click.argument("config", required=False, type=PathType())
@click.option(
    "--n",
    "sizes",
    metavar="N,N",
    type=ListType(click.INT),
    help="Spins, several with commas between; at most 16, small, for all indices.",
)
@mixture_options
@default_option(
    "--nu",
    "fields",
    metavar="NU,NU",
    type=ListType(click.FLOAT, "critical"),
    default="0",
    help="Fields, several with commas between; `critical` is one.",
)
@default_option("--samples", default=100, help="Samples a point.")
@default_option("--seed", default=0, help="Fixes the samples.")
@click.option(
    "--method",
    type=click.Choice(["search", "homotopy"]),
    help="How all points are found: homotopy, up to n = 20, proves them; by default up to 65,536 "
    "paths, n = 16 for p = 3.",
)
@click.option("--minima", is_flag=True, help="A census of the minima instead of all points.")
@click.option("--unseen", type=float, help="Basin weight at which a census ends; 0.001 by default.")
@threads_option
@json_option
@out_option("folder, to resume from and draw in; results/NAME with CONFIG, else none")
@told_of_compilation()
def validate(config: Path | None, as_json: bool, out: Path | None, **words: Any) -> None:
    """Compare the points found in many samples with the exact means, with z scores.

    The points of a landscape of each index, and the minima below energies, for the grids of CONFIG
    or of --n and --nu.  Run the same again to resume.
    """
    from spinglass.contents.validation_contents import as_row
    from spinglass.files.targets import check_writable
    from spinglass.validation import plan_points

    points = plan_points(_config(config, words))
    folder = out or (Path("results") / config.stem if config else None)
    if folder:
        check_writable(folder)
        click.echo(f"Output: {folder}", err=as_json)
    results = _measure(points, folder)
    if as_json:
        click.echo(json.dumps([as_row(*result) for result in results], indent=1))
    else:
        _print(results, [as_row(*result) for result in results])
    if folder:
        from spinglass.figures.validation_figure import plot_validation

        shown = [(point, rows) for point, _, rows in results]
        report(plot_validation(shown).save(folder / "validate"), err=as_json)


def _config(path: Path | None, words: dict[str, Any]) -> Any:
    """Return the configuration in a file, or the one that the options describe."""
    from spinglass.errors import InputError
    from spinglass.files.toml import check_tables, load_toml
    from spinglass.validation import ValidationConfig

    sizes, minima, unseen = words["sizes"], words["minima"], words["unseen"]
    if path is None and sizes is None:
        raise NothingGivenError("CONFIG or --n, the spins, must be given, got neither")
    if path is not None and sizes is not None:
        raise InputError("CONFIG or --n, the spins, must be given, got both")
    if path:
        return load_toml(path, ValidationConfig)
    if unseen is not None and not minima:
        raise InputError(f"--unseen is for --minima, got {unseen:g} without it")
    if words["method"] is not None and minima:
        raise InputError(f"--method is for all points, got {words['method']} with --minima")
    grid = {
        "n": sizes,
        **words["covariance"].named,
        "nu": words["fields"],
        "samples": words["samples"],
        "seed": words["seed"],
        **({} if unseen is None else {"unseen": unseen}),
        **({} if words["method"] is None else {"method": words["method"]}),
    }
    kind = "minima" if minima else "stationary"
    return check_tables({kind: [grid]}, ValidationConfig, "command line")


def _measure(points: "list[Point]", folder: Path | None) -> list[PointResult]:
    from spinglass.control import Control, Progress
    from spinglass.validation import compare, validate_point
    from spinglass_cli.progress import shown

    results: list[PointResult] = []
    done, total = 0, sum(point.samples for point in points)
    try:
        with shown() as show:
            for point in points:

                def tell(event: Progress, before: int = done) -> None:
                    show(replace(event, done=before + event.done, total=total))

                record = validate_point(point, folder, Control(tell=tell))
                results.append((point, record, compare(point, record)))
                done += point.samples
    except KeyboardInterrupt:
        kept = f"; what is done is kept in {folder}, run the same again to go on" if folder else ""
        click.echo(f"Interrupted{kept}.", err=True)
        raise click.exceptions.Exit(130) from None
    return results


def _print(results: list[PointResult], rows: list[dict[str, Any]]) -> None:
    from spinglass.validation import scores_by_quantity, usual_rms

    for row in rows:
        print_summary(row)
    scores = scores_by_quantity(row for _, _, compared in results for row in compared)
    if len(results) > 1:
        click.echo("z scores over all points (95 % of the rms of so many lie in the range):")
        for quantity, (count, rms, largest) in scores.items():
            low, high = usual_rms(count)
            click.echo(
                f"  {quantity!s:<22} {count:3d} scores, rms {rms:.2f} ({low:.2f} to {high:.2f}), "
                f"largest {largest:.2f}"
            )


def print_summary(row: dict[str, Any]) -> None:
    """Print what `spinglass.contents.validation_contents.summary` returned."""

    what = f"minima, unseen {row['unseen']:g}" if "unseen" in row else "all points"
    whole = "proven" if "method" in row else "complete"
    state = f"{row['incomplete']} of them NOT {whole}" if row["incomplete"] else f"all {whole}"
    click.echo(
        f"n={row['n']} {Covariance.said_by(row).label} nu={row['nu']:.6g}, {what}: "
        f"{row['samples']} samples, {state}"
    )
    for mean in row["found"]:
        z = "-" if mean["z"] is None else f"{mean['z']:+.2f}"
        click.echo(
            f"  {mean['what']:<16} found {mean['found']:10.4f} +- {mean['error']:<8.4f} "
            f"exact {mean['exact']:10.4f}  z {z}"
        )
