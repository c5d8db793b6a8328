"""What a job will take: seconds, memory and disk, estimated before anything is computed.

The time is that of the gradients of the flow, of the Hessians and of the dense algebra that
Newton's method and the certificate need, fitted on one core with AVX-512 for n = 20 to 200 and
p = 2 to 5: there within a factor of two, on a machine without AVX-512 up to twice as long again.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinglass.sweep.plan import Job

PART_SECONDS = 600.0
"""A crash loses at most this much work of one core."""

_GRADIENTS = 20.0
_SECONDS_PER_SITE, _SECONDS_PER_COUPLING = 8e-9, 1.3e-11
_HESSIANS, _SECONDS_PER_TERM = 5.0, 1e-10
_BASE, _DENSE_PER_SITE, _DENSE_PER_CUBE = 5e-5, 2e-6, 5e-10
_SLOWER = {"flow": 1.0, "fast": 0.8, "gd": 40.0}
_INTERPRETER = 300 * 2**20


def seconds_per_start(n: int, p: int, method: str = "flow", nu: float = 0.0) -> float:
    """Return the estimated seconds of one core for one start."""
    terms = p * math.comb(n + p - 1, p)
    gradient = _SECONDS_PER_SITE * n + _SECONDS_PER_COUPLING * terms
    steeper = math.sqrt(p / (p + nu**2))
    flow = steeper * _SLOWER[method] * _GRADIENTS * math.sqrt(n) * gradient
    dense = _BASE + _DENSE_PER_SITE * n + _DENSE_PER_CUBE * n**3
    return flow + _HESSIANS * _SECONDS_PER_TERM * terms + dense


def job_seconds(job: "Job") -> float:
    """Return the estimated seconds of one core for a job."""
    return job.starts * seconds_per_start(job.n, job.p, job.method, job.nu)


def job_memory(job: "Job") -> int:
    """Return the bytes a job needs: interpreter, couplings, end points and copies of them."""
    return _INTERPRETER + 8 * (math.comb(job.n + job.p - 1, job.p) + 3 * job.starts * job.n)


def job_disk(job: "Job") -> int:
    """Return the bytes of the result file at most: every start in a minimum of its own."""
    return 16 * job.starts * job.n + 100 * job.starts + 60_000


def part_starts(job: "Job") -> int:
    """Return how many starts of a job take about `PART_SECONDS`."""
    return max(1, int(PART_SECONDS / seconds_per_start(job.n, job.p, job.method, job.nu)))
