"""The grid of methods by seeds: one file per run, written when the run is finished.

Until then, a ``.checkpoint`` file beside it holds the state of the run after its last complete
epoch.  The name of a run's file contains a hash of everything that its result depends on, so
running the same configuration again does only the missing runs, and a configuration with more
seeds or methods adds to the existing ones.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from spinglass.control import FREE, Control, Progress
from spinglass.deep.run_file import TRAINING
from spinglass.deep.training_config import MethodSection, TrainConfig
from spinglass.errors import InputError
from spinglass.files.places import check_folder_to_read
from spinglass.files.store import write_dataset
from spinglass.files.targets import check_writable
from spinglass.shards import Shard, share

if TYPE_CHECKING:
    from spinglass.deep.data import Images

FORMAT = 1


def run_path(out: Path, config: TrainConfig, method: MethodSection, index: int) -> Path:
    """Return the path of one run's file; it names method, seed and a hash of all parameters."""
    identity = {
        "format": FORMAT,
        "data": config.data.model_dump(),
        "network": config.network.model_dump(),
        "training": config.training.model_dump(exclude={"seeds"}),
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
    control: Control = FREE,
    shard: Shard | None = None,
) -> list[Path]:
    """Do every run of the grid that has no file yet and return the paths of the finished runs.

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
    control : Control
        Asked before every epoch but the first of a run, and told of the epochs done in the runs
        that had no file.
    shard : (int, int), optional
        Do only the I-th of N shares of the grid, for tasks that share a folder.
    """
    from spinglass.deep.training import train  # torch is needed to run, not to read

    check_writable(Path(out))
    seeds = range(config.training.seeds)
    runs = {
        run_path(out, config, method, index): (method, index)
        for index in seeds
        for method in config.methods
    }
    left = [path for path in share(list(runs), shard) if not path.is_file()]
    epochs = config.training.epochs
    for number, path in enumerate(left):
        (method, index), checkpoint = runs[path], path.with_suffix(".checkpoint")
        name, first, total = f"{method.name} seed {index}", number * epochs, len(left) * epochs
        inner = _of_one_run(control, name, first, total)
        data = train(config, method, index, images, device, checkpoint, inner)
        if data is None:
            break
        data.attrs |= {
            "seed": config.training.seed,
            "method": method.name,
            "index": index,
            "config": config.model_dump_json(),
        }
        write_dataset(data, path)
        checkpoint.unlink(missing_ok=True)
    return [path for path in runs if path.is_file()]


def _of_one_run(control: Control, name: str, first: int, total: int) -> Control:
    """Return a control for one run that reports its epochs as part of the total of all runs."""

    def tell(event: Progress) -> None:
        words = f"{name} epoch {event.done:.0f}: {event.words}"
        control.tell(replace(event, done=first + event.done, total=total, words=words))

    return replace(control, tell=tell)


def load_experiment(folder: Path) -> xr.Dataset:
    """Read the finished runs in a folder into one dataset with axes ``optimizer`` and ``seed``.

    The axis of the methods is not called ``method``, because that is a keyword of xarray's ``sel``.
    `InputError` if there is no run, a file is of another kind, or runs are of different
    experiments; `DamagedFileError` if a file is damaged, or of no kind.
    """
    check_folder_to_read(Path(folder))
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
