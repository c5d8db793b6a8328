"""Ctrl-C and other signals that ask the work to end."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding(number: signal.Signals) -> Iterator[threading.Event]:
    """Give an event that a signal sets, so that the work can end at the next border.

    An interrupt is also raised, to end the work at once.  Where a library swallows the exception,
    or it falls into a callback of the garbage collector, which cannot pass it on, the event stays
    set, and Python's account of the callback is kept from the user.
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
