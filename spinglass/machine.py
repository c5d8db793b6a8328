"""How much memory and how many cores this process may use now.

The smallest of several limits counts.  For memory: the system's estimate of what is available, the
rest that control groups leave to the process (version 1 and 2; containers, and batch systems on
clusters, set these), and the address space and data that it may still allocate.  For cores: those
on which it may be scheduled, and the quota of its control groups.

A group's limits lie in files of a folder.  ``/proc/self/cgroup`` names the group of the process,
``/proc/self/mountinfo`` says where the tree of groups is mounted and which group is its top there;
the groups above that of the process limit it too.  Inside a container the folder of the group may
not be visible: then the nearest visible one above it is taken.
"""

import math
import os
import re
import resource
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from spinglass.errors import MemoryLimitError

ROOT = Path("/")
"""The folder below which ``proc`` and the mounts are looked up."""

_OWN_LIMITS = (
    (resource.RLIMIT_AS, "VmSize", "the limit of address space (ulimit -v)", 768 * 2**20),
    (resource.RLIMIT_DATA, "VmData", "the limit of data (ulimit -d)", 512 * 2**20),
)
"""Limits of a process: number, key of the bytes used, name, and the bytes that libraries need.

Measured: compiling the kernels of a descent takes 756 MiB of address space and 452 MiB of data,
where BLAS has one thread; loading them, 576 MiB and 274 MiB.
"""

_BLAS_THREAD = 80 * 2**20
"""Bytes of address space for each further BLAS thread, in NumPy's and SciPy's BLAS together."""

_BLAS_MOST = 64


class Room(NamedTuple):
    """Bytes that are free, and the name of the limit that leaves no more."""

    size: int
    limit: str


def memory_room(root: Path = ROOT) -> Room:
    """Return the bytes that this process can allocate now without swapping or being killed.

    Parameters
    ----------
    root : Path
        The folder below which ``proc`` and the mounts are looked up.
    """
    machine = Room(_system_memory(root), "the memory of this machine")
    size, limit = min([machine, *_group_memory(root), *_own_memory(root)])
    return Room(max(0, size), limit)


def check_libraries_fit() -> None:
    """Raise `MemoryLimitError` if a limit of this process is too low to load the libraries.

    OpenBLAS does not fail if it is refused memory: it asks again for ever.  Call this before NumPy
    is imported.  The error names the limit and the bytes needed.
    """
    threads = min(_blas_threads(), _BLAS_MOST)
    for number, _, name, least in _OWN_LIMITS:
        most, needed = resource.getrlimit(number)[0], least + (threads - 1) * _BLAS_THREAD
        if most != resource.RLIM_INFINITY and most < needed:
            raise MemoryLimitError(
                f"{name} must be at least {_kibibytes(needed)} here, where BLAS has {threads} "
                f"thread{'s' * (threads > 1)}, got {_kibibytes(most)}"
            )


def _kibibytes(size: int) -> str:
    """Return a size in bytes as text in KiB, the unit of ulimit, rounded up."""
    return f"{-(-size // 1024):,} KiB"


def _blas_threads() -> int:
    """Return how many threads OpenBLAS makes room for when it is loaded."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        asked = _whole(os.environ.get(name, "").strip())
        if asked and asked > 0:
            return min(asked, _scheduled_cores())
    return _scheduled_cores()


def core_count(root: Path = ROOT) -> int:
    """Return the number of cores that this process may use; a fraction counts as one.

    Parameters
    ----------
    root : Path
        As for `memory_room`.
    """
    return math.ceil(min(_scheduled_cores(), _cpu_quota(root)))


def _scheduled_cores() -> int:
    """Return the number of cores that this process may be scheduled on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _system_memory(root: Path) -> int:
    kilobytes = _table(root / "proc/meminfo").get("MemAvailable")
    if kilobytes is not None:
        return 1024 * kilobytes
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _own_memory(root: Path) -> Iterator[Room]:
    """Yield the bytes that each resource limit of the process leaves."""
    used = _table(root / "proc/self/status")
    for number, counted, name, _ in _OWN_LIMITS:
        most = resource.getrlimit(number)[0]
        if most != resource.RLIM_INFINITY:
            yield Room(most - 1024 * used.get(counted, 0), name)


def _group_memory(root: Path) -> Iterator[Room]:
    """Yield the bytes that each control group leaves; inactive file pages count as free."""
    for folder in _groups(root, "memory"):
        limits = ("memory.max", "memory.high", "memory.limit_in_bytes")
        known = [number for name in limits if (number := _number(folder / name)) is not None]
        usage = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes") or 0
        if known:
            pages = _table(folder / "memory.stat")
            idle = pages.get("total_inactive_file", pages.get("inactive_file", 0))
            left = min(known) - max(0, usage - idle)
            yield Room(left, f"the limit of the control group {folder}")


@cache
def _cpu_quota(root: Path) -> float:
    """Return the smallest quota of processor time of a control group, in cores.

    The result is cached, because threads are counted before every piece of work.
    """
    least = math.inf
    for folder in _groups(root, "cpu"):
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        words = _text(folder / "cpu.max").split()
        if len(words) == 2:
            quota, period = _whole(words[0]), _whole(words[1])
        if quota is not None and quota > 0 and period:
            least = min(least, quota / period)
    return least


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's groups, each followed by the folders above it."""
    own = _own_groups(root)
    for line in _text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        mount, kind = before.split(), after.split()
        if len(mount) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2":
            path = own.get("")
        elif kind[0] == "cgroup" and controller in kind[2].split(","):
            path = own.get(controller)
        else:
            continue
        if path is not None:
            top, point = _unescaped(mount[3]), root / _unescaped(mount[4]).lstrip("/")
            yield from _upwards(point, _below(top, path))


def _own_groups(root: Path) -> dict[str, str]:
    """Return this process's control group under each controller; "" stands for version 2."""
    groups = {}
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers or number == "0":
            groups.update(dict.fromkeys(controllers.split(","), path))
    return groups


def _below(top: str, path: str) -> PurePosixPath:
    """Return the path of a group relative to a mount's ``top``; "." if it is not below that."""
    group = PurePosixPath(path)
    if ".." in group.parts or not group.is_relative_to(top):
        return PurePosixPath()
    return group.relative_to(top)


def _upwards(point: Path, group: PurePosixPath) -> Iterator[Path]:
    for part in (group, *group.parents):
        folder = point / part
        if folder.is_dir():
            yield folder


def _unescaped(word: str) -> str:
    """Replace the octal escapes that mountinfo writes for blanks."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), word)


def _table(path: Path) -> dict[str, int]:
    """Return integers by name, from lines with a name and an integer, as in meminfo."""
    lines = (line.split() for line in _text(path).splitlines())
    pairs = ((words[0].rstrip(":"), _whole(words[1])) for words in lines if len(words) > 1)
    return {name: number for name, number in pairs if number is not None}


def _number(path: Path) -> int | None:
    return _whole(_text(path).strip())


def _whole(word: str) -> int | None:
    """Return the integer that a word is; None for ``max`` and any other word."""
    return int(word) if re.fullmatch(r"-?[0-9]+", word) else None


def _text(path: Path) -> str:
    """Return the text of a system file; "" if it does not exist or cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
