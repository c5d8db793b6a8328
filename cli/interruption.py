"""Handle Ctrl-C and other signals that ask the work to end."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding(number: signal.Signals) -> Iterator[threading.Event]:
    """Yield an event that a signal sets, so that the work can end after the current piece.

    Ctrl-C also raises `KeyboardInterrupt`, to end the work at once.  If a library swallows it, or
    it is raised in a callback of the garbage collector, which cannot pass it on, the event stays
    set; Python's message about such a callback is not printed.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.getsignal(number)

    def heed(number: int, frame: object) -> None:
        event.set()
        if callable(before):
            before(number, None)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    tell = sys.unraisablehook

    def tell_others(lost: "sys.UnraisableHookArgs") -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            tell(lost)

    signal.signal(number, heed)
    sys.unraisablehook = tell_others
    try:
        yield event
    finally:
        sys.unraisablehook = tell
        signal.signal(number, before)
