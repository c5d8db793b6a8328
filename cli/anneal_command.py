"""`spinglass anneal`: the minimum of a strong field, followed to zero field, against descents."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.covariance import Covariance
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.landscape_options import signal_options
from spinglass_cli.options import default_option, disorder_options, search_options
from spinglass_cli.written import report, tell

if TYPE_CHECKING:
    from spinglass.signals import Signal


@click.command(epilog="Example: spinglass anneal --n 100 --p 3 --samples 20 --starts 500")
@disorder_options
@signal_options
@default_option("--samples", default=20, help="Samples of disorder.")
@click.option("--from", "first", type=float, help="Field to begin at; 2 nu_c by default.")
@default_option("--starts", default=1000, help="Plain descents a sample.")
@search_options("file (.nc or .json); written after every sample; run again to resume", text=True)
@told_of_compilation()
def anneal(
    n: int,
    covariance: Covariance,
    seed: int,
    signal: "Signal | None",
    samples: int,
    first: float | None,
    starts: int,
    start_seed: int,
    max_seconds: float | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Anneal the field of samples; compare the energy reached with plain descents."""
    from spinglass.checks import positive_number
    from spinglass.contents.annealing_contents import summary, tables
    from spinglass.contents.json_or_netcdf import write_as_named
    from spinglass.control import Control, Progress
    from spinglass.errors import InputError
    from spinglass.files.places import is_stream
    from spinglass.files.targets import checked_file
    from spinglass.following import AnnealingRun, annealing_dataset, compare_annealing
    from spinglass.following.annealing_file import samples_to_resume
    from spinglass_cli.progress import shown

    critical = covariance.critical_field
    if first is None and critical == 0.0:
        raise InputError("--from must be given for p = 2, whose critical field is 0, got none")
    start = 2.0 * critical if first is None else positive_number("--from", first)
    run = AnnealingRun(n, covariance.name, seed, start, starts, start_seed, signal)
    if out:
        out = checked_file(out, ".nc", ".json")
    kept = out if out and not is_stream(out) else None
    known = samples_to_resume(run, kept) if kept else None
    if known is not None:
        click.echo(f"{known.annealed.size:,} samples are done already: {out}", err=True)
    with shown() as show:

        def keep(event: Progress) -> None:
            if kept:
                write_as_named(annealing_dataset(run, event.found), kept, tables)
            show(event)

        comparison = compare_annealing(
            n, covariance.name, start, samples,
            starts=starts, seed=seed, start_seed=start_seed, signal=signal, known=known,
            control=Control(max_seconds=max_seconds, tell=keep),
        )  # fmt: skip
    data = annealing_dataset(run, comparison)
    if out and not kept:
        write_as_named(data, out, tables)
    row = summary(data)
    tell(row, print_summary, as_json)
    if row["samples"] < samples:
        click.echo(f"The time was up after {row['samples']:,} of {samples:,} samples", err=as_json)
    if out:
        report([out], err=as_json)


_LINES = {
    "annealed": "H/n annealed from that field",
    "quenched": "H/n of the descent from its direction",
    "descents": "H/n of descents from random starts",
    "lowest_descent": "H/n of the lowest of them",
    "gain": "annealed minus mean of these descents",
    "share_lower": "share of descents that end lower",
    "jumps": "jumps on the way down",
    "overlap": "overlap with the hidden point, annealed",
    "lowest_overlap": "that of the lowest descent",
}


def print_summary(row: dict[str, Any]) -> None:
    """Print what `spinglass.contents.annealing_contents.summary` returned."""

    from spinglass.signals import signal_said_by

    signal, expected = signal_said_by(row), row["minima_at_start"]
    click.echo(
        f"n={row['n']} {Covariance.said_by(row).label} {f'{signal.label} ' if signal else ''}"
        f"seeds {row['seed']} to {row['seed'] + row['samples'] - 1}: "
        f"{row['finished']} of {row['samples']} samples annealed from nu={row['start']:.4g}"
        + ("" if expected is None else f", where {expected:.3f} minima are expected")
    )
    for name, words in _LINES.items():
        if name not in row:
            continue
        mean, error = row[name]["mean"], row[name]["error"]
        value = f"{'-':>9}" if mean is None else f"{mean:9.4f}"
        click.echo(f"  {words:<40} {value}{'' if error is None else f' +- {error:.4f}'}")
    if row["ground_state"] is not None:
        click.echo(f"  {'H/n of the ground state, n to infinity':<40} {row['ground_state']:9.4f}")
    if row["threshold"] is not None:
        click.echo(f"  {'H/n of the threshold, n to infinity':<40} {row['threshold']:9.4f}")
