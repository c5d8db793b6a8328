"""The default engine: one piece after another in this process, threads over its starts."""

from collections.abc import Sequence
from functools import partial

from spinglass.control import Progress
from spinglass.errors import StorageError
from spinglass.sweep.engines.engine import Listener, say
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import WorkSettings, do_piece, forget_landscape


def _tell(listener: Listener, piece: Piece, progress: Progress) -> None:
    listener.advanced(piece, int(progress.done), progress.found)


class LocalEngine:
    """Does pieces in this process."""

    def run(self, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener) -> None:
        """Do the pieces in order."""
        try:
            for piece in pieces:
                if not listener.may_begin():
                    return
                listener.began(piece)
                try:
                    outcome = do_piece(piece, settings, partial(_tell, listener, piece))
                except StorageError:
                    raise
                except Exception as error:
                    listener.failed(piece, say(error))
                else:
                    listener.ended(piece, outcome, "this process")
        finally:
            forget_landscape()
