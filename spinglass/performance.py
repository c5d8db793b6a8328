"""How fast this machine is, and how close to its limit the kernels run.

The limit of a gradient in a batch is arithmetic: two fused multiply-adds per unique coupling, four
floating-point operations, at the rate at which the machine's BLAS multiplies matrices.  The limit
of one gradient on a large landscape is the time to read the couplings once; gradient and reading
take turns on the same couplings.  Every rate is the median of several runs; compare rates within
one run only.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from spinglass.arrays import Array
from spinglass.control import FREE, Control
from spinglass.covariance import Covariance, Name
from spinglass.kernels.simd import LANES
from spinglass.landscape.drawn import draw_landscape
from spinglass.landscape.geometry import random_points
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import generator
from spinglass.parallel import map_threads, single_threaded_blas, thread_count, thread_share
from spinglass.search.descent import Status
from spinglass.search.descent_cost import machine_speed, seconds_per_start
from spinglass.search.methods.entry import descend

KERNEL_CASES = ((100, 3, 1024), (50, 4, 1024), (30, 5, 1024), (300, 3, 256), (1000, 2, 1024))
"""(n, p, replicas) of each row of the table."""

_REPEATS = 7
_SECONDS = 0.15


@dataclass(frozen=True)
class Machine:
    """What the machine can do with the threads used.

    Attributes
    ----------
    threads : int
        Threads used in every measurement.
    lanes : int
        Replicas that the gradient kernel holds in registers.
    dgemm : float
        Gflop/s of a product of two 1024 x 1024 matrices of doubles.
    read : float
        GB/s of an inner product of an array, far larger than the caches, with itself.
    """

    threads: int
    lanes: int
    dgemm: float
    read: float


@dataclass(frozen=True)
class KernelRate:
    """Time of a gradient, and how much of the limit it reaches: for one replica, of reading.

    Attributes
    ----------
    n, replicas : int
        Numbers of spins and of replicas.
    orders : int or str
        Orders of the landscape (`spinglass.covariance.Name`).
    dtype : str
        Type of the numbers.
    microseconds : float
        Time per gradient, all threads at work.
    rate : float
        Gflop/s at 4 C(n + p - 1, p) operations an order, or GB/s for one replica.
    share : float
        Share of the dgemm rate or, for one replica, of the rate of reading the same couplings.
    """

    n: int
    orders: Name
    replicas: int
    dtype: str
    microseconds: float
    rate: float
    share: float


@dataclass(frozen=True)
class DescentRate:
    """Certified minima per second, measured and as `spinglass.search.descent_cost` expects."""

    n: int
    orders: Name
    nu: float
    method: str
    starts: int
    certified: int
    gradients: float
    minima_per_second: float
    expected: float


def median_seconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Return the median seconds of one call, over measurements that repeat the call long enough."""
    work()
    began = time.perf_counter()
    work()
    calls = max(1, int(_SECONDS / max(time.perf_counter() - began, 1e-9)))
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        for _ in range(calls):
            work()
        times.append((time.perf_counter() - began) / calls)
    return float(np.median(times))


def measure_machine(control: Control = FREE) -> Machine:
    """Measure dgemm and reading; ``control`` only sets the number of threads."""
    count = thread_count(control.threads)
    side = 1024
    matrices = [generator(k).standard_normal((2, side, side)) for k in range(count)]
    flops, array = count * 2.0 * side**3, np.ones(2**26)
    with single_threaded_blas():
        seconds = median_seconds(
            lambda: map_threads(lambda pair: pair[0] @ pair[1], matrices, count)
        )
        reading = median_seconds(_reader(array, count))
    return Machine(count, LANES, flops / seconds / 1e9, array.nbytes / reading / 1e9)


def _reader(array: Array, threads: int) -> Callable[[], object]:
    """Return a function that reads an array once, by BLAS's fastest: its product with itself."""
    parts = np.array_split(array, 8 * threads)

    return lambda: map_threads(lambda part: part.dot(part), parts, threads)


def measure_kernel(
    n: int, orders: Covariance | Name, replicas: int, machine: Machine
) -> KernelRate:
    """Measure the gradient of a batch of replicas and compare it with the machine's limit."""
    with thread_share(machine.threads):
        return _measure_kernel(draw_landscape(n, orders), random_points(n, replicas), machine)


def _measure_kernel(model: Landscape, points: Array, machine: Machine) -> KernelRate:
    replicas = len(points)
    if replicas == 1:
        read = _reader(model.couplings, machine.threads)
        with single_threaded_blas():
            turns = [
                (median_seconds(lambda: model.gradient(points), 1), median_seconds(read, 1))
                for _ in range(_REPEATS)
            ]
        seconds, reading = np.median(turns, axis=0).tolist()
        work = float(model.couplings.nbytes)
        limit = work / reading / 1e9
    else:
        seconds = median_seconds(lambda: model.gradient(points))
        work, limit = 4.0 * model.couplings.size * replicas, machine.dgemm
    rate = work / seconds / 1e9
    which = model.n, model.covariance.name, replicas
    return KernelRate(*which, points.dtype.name, 1e6 * seconds / replicas, rate, rate / limit)


def measure_descent(
    n: int,
    orders: Covariance | Name,
    nu: float,
    starts: int,
    method: str = "flow",
    control: Control = FREE,
) -> DescentRate:
    """Measure certified minima per second, without compilation; ``control`` only sets threads."""
    threads = Control(control.threads)
    law = Covariance.of(orders, nu)
    model = draw_landscape(n, law)
    descend(model, 4 * LANES, method=method, control=threads)
    began = time.perf_counter()
    descents = descend(model, starts, method=method, control=threads)
    seconds = time.perf_counter() - began
    certified = descents.count(Status.MINIMUM)
    work = float(descents.gradients.mean())
    expected = thread_count(control.threads) * machine_speed() / seconds_per_start(n, law, method)
    rate = certified / seconds
    return DescentRate(n, law.name, nu, method, starts, certified, work, rate, expected)


def as_table(machine: Machine, kernels: list[KernelRate], descents: list[DescentRate]) -> dict:
    """Return all measurements as plain numbers."""
    return {
        "machine": asdict(machine),
        "kernels": [_row(rate) for rate in kernels],
        "descents": [_row(rate) for rate in descents],
    }


def _row(rate: KernelRate | DescentRate) -> dict:
    """Return a measurement as plain numbers, its orders as ``p`` or ``mixture``."""
    row = {"n": rate.n, **Covariance.of(rate.orders).named, **asdict(rate)}
    del row["orders"]
    return row
