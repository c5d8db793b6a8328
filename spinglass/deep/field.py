"""The random direction h: a standard normal number for every parameter, known by its seed.

h is never saved.  It is drawn tensor by tensor, each from a stream of its own that is derived
from (seed, position of the tensor), always on the CPU and in single precision: the same seed
bends the landscape in the same way on every device, and a tensor added later leaves the rest
of the direction alone.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spinglass.errors import InputError


def stream(*key: int) -> torch.Generator:
    """Return a CPU generator whose state is derived from integers, each at least 0.

    `numpy.random.SeedSequence` mixes the words, so that neighbouring keys give independent streams.
    """
    words = np.random.SeedSequence(key).generate_state(2, np.uint64)
    return torch.Generator().manual_seed(int(words[0] >> np.uint64(1)))


def check_parameter(parameter: Tensor) -> None:
    """Refuse parameters to which a real Gaussian field cannot be added."""
    if getattr(parameter, "_fsdp_flattened", False):
        raise InputError(
            "the field cannot follow parameters flattened by FullyShardedDataParallel:"
            " shard with torch.distributed.fsdp.fully_shard"
        )
    if not parameter.is_floating_point():
        raise InputError(f"the field needs real floating-point parameters (got {parameter.dtype})")


def normal_like(parameter: Tensor, generator: torch.Generator) -> Tensor:
    """Draw iid N(0, 1) of the shape, device and precision of a parameter."""
    check_parameter(parameter)
    draw = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
    values = draw.to(device=parameter.device, dtype=parameter.dtype)
    return _sharded_like(parameter, values) if is_sharded(parameter) else values


def is_sharded(tensor: Tensor) -> bool:
    """Tell whether a tensor is spread over processes: a DTensor, as `fully_shard` makes them."""
    return hasattr(tensor, "device_mesh")


def _sharded_like(parameter: Any, values: Tensor) -> Tensor:
    """Keep this process's part of values that all processes hold alike; nothing is sent."""
    from torch.distributed.tensor import DTensor, Replicate  # half a second to import

    mesh = parameter.device_mesh
    whole = DTensor.from_local(values, mesh, [Replicate()] * mesh.ndim, run_check=False)
    return whole.redistribute(placements=parameter.placements)


class FieldDirection:
    """The direction h ~ N(0, I), drawn once and kept: one number for every parameter, no more.

    Parameters
    ----------
    seed : int
        Fixes the whole direction.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._drawn: dict[Tensor, Tensor] = {}

    def of(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """Return h for the given parameters, in order; what is new or has moved is drawn.

        The position in ``parameters`` is part of a tensor's key, so the order must be that of the
        optimizer's parameter groups, always the same.
        """
        for position, parameter in enumerate(parameters):
            h = self._drawn.get(parameter)
            if h is None or h.device != parameter.device or h.dtype != parameter.dtype:
                self._drawn[parameter] = normal_like(parameter, stream(self.seed, position))
        return [self._drawn[parameter] for parameter in parameters]

    def release(self) -> None:
        """Free the memory of h; it is drawn again, the same, when it is needed."""
        self._drawn.clear()


@torch.no_grad()
def cosine(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Return |a.b| / (|a| |b|) of two lists of tensors, each read as one vector; 0 for a zero."""
    product = inner(first, second)
    norms = math.sqrt(inner(first, first) * inner(second, second))
    return abs(product) / norms if norms > 0 else 0.0


@torch.no_grad()
def inner(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Return the inner product of two lists of tensors, in single precision at least.

    Of sharded tensors it is that of the whole ones, and every process must ask for it.
    """
    return math.fsum(_dot(a.detach(), b.detach()) for a, b in zip(first, second, strict=True))


def _dot(first: Tensor, second: Tensor) -> float:
    if is_sharded(first):
        return float(total(_wide(first) * _wide(second)))
    return float(torch.dot(_wide(first.flatten()), _wide(second.flatten())))


def total(values: Any) -> Tensor:
    """Return the sum over all entries, over all processes where the tensor is sharded."""
    summed = values.sum()
    return summed.full_tensor() if is_sharded(summed) else summed


def _wide(values: Tensor) -> Tensor:
    """Return half-precision numbers in single: their squares' sum would overflow or round away."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def chance_alignment(parameters: int) -> float:
    """Return 1 / sqrt(N), the root-mean-square cosine of two random directions."""
    return 1.0 / math.sqrt(parameters)
