"""Dense arrays of couplings and a field, checked and packed for a landscape."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinglass.checks import real_array
from spinglass.errors import InputError
from spinglass.landscape.forms import fold_tensors, rms_strength, root_mean_square

SMALLEST_STRENGTH = 1e-290
"""Below it, doubles of couplings and of their unit begin to lose digits."""

Array = NDArray[np.float64]


class Packed(NamedTuple):
    """What a landscape is made of; attributes as of `spinglass.landscape.Landscape`."""

    n: int
    orders: tuple[int, ...]
    couplings: Array
    field: Array
    strengths: tuple[float, ...]


def pack(couplings: ArrayLike | Mapping[int, ArrayLike], field: ArrayLike | None) -> Packed:
    """Check and pack dense arrays; arguments and errors as of `Landscape.from_tensor`."""
    tensors = _checked_tensors(couplings)
    n, orders = len(tensors[0]), tuple(tensor.ndim for tensor in tensors)
    whole, packed = fold_tensors(tensors)
    if not np.all(np.isfinite(whole)):
        raise InputError("couplings are too large: sums over the orderings of a tuple overflow")
    strengths = tuple(rms_strength(each, n, p) for each, p in zip(packed, orders, strict=True))
    vector = np.zeros(n) if field is None else real_array("field", field).copy()
    if vector.shape != (n,) or not np.all(np.isfinite(vector)):
        raise InputError(f"field must be finite with shape ({n},), got {vector.shape}")
    nu, strength = root_mean_square(vector), math.hypot(*strengths)
    if 0.0 < math.hypot(strength, nu) < SMALLEST_STRENGTH:
        raise InputError(
            "couplings and field must be 0 or have a root mean square of at least "
            f"{SMALLEST_STRENGTH:g}, got {strength:g} and {nu:g}"
        )
    return Packed(n, orders, whole, vector, strengths)


def _checked_tensors(couplings: ArrayLike | Mapping[int, ArrayLike]) -> list[Array]:
    """Return the arrays of couplings, by ascending order, once their shapes are known to fit."""
    if not isinstance(couplings, Mapping):
        return [_checked_tensor(couplings)]
    if not couplings:
        raise InputError("couplings must be given of at least one order, got none")
    tensors = [_checked_tensor(couplings[p]) for p in sorted(couplings)]
    for p, tensor in zip(sorted(couplings), tensors, strict=True):
        n = len(tensors[0])
        if tensor.ndim != p or len(tensor) != n:
            raise InputError(
                f"couplings of order {p} must have {p} axes of length {n}, got {tensor.shape}"
            )
    return tensors


def _checked_tensor(couplings: ArrayLike) -> Array:
    tensor = real_array("couplings", couplings)
    if tensor.ndim < 2 or len(set(tensor.shape)) != 1 or tensor.shape[0] < 2:
        raise InputError(f"couplings must have shape (n,) * p with n, p >= 2, got {tensor.shape}")
    if not np.all(np.isfinite(tensor)):
        raise InputError("couplings must be finite")
    return tensor
