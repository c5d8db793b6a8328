"""Packed couplings: their number, their memory; drawn from their exact law, folded from a tensor.

Only the symmetric part of the couplings enters the Hamiltonian.  The coefficient of a monomial is
the sum of the i.i.d. couplings over its m distinct orderings, a centred Gaussian of variance m, so
one number per non-increasing index tuple has exactly the law of the full n^p array.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.errors import MemoryLimitError
from spinglass.kernels.normals import fill_normals
from spinglass.kernels.packing import binomials, fold, scale_by_multiplicity
from spinglass.landscape.random import normal_key
from spinglass.machine import memory_room
from spinglass.parallel import map_threads

_WORTH_THREADS = 2**16

_RESERVE = 2**27
"""Bytes kept free for libraries and kernels, which are loaded after the check."""

_UNASKED = 2**20
"""Fewer bytes than these are not checked: the reserve has room, and checking takes longer."""

_START = 160
"""Bytes for each start beside 24 per spin, for the record of its end; 50 to 120 were measured."""


def coupling_count(n: int, p: int) -> int:
    """Return the number of unique symmetric couplings, C(n + p - 1, p)."""
    return math.comb(n + p - 1, p)


def check_memory(n: int, orders: Sequence[int]) -> None:
    """Check that the couplings of all orders fit into the memory that is free now.

    Raises
    ------
    MemoryLimitError
        Naming the bytes needed and available.
    """
    needed = 8 * sum(coupling_count(n, p) for p in orders)
    check_room(f"n = {n}, p = {'+'.join(map(str, orders))}", needed, "its couplings")


def check_starts(starts: int, n: int) -> None:
    """Check that starts and end points fit into the memory that is free now.

    Raises
    ------
    MemoryLimitError
        Naming the bytes needed and available.
    """
    check_room(f"starts = {starts:,} at n = {n}", (24 * n + _START) * starts, "their end points")


def check_room(what: str, needed: int, words: str) -> None:
    """Raise `MemoryLimitError` if ``needed`` bytes, a mebibyte or more, are not free now."""
    if needed < _UNASKED:
        return
    room = memory_room()
    available = max(0, room.size - _RESERVE)
    if needed > available:
        raise MemoryLimitError(
            f"{what} needs {needed:,} bytes ({needed / 2**30:,.1f} GiB) for {words}, "
            f"{available:,} bytes ({available / 2**30:,.1f} GiB) are available: {room.limit} "
            f"leaves {room.size:,} bytes, of which {_RESERVE:,} are kept for libraries"
        )


def index_ranges(n: int, p: int, pieces: int) -> Iterator[tuple[int, int, int]]:
    """Cut the range of the outermost index into pieces with about equally many couplings.

    Yields (first index, stop index, position of the first coupling).
    """
    total = coupling_count(n, p)
    first = 0
    for piece in range(1, pieces + 1):
        stop = first
        while stop < n and coupling_count(stop, p) * pieces < total * piece:
            stop += 1
        if stop > first:
            yield first, stop, coupling_count(first, p) if first else 0
            first = stop


def draw_couplings(n: int, orders: Sequence[int], seed: int) -> Array:
    """Draw the packed couplings of a landscape, one order after another.

    Parameters
    ----------
    n : int
        Spins.
    orders : sequence of int
        Orders of interaction.  If there are several, each has a random stream of its own; if there
        is one, it has the same stream whatever its order.
    seed : int
        The landscape's seed, the only source of randomness.

    Returns
    -------
    (sum of C(n + p - 1, p),) float64
        Gaussian; the variance of each is the number of distinct orderings of its tuple.

    Raises
    ------
    MemoryLimitError
        If they would not fit into memory; checked before allocation.
    """
    check_memory(n, orders)
    couplings = np.empty(sum(coupling_count(n, p) for p in orders))
    first = 0
    for p in orders:
        purpose = "couplings" if len(orders) == 1 else f"couplings of order {p}"
        stop = first + coupling_count(n, p)
        _fill(couplings[first:stop], n, p, normal_key(seed, purpose))
        first = stop
    return couplings


def _fill(couplings: Array, n: int, p: int, key: NDArray[np.uint64]) -> None:
    """Draw the packed couplings of one order, in place."""

    def draw(piece: tuple[int, int, int]) -> None:
        first, stop, start = piece
        end = coupling_count(stop, p)
        fill_normals(key, start, couplings[start:end])
        scale_by_multiplicity(couplings, start, p, first, stop)

    pieces = 32 if couplings.size > _WORTH_THREADS else 1
    map_threads(draw, index_ranges(n, p, pieces))


def fold_tensors(
    n: int, orders: Sequence[int], tensors: Sequence[Array]
) -> tuple[Array, list[Array]]:
    """Pack dense (n,) * p tensors: each entry is added to the coefficient of its sorted tuple.

    Tensors with one axis are packed already.  Returns the coefficients of all tensors, one order
    after another, and views of each order's, (C(n + p - 1, p),), in that array.  Raises
    `MemoryLimitError` before allocation if they would not fit.
    """
    check_memory(n, orders)
    ends = np.cumsum([0, *(coupling_count(n, p) for p in orders)])
    packed = np.zeros(ends[-1])
    parts = [packed[first:stop] for first, stop in pairwise(ends)]
    for tensor, p, part in zip(tensors, orders, parts, strict=True):
        if tensor.ndim == 1:
            part[:] = tensor
        else:
            fold(np.ascontiguousarray(tensor).reshape(-1), n, p, binomials(n, p), part)
    return packed, parts


def rms_strength(couplings: Array, n: int, p: int) -> float:
    """Return the root mean square of packed couplings, each divided by sqrt(multiplicity).

    For a tensor with i.i.d. entries it estimates their root mean square.  Couplings multiplied by a
    power of two multiply it exactly.
    """
    multiplicity = np.ones_like(couplings)
    scale_by_multiplicity(multiplicity, 0, p, 0, n)
    return root_mean_square(couplings / multiplicity)


def root_mean_square(values: Array) -> float:
    """Return the root mean square of ``values``; their squares do not overflow or underflow."""
    largest = float(np.max(np.abs(values)))
    if largest == 0.0:
        return 0.0
    exponent = math.frexp(largest)[1]
    return math.ldexp(math.sqrt(float(np.mean(np.ldexp(values, -exponent) ** 2))), exponent)


def checksum(couplings: Array) -> str:
    """Return the SHA-256 of the packed couplings, as hexadecimal digits."""
    return hashlib.sha256(couplings.astype("<f8", copy=False).data).hexdigest()
