"""Shares of work for tasks that do not communicate, such as those of a job array."""

from collections.abc import Sequence
from typing import TypeVar

from spinglass.errors import InputError

Item = TypeVar("Item")
Shard = tuple[int, int]
"""Number of a share, counted from 1, and how many shares there are."""


def share(items: Sequence[Item], shard: Shard | None) -> Sequence[Item]:
    """Return the items of share I/N: every N-th, from the I-th on; all items without a share.

    Raises
    ------
    InputError
        If the number of the share is not between 1 and N.
    """
    if shard is None:
        return items
    number, total = shard
    if not 1 <= number <= total:
        raise InputError(f"shard must be I/N with 1 <= I <= N, got {number}/{total}")
    return items[number - 1 :: total]
