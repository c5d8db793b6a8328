"""A Slurm of this machine alone, on which the recipes of docs/howto/clusters.md run as written.

Two nodes share the machine, behind loopback addresses and a key of their own; everything lies in
one folder and is gone afterwards.  ``python -m tests.slurm`` says in lines what was run, killed and
requeued, and ends with an error if any file of a sweep differs from that of a local run.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from spinglass import open_result
from tests.test_docs import ROOT, blocks

PAGE = ROOT / "docs" / "howto" / "clusters.md"
BIN = Path(sys.executable).parent
NODES = ("one", "two")
WANTED = ("slurmctld", "slurmd", "munged", "sbatch", "scontrol")
PATIENCE = 900.0

SWEEP = """\
[landscape]
n = 100
p = 3
seeds = [0, 1, 2, 3, 4, 5, 6, 7]

[field]
nu = [0.0, 0.5, 1.0]

[descent]
starts = 800
"""

CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort=26817
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin={task}
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=1000
SwitchType=switch/none
MpiDefault=none
ReturnToService=1
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=5
MinJobAge=3600
JobRequeue=1
SchedulerParameters=bf_interval=1,sched_interval=2
NodeName=one NodeHostname=localhost NodeAddr=127.0.0.1 Port=26818 CPUs=4 RealMemory=16000
NodeName=two NodeHostname=localhost NodeAddr=127.0.0.1 Port=26819 CPUs=4 RealMemory=16000
PartitionName=all Nodes=one,two Default=YES MaxTime=2:00:00 State=UP
"""

