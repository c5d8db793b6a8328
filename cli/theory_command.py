"""`spinglass theory`: what theory says of a landscape, as tables or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.landscape_options import signal_options
from spinglass_cli.mixture import Command, covariance_options
from spinglass_cli.options import Group, NothingGivenError, default_option, json_option
from spinglass_cli.tables import print_table

KAC_RICE = "Kac-Rice at finite n: Fyodorov, arXiv:1307.2379; exact GOE eigenvalue laws"
COMPLEXITY = "arXiv:1003.1129; with field and for mixtures arXiv:1307.2379, arXiv:1804.10573"
WINDOWS = "Fyodorov, arXiv:1307.2379; Tracy-Widom beta = 1"
GROUND_STATE = "At most one step of replica-symmetry breaking, Chen and Sen, arXiv:1512.08492"
CONSTANTS = (
    "arXiv:1003.1129, 1307.2379, 1512.08492, 1812.04588, 1903.01421; docs/explanation/theory.md"
)
HIDDEN = "arXiv:1804.02686, 1903.01421; docs/explanation/hidden-points.md"

if TYPE_CHECKING:
    from spinglass.covariance import Covariance
    from spinglass.signals import Signal
    from spinglass.theory import Valley


def _law_options(command: Command) -> Command:
    """Add the options of covariance and output format; run the command with one thread of BLAS."""

    @wraps(command)
    def alone(*arguments: Any, **words: Any) -> None:
        import scipy.linalg  # noqa: F401  # only the BLAS of a loaded library can be limited

        from spinglass.parallel import single_threaded_blas

        with single_threaded_blas():
            command(*arguments, **words)

    return covariance_options(json_option(alone))


def _emit(
    title: str, source: str, rows: Sequence[dict[str, Any]], as_json: bool, **facts: float
) -> None:
    """Print rows of equal keys as a table or as JSON, with null for numbers that are not finite."""
    if as_json:
        click.echo(json.dumps({"source": source, **facts, "rows": [_plain(row) for row in rows]}))
        return
    headers = [key.replace("_", " ") for key in rows[0]]
    print_table(headers, [[_text(value) for value in row.values()] for row in rows], title=title)
    click.echo(f"Source: {source}")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row with None for numbers that are not finite, which JSON lacks."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.9g}"
    return str(value)


@click.group(cls=Group, epilog="Example: spinglass theory counts --n 100 --p 3 --nu 0")
def theory() -> None:
    """Print what theory says: counts at finite n, complexities, regimes, the ground state."""


_RARE = ", larger where a neighbouring index has more than 1e10 times as many points"


def _title(covariance: Covariance) -> str:
    return f"{covariance.orders}, nu = {covariance.nu:g}"


@theory.command(epilog="Example: spinglass theory counts --n 100 --p 3 --nu 0.5 --below -1.6")
@click.option("--n", type=int, required=True, help="Number of spins.")
@_law_options
@click.option("--index", type=int, help="Only this Morse index (0 = minima).")
@click.option("--below", "u", type=float, help="Only energies per spin up to this.")
def counts(
    n: int, covariance: Covariance, as_json: bool, index: int | None, u: float | None
) -> None:
    """Print the exact mean numbers of stationary points and of minima.

    Counts too large for a double are printed as inf (JSON: null); their logarithm always is
    there.
    """
    logs = _log_counts(n, covariance, index, u)
    what = "" if u is None else f" with H/n <= {u:g}"
    rows = [
        {"points": name, "log_mean": log, "mean": math.exp(log) if log < 709 else math.inf}
        for name, log in logs.items()
    ]
    _emit(f"Mean numbers{what}: n = {n}, {_title(covariance)}", KAC_RICE, rows, as_json)


def _log_counts(
    n: int, covariance: Covariance, index: int | None, u: float | None
) -> dict[str, float]:
    """Return the logarithms of the counts asked for, by name."""
    from spinglass import theory as exact
    from spinglass.theory.parameters import check_dimension, check_index

    if index is not None and check_index(index, check_dimension(n)) > 0:
        if u is None:
            return {f"index {index}": float(exact.log_mean_by_index(n, covariance)[index])}
        mean = float(exact.mean_by_index_below(n, covariance, None, u)[index])
        return {f"index {index}": math.log(mean) if mean > 0.0 else -math.inf}
    if u is None:
        result = {"minima": exact.log_mean_minima(n, covariance)}
        total = {} if index == 0 else {"all": exact.log_mean_stationary_points(n, covariance)}
    else:
        result = {"minima": exact.log_mean_minima_below(n, covariance, None, u)}
        total = (
            {}
            if index == 0
            else {"all": exact.log_mean_stationary_points_below(n, covariance, None, u)}
        )
    return {**result, **total}


@theory.command(epilog="Example: spinglass theory complexity --mixture 3:1,4:1 --layers 3")
@_law_options
@click.option("--u", type=float, help="Energy per spin at which to evaluate Theta_k.")
@default_option(
    "--layers", type=click.IntRange(1, 1000), default=3, help="Number of indices k shown."
)
def complexity(covariance: Covariance, as_json: bool, u: float | None, layers: int) -> None:
    """Print growth rates at infinite n: E_k, where points of index k begin, and Theta_k(u)."""
    from spinglass import theory as exact

    edge, reason = _or_reason(exact.threshold_energy, covariance)
    energy = edge if u is None else u

    def growth(k: int | None) -> float:
        unknown = u is None and bool(reason)
        return math.nan if unknown else float(exact.complexity(energy, covariance, k))

    rows = [
        {
            "index": k,
            "layer_energy": _or_reason(exact.layer_energy, covariance, k)[0],
            "u": energy,
            "complexity": growth(k),
            "total": growth(None),
        }
        for k in range(layers)
    ]
    _emit(f"Complexities: {_title(covariance)}, E_th = {_text(edge)}", COMPLEXITY, rows, as_json)
    if reason and not as_json:
        click.echo(f"-: {reason}")


@theory.command(epilog="Example: spinglass theory constants --mixture 3:1,4:1")
@_law_options
def constants(covariance: Covariance, as_json: bool) -> None:
    """Print every landmark at infinite n: energies, temperatures, complexities.

    What is not known, or means nothing for this covariance, says why.
    """
    from spinglass import theory as exact

    functions: dict[str, Callable[..., float]] = {
        "B": lambda law: law.b,
        "critical field": exact.critical_field,
        "total complexity": exact.total_complexity,
        "complexity of minima": exact.minima_complexity,
        "threshold energy E_th": exact.threshold_energy,
        "radial force of marginal minima": lambda law: -2.0 * math.sqrt(law.curvature),
        "algorithmic energy E_alg": exact.algorithmic_energy,
        "zero E_0 of the complexity of minima": lambda law: exact.layer_energy(law, 0),
        "ground-state energy E_gs": exact.ground_state_energy,
        "mode-coupling temperature T_d": exact.dynamic_temperature,
        "Kauzmann temperature T_K": exact.kauzmann_temperature,
    }
    rows: list[dict[str, Any]] = []
    for name, function in functions.items():
        value, reason = _or_reason(function, covariance)
        rows.append({"constant": name, "value": value, "why_not": reason})
    title = f"Constants: {_title(covariance)}"
    if as_json:
        _emit(title, CONSTANTS, rows, as_json)
        return
    _emit(title, CONSTANTS, [{k: row[k] for k in ("constant", "value")} for row in rows], as_json)
    for reason in dict.fromkeys(row["why_not"] for row in rows if row["why_not"]):
        click.echo(f"-: {reason}")


def _or_reason(function: Callable[..., float], *words: Any) -> tuple[float, str]:
    """Return the value of a function of theory and "", or nan and the reason for its refusal."""
    from spinglass.errors import InputError

    try:
        return float(function(*words)), ""
    except InputError as error:
        return math.nan, str(error)


@theory.command(epilog="Example: spinglass theory inherent --p 3 --temperature 0.85")
@_law_options
@click.option("--temperature", type=float, required=True, help="Of the planted equilibrium.")
def inherent(covariance: Covariance, as_json: bool, temperature: float) -> None:
    """Where descent from equilibrium at a temperature ends, at infinite n."""
    from spinglass import theory as exact

    valley = exact.inherent_structure(covariance, temperature)
    names = {
        "T_SF": exact.stability_temperature,
        "T_d": exact.dynamic_temperature,
        "T_K": exact.kauzmann_temperature,
    }
    row = {"temperature": temperature, **_valley_row(valley)}
    row |= {name: _or_reason(function, covariance)[0] for name, function in names.items()}
    _emit(f"Inherent structure: {_title(covariance)}", HIDDEN, [row], as_json)
    if not as_json:
        remark_on_equilibrium(covariance, [temperature])


def remark_on_equilibrium(covariance: Covariance, temperatures: Sequence[float]) -> None:
    """Print at which temperatures planted configurations are not, or may not be, in equilibrium."""
    from spinglass import theory as exact

    kauzmann, reason = _or_reason(exact.kauzmann_temperature, covariance)
    if reason:
        click.echo(f"Whether planted configurations are of equilibrium is not known: {reason}")
    below = [f"{each:.6g}" for each in sorted(temperatures) if each < kauzmann]
    if below:
        click.echo(
            f"T = {', '.join(below)}: below the Kauzmann temperature T_K = {kauzmann:.6g} "
            "equilibrium breaks replica symmetry, and a planted configuration is not one of "
            "equilibrium; the numbers are of the planted one"
        )


@theory.command(epilog="Example: spinglass theory spike --p 3 --spike 3:1.3")
@_law_options
@click.option("--spike", "text", metavar="P:S", required=True, help="Order and strength: 3:1.3.")
def spike(covariance: Covariance, as_json: bool, text: str) -> None:
    """Critical strength of a spike in noise, and the minimum in its valley, at infinite n."""
    from spinglass import theory as exact
    from spinglass.signals import Spike

    hidden = Spike.parse(text)
    critical = exact.critical_spike(covariance, hidden.order)
    row = {**asdict(hidden), "critical_strength": critical}
    if hidden.strength > critical:
        row |= _valley_row(exact.spiked_minimum(covariance, hidden.order, hidden.strength))
    _emit(f"Spike: {_title(covariance)}", HIDDEN, [row], as_json)


def _valley_row(valley: Valley) -> dict[str, float]:
    return {"overlap": valley.overlap, "H/n": valley.energy, "radial_force": valley.radial_force}


@theory.command(epilog="Example: spinglass theory latitude --n 8 --p 3 --spike 3:1.3")
@click.option("--n", type=int, required=True, help="Spins, 3 to 500; minima: to 20,000.")
@_law_options
@signal_options
@click.option("--index", type=int, help="Only this Morse index (0 = minima).")
@default_option(
    "--points", type=click.IntRange(1, 1000), default=9, help="Number of overlaps shown."
)
def latitude(
    n: int,
    covariance: Covariance,
    as_json: bool,
    signal: Signal | None,
    index: int | None,
    points: int,
) -> None:
    """Exact mean density of stationary points by their overlap with a hidden point; energies."""
    from spinglass import theory as exact
    from spinglass.signals import terms_of_theory

    if signal is None:
        raise NothingGivenError("--spike or --planted must be given, got neither")
    places = [(2 * k + 1) / points - 1.0 for k in range(points)]
    means = exact.latitude_means(
        n, covariance, terms_of_theory(signal, covariance), places, index, pinned=signal.pinned
    )
    # An energy that is 0 by symmetry must not be printed as -1e-17.
    energies = [round(each, 9) + 0.0 for each in means.energy.tolist()]
    columns = (places, means.density.tolist(), means.log_density.tolist(), energies)
    names = ("overlap", "density", "log_density", "H/n")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    words = "all points" if index is None else f"index {index}"
    title = f"Density of {words}: n = {n}, {_title(covariance)}, {signal.words}"
    _emit(title, HIDDEN, rows, as_json, relative_error=means.relative_error)
    if not as_json:
        rare = "" if index in (None, 0, n - 1) else _RARE
        click.echo(f"Relative error of the density: below {means.relative_error:g}{rare}")


@theory.command(epilog="Example: spinglass theory regime --n 100 --p 3 --nu 1.8")
@click.option("--n", type=int, required=True, help="Number of spins.")
@_law_options
def regime(n: int, covariance: Covariance, as_json: bool) -> None:
    """Say whether the field is in the exponential, polynomial or trivial regime, and why."""
    from spinglass import theory as exact

    known = exact.regime(n, covariance)
    row = {
        "regime": known.name,
        "B": known.b,
        "n_B": known.total_variable,
        "n^(1/3)_B": known.minima_variable,
        "critical_field": known.critical_field,
    }
    _emit(f"Regime: n = {n}, {_title(covariance)}", WINDOWS, [row], as_json)


@theory.command("ground-state", epilog="Example: spinglass theory ground-state --p 3 --nu 0.5")
@_law_options
def ground_state(covariance: Covariance, as_json: bool) -> None:
    """Print the limit of the lowest energy per spin."""
    from spinglass import theory as exact
    from spinglass.theory.ground_state import is_symmetric

    row = {
        "ground_state_energy": exact.ground_state_energy(covariance),
        "phase": "replica symmetric" if is_symmetric(covariance) else "one step of breaking",
        "critical_field": exact.critical_field(covariance),
    }
    _emit(f"Ground state: {_title(covariance)}", GROUND_STATE, [row], as_json)
