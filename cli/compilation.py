"""Says when kernels are being compiled: nothing moves meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

ANNOUNCEMENT = (
    "Compiling kernels that are needed here for the first time "
    "(spinglass warmup compiles all of them at once)"
)


@contextmanager
def told_of_compilation() -> Iterator[None]:
    """Say in a line on standard error that compilation has begun, if it does."""
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
