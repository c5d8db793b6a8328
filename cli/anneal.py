"""`spinglass anneal`: the minimum of a strong field followed down to none, against descents."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.options import disorder_options, json_option, out_option, threads_option

if TYPE_CHECKING:
    from spinglass.following.annealing import Comparison


@click.command(epilog="Example: spinglass anneal --n 100 --p 3 --samples 20 --starts 500")
@disorder_options
@click.option("--samples", type=int, default=20, show_default=True, help="Samples of disorder.")
@click.option("--from", "first", type=float, help="Field to begin at; 2 nu_c by default.")
@click.option(
    "--starts", type=int, default=1000, show_default=True, help="Plain descents a sample."
)
@threads_option
@json_option
@out_option("file of the samples (JSON)")
def anneal(
    n: int,
    p: int,
    seed: int,
    samples: int,
    first: float | None,
    starts: int,
    threads: int | None,
    as_json: bool,
    out: Path | None,
) -> None:
    """Anneal the field of samples; compare the energy reached with plain descents."""
    from spinglass.checks import positive_number
    from spinglass.errors import InputError
    from spinglass.following.annealing import compare_annealing
    from spinglass.store import check_file, write_text
    from spinglass.theory import critical_field
    from spinglass_cli.progress import meter

    if first is None and critical_field(p) == 0.0:
        raise InputError("--from must be given for p = 2, whose critical field is 0")
    start = 2.0 * critical_field(p) if first is None else positive_number("--from", first)
    if out:
        check_file(out)
    with meter(samples, "samples") as shown:
        shown.describe(f"n={n} p={p}")
        found = compare_annealing(
            n, p, start, samples, starts=starts, seed=seed, threads=threads, progress=shown.advance
        )
    row = {
        "n": n,
        "p": p,
        "seed": seed,
        "from": start,
        "starts": starts,
        **_row(n, p, start, found),
    }
    if out:
        write_text(json.dumps({**row, "each": _each(found)}, indent=1), out)
    if as_json:
        click.echo(json.dumps(row, indent=1))
    else:
        _print(row)
    if out:
        click.echo(f"Written: {out}", err=as_json)


def _row(n: int, p: int, start: float, found: "Comparison") -> dict[str, Any]:
    from spinglass.following.annealing import mean_and_error
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
        "minima_at_start": float(mean_minima(n, p, start)),
        "ground_state": float(ground_state_energy(p, 0.0)),
        "threshold": float(threshold_energy(p)) if p > 2 else None,
        **{name: dict(zip(("mean", "error"), mean_and_error(values), strict=True))
           for name, values in columns.items()},
    }  # fmt: skip


def _each(found: "Comparison") -> list[dict[str, Any]]:
    import math

    names = ("annealed", "quenched", "mean", "lowest", "lower", "jumps")
    rows = zip(*(getattr(found, name).tolist() for name in names), strict=True)
    return [
        {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


_LINES = {
    "annealed": "H/n annealed from that field",
    "quenched": "H/n of the descent from its direction",
    "descents": "H/n of descents from random starts",
    "lowest_descent": "H/n of the lowest of them",
    "gain": "annealed minus mean of these descents",
    "share_lower": "share of descents that end lower",
    "jumps": "jumps on the way down",
}


def _print(row: dict[str, Any]) -> None:
    click.echo(
        f"n={row['n']} p={row['p']} seeds {row['seed']} to {row['seed'] + row['samples'] - 1}: "
        f"{row['finished']} of {row['samples']} samples annealed from nu={row['from']:.4g}, where "
        f"{row['minima_at_start']:.3f} minima are expected"
    )
    for name, words in _LINES.items():
        value = row[name]
        error = "" if value["error"] != value["error"] else f" +- {value['error']:.4f}"
        click.echo(f"  {words:<40} {value['mean']:9.4f}{error}")
    click.echo(f"  {'H/n of the ground state, n to infinity':<40} {row['ground_state']:9.4f}")
    if row["threshold"] is not None:
        click.echo(f"  {'H/n of the threshold, n to infinity':<40} {row['threshold']:9.4f}")
