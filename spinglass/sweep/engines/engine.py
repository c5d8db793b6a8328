"""The interface between a sweep and the engines that do its work."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from spinglass.sweep.parts import Piece
    from spinglass.sweep.work import Outcome, WorkSettings

ATTEMPTS = 4
"""How many workers may die of a piece before it counts as failed."""


class Listener(Protocol):
    """What an engine reports to."""

    def may_begin(self) -> bool:
        """Say whether another piece may be begun."""

    def began(self, piece: "Piece") -> None:
        """Hear that a piece begins, or begins anew because its worker has died."""

    def advanced(self, piece: "Piece", starts: int, minima: int) -> None:
        """Hear how many starts of a piece have ended so far, and how many in minima."""

    def ended(self, piece: "Piece", outcome: "Outcome | None", worker: str) -> None:
        """Hear that a worker has written a piece; ``outcome`` if this completed its job."""

    def failed(self, piece: "Piece", words: str) -> None:
        """Hear that a piece has raised an error, in ``words``."""

    def said(self, words: str) -> None:
        """Hear a message for the user."""


class Engine(Protocol):
    """Runs the pieces of a sweep."""

    def run(self, pieces: "Sequence[Piece]", settings: "WorkSettings", listener: Listener) -> None:
        """Do every piece, or, once the listener says stop, those already begun.

        Raises
        ------
        StorageError
            If no worker has room for a result: the next ones would not fit either.
        """


def say(error: BaseException) -> str:
    """Return an error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def divide(threads: int, workers: int) -> list[int]:
    """Divide threads among at most ``workers`` workers; return the threads, 1 or more, of each."""
    count = min(threads, workers)
    return [threads // count + (k < threads % count) for k in range(count)]
