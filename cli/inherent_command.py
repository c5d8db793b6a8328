"""`spinglass inherent`: where descents from equilibrium end, against the temperature."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.covariance import Covariance
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.mixture import mixture_options
from spinglass_cli.options import (
    ListType,
    TemperaturesType,
    default_option,
    out_option,
    threads_option,
)
from spinglass_cli.sweep_command import conduct, is_whole, work_options
from spinglass_cli.tables import print_table
from spinglass_cli.theory_command import remark_on_equilibrium

if TYPE_CHECKING:
    import xarray as xr


@click.command(epilog="Example: spinglass inherent --n 200 --temperatures 0.83:2:12")
@click.option(
    "--n",
    metavar="N,N",
    type=ListType(click.INT),
    required=True,
    help="Spins; several with commas between.",
)
@mixture_options
@click.option(
    "--temperatures",
    metavar="T,T",
    type=TemperaturesType(),
    required=True,
    help="With commas between; 0.83:2:12 are 12 at equal distances from 0.83 to 2.",
)
@default_option("--samples", default=100, help="Samples at each n and temperature.")
@default_option("--seed", default=0, help="Of the first sample.")
@click.option("--unpinned", is_flag=True, help="Let the energies of planted points fluctuate.")
@threads_option
@work_options
@out_option("folder; results/inherent by default")
@told_of_compilation()
def inherent(
    n: list[int],
    covariance: Covariance,
    temperatures: list[float],
    samples: int,
    seed: int,
    unpinned: bool,
    out: Path | None,
    dry_run: bool,
    **work: Any,
) -> None:
    """Descend from planted equilibrium at temperatures: inherent structures, in a sweep's folder.

    Run again to resume.  Prints means over samples beside the closed form for infinite n.  Exit
    codes as of `sweep`; `spinglass figure inherent` draws them.
    """
    from spinglass.sweep import inherent_sweep

    config = inherent_sweep(n, covariance, temperatures, samples, seed=seed, pinned=not unpinned)
    folder = out or Path("results") / "inherent"
    if conduct(config, folder, work, dry_run) and is_whole(folder, "table"):
        print_means(_means(folder))
        remark_on_equilibrium(covariance, temperatures)


def _means(folder: Path) -> "xr.Dataset":
    from spinglass.contents.inherent_means import inherent_means
    from spinglass.sweep.manifest import read_jobs

    return inherent_means(folder / job.file_name for job in read_jobs(folder))


def print_means(table: "xr.Dataset") -> None:
    """Print what `spinglass.contents.inherent_means.inherent_means` returned."""
    rows = table.to_pandas().to_dict("records")
    quantities = {"energy": "H/n", "overlap": "overlap", "radial_force": "X"}
    print_table(
        [
            "n",
            "T",
            "samples",
            *(f"{words}{end}" for words in quantities.values() for end in ("", ", exact")),
        ],
        [
            [
                f"{row['n']}",
                f"{row['temperature']:.6g}",
                f"{row['samples']:,}",
                *(cell for name in quantities for cell in _cells(row, name)),
            ]
            for row in rows
        ],
        caption="exact: closed form for infinite n, known below T_SF",
    )
    if left_out := sum(row["left_out"] for row in rows):
        click.echo(f"{left_out:,} descents that did not end in a minimum are left out")


def _cells(row: dict[str, Any], name: str) -> list[str]:
    mean, error, exact = row[name], row[f"{name}_error"], row[f"exact_{name}"]
    shown = "-" if math.isnan(mean) else f"{mean:.5f}"
    if not math.isnan(error):
        shown += f" +- {error:.5f}"
    return [shown, "-" if math.isnan(exact) else f"{exact:.5f}"]
