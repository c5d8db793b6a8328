"""Suppress logs of other packages that are of no use to the user."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet(logger: str, level: int) -> Iterator[None]:
    """Suppress messages below a level from a logger and from the loggers under it."""
    told = logging.getLogger(logger)
    before = told.level
    told.setLevel(level)
    try:
        yield
    finally:
        told.setLevel(before)
