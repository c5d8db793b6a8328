"""Deep networks: AnnealSGD for any torch optimizer, the experiments, the sparse random network.

Needs the extra ``deep`` (torch).  Nothing outside this folder imports torch at its top.
"""

from spinglass.errors import SpinglassError

try:
    import torch as _torch  # noqa: F401
except ImportError as error:  # the one thing a user without the extra should read
    raise SpinglassError(
        "spinglass.deep needs torch: install it with  pip install 'spinglass[deep]'"
    ) from error

from spinglass.deep.anneal import AnnealSGD
from spinglass.deep.calibration import GradientScale, gradient_scale
from spinglass.deep.noise import AnnealedGradientNoise
from spinglass.deep.schedules import Exponential, Linear, Power, Step

__all__ = [
    "AnnealSGD",
    "AnnealedGradientNoise",
    "Exponential",
    "GradientScale",
    "Linear",
    "Power",
    "Step",
    "gradient_scale",
]
