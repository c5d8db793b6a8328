"""Dense arrays of couplings and a field, checked and packed for a landscape."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spinglass.arrays import Array
from spinglass.checks import LARGEST_ORDER, all_finite, integer_at_least, real_array
from spinglass.errors import InputError
from spinglass.landscape.forms import (
    coupling_count,
    fold_tensors,
    rms_strength,
    root_mean_square,
)

SMALLEST_STRENGTH = 1e-290
"""In landscapes weaker than this, couplings and their unit lose digits as subnormal doubles."""


class Packed(NamedTuple):
    """What a landscape is made from; attributes as in `spinglass.landscape.Landscape`."""

    n: int
    orders: tuple[int, ...]
    couplings: Array
    field: Array
    strengths: tuple[float, ...]


def pack(couplings: ArrayLike | Mapping[int, ArrayLike], field: ArrayLike | None) -> Packed:
    """Check and pack dense arrays; arguments and errors as for `Landscape.from_tensor`."""
    orders, tensors = checked_tensors(couplings)
    n = _sites(orders[0], tensors[0])
    whole, packed = fold_tensors(n, orders, tensors)
    if not np.all(np.isfinite(whole)):
        largest = max(float(np.max(np.abs(each))) for each in tensors)
        raise InputError(
            f"couplings must be so small that sums over orderings are finite, got {largest:g}"
        )
    strengths = tuple(rms_strength(each, n, p) for each, p in zip(packed, orders, strict=True))
    vector = np.zeros(n) if field is None else checked_field(field, n)
    nu, strength = root_mean_square(vector), math.hypot(*strengths)
    if 0.0 < math.hypot(strength, nu) < SMALLEST_STRENGTH:
        raise InputError(
            "couplings and field must be 0 or have a root mean square of at least "
            f"{SMALLEST_STRENGTH:g}, got {strength:g} and {nu:g}"
        )
    return Packed(n, orders, whole, vector, strengths)


def checked_field(field: ArrayLike, n: int) -> Array:
    """Return a copy of a field vector; raise `InputError` unless it is finite, of shape (n,)."""
    vector = real_array("field", field).copy()
    if vector.shape != (n,):
        raise InputError(f"field must have shape ({n},), got {vector.shape}")
    all_finite("field", vector)
    return vector


def checked_tensors(
    couplings: ArrayLike | Mapping[int, ArrayLike],
) -> tuple[tuple[int, ...], list[Array]]:
    """Return the orders, ascending, and their arrays; raise `InputError` if shapes do not match."""
    if not isinstance(couplings, Mapping):
        tensor = _checked_tensor(couplings)
        return (tensor.ndim,), [tensor]
    if not couplings:
        raise InputError("couplings must be given of at least one order, got none")
    orders = tuple(
        integer_at_least("an order of couplings", p, 2, LARGEST_ORDER) for p in sorted(couplings)
    )
    tensors = [_checked_tensor(couplings[p], p) for p in orders]
    n = _sites(orders[0], tensors[0])
    for p, tensor in zip(orders, tensors, strict=True):
        if tensor.ndim not in (1, p) or _sites(p, tensor) != n:
            raise InputError(
                f"couplings of order {p} must have {p} axes of length {n}, or packed for n = {n} "
                f"be {coupling_count(n, p):,} numbers, got {tensor.shape}"
            )
    return orders, tensors


def _sites(p: int, tensor: Array) -> int:
    """Return n of an array of order p, which is dense, or packed with C(n + p - 1, p) numbers."""
    if tensor.ndim > 1:
        return len(tensor)
    n = 2
    while coupling_count(n, p) < tensor.size:
        n += 1
    if coupling_count(n, p) != tensor.size:
        raise InputError(
            f"packed couplings of order {p} must be C(n + {p} - 1, {p}) numbers with n >= 2, "
            f"got {tensor.size}"
        )
    return n


def _checked_tensor(couplings: ArrayLike, packed_order: int = 0) -> Array:
    """Return a finite dense array, or a packed one if ``packed_order`` > 0; raise for others."""
    tensor = real_array("couplings", couplings)
    packed = packed_order > 0 and tensor.ndim == 1
    if packed:
        _sites(packed_order, tensor)
    elif tensor.ndim < 2 or len(set(tensor.shape)) != 1 or tensor.shape[0] < 2:
        raise InputError(f"couplings must have shape (n,) * p with n, p >= 2, got {tensor.shape}")
    all_finite(f"packed couplings of order {packed_order}" if packed else "couplings", tensor)
    return tensor
