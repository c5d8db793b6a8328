"""Shares of work for tasks that do not talk to each other, as those of a job array do not."""

from collections.abc import Sequence
from typing import TypeVar

from spinglass.errors import InputError

Item = TypeVar("Item")
Shard = tuple[int, int]
"""Number of a share, counted from 1, and the number of all shares."""


def share(items: Sequence[Item], shard: Shard | None) -> Sequence[Item]:
    """Return the items of one share: every N-th, from the I-th on; all items if there is none.

    Raises
    ------
    InputError
        If the number of the share is not 1 to N.
    """
    if shard is None:
        return items
    number, total = shard
    if not 1 <= number <= total:
        raise InputError(f"shard must be I/N with 1 <= I <= N, got {number}/{total}")
    return items[number - 1 :: total]
