"""What control groups and limits leave, from trees of files made by hand and for real."""

import os
import re
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from spinglass.errors import MemoryLimitError
from spinglass.landscape import forms
from spinglass.machine import Room, core_count, memory_room

GIB = 2**30
UNLIMITED_V1 = "9223372036854771712"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A machine of 23 GiB and eight cores, to be filled with groups."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    put(tmp_path, "proc/meminfo", f"MemTotal: 99 kB\nMemAvailable:   {23 * 2**20} kB\nHugePages: 0")
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def mount(root: Path, point: str, top: str, kind: str, controllers: str = "rw") -> None:
    path = root / "proc/self/mountinfo"
    old = path.read_text() if path.exists() else "23 1 0:1 / / rw - ext4 /dev/sda rw\nnonsense\n"
    put(
        root,
        "proc/self/mountinfo",
        f"{old}31 23 0:28 {top} {point} rw shared:9 - {kind} x {controllers}\n",
    )


def test_without_groups_the_system_decides(tree):
    assert memory_room(tree).size == 23 * GIB
    assert core_count(tree) == 8
    (tree / "proc/meminfo").unlink()
    assert memory_room(tree).size == memory_room(Path("/nowhere")).size > 0


def test_version_two_and_every_group_above_count(tree):
    put(tree, "proc/self/cgroup", "0::/user/batch/step\n")
    mount(tree, "/sys/fs/cgroup", "/", "cgroup2")
    put(tree, "sys/fs/cgroup/user/batch/step/memory.max", "max\n")
    put(tree, "sys/fs/cgroup/user/batch/step/memory.current", "5\n")
    put(tree, "sys/fs/cgroup/user/batch/step/cpu.max", "max 100000\n")
    assert memory_room(tree).size == 23 * GIB
    put(tree, "sys/fs/cgroup/user/batch/memory.max", f"{4 * GIB}\n")
    put(tree, "sys/fs/cgroup/user/batch/memory.high", "max\n")
    put(tree, "sys/fs/cgroup/user/batch/memory.current", f"{3 * GIB}\n")
    put(tree, "sys/fs/cgroup/user/batch/memory.stat", f"anon 7\ninactive_file {GIB}\n")
    put(tree, "sys/fs/cgroup/user/batch/cpu.max", "250000 100000\n")
    assert memory_room(tree).size == 2 * GIB
    assert core_count(tree) == 3
    put(tree, "sys/fs/cgroup/user/batch/memory.high", f"{3 * GIB}\n")
    assert memory_room(tree).size == GIB
    put(tree, "sys/fs/cgroup/user/batch/memory.high", f"{GIB}\n")
    assert memory_room(tree).size == 0


