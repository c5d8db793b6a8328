"""Gradient flow, then Newton: the driver that keeps every thread's lanes full.

Each thread has lanes and a small store of points, which it fills from the common supply of starts.
Points that have come near a minimum are polished by Newton's method, a group at a time; those that
Newton refuses go back to the flow with a lower goal.  What happens to a start depends on that start
alone, so threads, groups and order leave no trace in the results.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spinglass.control import FREE
from spinglass.kernels import chebyshev, flow_lanes, gradient_flow, newton
from spinglass.kernels.compiled import is_missing
from spinglass.kernels.gradient import new_room
from spinglass.kernels.simd import LANES
from spinglass.landscape.evaluate import GROUPS, for_kernels
from spinglass.landscape.model import Landscape
from spinglass.parallel import map_threads, single_threaded_blas, thread_count
from spinglass.search.descent import Descent, Status, stationary_status
from spinglass.search.methods.request import Request
from spinglass.search.methods.stiffness import spectral_edge

_FIRST_GOAL = 1.5e-2
_LOWER_GOAL = 0.25
_FIRST_STEP = 0.05
_NEWTON_STEPS = 12
_SLICE_SECONDS = 0.05
_MOST_TICKS = 4096


def follow(model: Landscape, request: Request, error: float, late: float) -> Descent:
    """Follow the flow with the local ``error`` per step, root mean square per spin.

    If the gradient is small, the error ``late`` is allowed: by then the flow contracts, and has
    chosen its minimum.  Of 500 starts at n = 100, p = 3 without field, 99.8 % end where the exact
    flow does with errors 3e-3 and 0.1, and 99.4 % with 3e-2 and 0.1.
    """
    record = Descent.empty(len(request.starts), model.n)
    record.spins[:] = request.starts
    supply = _Supply(request)
    threads = max(1, min(thread_count(), -(-len(request.starts) // LANES)))
    edge = spectral_edge(model)
    workers = [
        _Follower(model, request, record, supply, edge, (error, late), threads)
        for _ in range(threads)
    ]
    with single_threaded_blas():
        map_threads(_Follower.run, workers, threads)
    return record


def integrator_missing() -> bool:
    """Say whether the integrator is not compiled yet, and could be compiled and cached."""
    return is_missing(gradient_flow.integrate)


def compile_integrator(model: Landscape) -> None:
    """Compile the integrator, and no other large kernel, by calling it without points."""
    request = Request(np.empty((0, model.n)), 1.0, 1, FREE)
    record = Descent.empty(0, model.n)
    follower = _Follower(model, request, record, _Supply(request), 1.0, (1.0, 1.0), 1)
    follower.prepare()
    follower.integrate(1)


class _Supply:
    """Hands out each number of a start once, to any thread, until the control stops it."""

    def __init__(self, request: Request) -> None:
        self._numbers: Iterator[int] = iter(range(len(request.starts)))
        self._control = request.control
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def take(self, most: int) -> list[int]:
        with self._lock:
            if self._control.spent:
                return []
            return list(itertools.islice(self._numbers, most))


@dataclass
class _Follower:
    model: Landscape
    request: Request
    record: Descent
    supply: _Supply
    edge: float
    tolerances: tuple[float, float]
    threads: int

    def run(self) -> None:
        """Work until the supply is empty and every point taken from it has ended."""
        try:
            self._work()
        except BaseException:
            self.supply.stopped.set()
            raise

    def prepare(self) -> None:
        """Allocate lanes, the store of points and the work arrays of the kernels."""
        model = self.model
        n = model.n
        share = -(-len(self.request.starts) // self.threads)
        groups = max(1, min(GROUPS, -(-share // LANES)))
        self.lanes = flow_lanes.new_lanes(groups, n)
        self.landscape = for_kernels(model)
        self.method = gradient_flow.FlowMethod(
            self.edge,
            chebyshev.chebyshev_table(),
            *self.tolerances,
            self.request.max_gradients,
            new_room(groups, n, model.orders),
        )
        self.goal = newton.Goal(self.request.tol, _NEWTON_STEPS)
        self.queue = flow_lanes.new_batch(3 * groups * LANES, n)
        self.free = list(range(len(self.queue.label)))
        self.waiting: list[int] = []
        self.running: set[int] = set()
        self.arrived: list[int] = []
        self.space = newton.new_space(n, model.orders)

    def _work(self) -> None:
        self.prepare()
        ticks = 1
        busy = 0
        while not self.supply.stopped.is_set():
            self._refill()
            if not (busy or self.waiting or self.arrived):
                return
            began = time.perf_counter()
            busy = self.integrate(ticks)
            elapsed = time.perf_counter() - began
            wanted = ticks * _SLICE_SECONDS / max(elapsed, 1e-4)
            ticks = int(np.clip(wanted, 1, min(4 * ticks, _MOST_TICKS)))
            self._collect()
            idle = not (busy or self.waiting)
            while len(self.arrived) >= LANES or (idle and self.arrived):
                self._polish()
                idle = idle and not self.waiting

    def _refill(self) -> None:
        """Take as many new starts as the store has room for, at most one for each lane."""
        room = min(len(self.free), self.lanes.item.size) - len(self.waiting)
        for number in self.supply.take(max(room, 0)):
            slot = self.free.pop()
            queue = self.queue
            queue.x[slot] = self.request.starts[number]
            queue.label[slot] = number
            queue.step[slot] = _FIRST_STEP
            queue.work[slot] = 0
            self._enqueue(slot, max(_FIRST_GOAL, self.request.tol))

    def _enqueue(self, slot: int, goal: float) -> None:
        self.queue.goal[slot] = goal
        self.queue.status[slot] = flow_lanes.WAITING
        self.waiting.append(slot)

    def integrate(self, ticks: int) -> int:
        """Integrate all lanes for some ticks; return how many lanes are still busy."""
        pending = np.array(self.waiting, np.int64)
        head, busy = gradient_flow.integrate(
            self.landscape, self.method, self.lanes, self.queue, pending, 0, ticks
        )
        del self.waiting[:head]
        self.running.update(pending[:head].tolist())
        return busy

    def _collect(self) -> None:
        """Take points that have left their lanes: they are to be polished, or given up."""
        for slot in sorted(self.running):
            status = self.queue.status[slot]
            if status == flow_lanes.WAITING:
                continue
            self.running.discard(slot)
            if status == flow_lanes.REACHED:
                self.arrived.append(slot)
            else:
                known = {
                    flow_lanes.EXHAUSTED: Status.NOT_CONVERGED,
                    flow_lanes.NOT_FINITE: Status.NOT_FINITE,
                }
                self._give_up(slot, known[int(status)])

    def _polish(self) -> None:
        """Run Newton's method on a group; send points that it refuses back to the flow."""
        queue = self.queue
        group, self.arrived = self.arrived[:LANES], self.arrived[LANES:]
        points = np.ones((LANES, self.model.n))
        points[: len(group)] = queue.x[group]
        outcome = np.empty((2, LANES), np.int64)
        summary = np.empty((4, LANES))
        newton.polish(self.landscape, points, len(group), self.goal, self.space, outcome, summary)
        for lane, slot in enumerate(group):
            if outcome[0, lane] == newton.CONVERGED:
                self._end(slot, points[lane], summary[:, lane], int(outcome[1, lane]))
            elif queue.work[slot] >= self.request.max_gradients:
                self._give_up(slot, Status.NOT_CONVERGED)
            else:
                self._enqueue(slot, max(_LOWER_GOAL * queue.norm[slot], 0.5 * self.request.tol))

    def _end(self, slot: int, point: np.ndarray, summary: np.ndarray, index: int) -> None:
        record = self.record
        row = self.queue.label[slot]
        record.spins[row] = point
        record.energy[row], record.gradient_norm[row], record.lambda_min[row] = summary[:3]
        record.index[row] = index
        record.status[row] = stationary_status(index, summary[2])
        record.gradients[row] = self.queue.work[slot]
        self._release(slot, int(record.status[row] == Status.MINIMUM))

    def _give_up(self, slot: int, status: Status) -> None:
        record = self.record
        row = self.queue.label[slot]
        record.spins[row] = self.queue.x[slot]
        record.energy[row] = self.model.energy(self.queue.x[slot])
        record.gradient_norm[row] = self.queue.norm[slot]
        record.status[row] = status
        record.gradients[row] = self.queue.work[slot]
        self._release(slot, 0)

    def _release(self, slot: int, minima: int) -> None:
        self.free.append(slot)
        self.request.advance(1, minima)
