"""`spinglass warmup`: compile every kernel now, so that no later command has to."""

import contextlib
import io
import shlex
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import click

from spinglass_cli.progress import told

_COMMANDS = {
    "drawing couplings, descending": "sample --n 6 --starts 40 --out {folder}/sample.nc",
    "plain descents": "sample --n 6 --starts 20 --method gd --out {folder}/plain.nc",
    "derivatives": "check --n 6",
    "stationary points, spectra": "validate --n 4 --samples 2 --method search",
    "proofs, saddles": "connect --n 8 --nu 0 --out {folder}/graph.json",
    "following the field": "follow --n 6 --fields 2 --proven --out {folder}/branches.nc",
    "annealing the field": "anneal --n 6 --samples 1 --starts 20",
    "hidden points": "inherent --n 6 --temperatures 1 --samples 1 --out {folder}/inherent",
}
"""Small commands, by the kernels that they make Numba compile."""


@click.command(epilog="Example: spinglass warmup")
def warmup() -> None:
    """Compile every kernel now, so that no later command has to.

    What is compiled is kept in Numba's cache; NUMBA_CACHE_DIR can name another folder for it.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="spinglass-") as folder:
        steps: dict[str, Callable[[], object]] = {
            **{what: _command(words, Path(folder)) for what, words in _COMMANDS.items()},
            "large landscapes": _large_landscape,
            "the speed of this machine, tensors, complex points": _rest,
        }
        for what, work in told(list(steps.items()), "groups of kernels", lambda step: step[0]):
            start = time.monotonic()
            work()
            click.echo(f"  {what}: {time.monotonic() - start:.1f} s", err=True)
    click.echo(f"Every kernel is compiled: {time.monotonic() - began:.0f} s")


def _command(words: str, folder: Path) -> Callable[[], object]:
    """Return a function that runs a command of this program without output."""
    program = click.get_current_context().find_root().command
    arguments = [word.format(folder=folder) for word in shlex.split(words)]

    def run() -> None:
        silent = io.StringIO()
        with (
            warnings.catch_warnings(record=True) as told,
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
        ):
            program.main(args=arguments, prog_name="spinglass", standalone_mode=False)
        for each in told:  # such as those about the cache
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)

    return run


def _large_landscape() -> None:
    """Evaluate one point, and several, on a landscape whose couplings the threads share."""
    from spinglass.landscape.drawn import PSpin
    from spinglass.landscape.geometry import random_points

    model = PSpin(300, 3, 0.0, 0)
    points = random_points(model.n, 2)
    model.gradient(points[0])
    model.gradient(points)


def _rest() -> None:
    import numpy as np

    from spinglass.landscape.drawn import PSpin
    from spinglass.search.complex_solutions import solve_complex
    from spinglass.search.descent_cost import machine_speed

    machine_speed()
    PSpin.from_tensor(np.ones((3, 3, 3)))
    solve_complex(PSpin(3, 3))
