"""`spinglass network`: Theorem 1 of arXiv:1511.06485 by simulation."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.options import ListType, default_option, figure_option
from spinglass_cli.progress import told
from spinglass_cli.written import report

if TYPE_CHECKING:
    import xarray as xr

_ACTIVITIES = (0.5, 0.2)
"""Fractions of units that are on in the live networks."""


@click.command(epilog="Example: spinglass network --networks 8 --width 100 --out results/network")
@default_option(
    "--p",
    "orders",
    metavar="P,P",
    type=ListType(click.IntRange(2, 8)),
    default="2,3,4",
    help="Layers; several with commas between.",
)
@default_option(
    "--n", type=click.IntRange(min=2), default=128, help="Distinct weights, covariance."
)
@default_option(
    "--width",
    type=click.IntRange(min=32),
    default=240,
    help="Units in a layer; also a quarter, half and, for the couplings, twice as many.",
)
@default_option(
    "--networks",
    type=click.IntRange(min=3),
    default=30,
    help="Networks a point; twice as many for the couplings.",
)
@default_option("--seed", type=click.IntRange(min=0), default=0, help="Seed of all that is drawn.")
@figure_option()
def network(orders: list[int], n: int, width: int, networks: int, seed: int, out: Path) -> None:
    """Measure how sparse random networks approach the spin glass, and draw it.

    Everything is simulated anew, in minutes; no file keeps the networks.  The averages that the
    figure shows are in the file of numbers (.nc) beside it.
    """
    from spinglass.figures.network_figure import plot_network
    from spinglass.figures.picture import check_figure

    check_figure(out)
    laws = _laws(width, 2 * networks, seed)
    covariances = _covariances(orders, n, width, networks, seed)
    report(plot_network(laws, covariances).save(out))


def _laws(width: int, networks: int, seed: int) -> "list[xr.Dataset]":
    """Measure how the law of the couplings depends on the width; each study has its own stream."""
    from spinglass.deep.coupling_law import coupling_study, kurtosis_slope
    from spinglass.deep.sparse_network import GateKind
    from spinglass.landscape.random import generator

    studies = (
        (2, 8, GateKind.INDEPENDENT),
        (3, 5, GateKind.INDEPENDENT),
        (2, 8, GateKind.THRESHOLD),
    )
    sizes = [width // 4, width // 2, width, 2 * width]
    laws = []
    for key, (p, n, kind) in told(
        list(enumerate(studies)), "couplings", lambda law: f"p={law[1][0]}, {law[1][2]} gates"
    ):
        rng = generator(seed, 1511, 0, key)
        law = coupling_study(p, n, sizes, networks, rng, kind)
        laws.append(law)
        slope, error = kurtosis_slope(law)
        shown = ", ".join(f"{k:.3f}" for k in law.kurtosis.values)
        click.echo(f"couplings, p={p}, {kind} gates: excess kurtosis {shown} at N={sizes}")
        expected = " (expected -1)" if kind == GateKind.INDEPENDENT else ""
        click.echo(
            f"  slope {slope:.2f} +- {error:.2f}{expected}, the smallest N left out;"
            f" K-S {', '.join(f'{k:.3f}' for k in law.distance.values)}"
        )
    return laws


def _covariances(
    orders: list[int], n: int, width: int, networks: int, seed: int
) -> "list[xr.Dataset]":
    """Measure each loss's covariance against the overlap, each study from a stream of its own."""
    from spinglass.deep.loss_covariance import covariance_study
    from spinglass.deep.sparse_network import GateKind
    from spinglass.landscape.random import generator

    frozen = (GateKind.INDEPENDENT, GateKind.THRESHOLD)
    grid = [(kind, p, width, 0.5) for kind in frozen for p in orders]
    for activity in _ACTIVITIES:
        grid += [
            (GateKind.LIVE, p, size, activity)
            for p in orders
            for size in (width // 4, width // 2, width)
        ]
    studies = []
    for key, (kind, p, size, activity) in told(
        list(enumerate(grid)), "covariances", lambda point: f"p={point[1][1]}, N={point[1][2]}"
    ):
        rng = generator(seed, 1511, 1, key)
        studies.append(covariance_study(p, n, size, networks, rng, kind, activity=activity))
        click.echo(_sentence(studies[-1]))
    return studies


def _sentence(data: "xr.Dataset") -> str:
    from spinglass.deep.sparse_network import GateKind

    a = data.attrs
    words = (
        f"covariance, p={a['p']}, N={a['width']}, {a['gates']}: exponent {a['exponent']:.3f}"
        f" +- {a['exponent_error']:.3f}, {a['sigmas_from_p']:+.1f} sigma from p"
    )
    if a["gates"] != GateKind.LIVE:
        return f"{words}, {a['sigmas_from_p_plus_1']:+.1f} from p + 1"
    return (
        f"{words}, {a['sigmas_from_limit']:+.1f} from a wide network's {a['limit_exponent']:.2f}"
        f" ({100 * a['active'] / a['degree']:.0f} % of the units on)"
    )
