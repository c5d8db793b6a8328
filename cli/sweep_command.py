"""`spinglass sweep` and `run`: a grid of landscapes and fields in one folder."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass.sweep.engines.engine_registry import ENGINES
from spinglass_cli.compilation import told_of_compilation
from spinglass_cli.dry_run import list_jobs
from spinglass_cli.interruption import heeding
from spinglass_cli.log import LOG
from spinglass_cli.options import (
    Command,
    PathType,
    max_seconds_option,
    out_option,
    set_option,
    shard_option,
    threads_option,
)
from spinglass_cli.status_command import UNFINISHED, job_states

if TYPE_CHECKING:
    from spinglass.sweep import Account, Options, SweepConfig

_MOST_FAILURES = 20
_ENGINES = ", ".join(ENGINES)
config_argument = click.argument("config", type=PathType())


def work_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose the engine, and how much of the work to do."""
    options: list[Callable[[Command], Command]] = [
        click.option(
            "--workers", type=click.IntRange(1, 4096), help="Processes; threads are divided."
        ),
        click.option("--engine", help=f"{_ENGINES}; by default as the other options say."),
        click.option("--scheduler", help="Address of a Dask scheduler: `tcp://host:8786`."),
        shard_option,
        max_seconds_option,
        click.option("--redo-foreign", is_flag=True, help="Redo results of other versions."),
        click.option("--dry-run", is_flag=True, help="List the jobs and what they cost."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a sweep that reads a configuration file."""
    parts = click.option(
        "--part-starts", type=click.IntRange(min=1), help="Starts a part; ~10 min if unset."
    )
    return parts(set_option(command))


@click.command(epilog="Example: spinglass sweep configs/quick.toml --out results/quick --workers 2")
@config_argument
@threads_option
@config_options
@work_options
@out_option("folder", required=True)
@told_of_compilation()
def sweep(config: Path, out: Path, settings: tuple[str, ...], dry_run: bool, **work: Any) -> None:
    """Run every job of CONFIG that is not done yet; run again to resume.

    Exit code 0: all done (or all of this shard); 1: a job failed; 3: stopped with work left.
    """
    from spinglass.sweep import load_sweep

    conduct(load_sweep(config, settings), out, work, dry_run)


@click.command(epilog="Example: spinglass run configs/quick.toml --out results/quick")
@config_argument
@threads_option
@config_options
@work_options
@out_option("folder; results/NAME of the configuration by default")
@told_of_compilation()
def run(
    config: Path, out: Path | None, settings: tuple[str, ...], dry_run: bool, **work: Any
) -> None:
    """Run the sweep of CONFIG and draw its figures."""
    from spinglass.sweep import load_sweep
    from spinglass_cli.figure_command import draw_all, target

    loaded, folder = load_sweep(config, settings), out or Path("results") / config.stem
    for name in [] if dry_run else loaded.figure.draw:
        target(None, folder / name)
    if conduct(loaded, folder, work, dry_run) and is_whole(folder, "figure"):
        draw_all(loaded, folder)


def is_whole(folder: Path, wanted: str) -> bool:
    """Return whether all jobs are done, in all shards; if not, print why ``wanted`` is missing."""
    from spinglass.sweep import JobState

    states = job_states(folder)
    kept = {JobState.DONE, JobState.FOREIGN}
    if missing := sum(state not in kept for state in states.values()):
        click.echo(f"No {wanted} yet: {missing} of {len(states)} jobs in {folder} are not done")
    return not missing


def conduct(config: "SweepConfig", out: Path, work: dict[str, Any], dry_run: bool) -> bool:
    """Run a sweep and show its progress, or only list its jobs if ``dry_run``.

    Return whether it was run.
    """
    from spinglass.control import Control, Progress
    from spinglass.errors import DamagedFileError, InputError, SpinglassError
    from spinglass.files.places import check_regular
    from spinglass.files.targets import check_writable
    from spinglass.sweep import run_sweep
    from spinglass_cli.job_lines import JobLines
    from spinglass_cli.log import SweepLog
    from spinglass_cli.progress import shown

    options = _options_of(work)
    if dry_run:
        list_jobs(config, out, options)
        return False
    check_writable(out)
    check_regular(out / LOG)
    with heeding(signal.SIGTERM) as terminated, heeding(signal.SIGINT) as interrupted:
        click.echo(f"Output: {out}")
        with shown() as show:
            log = SweepLog(out)
            listeners = (log, JobLines(), show)

            def tell(event: Progress) -> None:
                for listener in listeners:
                    listener(event)

            def stop() -> bool:
                return terminated.is_set() or interrupted.is_set()

            control = Control(max_seconds=work["max_seconds"], stop=stop, tell=tell)
            try:
                account = run_sweep(config, out, options, control=control)
                if interrupted.is_set():
                    raise KeyboardInterrupt
            except (InputError, DamagedFileError):
                raise
            except (KeyboardInterrupt, SpinglassError) as error:
                log.interrupted(str(error) or type(error).__name__)
                click.echo(f"Interrupted: {_kept(out)}")
                if isinstance(error, SpinglassError):
                    raise
                raise click.exceptions.Exit(130) from None
            log.ended(account)
    _conclude(account, out, options.shard)
    return True


def _conclude(account: "Account", out: Path, shard: tuple[int, int] | None) -> None:
    """Print how a sweep has ended, and set the exit code."""
    for failure in account.failed[:_MOST_FAILURES]:
        click.echo(f"  FAILED {failure.job.file_name}: {failure.words}")
    if (more := len(account.failed) - _MOST_FAILURES) > 0:
        click.echo(f"  and {more} more FAILED, all named in {out / LOG}")
    if account.foreign:
        click.echo(f"  {account.foreign} results of another version kept (--redo-foreign)")
    if account.stopped:
        click.echo(f"Stopped: {_kept(out)}")
        raise click.exceptions.Exit(1 if account.failed else UNFINISHED)
    done = f"{len(account.done)} done now, {account.already} before"
    failed = f", {len(account.failed)} FAILED" if account.failed else ""
    share = f"share {shard[0]}/{shard[1]}, {account.jobs} of {account.planned}" if shard else None
    waiting = f", {account.waiting} waiting for other shares" if account.waiting else ""
    jobs = share or account.jobs
    click.echo(f"Finished: {jobs} jobs ({done}{failed}{waiting}) in {out}")
    if account.failed:
        raise click.exceptions.Exit(1)


def _kept(out: Path) -> str:
    from spinglass.errors import SpinglassError
    from spinglass.sweep import JobState

    try:
        states = job_states(out)
    except SpinglassError:  # not even the plan was written, as the disk was full
        return "nothing is done yet"
    done = Counter(states.values())[JobState.DONE]
    return (
        f"{done} of {len(states)} jobs are done and kept in {out}; "
        "run the same command again to go on."
    )


def _options_of(work: dict[str, Any]) -> "Options":
    """Return the `Options` that the options of `work_options` describe."""
    from spinglass.sweep import Options, choose_engine

    return Options(
        engine=choose_engine(work["engine"], work["workers"], work["scheduler"]),
        part_starts=work.get("part_starts"),
        shard=work["shard"],
        redo_foreign=work["redo_foreign"],
    )
