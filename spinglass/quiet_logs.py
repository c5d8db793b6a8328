"""Logs of other packages, kept back where what they say is of no use to the user."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet(logger: str, level: int) -> Iterator[None]:
    """Keep back what a logger says below a level, and what those under it say."""
    told = logging.getLogger(logger)
    before = told.level
    told.setLevel(level)
    try:
        yield
    finally:
        told.setLevel(before)
