"""Random numbers as functions of a key, and of a position: no state, no order, no sharing.

Whatever is drawn has a key of its own: integers and words that say what it is for.  Different keys
give independent streams.  A stream of standard normals is drawn by position: its q-th number does
not depend on how, where or by how many threads the others are drawn.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from spinglass.arrays import Array
from spinglass.checks import integer_at_least


def stream(*key: int | str) -> np.random.SeedSequence:
    """Return the stream of a key, from which every generator of this package is made.

    A key is integers of at least 0, the seed first, and words for the purpose; `InputError` if an
    integer is not allowed.
    """
    numbers = [integer_at_least("seed", part, 0) for part in key if not isinstance(part, str)]
    words = tuple(zlib.crc32(part.encode()) for part in key if isinstance(part, str))
    return np.random.SeedSequence(numbers, spawn_key=words)


def generator(*key: int | str) -> np.random.Generator:
    """Return numpy's generator on the stream of a key."""
    return np.random.default_rng(stream(*key))


def normal_key(*key: int | str) -> NDArray[np.uint64]:
    """Return what `kernels.normals.fill_normals` draws the normals of a key with, shape (2,)."""
    return stream(*key).generate_state(2, np.uint32).astype(np.uint64)


def normals(number: int, purpose: str, first: int, count: int) -> Array:
    """Return the normals number ``first`` to ``first + count - 1`` of a number's stream."""
    from spinglass.kernels.normals import fill_normals

    out = np.empty(count)
    fill_normals(normal_key(number, purpose), first, out)
    return out
