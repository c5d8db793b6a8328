"""Workers of one run that compile each kernel once, whichever of them needs it first."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher

from spinglass.kernels.compiled import _KernelCache


class Locks:
    """Locks by name that the workers share: each is one byte of a file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT)
        self._held: set[int] = set()

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        place = crc32(name.encode())
        if place in self._held:
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
        self._held.add(place)
        try:
            yield
        finally:
            self._held.remove(place)
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)


@pytest.fixture(scope="session", autouse=True)
def kernels_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let a worker wait for a kernel that another one compiles, and find it in the cache.

    Callers are locked before what they call, and nothing calls itself, so nobody waits in a circle;
    Numba's own lock comes first, so that only one thread of a worker waits.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    locks = Locks(tmp_path_factory.getbasetemp().parent / "kernels.lock")
    compile_alone = Dispatcher.compile

    def compile_together(self: Any, signature: Any) -> Any:
        kept = self._cache
        if not isinstance(kept, _KernelCache):
            return compile_alone(self, signature)
        with global_compiler_lock, locks.held(f"{kept.cache_path} {self.py_func.__qualname__}"):
            return compile_alone(self, signature)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "compile", compile_together)
        yield
