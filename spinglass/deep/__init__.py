"""Deep networks: AnnealSGD for any torch optimizer, the experiments, the sparse random network.

The optimizers and the training need the extra ``deep`` (torch), which is imported when one of the
names below is first used; the sparse random network does not need it.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from spinglass.errors import SpinglassError

_HOMES = {
    "AnnealSGD": "anneal_sgd",
    "AnnealedGradientNoise": "noise",
    "Exponential": "schedules",
    "GradientScale": "calibration",
    "Linear": "schedules",
    "Power": "schedules",
    "Step": "schedules",
    "gradient_scale": "calibration",
}

__all__ = list(_HOMES)


def require_torch() -> None:
    """Check that torch can be imported.

    Raises
    ------
    SpinglassError
        If it cannot; the message says what to install.
    """
    if find_spec("torch") is None:
        raise SpinglassError("this needs torch: install it with  pip install 'spinglass[deep]'")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require_torch()
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
