"""`spinglass status`, `verify` and `export`: what is in the folder of a sweep, and is it right."""

import json
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.contents.kind_name import KindName
from spinglass.errors import InputError
from spinglass_cli.options import (
    PathType,
    TargetType,
    default_option,
    folder_argument,
    json_option,
    out_option,
)
from spinglass_cli.written import conclude, report

if TYPE_CHECKING:
    from spinglass.sweep import JobState
    from spinglass.sweep.averages import Average

UNFINISHED = 3
"""Exit code where nothing has failed, but results of a sweep are not there."""


@click.command(epilog="Example: spinglass status results/quick")
@folder_argument
@json_option
def status(folder: Path, as_json: bool) -> None:
    """Say which jobs of the sweep in DIR are done, missing, damaged or of a foreign version.

    It looks at the length and the attributes of each file; `verify` reads all of it.
    """
    from spinglass.sweep.state import STATES

    states = job_states(folder)
    counts = Counter(states.values())
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "counts": counts, "jobs": states}, indent=1))
        return
    for name, state in states.items():
        click.echo(f"  {state:<8} {name}")
    summary = ", ".join(f"{counts[state]} {state}" for state in STATES)
    click.echo(f"{len(states)} jobs in {folder}: {summary}")


def job_states(folder: Path) -> "dict[str, JobState]":
    """Return the state of every job that is planned in a folder, at a look, by file name."""
    from spinglass.sweep.manifest import read_jobs
    from spinglass.sweep.state import job_state

    return {job.file_name: job_state(job, folder, whole=False) for job in read_jobs(folder)}


@click.command(epilog="Example: spinglass verify results/quick --share 0.2")
@click.argument("path", metavar="DIR-OR-FILE", type=PathType())
@default_option(
    "--share",
    type=click.FloatRange(min=0.0, max=1.0, min_open=True),
    default=0.1,
    help="Share of the minima to evaluate, or of the saddles to fall from, again.",
)
@click.option("--choice-seed", type=click.IntRange(min=0), default=0, help="Chooses which.")
@click.option("--couplings", type=PathType(), help="File of couplings that FILE was made of.")
@click.option("--field", type=PathType(), help="File of a field that FILE was made of.")
@json_option
def verify(
    path: Path,
    share: float,
    choice_seed: int,
    couplings: Path | None,
    field: Path | None,
    as_json: bool,
) -> None:
    """Check a sweep in DIR, or a file that this program has written, on couplings drawn afresh.

    Recompute checksums, evaluate a share of the minima or of the stationary points; prove all
    complex points again.  Of a graph of `spinglass connect`: prove
    every minimum and saddle, and follow the flow down again from a share of the saddles.

    Exit code 0: all right; 1: something is not right; 3: nothing is wrong, but results of the sweep
    are missing, or of another version and not checked.
    """
    if path.is_dir():
        for option, own in (("--couplings", couplings), ("--field", field)):
            if own is not None:
                raise InputError(f"{option} must stand beside a file, got the folder {path}")
        _verify_sweep(path, share, choice_seed, as_json)
    else:
        _verify_file(path, (couplings, field), share, choice_seed, as_json)


def _verify_file(
    path: Path, own: tuple[Path | None, Path | None], share: float, choice_seed: int, as_json: bool
) -> None:
    from spinglass.contents.file_check import verify_points
    from spinglass.contents.kind_registry import open_file
    from spinglass.landscape.redraw import redraw
    from spinglass.search.recheck import Recheck
    from spinglass_cli.connect_command import verify_graph

    name, contents, data = open_file(path)
    if name == KindName.CONNECTIONS:
        verify_graph(path, data, redraw(data.attrs, path, *own), share, choice_seed, as_json)
        return
    if name == KindName.SOLUTIONS:
        _verify_solutions(path, data, redraw(data.attrs, path, *own), as_json)
        return
    pieces = list(contents.points(data)) if hasattr(contents, "points") else []
    what = "stationary points" if name == KindName.POINTS else "minima"
    rechecked = Recheck()
    if pieces:
        model = redraw(data.attrs, path, *own)
        rechecked = verify_points(model, pieces, share, choice_seed, data.attrs.get("tol", 1e-10))
    count = sum(len(points) for _, points, _ in pieces)
    words = (
        f"  {rechecked.checked} of {count} {what} evaluated, "
        f"H/n off by {rechecked.energy_error:.1e}, gradient norm {rechecked.gradient_norm:.1e}"
    )
    row = {"file": str(path), "kind": name, **asdict(rechecked)}
    if pieces:
        conclude(path, row, [words], as_json)
    else:
        click.echo(json.dumps(row, indent=1) if as_json else f"{path} is whole; it keeps no points")


def _verify_solutions(path: Path, data: Any, model: Any, as_json: bool) -> None:
    from spinglass.contents.file_check import proven_again

    count, proven = data.sizes["solution"], proven_again(model, data)
    pairs = ", one of each pair +-x" if data.attrs["pairs"] else ""
    words = f"  {proven:,} of {count:,} complex points{pairs}, proven again"
    row = {"checked": count, "proven": proven, "right": proven == count}
    conclude(path, {"file": str(path), "kind": KindName.SOLUTIONS, **row}, [words], as_json)


def _verify_sweep(folder: Path, share: float, choice_seed: int, as_json: bool) -> None:
    from spinglass.errors import SpinglassError
    from spinglass.sweep import JobState, verify_job
    from spinglass.sweep.manifest import read_jobs
    from spinglass_cli.progress import told

    jobs = read_jobs(folder)
    each = told(jobs, "results", lambda job: f"verifying {job.file_name}")
    verdicts = [verify_job(job, folder, share, choice_seed) for job in each]
    counts = Counter(verdict.state for verdict in verdicts)
    if as_json:
        rows = [asdict(verdict) for verdict in verdicts]
        click.echo(json.dumps({"folder": str(folder), "counts": counts, "jobs": rows}, indent=1))
    else:
        for verdict in verdicts:
            click.echo(
                f"  {verdict.state:<8} {verdict.name}: {verdict.checked} minima, H/n off by "
                f"{verdict.energy_error:.1e}, gradient norm {verdict.gradient_norm:.1e}"
            )
    wrong = {JobState.DAMAGED, JobState.WRONG}
    if bad := [verdict.name for verdict in verdicts if verdict.state in wrong]:
        raise SpinglassError(f"{len(bad)} of {len(jobs)} results are not right: {', '.join(bad)}")
    unchecked = [
        f"{counts[state]} {words}"
        for state, words in (
            (JobState.MISSING, "missing"),
            (JobState.FOREIGN, "of another version"),
        )
        if counts[state]
    ]
    if not as_json:
        checked = sum(verdict.checked for verdict in verdicts)
        rest = "".join(f", {words}" for words in unchecked)
        click.echo(
            f"{counts[JobState.DONE]} of {len(jobs)} results are right, {checked} minima "
            f"evaluated{rest}"
        )
    if unchecked:
        raise click.exceptions.Exit(UNFINISHED)


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
    from spinglass.files.targets import is_stream
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
    """Return what is said of overlaps with a hidden point; nothing where there is none."""
    if not row.signal:
        return ""
    mean = _value(row.mean_overlap, row.mean_overlap_error, 4)
    lowest = _value(row.lowest_overlap, row.lowest_overlap_error, 4)
    return f", overlap {mean}, of the lowest minimum {lowest}"


def _value(mean: float, error: float, digits: int) -> str:
    """Return a mean with its standard error, which a single sample does not have."""
    return f"{mean:.{digits}f}" + ("" if math.isnan(error) else f" +- {error:.{digits}f}")
