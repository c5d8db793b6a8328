"""The compilation of kernels, and their cache on the disk for later processes.

Numba's cache speeds up the start of a process; it must neither keep one from starting nor change a
result.  Damaged code is compiled anew; if the cache cannot be written, work goes on without it.
"""

import hashlib
import inspect
import os
import pickle
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import caching, config
from numba.core.serialize import dumps

from spinglass.errors import InputError, SpinglassWarning

_REMEDY = "NUMBA_CACHE_DIR can name a folder that can be written to"
_LOCATORS = (caching.InTreeCacheLocator, caching.UserWideCacheLocator)

_SAID = "SPINGLASS_SAID_OF_THE_CACHE"
"""Environment variable that tells child processes which warnings have been given."""


def _say_once(kind: str, words: str) -> None:
    said = os.environ.get(_SAID, "").split(",")
    if kind not in said:
        os.environ[_SAID] = ",".join([*said, kind])
        warnings.warn(words, SpinglassWarning, stacklevel=2)


@cache
def _source_stamp(folder: Path) -> str:
    """Return a checksum of all kernels: the code of each includes that of kernels it calls."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _SealedFile(caching.IndexDataCacheFile):
    """Machine code with its key and a checksum, so that a damaged file is never run."""

    def save(self, key: Any, data: Any) -> None:
        payload = dumps((key, data))
        super().save(key, (hashlib.sha256(payload).digest(), payload))

    def load(self, key: Any) -> Any:
        entry = super().load(key)
        if entry is None:
            return None
        digest, payload = entry
        if hashlib.sha256(payload).digest() != digest:
            raise ValueError("the checksum does not match")
        saved_key, data = pickle.loads(payload)
        if saved_key != key:
            raise ValueError("the code is of another kernel")
        return data


class _KernelCache(caching.FunctionCache):
    """Numba's cache of one kernel; a failure counts as a miss."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = _source_stamp(Path(inspect.getfile(function)).parent)
        self._cache_file = _SealedFile(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # a damaged pickle can raise nearly anything
            _say_once(
                "damaged",
                f"the cache of compiled kernels in {self.cache_path} is damaged "
                f"({type(error).__name__} in {self._impl.filename_base}); "
                "what is damaged is compiled anew",
            )
        try:
            self.flush()
        except OSError as error:
            self._give_up(error)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            self._give_up(error)

    @property
    def is_empty(self) -> bool:
        """Whether the disk has no code of the kernel; an unreadable cache is not empty."""
        try:
            return not self._cache_file._load_index()
        except Exception:  # as in load_overload, which will give a warning
            return False

    def _give_up(self, error: OSError) -> None:
        self.disable()
        _say_once(
            "unkept",
            f"compiled kernels cannot be kept in {self.cache_path} "
            f"({error.strerror or error}), so each run compiles them anew; {_REMEDY}",
        )


def _keep(dispatcher: Any) -> None:
    """Cache a kernel on the disk, if there is a folder for it."""
    function = dispatcher.py_func
    try:
        kept = dispatcher._cache = _KernelCache(function)
    except (RuntimeError, OSError):
        source = inspect.getfile(function)
        places = [locator(function, source).get_cache_path() for locator in _LOCATORS]
        _say_once(
            "no place",
            f"compiled kernels cannot be kept: neither {' nor '.join(places)} can be written to, "
            f"so each run compiles them anew; {_REMEDY}",
        )
        return
    wanted = getattr(config, "CACHE_DIR", "")
    if wanted and not Path(kept.cache_path).is_relative_to(wanted):
        _say_once(
            "elsewhere",
            f"compiled kernels cannot be kept in {wanted}, which NUMBA_CACHE_DIR names; "
            f"they are kept in {kept.cache_path}",
        )


def is_missing(kernel: Any) -> bool:
    """Say whether the disk can keep the code of a kernel, but has none yet."""
    kept = getattr(kernel, "_cache", None)
    return isinstance(kept, _KernelCache) and kept.is_empty


def check_compiled() -> None:
    """Check that Numba is allowed to compile kernels.

    Raises
    ------
    InputError
        If NUMBA_DISABLE_JIT is set.
    """
    if getattr(config, "DISABLE_JIT", False):
        _refuse()


def _refuse(*_: Any, **__: Any) -> Any:
    raise InputError(
        "NUMBA_DISABLE_JIT must not be set where kernels are needed, which consist of vector "
        f"instructions and run only compiled, got {vars(config).get('DISABLE_JIT')!r}"
    )


# Nothing calls kernels as C functions, and the wrappers for that take long to compile.
_FLAGS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def _decorator(**flags: Any) -> Callable[[Callable[..., Any]], Any]:
    def compiled(function: Callable[..., Any]) -> Any:
        if getattr(config, "DISABLE_JIT", False):
            return _refuse
        dispatcher = njit(**_FLAGS, **flags)(function)
        _keep(dispatcher)
        return dispatcher

    return compiled


jit = _decorator()
"""Compiles a kernel with IEEE arithmetic in the order in which it is written."""

inline_jit = _decorator(inline="always")
"""The same for a function that only one kernel calls: it becomes part of that kernel.  That takes a
third off the time to compile a descent, as a kernel is optimised again in each of its callers."""

loose_jit = _decorator(fastmath={"reassoc", "contract", "nsz"})
"""Compiles a kernel whose sums may be reordered, with products fused into them."""
