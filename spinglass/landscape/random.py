"""Random numbers as functions of a key and a position, without a state that draws share.

Every purpose has a key of its own: integers, and words that say what the numbers are for.
Different keys give independent streams.  Standard normals are drawn by their position in a stream:
the q-th does not depend on how, where or by how many threads the others are drawn.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import integer_at_least


def stream(*key: int | str) -> np.random.SeedSequence:
    """Return the stream of a key, from which every generator of this package is made.

    A key consists of integers >= 0, the seed first, and words for the purpose.  Raises `InputError`
    if an integer is not allowed.
    """
    numbers = [integer_at_least("seed", part, 0) for part in key if not isinstance(part, str)]
    words = tuple(zlib.crc32(part.encode()) for part in key if isinstance(part, str))
    return np.random.SeedSequence(numbers, spawn_key=words)


def generator(*key: int | str) -> np.random.Generator:
    """Return numpy's generator on the stream of a key."""
    return np.random.default_rng(stream(*key))


def normal_key(*key: int | str) -> NDArray[np.uint64]:
    """Return the key, shape (2,), with which `kernels.normals.fill_normals` draws its normals."""
    return stream(*key).generate_state(2, np.uint32).astype(np.uint64)


def normals(number: int, purpose: str, first: int, count: int) -> Array:
    """Return ``count`` normals from ``first`` on of the stream with the key (number, purpose)."""
    from spinglass.kernels.normals import fill_normals

    out = np.empty(count)
    fill_normals(normal_key(number, purpose), first, out)
    return out
