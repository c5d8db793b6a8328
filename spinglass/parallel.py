"""Independent pieces of compiled, GIL-free work on several threads, and the threads of BLAS.

No result depends on which thread does which piece: the problem alone fixes the pieces.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

from spinglass.checks import positive_integer
from spinglass.machine import core_count

Item = TypeVar("Item")
Result = TypeVar("Result")


_share: ContextVar[int | None] = ContextVar("share", default=None)
_blas: ContextVar[int | None] = ContextVar("blas", default=None)


def thread_count(threads: int | None = None) -> int:
    """Return ``threads`` if given, else the share of threads in force, else `core_count`."""
    if threads is not None:
        return positive_integer("threads", threads)
    return _share.get() or core_count()


@contextmanager
def thread_share(threads: int) -> Iterator[None]:
    """Set how many threads calls inside the context use unless they are given a number."""
    before = _share.set(threads)
    try:
        yield
    finally:
        _share.reset(before)


@contextmanager
def limited_blas(threads: int) -> Iterator[None]:
    """Limit BLAS and LAPACK to ``threads`` threads inside the context."""
    if _blas.get() == threads:  # looking for the libraries takes milliseconds
        yield
        return
    before = _blas.set(threads)
    try:
        with _libraries(len(sys.modules)).limit(limits=threads, user_api="blas"):
            yield
    finally:
        _blas.reset(before)


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """Return the BLAS libraries loaded; they may change only with the number of ``modules``."""
    return ThreadpoolController()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS and LAPACK to one thread inside the context."""
    with limited_blas(1):
        yield


def map_threads(
    work: Callable[[Item], Result], pieces: Iterable[Item], threads: int | None = None
) -> list[Result]:
    """Apply ``work`` to every piece on several threads; return the results in order of the pieces.

    The calling thread works too: waking a thread takes longer than many a piece.  If several
    threads work, each piece runs in one of them, and its own work starts no others.
    """
    listed = list(pieces)
    count = min(thread_count(threads), len(listed))
    if count <= 1:
        return [work(piece) for piece in listed]
    results: dict[int, Result] = {}
    left = deque(range(len(listed)))

    def take() -> int | None:
        try:
            return left.popleft()
        except IndexError:
            return None

    def drain() -> None:
        try:
            with thread_share(1):
                for number in iter(take, None):
                    results[number] = work(listed[number])
        finally:
            left.clear()

    helpers = [_pool(count - 1).submit(drain) for _ in range(count - 1)]
    try:
        drain()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        wait(begun)
    for helper in begun:
        helper.result()
    return [results[number] for number in range(len(listed))]


def stream_threads(
    work: Callable[[Item], Result], pieces: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """Yield the result of ``work`` for every piece, in order of the pieces, as they become ready.

    The work on a piece starts no threads of its own.  If the iteration ends early, pieces that
    have not begun are dropped.
    """

    def alone(piece: Item) -> Result:
        with thread_share(1):
            return work(piece)

    pool = ThreadPoolExecutor(thread_count(threads), thread_name_prefix="spinglass")
    try:
        yield from pool.map(alone, pieces)
    finally:
        pool.shutdown(cancel_futures=True)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return a pool of ``threads`` threads, kept: starting them takes longer than some work."""
    return ThreadPoolExecutor(threads, thread_name_prefix="spinglass")
