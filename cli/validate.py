"""`spinglass validate`: all stationary points of small samples against exact theory."""

import json
from typing import Any

import click

from spinglass_cli.options import json_option, threads_option


@click.command(epilog="Example: spinglass validate --n 5 --p 3 --nu 0,1,1.732 --samples 50")
@click.option("--n", type=int, required=True, help="Sites; small, at most about 10.")
@click.option("--p", type=int, default=3, show_default=True, help="Order, at least 2.")
@click.option("--nu", "fields", default="0", show_default=True, help="Fields, comma between.")
@click.option("--samples", type=int, default=100, show_default=True, help="Samples a field.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first sample.")
@threads_option
@json_option
def validate(
    n: int, p: int, fields: str, samples: int, seed: int, threads: int | None, as_json: bool
) -> None:
    """Compare the mean numbers of stationary points, index by index, with the exact ones."""
    from spinglass.validation import validate_counts
    from spinglass_cli.progress import meter

    strengths = _fields(fields)
    rows = []
    with meter(samples * len(strengths)) as shown:
        for nu in strengths:
            shown.describe(f"n={n} p={p} nu={nu:g}, samples")
            result = validate_counts(
                n, p, nu, samples, seed=seed, threads=threads, progress=shown.advance
            )
            rows.append({"n": n, "p": p, "nu": nu, **_row(result, n)})
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(
            f"n={n} p={p} nu={row['nu']:g}: {row['samples']} samples, "
            f"{row['incomplete']} of them not shown complete"
        )
        for line in row["indices"]:
            z = "-" if line["z"] is None else f"{line['z']:+.2f}"
            click.echo(
                f"  index {line['index']:<7} found {line['found']:9.4f} +- {line['error']:.4f}"
                f"  exact {line['exact']:9.4f}  z {z}"
            )


def _row(result: Any, n: int) -> dict[str, Any]:
    import math

    lines = []
    for k, z in enumerate(result.z):
        lines.append(
            {
                "index": f"{k}" if 2 * k == n - 1 else f"{k}, {n - 1 - k}",
                "found": float(result.found[k]),
                "error": float(result.error[k]),
                "exact": float(result.exact[k]),
                "z": float(z) if math.isfinite(z) else None,
            }
        )
    return {"samples": result.samples, "incomplete": result.incomplete, "indices": lines}


def _fields(words: str) -> list[float]:
    from spinglass.checks import field_strength
    from spinglass.errors import InputError

    try:
        return [field_strength(float(word)) for word in words.split(",")]
    except ValueError:
        raise InputError(f"--nu must be numbers with commas between, got {words!r}") from None
