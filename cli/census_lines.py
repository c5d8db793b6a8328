"""How far a census has come, in a line: one a batch, or now and then where it is one of many."""

import time
from typing import TYPE_CHECKING

import click

from spinglass_cli.unknown import or_unknown

if TYPE_CHECKING:
    from spinglass.connections import Connections
    from spinglass.search.census import Census

SILENCE = 10.0
"""Seconds without a word after which a census that is one of many is heard."""


def unseen_words(found: "Census | Connections") -> str:
    """Say what share is estimated to be unseen, and its limit."""
    return f"unseen {or_unknown(found.unseen, '.2e')} (95 % limit {found.unseen_limit:.2e})"


def say_census(found: "Census") -> None:
    """Say on standard error what a census has found so far."""
    click.echo(
        f"{found.starts:,} starts: {len(found.count):,} minima, "
        f"{unseen_words(found)}, Chao1 {found.richness.estimate:.1f}, "
        f"entropy {or_unknown(found.entropy, '.3f')}",
        err=True,
    )


class PatientCensus:
    """Says what a census has found once nothing has been said for `SILENCE` seconds."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def heard(self) -> None:
        """Count from now: something else has been said."""
        self._said = time.monotonic()

    def __call__(self, found: "Census") -> None:
        """Hear how far the census is."""
        if time.monotonic() - self._said >= SILENCE:
            say_census(found)
            self.heard()
