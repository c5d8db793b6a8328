"""`spinglass export`: the summary of a sweep in a table, and its averages over disorder."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass.errors import InputError
from spinglass_cli.options import TargetType, folder_argument, json_option, out_option
from spinglass_cli.written import report

if TYPE_CHECKING:
    from spinglass.sweep.averages import Average


@click.command(epilog="Example: spinglass export results/field-sweep summary.csv")
@folder_argument
@click.argument("target", metavar="[OUT]", required=False, type=TargetType("OUT", text=True))
@out_option("file, another way to say OUT: .csv, .nc or .zarr", text=True)
@click.option("--averages", is_flag=True, help="Write averages over disorder instead (.csv).")
@json_option
def export(
    folder: Path, target: Path | None, out: Path | None, averages: bool, as_json: bool
) -> None:
    """Export the summary of the sweep in DIR to OUT; print its averages over disorder."""
    from spinglass.covariance import Covariance
    from spinglass.files.places import is_stream
    from spinglass.sweep.averages import as_rows
    from spinglass.sweep.export import export as write

    if (target is None) == (out is None):
        both = "neither" if out is None else f"{target} and --out {out}"
        raise InputError(f"one of OUT and --out must be given, got {both}")
    path = target or out
    assert path is not None
    means = write(folder, path, averages)
    if as_json:
        click.echo(json.dumps(as_rows(means), indent=1))
        return
    for row in means:
        plural = "" if row.samples == 1 else "s"
        click.echo(
            f"  n={row.n} {Covariance.of(row.orders).label} nu={row.nu:<7.4g} "
            f"{row.signal}{' ' if row.signal else ''}"
            f"{row.samples} sample{plural}: "
            f"{_value(row.minima, row.minima_error, 2)} minima (log of mean {row.annealed:.3f}, "
            f"mean of log {_value(row.quenched, row.quenched_error, 3)}), ground state "
            f"{_value(row.ground_state_energy, row.ground_state_energy_error, 6)}, basin entropy "
            f"{_value(row.basin_entropy, row.basin_entropy_error, 3)}{_overlap(row)}"
        )
    if not is_stream(path):
        report([path])


def _overlap(row: "Average") -> str:
    """Return the text on overlaps with a hidden point; empty if there is none."""
    if not row.signal:
        return ""
    mean = _value(row.mean_overlap, row.mean_overlap_error, 4)
    lowest = _value(row.lowest_overlap, row.lowest_overlap_error, 4)
    return f", overlap {mean}, of the lowest minimum {lowest}"


def _value(mean: float, error: float, digits: int) -> str:
    """Return a mean as text, with its standard error unless that is nan (a single sample)."""
    return f"{mean:.{digits}f}" + ("" if math.isnan(error) else f" +- {error:.{digits}f}")
