"""The grid of methods by seeds: one file per run, written when the run is finished.

Until then, a ``.checkpoint`` file beside it holds the state of the run after its last complete
epoch.  The name of a run's file contains a hash of everything that its result depends on, so
running the same configuration again does only the missing runs, and a configuration with more
seeds or methods adds to the existing ones.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from spinglass.deep.config import MethodSection, TrainConfig
from spinglass.deep.run_file import TRAINING
from spinglass.errors import InputError
from spinglass.files.store import write_dataset
from spinglass.files.targets import check_writable

if TYPE_CHECKING:
    from spinglass.deep.data import Images

FORMAT = 1
Report = Callable[[str, int, int, float, float], None]


def run_path(out: Path, config: TrainConfig, method: MethodSection, index: int) -> Path:
    """Return the path of one run's file; it names method, seed and a hash of all parameters."""
    training = config.training.model_dump(exclude={"seeds"})
    identity = {
        "format": FORMAT,
        "data": config.data.model_dump(),
        "network": config.network.model_dump(),
        "training": training,
        "method": method.model_dump(exclude={"name"}),
        "index": index,
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    return Path(out) / f"{config.network.name}-{method.name}-{index:03d}-{digest}.nc"


def run_experiment(
    config: TrainConfig,
    images: "Images",
    out: Path,
    device: str = "cpu",
    report: Report | None = None,
) -> list[Path]:
    """Do every run of the grid that has no file yet and return the paths of all runs.

    All methods are run with one seed before the next seed is begun.

    Parameters
    ----------
    config : TrainConfig
        The grid.
    images : Images
        The data that the configuration names.
    out : Path
        The folder for the results.
    device : str
        A torch device.
    report : callable, optional
        Called after every epoch with the method, seed, epoch, training loss and test error.
    """
    from spinglass.deep.training import train  # torch is needed to run, not to read

    check_writable(Path(out))
    paths = []
    for index in range(config.training.seeds):
        for method in config.methods:
            path = run_path(out, config, method, index)
            paths.append(path)
            if path.is_file():
                continue

            def progress(
                epoch: int, loss: float, error: float, name: str = method.name, k: int = index
            ) -> None:
                if report is not None:
                    report(name, k, epoch, loss, error)

            checkpoint = path.with_suffix(".checkpoint")
            data = train(config, method, index, images, device, progress, checkpoint)
            data.attrs |= {
                "seed": config.training.seed,
                "method": method.name,
                "index": index,
                "config": config.model_dump_json(),
            }
            write_dataset(data, path)
            checkpoint.unlink(missing_ok=True)
    return paths


def epochs_left(config: TrainConfig, out: Path) -> int:
    """Return the number of epochs in all unfinished runs.

    Epochs that a checkpoint already holds are included.
    """
    missing = sum(
        not run_path(out, config, method, index).is_file()
        for index in range(config.training.seeds)
        for method in config.methods
    )
    return missing * config.training.epochs


def load_experiment(folder: Path) -> xr.Dataset:
    """Read the finished runs in a folder into one dataset with axes ``optimizer`` and ``seed``.

    The axis of the methods is not called ``method``, because that is a keyword of xarray's ``sel``.

    Raises
    ------
    InputError
        If there is no run, or the folder holds runs of different experiments.
    DamagedFileError
        If a file is not a training run.
    """
    runs: dict[tuple[str, int], xr.Dataset] = {}
    order: list[str] = []
    for path in sorted(Path(folder).glob("*.nc")):
        data = TRAINING.open(path)
        key = (data.attrs["method"], data.attrs["index"])
        if key in runs:
            raise InputError(f"{folder} holds two runs of {key[0]}, seed {key[1]}: keep one")
        runs[key] = data
        config = TrainConfig.model_validate_json(data.attrs["config"])
        order = order or [m.name for m in config.methods]
    if not runs:
        raise InputError(f"no finished training run in {folder}")
    return _combine(runs, order, Path(folder))


def _combine(runs: dict[tuple[str, int], xr.Dataset], order: list[str], folder: Path) -> xr.Dataset:
    sizes = {tuple(sorted(data.sizes.items())) for data in runs.values()}
    if len(sizes) != 1:
        raise InputError(f"{folder} holds runs of different experiments: give each its own folder")
    methods = sorted({m for m, _ in runs}, key=[*order, *sorted({m for m, _ in runs})].index)
    seeds = sorted({k for _, k in runs})
    template = next(iter(runs.values()))
    missing = xr.full_like(template, float("nan"), dtype=float)
    rows = [
        _stack([runs.get((method, seed), missing) for seed in seeds], "seed") for method in methods
    ]
    combined = _stack(rows, "optimizer")
    return combined.assign_coords(optimizer=methods, seed=seeds)


def _stack(parts: list[xr.Dataset], axis: str) -> xr.Dataset:
    """Join datasets of the same shape along a new axis, keeping the attributes of the first."""
    return xr.concat(
        parts,
        dim=axis,
        data_vars="all",
        coords="minimal",
        compat="override",
        join="exact",
        combine_attrs="override",
    )
