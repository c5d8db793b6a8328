"""`spinglass network`: Theorem 1 of arXiv:1511.06485 by simulation."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.options import out_option

if TYPE_CHECKING:
    import xarray as xr


@click.command(epilog="Example: spinglass network --networks 8 --width 100 --out results/network")
@click.option(
    "--p",
    "orders",
    type=int,
    multiple=True,
    default=(2, 3, 4),
    show_default=True,
    help="Layers; repeat for several.",
)
@click.option("--n", type=int, default=128, show_default=True, help="Distinct weights, covariance.")
@click.option(
    "--width", type=click.IntRange(min=32), default=240, show_default=True, help="Largest width."
)
@click.option(
    "--networks",
    type=click.IntRange(min=3),
    default=30,
    show_default=True,
    help="Networks a point.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Everything drawn."
)
@out_option("path without suffix", required=True)
def network(
    orders: tuple[int, ...], n: int, width: int, networks: int, seed: int, out: Path
) -> None:
    """Measure how sparse random networks approach the spin glass, and draw it."""
    import numpy as np

    from spinglass.deep.network_study import coupling_study, covariance_study, kurtosis_slope
    from spinglass.figures.network import draw_network_study

    rng = np.random.default_rng(np.random.SeedSequence([seed, 1511]))
    sizes = [width // 8, width // 4, width // 2, width]
    laws = []
    for p, weights, kind in ((2, 8, "independent"), (3, 5, "independent"), (2, 8, "threshold")):
        law = coupling_study(p, weights, sizes, networks, rng, kind)
        laws.append(law)
        slope, error = kurtosis_slope(law)
        shown = ", ".join(f"{k:.2f}" for k in law.kurtosis.values)
        click.echo(f"couplings, p={p}, {kind} gates: excess kurtosis {shown} at N={sizes}")
        click.echo(
            f"  slope {slope:.2f} +- {error:.2f} (expected -1); K-S {law.distance.values[-1]:.3f}"
        )
    covariances = []
    for kind in ("independent", "threshold", "live"):
        for p in orders:
            covariances.append(covariance_study(p, n, width, networks, rng, kind))
            click.echo(_sentence(covariances[-1]))
    for path in draw_network_study(laws, covariances, out):
        click.echo(path)


def _sentence(data: "xr.Dataset") -> str:
    a = data.attrs
    return (
        f"covariance, p={a['p']}, {a['gates']}: exponent {a['exponent']:.3f}"
        f" +- {a['exponent_error']:.3f}, {a['sigmas_from_p']:+.1f} sigma from p,"
        f" {a['sigmas_from_p_plus_1']:+.1f} from p + 1"
    )
