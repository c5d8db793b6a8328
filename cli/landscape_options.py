"""The options that choose a landscape: random, with a hidden point, or from the user's files."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass_cli.mixture import Command, covariance_options
from spinglass_cli.options import NothingGivenError, PathType, seed_option

if TYPE_CHECKING:
    from spinglass.landscape import Landscape
    from spinglass.signals import Signal


@dataclass(frozen=True)
class WantedLandscape:
    """The landscape that the options of a command describe."""

    n: int | None
    covariance: Covariance
    seed: int
    signal: "Signal | None"
    couplings: Path | None
    field: Path | None

    def make(self, out: Path | None = None) -> "Landscape":
        """Draw or read the landscape, unless the result at ``out`` would replace a file it reads.

        `InputError` if a value or a file is not allowed, `MemoryLimitError` if the couplings do not
        fit into memory.
        """
        for name, read in (("--couplings", self.couplings), ("--field", self.field)):
            if out and read and out.exists() and read.exists() and out.samefile(read):
                raise InputError(f"--out must not replace the file of {name}, got {out}")
        from spinglass.landscape import draw_landscape
        from spinglass.landscape.coupling_files import in_field_of, read_landscape

        if self.couplings is not None:
            return read_landscape(self.couplings, self.field)
        assert self.n is not None
        model = draw_landscape(self.n, self.covariance, self.seed, self.signal)
        return model if self.field is None else in_field_of(model, self.field)


def landscape_options(command: Command) -> Command:
    """Add all options of a landscape; pass them to the command as one argument, ``landscape``."""

    @click.option("--n", type=int, help="Spins, at least 2; needed but for --couplings.")
    @covariance_options
    @seed_option
    @signal_options
    @click.option(
        "--couplings",
        type=PathType(),
        help="File of your own couplings (.npy, .npz or .nc of netCDF 3 or 4).",
    )
    @click.option("--field", type=PathType(), help="File of your own field, of the same formats.")
    @functools.wraps(command)
    def with_landscape(
        *words: Any,
        n: int | None,
        covariance: Covariance,
        seed: int,
        signal: "Signal | None",
        couplings: Path | None,
        field: Path | None,
        **options: Any,
    ) -> Any:
        if couplings is not None:
            refuse_beside("--couplings", "n", "p", "mixture", "nu", "seed", "planted", "spike")
        elif n is None:
            raise NothingGivenError("--n must be given where there is no --couplings, got neither")
        if field is not None:
            refuse_beside("--field", "nu", "planted", "spike")
        wanted = WantedLandscape(n, covariance, seed, signal, couplings, field)
        return command(*words, landscape=wanted, **options)

    return with_landscape


def signal_options(command: Command) -> Command:
    """Add the options of a hidden point; pass them to the command as one argument, ``signal``."""

    @click.option("--planted", type=float, help="Plant an equilibrium of this temperature.")
    @click.option("--unpinned", is_flag=True, help="Let the energy of the planted point fluctuate.")
    @click.option("--spike", metavar="P:S", help="Hide a point: order and strength, as in 3:1.3.")
    @functools.wraps(command)
    def with_signal(
        *words: Any, planted: float | None, unpinned: bool, spike: str | None, **options: Any
    ) -> Any:
        return command(*words, signal=_signal(planted, unpinned, spike), **options)

    return with_signal


def refuse_beside(option: str, *others: str) -> None:
    """Refuse options ``others`` that were given although ``option`` already determines them."""
    context = click.get_current_context()
    given = [
        f"--{name} {context.params[name]}"
        for name in others
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE
    ]
    if given:
        raise InputError(f"{option} and {given[0].split()[0]} exclude each other, got {given[0]}")


def _signal(planted: float | None, unpinned: bool, spike: str | None) -> "Signal | None":
    from spinglass.signals import Planted, Spike

    if planted is not None and spike is not None:
        raise InputError(
            f"--planted and --spike exclude each other, got --planted {planted:g} --spike {spike}"
        )
    if unpinned and planted is None:
        raise InputError("--unpinned must stand beside --planted, got it alone")
    if spike is not None:
        return Spike.parse(spike)
    return None if planted is None else Planted(planted, not unpinned)
