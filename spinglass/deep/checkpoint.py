"""Checkpoints: the complete state of an unfinished run after a whole number of epochs.

Reading a checkpoint unpickles only tensors, plain numbers and containers of them.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spinglass.errors import DamagedFileError
from spinglass.files.store import replacing


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors, numbers, lists and dictionaries to a file, atomically.

    `InputError` if the folder cannot be written to, `StorageError` if the disk is full.
    """
    with replacing(path) as temporary:
        torch.save(state, temporary)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Read a state; return None if there is no file.

    Raises
    ------
    DamagedFileError
        If the file does not hold such a state; the message says what to do.
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
    """Return the states of the torch generators that training on a device uses."""
    states = {"cpu": torch.get_rng_state()}
    if torch.device(device).type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_random_state(device: str, states: dict[str, Tensor]) -> None:
    """Restore the states returned by `random_state`, except the device's if it is missing."""
    torch.set_rng_state(states["cpu"])
    if torch.device(device).type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
