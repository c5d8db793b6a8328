"""Estimates, before anything is computed, of the seconds, memory and disk that a job takes."""

from spinglass.landscape.forms import coupling_count
from spinglass.search.descent_cost import seconds_per_start
from spinglass.sweep.job import Begin, Job

PART_SECONDS = 600.0
"""Seconds of one core that a part should take: about the most work that a crash loses."""

ALONE = 8.0
"""How many times longer a start takes alone than among many that descend side by side."""

_FILE_SECONDS = 0.09
_INTERPRETER = 300 * 2**20


def start_seconds(job: Job) -> float:
    """Return the estimated seconds of one core for a start of a job, on the machine of the fit."""
    seconds = seconds_per_start(job.n, job.orders, job.method, job.nu)
    return seconds if job.begin == Begin.RANDOM else ALONE * seconds + _FILE_SECONDS


def job_seconds(job: Job) -> float:
    """Return the estimated seconds of one core for a job, on the machine of the fit."""
    return job.starts * start_seconds(job)


def job_memory(job: Job) -> int:
    """Return the bytes of memory that a job needs: interpreter, couplings, copies of end points."""
    couplings = sum(coupling_count(job.n, p) for p, _ in job.covariance.weights)
    return _INTERPRETER + 8 * (couplings + 3 * job.starts * job.n)


def job_disk(job: Job) -> int:
    """Return the most bytes that a result file can have: every start in a minimum of its own."""
    return 16 * job.starts * job.n + 100 * job.starts + 60_000


def part_starts(job: Job) -> int:
    """Return the number of starts that take about `PART_SECONDS` on the machine of the fit."""
    return max(1, int(PART_SECONDS / start_seconds(job)))
