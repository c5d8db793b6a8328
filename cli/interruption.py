"""Ctrl-C and other signals that ask the work to end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeding(number: signal.Signals) -> Iterator[threading.Event]:
    """Give an event that a signal sets, so that the work can end at the next border.

    An interrupt is also raised, to end the work at once.  Where a library swallows the exception,
    or it falls into a callback of the garbage collector, which cannot pass it on, the event stays
    set.
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

    signal.signal(number, heed)
    try:
        yield event
    finally:
        signal.signal(number, before)
