"""`spinglass figure ...`: one subcommand a figure."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinglass_cli.options import model_options, out_option, threads_option

if TYPE_CHECKING:
    from spinglass.sweep import SweepConfig

folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


@click.group(epilog="Example: spinglass figure landscape results/quick")
def figure() -> None:
    """Draw a figure: PDF, PNG and its numbers beside them."""


@figure.command(epilog="Example: spinglass figure landscape results/quick --seed 0")
@folder_argument
@click.option("--seed", type=int, help="Which landscape; the first by default.")
@click.option(
    "--embedding", default="opentsne", show_default=True, help="t-SNE by opentsne or sklearn."
)
@click.option(
    "--perplexity",
    type=click.FloatRange(min=1, min_open=True),
    default=30.0,
    show_default=True,
    help="Neighbours that t-SNE looks at.",
)
@threads_option
@out_option("path without suffix; DIR/landscape by default")
def landscape(
    folder: Path,
    seed: int | None,
    embedding: str,
    perplexity: float,
    threads: int | None,
    out: Path | None,
) -> None:
    """Draw the minima of one landscape in the regimes of the field, side by side."""
    from spinglass.figures.landscape import draw_landscape
    from spinglass.parallel import thread_count

    stem = out or folder / "landscape"
    report(
        draw_landscape(
            folder,
            stem,
            seed=seed,
            embedding=embedding,
            perplexity=perplexity,
            threads=thread_count(threads),
        )
    )


@figure.command(epilog="Example: spinglass figure trivialization results/field-sweep")
@folder_argument
@out_option("path without suffix; DIR/trivialization by default")
def trivialization(folder: Path, out: Path | None) -> None:
    """Draw minima, lowest energy and largest basin against the field strength."""
    from spinglass.figures.trivialization import draw_trivialization

    report(draw_trivialization(folder, out or folder / "trivialization"))


@figure.command(epilog="Example: spinglass figure branches branches.nc")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@out_option("path without suffix; FILE-figure by default")
def branches(file: Path, out: Path | None) -> None:
    """Draw the branches of `spinglass follow` over the field, and how many there are."""
    from spinglass.figures.branches import draw_branches

    report(draw_branches(file, out or file.with_name(f"{file.stem}-figure")))


@figure.command(epilog="Example: spinglass figure validate results/validate")
@folder_argument
@out_option("path without suffix; DIR/validate by default")
def validate(folder: Path, out: Path | None) -> None:
    """Draw what `spinglass validate` found against the exact means, and the z scores."""
    from spinglass.figures.validation import draw_validation
    from spinglass.validation import compare, read_folder

    results = [(point, compare(point, record)) for point, record in read_folder(folder)]
    report(draw_validation(results, out or folder / "validate"))


@figure.command(epilog="Example: spinglass figure ranks minima.json")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@out_option("path without suffix; that of the first FILE with -ranks by default")
def ranks(files: tuple[Path, ...], out: Path | None) -> None:
    """Draw the basin weights of `spinglass census --out` files by rank."""
    from spinglass.figures.ranks import draw_ranks

    report(draw_ranks(list(files), out or files[0].with_name(f"{files[0].stem}-ranks")))


@figure.command(epilog="Example: spinglass figure layers --n 50 --p 3")
@model_options
@click.option("--searches", type=int, default=4096, show_default=True, help="Newton searches.")
@threads_option
@out_option("path without suffix; ./layers by default")
def layers(
    n: int, p: int, nu: float, seed: int, searches: int, threads: int | None, out: Path | None
) -> None:
    """Draw stationary points of every index of a landscape, energy against index."""
    from spinglass.figures.layers import draw_layers
    from spinglass.model import PSpin

    model = PSpin(n, p, nu, seed, threads=threads)
    report(draw_layers(model, out or Path("layers"), searches))


@figure.command(epilog="Example: spinglass figure training results/digits")
@folder_argument
@out_option("path without suffix; DIR-training by default")
def training(folder: Path, out: Path | None) -> None:
    """Draw test error and smallest back-propagated gradient of `spinglass train`."""
    from spinglass.figures.training import draw_training

    report(draw_training(folder, out or folder.with_name(f"{folder.name}-training")))


@figure.command(epilog="Example: spinglass figure alignment results/digits")
@folder_argument
@out_option("path without suffix; DIR-alignment by default")
def alignment(folder: Path, out: Path | None) -> None:
    """Draw how far the weights of `spinglass train` follow the field."""
    from spinglass.figures.alignment import draw_alignment

    report(draw_alignment(folder, out or folder.with_name(f"{folder.name}-alignment")))


@figure.command(epilog="Example: spinglass figure disconnectivity landscape.json")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@out_option("path without suffix; FILE-disconnectivity by default")
def disconnectivity(file: Path, out: Path | None) -> None:
    """Draw the disconnectivity tree of a graph that `spinglass connect` has written as JSON."""
    from spinglass.figures.disconnectivity import draw_disconnectivity

    stem = out or file.with_name(f"{file.stem}-disconnectivity")
    report(draw_disconnectivity(file, stem))


@figure.command(epilog="Example: spinglass figure complexity --p 3")
@click.option("--p", type=int, default=3, show_default=True, help="Order, at least 3.")
@click.option(
    "--layers",
    type=click.IntRange(1, 6),
    default=4,
    show_default=True,
    help="Number of Morse indices drawn.",
)
@out_option("path without suffix; ./complexity by default")
def complexity(p: int, layers: int, out: Path | None) -> None:
    """Draw the complexity of each Morse index against the energy, without field."""
    from spinglass.figures.complexity import draw_complexity

    report(draw_complexity(p, out or Path("complexity"), layers=layers))


@figure.command(epilog="Example: spinglass figure phase --p 3 --n 25 --n 100")
@click.option("--p", type=int, default=3, show_default=True, help="Order, at least 3.")
@click.option(
    "--n",
    "sizes",
    type=int,
    multiple=True,
    default=(25, 50, 100, 200),
    show_default=True,
    help="Sites; repeat for several.",
)
@out_option("path without suffix; ./phase by default")
def phase(p: int, sizes: tuple[int, ...], out: Path | None) -> None:
    """Draw the exact mean numbers of minima and stationary points against the field."""
    from spinglass.figures.phase import draw_phase

    report(draw_phase(p, out or Path("phase"), sizes=sizes))


def draw_all(config: "SweepConfig", folder: Path, threads: int | None) -> None:
    """Draw what a configuration asks for."""
    from spinglass.figures.landscape import draw_landscape
    from spinglass.figures.trivialization import draw_trivialization
    from spinglass.parallel import thread_count

    for name in config.figure.draw:
        click.echo(f"Drawing {name} ...")
        stem = folder / name
        if name == "landscape":
            report(
                draw_landscape(
                    folder,
                    stem,
                    embedding=config.figure.embedding,
                    perplexity=config.figure.perplexity,
                    threads=thread_count(threads),
                )
            )
        else:
            report(draw_trivialization(folder, stem))


def report(paths: Iterable[Path], err: bool = False) -> None:
    """Print where the files are, on standard output or error."""
    for path in paths:
        click.echo(f"Figure: {path}", err=err)
