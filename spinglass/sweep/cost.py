"""What a job will take: seconds, memory and disk, estimated before anything is computed.

The time is gradients per start times the cost of one, fitted on one core (AVX2) for n = 10 to 150
and p = 2 to 5.  It errs on the long side, by up to a factor of three: parts come out shorter than
they may be, never longer.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinglass.sweep.plan import Job

PART_SECONDS = 600.0
"""A crash loses at most this much work of one core."""

_GRADIENTS, _GRADIENTS_PER_SITE = 75.0, 1.4
_SECONDS, _SECONDS_PER_SITE, _SECONDS_PER_COUPLING = 1.5e-6, 2e-8, 1.6e-10
_NEWTON_PER_CUBE = 5e-9
_SLOWER = {"flow": 1.0, "fast": 1.0, "gd": 50.0}


def seconds_per_start(n: int, p: int, method: str = "flow") -> float:
    """Return the estimated seconds of one core for one start."""
    couplings = math.comb(n + p - 1, p)
    gradients = _GRADIENTS + _GRADIENTS_PER_SITE * n
    one = _SECONDS + _SECONDS_PER_SITE * n + _SECONDS_PER_COUPLING * p * couplings
    return _SLOWER[method] * gradients * one + _NEWTON_PER_CUBE * n**3


def job_seconds(job: "Job") -> float:
    """Return the estimated seconds of one core for a job."""
    return job.starts * seconds_per_start(job.n, job.p, job.method)


def job_memory(job: "Job") -> int:
    """Return the bytes a job needs at its end: couplings, end points, and a copy of them."""
    return 8 * (math.comb(job.n + job.p - 1, job.p) + 3 * job.starts * job.n)


def job_disk(job: "Job") -> int:
    """Return the bytes of the result file at most: every start in a minimum of its own."""
    return 16 * job.starts * job.n + 100 * job.starts + 60_000


def part_starts(job: "Job") -> int:
    """Return how many starts of a job take about `PART_SECONDS`."""
    return max(1, int(PART_SECONDS / seconds_per_start(job.n, job.p, job.method)))
