"""How one training run went."""

from typing import Any

import xarray as xr

from spinglass.deep.run_file import TRAINING
from spinglass.deep.training_config import TrainConfig

KIND, UNREAD = TRAINING, ("log10_gradient",)


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return the settings of a run and where it ended, in numbers."""
    attrs = data.attrs
    config = TrainConfig.model_validate_json(attrs["config"])
    return {
        "network": config.network.name,
        "data": config.data.name,
        "method": attrs["method"],
        "index": attrs["index"],
        "parameters": attrs["parameters"],
        "epochs": data.sizes["trained_epoch"],
        "test_error": float(data["test_error"][-1]),
        "lowest_test_error": float(data["test_error"].values.min()),
        "loss": float(data["loss"][-1]),
        "seconds": attrs["seconds"],
    }
