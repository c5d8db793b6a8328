"""`spinglass verify`: check whether a sweep, or a file, is right."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from spinglass.contents.kind_name import KindName
from spinglass.errors import InputError
from spinglass.files.places import is_folder_to_read
from spinglass_cli.options import PathType, default_option, json_option
from spinglass_cli.status_command import UNFINISHED
from spinglass_cli.written import conclude


@click.command(epilog="Example: spinglass verify results/quick --share 0.2")
@click.argument("path", metavar="DIR-OR-FILE", type=PathType())
@default_option(
    "--share",
    type=click.FloatRange(min=0.0, max=1.0, min_open=True),
    default=0.1,
    help="Share of the minima to evaluate, or of the saddles to fall from, again.",
)
@click.option(
    "--choice-seed",
    type=click.IntRange(min=0),
    default=0,
    help="Seed of the choice of what is checked.",
)
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

    Exit code 0: all right; 1: something is not right; 2: a file cannot be read; 3: nothing is
    wrong, but results of the sweep are missing, or of another version and not checked.
    """
    if is_folder_to_read(path):
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
