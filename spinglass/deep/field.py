"""The random direction h: one standard normal number per parameter, determined by a seed.

h is never saved.  Each of its tensors is drawn from a stream of its own, derived from the seed and
the position of the tensor, always on the CPU and in single precision.  So the same seed gives the
same direction on every device, and adding a tensor later does not change the rest of h.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spinglass.errors import InputError
from spinglass.landscape.random import stream


def torch_generator(*key: int) -> torch.Generator:
    """Return torch's generator, on the CPU, on the stream of a key of integers."""
    words = stream(*key).generate_state(2, np.uint64)
    return torch.Generator().manual_seed(int(words[0] >> np.uint64(1)))


def check_parameter(parameter: Tensor) -> None:
    """Raise an `InputError` if a real Gaussian field cannot be added to a parameter."""
    if getattr(parameter, "_fsdp_flattened", False):
        raise InputError(
            "the field cannot follow parameters flattened by FullyShardedDataParallel:"
            " shard with torch.distributed.fsdp.fully_shard"
        )
    if not parameter.is_floating_point():
        raise InputError(f"the field needs real floating-point parameters, got {parameter.dtype}")


def normal_like(parameter: Tensor, generator: torch.Generator) -> Tensor:
    """Draw iid N(0, 1) numbers with the shape, device and precision of a parameter."""
    check_parameter(parameter)
    draw = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
    values = draw.to(device=parameter.device, dtype=parameter.dtype)
    return _sharded_like(parameter, values) if is_sharded(parameter) else values


def is_sharded(tensor: Tensor) -> bool:
    """Return whether a tensor is a DTensor, sharded over processes as by `fully_shard`."""
    return hasattr(tensor, "device_mesh")


def _sharded_like(parameter: Any, values: Tensor) -> Tensor:
    """Shard values like a parameter, given the same values in every process; nothing is sent."""
    from torch.distributed.tensor import DTensor, Replicate  # half a second to import

    mesh = parameter.device_mesh
    whole = DTensor.from_local(values, mesh, [Replicate()] * mesh.ndim, run_check=False)
    return whole.redistribute(placements=parameter.placements)


class FieldDirection:
    """The direction h ~ N(0, I), drawn once and kept, with one number per parameter.

    Parameters
    ----------
    seed : int
        Determines the whole direction.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._drawn: dict[Tensor, Tensor] = {}

    def of(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return h for the given parameters, drawing what is missing.

        A tensor is drawn if its parameter is new or has changed device or precision.  It depends
        on the position in ``parameters``, so the order must always be that of the optimizer's
        parameter groups.
        """
        for position, parameter in enumerate(parameters):
            h = self._drawn.get(parameter)
            if h is None or h.device != parameter.device or h.dtype != parameter.dtype:
                own = torch_generator(self.seed, position)
                self._drawn[parameter] = normal_like(parameter, own)
        return [self._drawn[parameter] for parameter in parameters]


@torch.no_grad()
def cosine(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Return |a.b| / (|a| |b|), each list of tensors read as one vector; 0 if a or b is zero."""
    product = inner(first, second)
    norms = math.sqrt(inner(first, first) * inner(second, second))
    return abs(product) / norms if norms > 0 else 0.0


@torch.no_grad()
def inner(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Return the inner product of two lists of tensors, computed at least in single precision.

    For sharded tensors this is the inner product of the full tensors, and every process must call
    the function.
    """
    return math.fsum(_dot(a.detach(), b.detach()) for a, b in zip(first, second, strict=True))


def _dot(first: Tensor, second: Tensor) -> float:
    if is_sharded(first):
        return float(total(_wide(first) * _wide(second)))
    return float(torch.dot(_wide(first.flatten()), _wide(second.flatten())))


def total(values: Any) -> Tensor:
    """Return the sum over all entries of a tensor, including other processes' shards."""
    summed = values.sum()
    return summed.full_tensor() if is_sharded(summed) else summed


def _wide(values: Tensor) -> Tensor:
    """Convert half to single precision: a sum of squares in half would overflow or lose digits."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
