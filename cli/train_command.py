"""`spinglass train CONFIG`: the grid of methods by seeds on a deep network."""

from pathlib import Path
from typing import Any

import click

from spinglass_cli.options import PathType, default_option, out_option, set_option, shard_option
from spinglass_cli.progress import duration, shown
from spinglass_cli.written import report


@click.command(epilog="Example: spinglass train configs/digits.toml --out results/digits")
@click.argument("config", metavar="CONFIG", type=PathType())
@out_option("folder of the runs; run again to resume", required=True)
@click.option(
    "--data",
    "folder",
    metavar="DIR|digits",
    type=PathType(),
    help="Folder of the MNIST or CIFAR-10 files, or `digits` for the built-in images.",
)
@click.option(
    "--download", is_flag=True, help="Let scikit-learn fetch MNIST where no DIR is given."
)
@set_option
@default_option("--device", default="cpu", help="Any torch device.")
@default_option("--threads", type=click.IntRange(min=1), default=1, help="Threads of torch.")
@shard_option
def train(
    config: Path,
    out: Path,
    folder: Path | None,
    download: bool,
    settings: tuple[str, ...],
    device: str,
    threads: int,
    shard: tuple[int, int] | None,
) -> None:
    """Train networks with each method and seed of a TOML file, skipping finished runs."""
    from spinglass.control import Control
    from spinglass.deep import require_torch
    from spinglass.deep.training_config import DataSection, TrainConfig
    from spinglass.files.toml import load_toml

    require_torch()
    import torch

    from spinglass.deep.data import load_images
    from spinglass.deep.experiment import load_experiment, run_experiment
    from spinglass.deep.statistics import summary
    from spinglass.errors import InputError
    from spinglass.files.targets import check_writable

    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"--device must be one that torch has here, got {device!r}") from error
    check_writable(out)
    grid = load_toml(config, TrainConfig, settings)
    if folder is not None and str(folder) == "digits":
        grid, folder = grid.model_copy(update={"data": DataSection(name="digits")}), None
    torch.set_num_threads(threads)
    wanted = grid.data
    images = load_images(wanted.name, folder, wanted.train_images, wanted.test_images, download)
    click.echo(
        f"{len(grid.methods)} methods x {grid.training.seeds} seeds of {grid.network.name} on"
        f" {len(images.train):,} + {len(images.test):,} images of {wanted.name}"
    )
    with shown() as show:
        done = run_experiment(grid, images, out, device, Control(threads, tell=show), shard)
    if left := len(grid.methods) * grid.training.seeds - len(done):
        click.echo(f"Runs that are not done yet, of other shares too: {left}")
    else:
        for line in summary(load_experiment(out)):
            click.echo(line)
    report([out])


def print_summary(row: dict[str, Any]) -> None:
    """Print what `spinglass.contents.training_contents.summary` returned."""
    click.echo(
        f"{row['network']} on {row['data']}, {row['method']}, seed {row['index']}: "
        f"{row['parameters']:,} parameters, {row['epochs']} epochs in {duration(row['seconds'])}"
    )
    click.echo(
        f"  test error {100 * row['test_error']:.2f} % at the end, "
        f"{100 * row['lowest_test_error']:.2f} % at the lowest; loss {row['loss']:.4f}"
    )