def test_version_one_with_controllers_mounted_apart(tree):
    put(tree, "proc/self/cgroup", "9:name=systemd:/\n4:memory:/job\n1:cpu,cpuacct:/job\n0::/\n")
    mount(tree, r"/odd\040place/memory", "/", "cgroup", "rw,memory")
    mount(tree, "/sys/fs/cgroup/cpu,cpuacct", "/", "cgroup", "rw,cpu,cpuacct")
    put(tree, "odd place/memory/memory.limit_in_bytes", UNLIMITED_V1)
    put(tree, "odd place/memory/job/memory.limit_in_bytes", str(GIB))
    put(tree, "odd place/memory/job/memory.usage_in_bytes", str(GIB // 2))
    stat = f"inactive_file 0\ntotal_inactive_file {GIB // 4}\n"
    put(tree, "odd place/memory/job/memory.stat", stat)
    put(tree, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1")
    put(tree, "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000")
    put(tree, "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "20000")
    put(tree, "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000")
    assert memory_room(tree).size == 3 * GIB // 4
    assert core_count(tree) == 1


@pytest.mark.parametrize(
    ("path", "top"),
    [
        ("/", "/"),
        ("/docker/abc", "/docker/abc"),
        ("/docker/abc", "/"),
        ("/../../other", "/"),
        ("/kube/pod/abc", "/kube/other"),
    ],
)
def test_inside_a_container_the_group_is_what_is_mounted(tree, path, top):
    put(tree, "proc/self/cgroup", f"0::{path}\n")
    mount(tree, "/sys/fs/cgroup", top, "cgroup2")
    put(tree, "sys/fs/cgroup/memory.max", str(GIB))
    put(tree, "sys/fs/cgroup/memory.current", str(GIB // 4))
    put(tree, "sys/fs/cgroup/cpu.max", "150000 100000")
    assert memory_room(tree).size == 3 * GIB // 4
    assert core_count(tree) == 2


def test_the_limits_of_the_process_count(tree, monkeypatch):
    limits = {resource.RLIMIT_AS: 4 * GIB, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda limit: (limits[limit], 0))
    put(tree, "proc/self/status", f"Name: x\nVmSize: {2**20} kB\nVmData: {2**19} kB\n")
    assert memory_room(tree) == (3 * GIB, "the limit of address space (ulimit -v)")
    limits[resource.RLIMIT_DATA] = GIB
    assert memory_room(tree) == (GIB // 2, "the limit of data (ulimit -d)")


def test_the_limit_in_force_is_named(tree):
    assert memory_room(tree) == (23 * GIB, "the memory of this machine")
    put(tree, "proc/self/cgroup", "0::/job")
    mount(tree, "/sys/fs/cgroup", "/", "cgroup2")
    put(tree, "sys/fs/cgroup/job/memory.max", str(GIB))
    put(tree, "sys/fs/cgroup/job/memory.current", "0")
    folder = tree / "sys/fs/cgroup/job"
    assert memory_room(tree) == (GIB, f"the limit of the control group {folder}")


def under(limit: int, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line under a limit of the process, with one thread of BLAS."""
    code = (
        f"import resource; resource.setrlimit({limit}, ({size}, {size}));"
        "from spinglass_cli.main import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize("mebibytes", [80, 200, 300, 400, 500, 700])
@pytest.mark.parametrize(
    "words", [("show", "FIXTURE"), ("theory", "counts", "--n", "9"), ("check", "--n", "9")]
)
def test_limits_that_libraries_would_not_survive_are_said_in_a_line(mebibytes, words):
    fixture = str(Path(__file__).parent / "fixtures/descents.nc")
    words = [fixture if word == "FIXTURE" else word for word in words]
    found = under(resource.RLIMIT_AS, mebibytes * 2**20, *words)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        "Error: the limit of address space (ulimit -v) must be at least 786,432 KiB here, where "
        f"BLAS has 1 thread, got {mebibytes * 1024:,} KiB\n"
    )


def test_what_loads_no_library_works_under_a_low_limit():
    for words in (["--version"], ["sample", "--help"], ["config", "quick"]):
        found = under(resource.RLIMIT_AS, 100 * 2**20, *words)
        assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.slow
def test_the_least_limit_suffices_to_compile(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    made = ["--n", "9", "--starts", "5", "--threads", "1", "--out", str(tmp_path / "x.nc")]
    found = under(resource.RLIMIT_AS, 768 * 2**20, "sample", *made)
    assert found.returncode == 0, found.stderr


def test_a_refusal_for_want_of_memory_names_the_limit():
    found = under(resource.RLIMIT_AS, 2**31, "check", "--n", "1300")
    assert "are available: the limit of address space (ulimit -v) leaves" in found.stderr


CHECK = "from spinglass_cli.main import main; main(['check', '--n', '1300', '--p', '3'])"


def test_couplings_beyond_the_limit_of_the_process_are_refused():
    code = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)); {CHECK}"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2, found.stderr
    assert found.stderr.startswith("Error: n = 1300, p = 3 needs 2,")
    assert found.stderr.count("\n") == 1


def own_group() -> Path | None:
    """The folder of this process's group that limits memory, where it is in its usual place."""
    places = {"memory": "/sys/fs/cgroup/memory", "": "/sys/fs/cgroup"}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        folder = Path(places.get(controllers, "/nowhere") + path)
        if any((folder / name).exists() for name in ("memory.limit_in_bytes", "memory.max")):
            return folder
    return None


@pytest.fixture
def group():
    """A real control group of 1 GiB below that of this process."""
    above = own_group() if Path("/proc/self/cgroup").exists() else None
    if above is None:
        pytest.skip("no control group for memory")
    folder = above / f"spinglass-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        limit = "memory.max" if (folder / "memory.max").exists() else "memory.limit_in_bytes"
        try:
            (folder / limit).write_text(str(GIB))
        except OSError as error:
            pytest.skip(f"no limit can be set: {error}")
        yield folder
    finally:
        with suppress(OSError):
            folder.rmdir()


def test_couplings_beyond_the_limit_of_a_real_group_are_refused(group):
    code = f"open({str(group / 'cgroup.procs')!r}, 'w').write('0'); {CHECK}"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2, found.stderr
    said = re.search(r"n = 1300, p = 3 needs .* couplings, ([0-9,]+) bytes", found.stderr)
    assert said
    assert 0 < int(said[1].replace(",", "")) < GIB


def test_starts_of_few_sites_count_what_is_known_of_their_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At n = 2 the end point itself is a third of what a start takes."""
    room = 2**30
    monkeypatch.setattr(forms, "memory_room", lambda: Room(room, "of a test"))
    forms.check_starts(1_000_000, 2)
    with pytest.raises(MemoryLimitError, match="14,000,000 at n = 2"):
        forms.check_starts(14_000_000, 2)
