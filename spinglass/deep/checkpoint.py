"""An unfinished run on disk: everything that the rest of it depends on, after a whole epoch.

The file is read without unpickling anything but tensors and plain numbers.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spinglass.errors import DamagedFileError
from spinglass.store import replacing


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors, numbers, lists and dictionaries, whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    StorageError
        If there is no room.
    """
    with replacing(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a state, or nothing where there is no file.

    Raises
    ------
    DamagedFileError
        If the file is not such a state; the message says what to do.
    """
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(state, dict) or "epoch" not in state:
            raise ValueError("no epoch")
    except Exception as error:  # torch raises many kinds, some of many lines
        raise DamagedFileError(
            f"{path} is not an unfinished run: remove it to begin that run again"
        ) from error
    return state


def random_state(device: str) -> dict[str, Tensor]:
    """Return the states of torch's own generators that training on a device draws from."""
    states = {"cpu": torch.get_rng_state()}
    if torch.device(device).type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_state(device: str, states: dict[str, Tensor]) -> None:
    """Put back what `random_state` returned, as far as it holds the device's generator."""
    torch.set_rng_state(states["cpu"])
    if torch.device(device).type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
