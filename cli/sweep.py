"""`spinglass sweep` and `run`: a grid of landscapes and fields in one folder."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.folder import job_states
from spinglass_cli.options import out_option, threads_option

if TYPE_CHECKING:
    from spinglass.sweep import SweepConfig

config_argument = click.argument("config", type=click.Path(path_type=Path))


@click.command(epilog="Example: spinglass sweep configs/quick.toml --out results/quick")
@config_argument
@threads_option
@out_option("folder", required=True)
def sweep(config: Path, threads: int | None, out: Path) -> None:
    """Run every job of CONFIG that is not done yet; run again to resume."""
    from spinglass.sweep import load_sweep

    _sweep(load_sweep(config), out, threads)


@click.command(epilog="Example: spinglass run configs/quick.toml --out results/quick")
@config_argument
@threads_option
@out_option("folder; results/NAME of the configuration by default")
def run(config: Path, threads: int | None, out: Path | None) -> None:
    """Run the sweep of CONFIG and draw its figures."""
    from spinglass.sweep import load_sweep
    from spinglass_cli.figure import draw_all

    settings = load_sweep(config)
    folder = out or Path("results") / config.stem
    _sweep(settings, folder, threads)
    draw_all(settings, folder, threads)


def _sweep(config: "SweepConfig", out: Path, threads: int | None) -> None:
    """Run a sweep with a bar, the path of the output first and last."""
    from spinglass.store import check_writable
    from spinglass.sweep import plan_jobs, run_sweep
    from spinglass_cli.progress import SweepReporter, meter

    jobs = plan_jobs(config)
    check_writable(out)
    click.echo(f"Output: {out}")
    try:
        with meter(sum(job.starts for job in jobs)) as shown:
            progress = run_sweep(config, out, SweepReporter(shown), threads)
    except KeyboardInterrupt:
        states = Counter(job_states(out).values())
        click.echo(
            f"Interrupted: {states['done']} of {len(jobs)} jobs are done and kept in {out}; "
            "run the same command again to go on."
        )
        raise click.exceptions.Exit(130) from None
    done = f"{len(progress.done)} done now, {progress.already} before"
    click.echo(f"Finished: {progress.jobs} jobs ({done}) in {out}")
