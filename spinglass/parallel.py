"""Threads over independent pieces of compiled, GIL-free work; BLAS kept to one thread meanwhile.

Which thread does which piece never enters a result: the pieces are fixed by the problem alone.
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
    """Return the threads to use: the argument, else the share in force, else the cores allowed."""
    if threads is not None:
        return positive_integer("threads", threads)
    return _share.get() or core_count()


@contextmanager
def thread_share(threads: int) -> Iterator[None]:
    """Let what is called inside the context, and is told no number, use so many threads."""
    before = _share.set(threads)
    try:
        yield
    finally:
        _share.reset(before)


@contextmanager
def limited_blas(threads: int) -> Iterator[None]:
    """Keep BLAS and LAPACK to so many threads inside the context."""
    if _blas.get() == threads:  # to look for the libraries takes milliseconds
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
    """Return the libraries of so many modules: a library comes with a module."""
    return ThreadpoolController()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS and LAPACK to one thread inside the context."""
    with limited_blas(1):
        yield


def map_threads(
    work: Callable[[Item], Result], pieces: Iterable[Item], threads: int | None = None
) -> list[Result]:
    """Apply ``work`` to every piece, in order of the pieces, on several threads.

    The calling thread works too: waking a thread takes longer than many a piece.  Where several
    threads work, a piece has one of them to itself and starts no others.
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
    """Yield ``work`` of every piece, in order of the pieces, as soon as it is there.

    A piece starts no threads of its own.  When the iteration ends early, the pieces that have not
    begun are dropped.
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
    """Return the pool of so many threads; kept, because starting threads takes longer than work."""
    return ThreadPoolExecutor(threads, thread_name_prefix="spinglass")
