"""Tell the user when kernels are compiled, as no progress shows meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

ANNOUNCEMENT = (
    "Compiling kernels that are needed here for the first time "
    "(spinglass warmup compiles all of them at once)"
)


@contextmanager
def told_of_compilation() -> Iterator[None]:
    """Print a line on standard error when the first compilation begins, if any does."""
    from numba.core import event

    class CompilationListener(event.Listener):
        said = False

        def on_start(self, event: object) -> None:
            if not self.said:
                self.said = True
                click.echo(ANNOUNCEMENT, err=True)

        def on_end(self, event: object) -> None:
            pass

    with event.install_listener("numba:compile", CompilationListener()):
        yield


_BESIDE = (
    "from spinglass.landscape.drawn import PSpin;"
    "from spinglass.search.methods.flow import compile_integrator;"
    "compile_integrator(PSpin(4, 3))"
)


@contextmanager
def integrator_compiled_beside() -> Iterator[None]:
    """Let another process compile half of what descents need, while this one compiles the rest.

    Numba compiles one kernel at a time in a process.  This process takes what the other compiled
    from the cache; if the other has failed, this one compiles it when needed.
    """
    from spinglass.search.methods.flow import integrator_missing

    if not integrator_missing():
        yield
        return
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-c", _BESIDE], stdin=quiet, stdout=quiet, stderr=quiet
    ) as other:
        try:
            yield
        except BaseException:
            other.kill()
            raise
