"""`spinglass demo`: a landscape emptied by the field, in the terminal and as a figure."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.compilation import integrator_compiled_beside, told_of_compilation
from spinglass_cli.options import out_option

if TYPE_CHECKING:
    from rich.console import Console

    from spinglass.arrays import Array
    from spinglass.search import Minima
    from spinglass.sweep import SweepConfig

_LINES = 18
_FIELDS = 36
_STARTS = 100
_COLUMNS_A_FIELD = 2


@click.command(epilog="Example: spinglass demo")
@out_option("folder; results/demo by default")
@told_of_compilation()
def demo(out: Path | None) -> None:
    """Show how a field empties a small landscape, here and as a figure, in seconds.

    The first time, kernels are compiled before.  The figure is that of `spinglass config demo`.
    """
    from rich.console import Console

    from spinglass.files.targets import check_writable
    from spinglass.sweep import load_sweep
    from spinglass_cli.figure_command import landscape

    folder = out or Path("results/demo")
    with as_file(files("spinglass_cli").joinpath("configs", "demo.toml")) as path:
        config = load_sweep(path)
    check_writable(folder)
    _show(config, Console())
    _sweep(config, folder)
    target = folder / "landscape.png"
    # So few points gain nothing from a second thread.
    click.get_current_context().invoke(
        landscape, folder=folder, perplexity=config.figure.perplexity, threads=1, out=target
    )


def _show(config: "SweepConfig", console: "Console") -> None:
    """Print a picture of the minima of the landscape over the field, and explain it."""
    import numpy as np

    from spinglass.sweep import plan_jobs
    from spinglass.theory import mean_minima
    from spinglass_cli.terminal_picture import picture

    jobs = plan_jobs(config)
    n, law = jobs[0].n, jobs[0].covariance
    fields = np.linspace(jobs[0].nu, jobs[-1].nu, _FIELDS)
    fan = _descended(n, jobs[0].seed, fields)
    heights = [minima.energy - minima.energy[0] for minima in fan]
    edges = np.linspace(0.0, max(map(np.max, heights)) * (1.0 + 1e-9), 2 * _LINES + 1)
    labels = [f"{height:6.2f} " for height in edges[-3::-2]]
    console.print("H/n above the lowest minimum")
    for line in picture(_brightness(fan, heights, edges), labels, console):
        console.print(line, no_wrap=True, highlight=False)
    half = _COLUMNS_A_FIELD * _FIELDS // 2
    console.print(f"{'':7}{f'nu = {fields[0]:g}':<{half}}{f'nu = {fields[-1]:.2f}':>{half}}\n")
    first, last = (mean_minima(n, law.at_field(nu)) for nu in fields[[0, -1]])
    console.print(
        f"Each light is a minimum of one landscape of {n} spins, the brighter the more of "
        f"{_STARTS} descents end in it; the field nu grows from left to right. Without field "
        f"{len(heights[0])} were met, on the right {len(heights[-1])}: minima merge with saddles "
        f"and vanish, and beyond the critical field, nu = {law.critical_field:.2f}, hardly more "
        f"than one is left. Theory says how many there are on average, exactly: {first:.1f} on the "
        f"left, {last:.1f} on the right.",
        highlight=False,
    )


def _descended(n: int, seed: int, fields: "Array") -> "list[Minima]":
    """Return the minima of one landscape at each field."""
    from spinglass import descend
    from spinglass.landscape.drawn import PSpin
    from spinglass.search import distinct_minima
    from spinglass.search.methods.stiffness import spectral_edge
    from spinglass_cli.progress import told

    with integrator_compiled_beside():
        spectral_edge(PSpin(n, 3, 0.0, seed))  # compiles the rest
    minima = []
    for nu in told(list(fields), "fields", lambda nu: f"descending at nu = {nu:.2f}"):
        model = PSpin(n, 3, nu, seed)
        minima.append(distinct_minima(descend(model, _STARTS), model.covariance.is_even))
    return minima


def _brightness(fan: "list[Minima]", heights: "list[Array]", edges: "Array") -> "Array":
    """Return the brightness, 0 to 1, of each height (rows, highest first) and field (columns)."""
    import numpy as np

    columns = [
        np.histogram(height, edges, weights=minima.count / minima.count.sum())[0]
        for height, minima in zip(heights, fan, strict=True)
    ]
    share = np.sqrt(np.stack(columns, axis=1)[::-1])  # makes small basins visible too
    return np.repeat(np.where(share > 0.0, 0.3 + 0.7 * share, 0.0), _COLUMNS_A_FIELD, axis=1)


def _sweep(config: "SweepConfig", folder: Path) -> None:
    """Run the missing jobs of the sweep that the figure shows."""
    from spinglass.control import Control
    from spinglass.errors import SpinglassError
    from spinglass.sweep import run_sweep
    from spinglass_cli.progress import shown

    with shown() as show:
        account = run_sweep(config, folder, control=Control(tell=show))
    if account.failed:
        raise SpinglassError(f"{account.failed[0].job.file_name}: {account.failed[0].words}")
