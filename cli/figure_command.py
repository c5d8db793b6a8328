"""`spinglass figure ...`: one subcommand per figure."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinglass_cli.landscape_options import refuse_beside
from spinglass_cli.mixture import covariance_options, mixture_options
from spinglass_cli.options import (
    Group,
    ListType,
    NothingGivenError,
    PathType,
    default_option,
    figure_option,
    folder_argument,
    seed_option,
    threads_option,
)
from spinglass_cli.written import report

if TYPE_CHECKING:
    from spinglass.covariance import Covariance
    from spinglass.sweep import SweepConfig


@click.group(cls=Group, epilog="Example: spinglass figure landscape results/quick")
def figure() -> None:
    """Draw a figure as PDF and PNG, with its numbers in a file beside them."""


file_argument = click.argument("file", metavar="FILE", type=PathType())


_SHOWN = {
    "trivialization": "minima, lowest energy and largest basin against the field strength.",
    "branches": "the branches of `spinglass follow` over the field, and how many there are.",
    "validate": "what `spinglass validate` found against the exact means, and the z scores.",
    "training": "test error and smallest back-propagated gradient of `spinglass train`.",
    "alignment": "how far the weights of `spinglass train` follow the field.",
    "disconnectivity": "the disconnectivity tree of a graph that `spinglass connect` has written.",
    "inherent": "the inherent structures of `spinglass inherent` against the temperature.",
}
"""What each figure that is drawn from one folder or file shows."""

_USUAL = {
    "trivialization": ("results/field-sweep", "DIR/trivialization"),
    "branches": ("branches.nc", "FILE-figure"),
    "validate": ("results/validate", "DIR/validate"),
    "training": ("results/digits", "DIR-training"),
    "alignment": ("results/digits", "DIR-alignment"),
    "disconnectivity": ("landscape.nc", "FILE-disconnectivity"),
    "inherent": ("results/inherent", "DIR/inherent"),
}
"""An example of the folder DIR or the file FILE, and where the figure goes by default."""


def _add_figure(name: str) -> None:
    """Add the subcommand that draws a figure of one folder or file."""
    example, usual = _USUAL[name]
    of_file, ending = usual.startswith("FILE"), usual.removeprefix("FILE").removeprefix("DIR")

    def draw(out: Path | None, **source: Path) -> None:
        (path,) = source.values()
        begin = path.with_suffix("") if of_file else path
        stem = target(out, Path(f"{begin}{ending}"), *([path] * of_file))
        _save("validation" if name == "validate" else name, stem, path)

    argument = file_argument if of_file else folder_argument
    epilog = f"Example: spinglass figure {name} {example}"
    added = figure.command(name, epilog=epilog, help=f"Draw {_SHOWN[name]}")
    added(argument(figure_option(usual)(draw)))


def _save(name: str, stem: Path, *drawn: Any, **words: Any) -> None:
    """Draw a figure and write it, loading only the libraries that this figure needs."""
    plot = getattr(import_module(f"spinglass.figures.{name}_figure"), f"plot_{name}")
    report(plot(*drawn, **words).save(stem))


for each in _SHOWN:
    _add_figure(each)


@figure.command(epilog="Example: spinglass figure landscape results/quick --seed 0")
@folder_argument
@click.option("--seed", type=int, help="Which landscape; the first by default.")
@default_option("--embedding", default="opentsne", help="t-SNE by opentsne or sklearn.")
@default_option(
    "--perplexity",
    type=click.FloatRange(min=1, min_open=True),
    default=30.0,
    help="Neighbours that t-SNE looks at.",
)
@threads_option
@figure_option("DIR/landscape")
def landscape(
    folder: Path,
    seed: int | None,
    embedding: str,
    perplexity: float,
    out: Path | None,
) -> None:
    """Draw the minima of one landscape in the regimes of the field, side by side.

    DIR is what `spinglass sweep` or `run` wrote: a panel a field, all of one landscape.  Single
    files are drawn in Python, by spinglass.plot.landscape.
    """
    stem = target(out, folder / "landscape")
    _save("landscape", stem, folder, seed=seed, embedding=embedding, perplexity=perplexity)


@figure.command(epilog="Example: spinglass figure ranks minima.nc")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PathType())
@figure_option("that of the first FILE with -ranks")
def ranks(files: tuple[Path, ...], out: Path | None) -> None:
    """Draw the basin weights of `spinglass census --out` files by rank."""
    _save("ranks", target(out, files[0].with_name(f"{files[0].stem}-ranks"), *files), files)


@figure.command(epilog="Example: spinglass figure layers --n 50 --p 3")
@click.argument("file", metavar="[FILE]", required=False, type=PathType())
@click.option("--n", type=int, help="Spins, at least 2; needed but for FILE.")
@covariance_options
@seed_option
@default_option("--searches", default=4096, help="Newton searches.")
@threads_option
@figure_option("./layers")
def layers(
    file: Path | None,
    n: int | None,
    covariance: "Covariance",
    seed: int,
    searches: int,
    out: Path | None,
) -> None:
    """Draw stationary points of every index of a landscape, energy against index.

    The points are read from FILE, which `spinglass points --out` wrote.  Without FILE they are
    searched for now, in the landscape that the options name, which may be too large to find all.
    """
    from spinglass.landscape.drawn import draw_landscape

    if file is not None:
        refuse_beside("FILE", "n", "p", "mixture", "nu", "seed", "searches")
        _save("layers", target(out, Path("layers"), file), file)
        return
    if n is None:
        raise NothingGivenError("--n must be given where there is no FILE, got neither")
    stem = target(out, Path("layers"))
    _save("layers", stem, draw_landscape(n, covariance, seed), searches)


@figure.command(epilog="Example: spinglass figure complexity --mixture 3:1,4:1")
@covariance_options
@default_option(
    "--layers", type=click.IntRange(1, 6), default=4, help="Number of Morse indices drawn."
)
@figure_option("./complexity")
def complexity(covariance: "Covariance", layers: int, out: Path | None) -> None:
    """Draw the complexity of each Morse index against the energy."""
    _save("complexity", target(out, Path("complexity")), covariance, layers)


@figure.command(epilog="Example: spinglass figure phase --p 3 --n 25,100")
@mixture_options
@default_option(
    "--n",
    "sizes",
    metavar="N,N",
    type=ListType(click.INT),
    default="25,50,100,200",
    help="Spins; several with commas between.",
)
@figure_option("./phase")
def phase(covariance: "Covariance", sizes: list[int], out: Path | None) -> None:
    """Draw the exact mean numbers of minima and stationary points against the field."""
    _save("phase", target(out, Path("phase")), covariance, sizes)


@figure.command(epilog="Example: spinglass figure marginal --mixture 3:1,4:1 --n 100")
@click.argument("results", metavar="[RESULT]...", nargs=-1, type=PathType())
@covariance_options
@default_option("--n", type=click.IntRange(2, 2000), default=100, help="Spins.")
@figure_option("./marginal")
def marginal(results: tuple[Path, ...], covariance: "Covariance", n: int, out: Path | None) -> None:
    """Draw the exact mean density of minima over energy and radial force of a mixture.

    On it the ends of the descents in each RESULT, a file of such landscapes or a folder with some.
    """
    from spinglass.figures.descent_ends import read_ends

    stem = target(out, Path("marginal"), *results)
    _save("marginal", stem, n, covariance, read_ends(results, n, covariance))


@figure.command(epilog="Example: spinglass figure latitude points/*.nc")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=PathType())
@default_option("--bins", default=16, help="Intervals of the overlap.")
@figure_option("./latitude")
def latitude(files: tuple[Path, ...], bins: int, out: Path | None) -> None:
    """Draw the points of spiked samples by their overlap with the spike, found against exact.

    Each FILE is what `spinglass points --spike ... --out` wrote for a seed.
    """
    _save("latitude", target(out, Path("latitude"), *files), files, bins=bins)


def target(out: Path | None, usual: Path, *drawn: Path) -> Path:
    """Return the path of the figure, after checking that it can be written there.

    It must not replace the files ``drawn``, from which it is drawn.
    """
    from spinglass.figures.picture import check_figure

    check_figure(out or usual, drawn)
    return out or usual


def draw_all(config: "SweepConfig", folder: Path) -> None:
    """Draw all figures that a configuration asks for."""
    from spinglass.sweep.sweep_config import RUN_FIGURES

    for name in config.figure.draw:
        click.echo(f"Drawing {name} ...")
        words = config.figure.model_dump(include=set(RUN_FIGURES[name]))
        _save(name, folder / name, folder, **words)