CGROUPS = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
"""


def say(words: str) -> None:
    """Print a line with the time since the beginning."""
    print(f"{time.monotonic() - _BEGAN:6.0f} s  {words}", flush=True)


_BEGAN = time.monotonic()


def output(*command: object) -> str:
    """Return what a command prints; its failure is ours."""
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def wait(for_what: str, done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"waited {PATIENCE:.0f} s in vain for {for_what}")
        time.sleep(0.5)


class Slurm:
    """A controller and two nodes, started in a folder."""

    def __init__(self, folder: Path, *, cgroups: bool = False) -> None:
        self._folder = folder
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (folder / name).mkdir(exist_ok=True)
        task = "task/cgroup" if cgroups else "task/none"
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder, task=task))
        (folder / "cgroup.conf").write_text(CGROUPS if cgroups else "")
        key = folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        names = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log"}
        files = [f"--{option}={folder}/munge.{ending}" for option, ending in names.items()]
        output("munged", "--force", *files, f"--seed-file={folder}/munge.seed")
        output("slurmctld", "-i")
        for node in NODES:
            self.start(node)
        wait("two idle nodes", lambda: output("sinfo", "-hN", "-o", "%T").split() == ["idle"] * 2)

    def start(self, node: str) -> None:
        """Start a node."""
        output("slurmd", "-N", node)

    def kill(self, node: str) -> int:
        """Kill a node and everything that runs on it; return how many processes that were."""
        processes = [int((self._folder / f"slurmd-{node}.pid").read_text())]
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (place / "environ").read_bytes().split(b"\0")
                ours = f"SLURMD_NODENAME={node}".encode() in words and self._ours(words)
                if ours or self._steps_of(node, (place / "cmdline").read_bytes()):
                    processes.append(int(place.name))
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return len(processes)

    def _ours(self, words: list[bytes]) -> bool:
        return f"SLURM_CONF={os.environ['SLURM_CONF']}".encode() in words

    def _steps_of(self, node: str, command: bytes) -> bool:
        """Say whether a process is the daemon of a job on a node of this folder."""
        if not command.startswith(b"slurmstepd: ["):
            return False
        found = re.search(rb"\[(\d+)\.", command)
        return found is not None and node in job(found[1].decode()).get("NodeList", "")

    def stop(self) -> None:
        """End what was started here."""
        with contextlib.suppress(subprocess.CalledProcessError):
            output("scancel", "--user=root")
            time.sleep(2.0)
        for path in self._folder.glob("*.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(path.read_text()), signal.SIGTERM)
        time.sleep(1.0)


def job(number: str) -> dict[str, str]:
    """Return what Slurm knows of a job or a task of an array."""
    shown = output("scontrol", "show", "job", "-o", number).splitlines()[0]
    return dict(word.split("=", 1) for word in shown.split() if "=" in word)


def tasks(number: str) -> list[dict[str, str]]:
    """Return what Slurm knows of each task of an array."""
    lines = output("scontrol", "show", "job", "-o", number).splitlines()
    return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]


def submit(script: str, *options: str) -> str:
    """Submit a script in the folder of work; return the number of its job."""
    Path("script.sh").write_text(script)
    words = ["sbatch", "--parsable", "--output=said-%A-%a.txt", "--open-mode=append", *options]
    return output(*words, "script.sh").strip()


def finished(number: str) -> bool:
    """Say whether no task of a job is waiting or running."""
    return not output("squeue", "-h", "-j", number).strip()


def sweep(folder: str, *options: object) -> str:
    """Run the sweep of this folder here."""
    return output(BIN / "spinglass", "sweep", CONFIG, "--out", folder, *options)


CONFIG = "configs/field-sweep.toml"


def difference(one: Path, other: Path) -> str:
    """Say in what two results differ."""
    if not (one.exists() and other.exists()):
        return "one is missing"
    a, b = open_result(one), open_result(other)
    names = {*a.variables, *b.variables}
    found = [name for name in names if not (name in a and name in b and a[name].equals(b[name]))]
    told = [
        f"{key}: {a.attrs.get(key)!r} against {b.attrs.get(key)!r}"
        for key in sorted({*a.attrs, *b.attrs})
        if str(a.attrs.get(key)) != str(b.attrs.get(key))
    ]
    return "; ".join([*sorted(map(str, found)), *told]) or "its layout alone"


def compare(name: str, folder: Path) -> None:
    """Check that a sweep has the files of the local one, byte by byte."""
    local = {path.name: path.read_bytes() for path in Path("local").glob("*.nc")}
    there = {path.name: path.read_bytes() for path in folder.glob("*.nc")}
    if local != there:
        differ = sorted(name for name in {*local, *there} if local.get(name) != there.get(name))
        why = difference(Path("local", differ[0]), folder / differ[0])
        words = f"{len(differ)} files differ from the local run: {differ[:5]}"
        raise SystemExit(f"{name}: {words}; the first in {why}")
    say(f"{name}: {len(there)} files, each identical to that of the local run")


def array(script: str) -> None:
    """Run the job array of the page as it is written."""
    os.environ["SCRATCH"] = str(Path("array").absolute())
    number = submit(script)
    wait("the array", lambda: finished(number))
    places = sorted({task["NodeList"] for task in tasks(number)})
    say(f"job array: {len(tasks(number))} tasks on {' and '.join(places)}")
    compare("job array", Path("array/field-sweep"))


def killed(slurm: Slurm, script: str) -> None:
    """Kill a node in the middle of the array; its tasks are queued again."""
    os.environ["SCRATCH"] = str(Path("killed").absolute())
    number = submit(script)
    wait(
        "results and a task on node two",
        lambda: (
            len(list(Path("killed/field-sweep").glob("*.nc"))) > 3
            and "RUNNING two" in output("squeue", "-hr", "-j", number, "-o", "%T %N")
        ),
    )
    say(f"killed node two: {slurm.kill('two')} processes")
    wait("node two to be missed", lambda: "down" in output("sinfo", "-hn", "two", "-o", "%T"))
    slurm.start("two")
    wait("the array", lambda: finished(number))
    requeued = sum(int(task["Restarts"]) for task in tasks(number))
    say(f"node killed: {requeued} task requeued, {len(tasks(number))} tasks ended")
    if not requeued:
        raise SystemExit("no task was requeued")
    compare("node killed", Path("killed/field-sweep"))


def signalled(script: str) -> None:
    """Send the signal of Slurm to the job that queues itself again, and let it fail."""
    os.environ["SCRATCH"] = str(Path("signalled").absolute())
    script = script.replace("/20", "/1")
    number = submit(script.replace(CONFIG, "configs/none.toml"), "--array=1")
    wait("the job without a configuration", lambda: finished(number))
    failed = tasks(number)[0]
    if (failed["JobState"], failed["ExitCode"]) != ("FAILED", "2:0"):
        raise SystemExit(f"a wrong command ended as {failed['JobState']}, {failed['ExitCode']}")
    number = submit(script, "--array=1")
    wait("some results", lambda: len(list(Path("signalled/field-sweep").glob("*.nc"))) > 3)
    output("scancel", "--batch", "--signal=TERM", number)
    wait("the job that was sent a signal", lambda: finished(number))
    restarts = int(tasks(number)[0]["Restarts"])
    say(f"a wrong command fails with 2; after a signal a task was queued again {restarts} times")
    if restarts != 1:
        raise SystemExit("a signal did not queue the task again")
    compare("signal", Path("signalled/field-sweep"))


def requeueing(script: str, seconds: float) -> None:
    """Run the job of the page that queues itself again when its time is over.

    Slurm starts such a job some two minutes later, so it must not be often: half of the sweep gets
    a third of the time that the whole takes with as many threads.
    """
    os.environ["SCRATCH"] = str(Path("requeued").absolute())
    limit = max(15, round(seconds / 3))
    number = submit(
        script.replace("--time-limit 48m", f"--time-limit {limit}s").replace("/20", "/2"),
        "--array=1-2",
    )
    wait("the job that queues itself again", lambda: finished(number))
    restarts = [int(task["Restarts"]) for task in tasks(number)]
    say(f"--time-limit {limit}s: two tasks, queued again {' and '.join(map(str, restarts))} times")
    if not any(restarts):
        raise SystemExit("no task has queued itself again")
    compare("--time-limit", Path("requeued/field-sweep"))


def dask_jobqueue(code: str) -> None:
    """Run the cluster of the page, and a sweep on it."""
    environment = os.environ | {
        "DASK_JOBQUEUE__SLURM__INTERFACE": "lo",
        "DASK_JOBQUEUE__SLURM__PYTHON": sys.executable,
    }
    cluster = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert cluster.stdout is not None
        address = next(line.strip() for line in cluster.stdout if line.startswith("tcp://"))
        sweep("dask", "--scheduler", address)
        running = output("squeue", "-h", "-t", "RUNNING", "-o", "%N").split()
        say(f"dask-jobqueue: jobs of workers on {' and '.join(sorted(set(running)))}")
    finally:
        cluster.communicate("\n", timeout=120)
    compare("dask-jobqueue", Path("dask"))


def limited(script: str) -> None:
    """Give a task too little memory, which it must see and say, and then enough."""
    os.environ["SCRATCH"] = str(Path("limited").absolute())
    number = submit(script, "--array=1", "--mem=100M")
    wait("the task without memory", lambda: finished(number))
    state, said = tasks(number)[0]["JobState"], Path(f"said-{number}-1.txt").read_text()
    if state != "FAILED" or "the limit of the control group" not in said:
        raise SystemExit(f"a task with 100 MB ended as {state}: {said}")
    if left := list(Path("limited/field-sweep").glob("*.nc")):
        raise SystemExit(f"a task with 100 MB has left {len(left)} files")
    say("memory: a task with 100 MB says that the limit of its control group is too low")
    number = submit(script, "--mem=4000M")
    wait("the array", lambda: finished(number))
    compare("memory, submitted again with 4000 MB", Path("limited/field-sweep"))


def usable_cgroups() -> bool:
    """Say whether memory can be limited here by cgroups of version 1."""
    place = Path("/sys/fs/cgroup/memory")
    return (place / "memory.limit_in_bytes").exists() and os.access(place, os.W_OK)


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder, with the small sweep under the name that the recipes use, and go there."""
    before, folder = Path.cwd(), Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    (folder / "configs").mkdir()
    (folder / CONFIG).write_text(SWEEP)
    os.chdir(folder)
    os.environ["PATH"] = f"{BIN}:{os.environ['PATH']}"
    try:
        yield folder
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run every recipe, or say in a line why not."""
    missing = [name for name in WANTED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        why = f"{', '.join(missing)} not installed" if missing else "its daemons need root"
        print(f"Slurm: skipped, {why}")
        return
    (script,) = blocks(PAGE, "bash")
    (ending,) = (text for text in blocks(PAGE, "shell") if "requeue" in text)
    again = script[: script.index("exec ")] + ending
    (code,) = (text for text in blocks(PAGE, "python") if "SLURMCluster" in text)
    cgroups = usable_cgroups()
    with workplace() as folder:
        slurm = Slurm(folder, cgroups=cgroups)
        try:
            say(f"{output('sinfo', '--version').strip()}, nodes {' and '.join(NODES)}")
            began = time.monotonic()
            say(sweep("local").splitlines()[-1].replace(str(folder), "."))
            local_seconds = time.monotonic() - began
            array(script)
            killed(slurm, script)
            requeueing(again, local_seconds)
            signalled(again)
            dask_jobqueue(code)
            if cgroups:
                limited(script)
            else:
                say("memory: skipped, no cgroups of version 1 can be made here")
        except BaseException:
            for path in sorted(folder.glob("said-*.txt"))[-3:]:
                print(f"--- {path.name}\n{path.read_text()[-2000:]}")
            raise
        finally:
            slurm.stop()


if __name__ == "__main__":
    main()
