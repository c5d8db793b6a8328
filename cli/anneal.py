"""`spinglass anneal`: the minimum of a strong field followed down to none, against descents."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.options import disorder_options, json_option, out_option, threads_option
from spinglass_cli.unknown import or_none

if TYPE_CHECKING:
    from spinglass.following.annealing import Comparison
    from spinglass.following.annealing_file import Run


@click.command(epilog="Example: spinglass anneal --n 100 --p 3 --samples 20 --starts 500")
@disorder_options
@click.option("--samples", type=int, default=20, show_default=True, help="Samples of disorder.")
@click.option("--from", "first", type=float, help="Field to begin at; 2 nu_c by default.")
@click.option(
    "--starts", type=int, default=1000, show_default=True, help="Plain descents a sample."
)
@threads_option
@json_option
@out_option("file (JSON); written after every sample; run again to resume", text=True)
@told_of_compilation()
def anneal(
    n: int,
    p: int,
    seed: int,
    samples: int,
    first: float | None,
    starts: int,
    as_json: bool,
    out: Path | None,
) -> None:
    """Anneal the field of samples; compare the energy reached with plain descents."""
    from spinglass.checks import positive_number
    from spinglass.control import Control, Progress
    from spinglass.errors import InputError
    from spinglass.files.targets import check_file, is_stream
    from spinglass.following.annealing import compare_annealing
    from spinglass.following.annealing_file import Run, samples_to_resume, write_samples
    from spinglass.theory import critical_field
    from spinglass_cli.progress import shown

    if first is None and critical_field(p) == 0.0:
        raise InputError("--from must be given for p = 2, whose critical field is 0")
    start = 2.0 * critical_field(p) if first is None else positive_number("--from", first)
    run = Run(n, p, seed, start, starts)
    if out:
        check_file(out, text=True)
    kept = out if out and not is_stream(out) else None
    known = samples_to_resume(run, kept) if kept else None
    if known is not None:
        click.echo(f"{known.annealed.size:,} samples are done already: {out}", err=True)
    with shown() as show:

        def keep(event: Progress) -> None:
            if kept:
                write_samples(run, event.found, _summary(run, event.found), kept)
            show(event)

        found = compare_annealing(
            n, p, start, samples,
            starts=starts, seed=seed, known=known, control=Control(tell=keep),
        )  # fmt: skip
    summary = _summary(run, found)
    if out and not kept:
        write_samples(run, found, summary, out)
    if as_json:
        click.echo(json.dumps({**vars(run), **summary}, indent=1))
    else:
        _print(run, summary)
    if out:
        click.echo(f"Samples: {out}", err=as_json)


def _summary(run: "Run", found: "Comparison") -> dict[str, Any]:
    """Return means with their errors, None where there is no number, and what theory says."""
    from spinglass.averaging import mean_and_error
    from spinglass.theory import ground_state_energy, mean_minima, threshold_energy

    done = found.finished
    columns = {
        "annealed": found.annealed[done],
        "quenched": found.quenched[done],
        "descents": found.mean[done],
        "lowest_descent": found.lowest[done],
        "gain": (found.annealed - found.mean)[done],
        "share_lower": found.lower[done],
        "jumps": found.jumps[done].astype(float),
    }
    return {
        "samples": int(done.size),
        "finished": int(done.sum()),
        "minima_at_start": float(mean_minima(run.n, run.p, run.start)),
        "ground_state": float(ground_state_energy(run.p, 0.0)),
        "threshold": float(threshold_energy(run.p)) if run.p > 2 else None,
        **{name: _number(*mean_and_error(values)) for name, values in columns.items()},
    }


def _number(mean: float, error: float) -> dict[str, float | None]:
    return {"mean": or_none(mean), "error": or_none(error)}


_LINES = {
    "annealed": "H/n annealed from that field",
    "quenched": "H/n of the descent from its direction",
    "descents": "H/n of descents from random starts",
    "lowest_descent": "H/n of the lowest of them",
    "gain": "annealed minus mean of these descents",
    "share_lower": "share of descents that end lower",
    "jumps": "jumps on the way down",
}


def _print(run: "Run", summary: dict[str, Any]) -> None:
    click.echo(
        f"n={run.n} p={run.p} seeds {run.seed} to {run.seed + summary['samples'] - 1}: "
        f"{summary['finished']} of {summary['samples']} samples annealed from nu={run.start:.4g}, "
        f"where {summary['minima_at_start']:.3f} minima are expected"
    )
    for name, words in _LINES.items():
        mean, error = summary[name]["mean"], summary[name]["error"]
        value = f"{'-':>9}" if mean is None else f"{mean:9.4f}"
        click.echo(f"  {words:<40} {value}{'' if error is None else f' +- {error:.4f}'}")
    click.echo(f"  {'H/n of the ground state, n to infinity':<40} {summary['ground_state']:9.4f}")
    if summary["threshold"] is not None:
        click.echo(f"  {'H/n of the threshold, n to infinity':<40} {summary['threshold']:9.4f}")
