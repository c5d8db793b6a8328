"""What a job will take: seconds, memory and disk, estimated before anything is computed."""

from spinglass.landscape.forms import coupling_count
from spinglass.search.descent_cost import seconds_per_start
from spinglass.sweep.job import Begin, Job

PART_SECONDS = 600.0
"""A crash loses at most this much work of one core."""

ALONE = 8.0
"""A start by itself takes about so many times as long as one of many that descend side by side."""

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
    """Return the bytes a job needs: interpreter, couplings, end points and copies of them."""
    couplings = sum(coupling_count(job.n, p) for p, _ in job.covariance.weights)
    return _INTERPRETER + 8 * (couplings + 3 * job.starts * job.n)


def job_disk(job: Job) -> int:
    """Return the bytes of the result file at most: every start in a minimum of its own."""
    return 16 * job.starts * job.n + 100 * job.starts + 60_000


def part_starts(job: Job) -> int:
    """Return how many starts take about `PART_SECONDS` on the machine of the fit, not this one."""
    return max(1, int(PART_SECONDS / start_seconds(job)))
