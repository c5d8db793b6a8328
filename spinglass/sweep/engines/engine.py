"""The interface between a sweep and those who do its work."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from spinglass.sweep.parts import Piece
    from spinglass.sweep.work import Outcome, WorkSettings

ATTEMPTS = 4
"""Workers that a piece may cost before it counts as failed."""


class Listener(Protocol):
    """Who is told what becomes of the pieces."""

    def may_begin(self) -> bool:
        """Say whether another piece may be begun."""

    def began(self, piece: "Piece") -> None:
        """Hear that a piece begins, or begins anew because its worker has died."""

    def advanced(self, piece: "Piece", starts: int, minima: int) -> None:
        """Hear how many starts of a piece have ended so far, and how many in minima."""

    def ended(self, piece: "Piece", outcome: "Outcome | None", worker: str) -> None:
        """Hear that a worker has put a piece on the disk, and what its job found if it was last."""

    def failed(self, piece: "Piece", words: str) -> None:
        """Hear that a piece has raised, and what."""

    def said(self, words: str) -> None:
        """Hear something that the user should know."""


class Engine(Protocol):
    """Does pieces."""

    def run(self, pieces: "Sequence[Piece]", settings: "WorkSettings", listener: Listener) -> None:
        """Do every piece, or all that were begun when the listener said stop.

        Raises
        ------
        StorageError
            If there is no room for a result, at no worker: what follows would not fit either.
        """


def say(error: BaseException) -> str:
    """Return an error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def divide(threads: int, workers: int) -> list[int]:
    """Divide threads among workers, each at least one: no more workers than there are threads."""
    count = min(threads, workers)
    return [threads // count + (k < threads % count) for k in range(count)]
