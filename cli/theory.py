"""`spinglass theory`: what theory says of a landscape, as tables or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import click

from spinglass_cli.options import Group
from spinglass_cli.tables import print_table

KAC_RICE = "Kac-Rice at finite n: Fyodorov, arXiv:1307.2379; exact GOE eigenvalue laws"
COMPLEXITY = "Auffinger, Ben Arous, Cerny, arXiv:1003.1129"
WINDOWS = "Fyodorov, arXiv:1307.2379; Tracy-Widom beta = 1"
GROUND_STATE = "One-step replica-symmetry breaking of xi(q) = q^p + nu^2 q, arXiv:1512.08492"

Command = Callable[..., None]


def _field_options(command: Command) -> Command:
    """Degree, field and output format: what every subcommand takes."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option("--nu", type=float, default=0.0, show_default=True, help="Field.")(
        command
    )
    return click.option("--p", type=int, default=3, show_default=True, help="Degree.")(command)


def _emit(title: str, source: str, rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows of equal keys as JSON or as a table; what is not finite becomes null."""
    if as_json:
        click.echo(json.dumps({"source": source, "rows": [_plain(row) for row in rows]}))
        return
    headers = [key.replace("_", " ") for key in rows[0]]
    print_table(headers, [[_text(value) for value in row.values()] for row in rows], title=title)
    click.echo(f"Source: {source}")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """The row with every number finite: JSON has no infinity."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }


def _text(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


@click.group(cls=Group, epilog="Example: spinglass theory counts --n 100 --p 3 --nu 0")
def theory() -> None:
    """Exact counts at finite n, complexities, regimes and the ground state."""


@theory.command(epilog="Example: spinglass theory counts --n 100 --p 3 --nu 0.5 --below -1.6")
@click.option("--n", type=int, required=True, help="Number of spins.")
@_field_options
@click.option("--index", type=int, help="Only this Morse index (0 = minima).")
@click.option("--below", type=float, help="Only energies per spin up to this.")
def counts(
    n: int, p: int, nu: float, as_json: bool, index: int | None, below: float | None
) -> None:
    """Exact mean numbers of stationary points and of minima.

    Counts too large for a double are printed as inf (JSON: null); their logarithm always is
    there.  A threshold can be combined with index 0 only.
    """
    from spinglass.errors import InputError

    if index not in (None, 0) and below is not None:
        raise InputError(f"--index must be 0 when --below is given; got {index}")
    logs = _log_counts(n, p, nu, index, below)
    what = "" if below is None else f" with H/n <= {below:g}"
    rows = [
        {"points": name, "log_mean": log, "mean": math.exp(log) if log < 709 else math.inf}
        for name, log in logs.items()
    ]
    _emit(f"Mean numbers{what}: n = {n}, p = {p}, nu = {nu:g}", KAC_RICE, rows, as_json)


def _log_counts(
    n: int, p: int, nu: float, index: int | None, below: float | None
) -> dict[str, float]:
    """Logarithms of the counts asked for, by name."""
    from spinglass import theory as exact
    from spinglass.theory.parameters import check_dimension, check_index

    if index is not None and check_index(index, check_dimension(n)) > 0:
        return {f"index {index}": float(exact.log_mean_by_index(n, p, nu)[index])}
    if below is None:
        result = {"minima": exact.log_mean_minima(n, p, nu)}
        total = {} if index == 0 else {"all": exact.log_mean_stationary_points(n, p, nu)}
    else:
        result = {"minima": exact.log_mean_minima_below(n, p, nu, below)}
        total = (
            {} if index == 0 else {"all": exact.log_mean_stationary_points_below(n, p, nu, below)}
        )
    return {**result, **total}


@theory.command(epilog="Example: spinglass theory complexity --p 3 --u -1.65 --layers 3")
@_field_options
@click.option("--u", type=float, help="Energy per spin at which to evaluate Theta_k.")
@click.option(
    "--layers",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="Number of indices k shown.",
)
def complexity(p: int, nu: float, as_json: bool, u: float | None, layers: int) -> None:
    """Growth rates at infinite n: Theta_k(u) and E_k without field, totals with it."""
    from spinglass import theory as exact
    from spinglass.errors import InputError

    if nu != 0.0:
        if u is not None:
            raise InputError(f"--u needs --nu 0, where Theta_k(u) is known; got --nu {nu:g}")
        rows: list[dict[str, Any]] = [
            {
                "total_complexity": exact.total_complexity(p, nu),
                "minima_complexity": exact.minima_complexity(p, nu),
                "critical_field": exact.critical_field(p),
            }
        ]
        _emit(f"Complexities: p = {p}, nu = {nu:g}", "Fyodorov, arXiv:1307.2379", rows, as_json)
        return
    edge = exact.threshold_energy(p)
    energy = edge if u is None else u
    rows = [
        {
            "index": k,
            "layer_energy": exact.layer_energy(p, k),
            "u": energy,
            "complexity": float(exact.complexity(energy, p, k)),
            "total": float(exact.complexity(energy, p, None)),
        }
        for k in range(layers)
    ]
    _emit(f"Without field: p = {p}, -E_inf = {edge:.9g}", COMPLEXITY, rows, as_json)


@theory.command(epilog="Example: spinglass theory regime --n 100 --p 3 --nu 1.8")
@click.option("--n", type=int, required=True, help="Number of spins.")
@_field_options
def regime(n: int, p: int, nu: float, as_json: bool) -> None:
    """Exponential, polynomial or trivial, with the scaling variables that decide."""
    from spinglass import theory as exact

    found = exact.regime(n, p, nu)
    row = {
        "regime": found.name,
        "B": found.b,
        "n_B": found.total_variable,
        "n^(1/3)_B": found.minima_variable,
        "critical_field": found.critical_field,
    }
    _emit(f"Regime: n = {n}, p = {p}, nu = {nu:g}", WINDOWS, [row], as_json)


@theory.command("ground-state", epilog="Example: spinglass theory ground-state --p 3 --nu 0.5")
@_field_options
def ground_state(p: int, nu: float, as_json: bool) -> None:
    """Limit of the lowest energy per spin."""
    from spinglass import theory as exact

    critical = exact.critical_field(p)
    row = {
        "ground_state_energy": exact.ground_state_energy(p, nu),
        "phase": "replica symmetric" if nu >= critical else "one step of breaking",
        "critical_field": critical,
    }
    _emit(f"Ground state: p = {p}, nu = {nu:g}", GROUND_STATE, [row], as_json)
