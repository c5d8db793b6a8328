"""Random numbers as functions of (seed, purpose, position): no state, no order, no sharing.

Every purpose has a stream of standard normals of its own; the q-th number of a stream does not
depend on how, where or by how many threads the others are drawn.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from spinglass.checks import integer_at_least


def stream_key(seed: int, purpose: str) -> NDArray[np.uint64]:
    """Return the key of a stream of normals for `kernels.normals.fill_normals`.

    Parameters
    ----------
    seed : int
        At least 0.
    purpose : str
        What the numbers are for; different words give independent streams.
    """
    number = integer_at_least("seed", seed, 0)
    sequence = np.random.SeedSequence(number, spawn_key=(zlib.crc32(purpose.encode()),))
    return sequence.generate_state(2, np.uint32).astype(np.uint64)


def normals(seed: int, purpose: str, first: int, count: int) -> NDArray[np.float64]:
    """Return the normals number ``first`` to ``first + count - 1`` of a stream."""
    from spinglass.kernels.normals import fill_normals

    out = np.empty(count)
    fill_normals(stream_key(seed, purpose), first, out)
    return out
