"""The gradient flow dx/dt = -g(x) on the sphere, integrated for many replicas at once.

Only gradients are needed, and their kernel runs at the machine's limit.

Each lane is a small automaton with its own step, number of stages and stage; one tick evaluates one
gradient in every lane and advances each lane by one stage.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels import chebyshev, flow_lanes
from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.flow_lanes import EXHAUSTED, FRESH, IDLE, NOT_FINITE, REACHED, WAITING
from spinglass.kernels.form import form_of
from spinglass.kernels.gradient import gradient
from spinglass.kernels.simd import LANES, add, fma, load, multiply, splat, store

_MID, _BEGIN, _END, _REST = 0, 1, 2, 3
_MOST_REJECTIONS = 20

FlowMethod = namedtuple("FlowMethod", "edge table tolerance late_tolerance most_work room")
"""How points are moved: the edge of the spectrum of d2H without the radial force; the table from
`chebyshev_table`; the local error allowed in a step, root mean square per spin, and the one allowed
if the gradient is small and does not double; the gradients after which a point is given up; working
space from `gradient.new_room`."""

_LATE = 0.3
"""Gradients below this norm / sqrt(n), in the landscape's unit, are small."""


@_inline
def _add_order(lanes, s, n, forms, k):
    """Add the gradient of form ``k`` to ``lower``, which begins with that of the field."""
    minus = splat(-forms.scales[k])
    for i in range(n):
        q = (s * n + i) * LANES
        lower = splat(-forms.field[i]) if k == 0 else load(lanes.lower, q)
        store(lanes.lower, q, fma(minus, load(lanes.g, q), lower))


@_inline
def _gradients(lanes, used, n, forms, room):
    """Write dF of the last order to ``g``, the gradient of field and lower orders to ``lower``."""
    last = forms.orders.size - 1
    x, g = lanes.x[:used], lanes.g[:used]
    for k in range(last + 1):
        gradient(form_of(forms, k), 0, n, x, g, room)
        if k < last:
            for s in range(used):
                _add_order(lanes, s, n, forms, k)


@_inline
def _project(lanes, s, n, forms):
    """Turn dF into the flow's slope in place, and find the norms and the local error."""
    at = s * n * LANES
    row = s * LANES
    last = forms.orders.size - 1
    minus = splat(-forms.scales[last])
    along = splat(0.0)
    square = splat(0.0)
    for i in range(n):
        q = at + i * LANES
        x = load(lanes.x, q)
        lower = splat(-forms.field[i]) if last == 0 else load(lanes.lower, q)
        force = fma(minus, load(lanes.g, q), lower)
        store(lanes.g, q, force)
        along = fma(x, force, along)
        square = fma(x, x, square)
    store(lanes.radial, row, along)
    store(lanes.square, row, square)
    for lane in range(LANES):
        lanes.radial[s, lane] /= lanes.square[s, lane]
    radial = load(lanes.radial, row)
    step = multiply(splat(0.4), load(lanes.step, row))
    square = splat(0.0)
    error = splat(0.0)
    for i in range(n):
        q = at + i * LANES
        x = load(lanes.x, q)
        slope = fma(radial, x, multiply(splat(-1.0), load(lanes.g, q)))
        store(lanes.g, q, slope)
        square = fma(slope, slope, square)
        moved = fma(splat(-1.0), x, load(lanes.origin, q))
        local = fma(step, add(slope, load(lanes.slope, q)), multiply(splat(0.8), moved))
        error = fma(local, local, error)
    store(lanes.square, row, square)
    store(lanes.error, row, error)


@_inline
def _decide(lanes, s, lane, n, method, queue):
    """Decide what a lane does next, once its slope at the present point is known."""
    if lanes.item[s, lane] == IDLE:
        return _REST
    stage = lanes.stage[s, lane]
    stages = lanes.stages[s, lane]
    lanes.work[s, lane] += 1
    if stage != FRESH and stage < stages:
        return _END if stage + 1 == stages else _MID
    error = 0.0
    if stage != FRESH:
        # A step that doubles the gradient leaves a saddle or is unstable: then errors matter.
        began = lanes.origin_square[s, lane]
        late = began < n * _LATE**2 and lanes.square[s, lane] < 4.0 * began
        allowed = method.late_tolerance if late else method.tolerance
        error = np.sqrt(lanes.error[s, lane] / n) / allowed
    ended = WAITING
    if error <= 1.0:
        flow_lanes.accept(lanes, s, lane, n)
        item = lanes.item[s, lane]
        if lanes.square[s, lane] <= n * queue.goal[item] ** 2:
            ended = REACHED
    if ended == WAITING:
        if stage != FRESH:
            chebyshev.adapt(lanes, s, lane, error)
        if lanes.work[s, lane] >= method.most_work:
            ended = EXHAUSTED
        elif lanes.rejections[s, lane] > _MOST_REJECTIONS:
            ended = NOT_FINITE
    if ended == WAITING:
        return _BEGIN
    flow_lanes.finish(lanes, s, lane, n, queue, ended)
    return _REST


@_jit
def integrate(forms, method, lanes, queue, pending, head, ticks):
    """Advance all lanes by up to ``ticks`` gradients each, feeding them from the queue.

    Parameters
    ----------
    forms : Forms
        The landscape.
    method : FlowMethod
        How points are moved.
    lanes : Lanes
        State, carried from call to call.
    queue : Batch
        Points to move; each is overwritten with where it ended and how.  ``goal`` is the gradient
        norm / sqrt(n) at which a point has arrived.
    pending : (count,) int64
        Items of the queue that wait for a lane.
    head : int
        The next position in ``pending``.
    ticks : int
        Most gradients per lane in this call.

    Returns
    -------
    head : int
        The next position in ``pending`` that no lane has taken yet.
    busy : int
        Lanes still at work.
    """
    groups, n, _ = lanes.x.shape
    busy = 0
    for _ in range(ticks):
        busy = 0
        for s in range(groups):
            for lane in range(LANES):
                if lanes.item[s, lane] == IDLE and head < pending.size:
                    flow_lanes.take(lanes, s, lane, n, queue, pending[head])
                    head += 1
                if lanes.item[s, lane] != IDLE:
                    busy += 1
        if busy == 0:
            break
        used = groups if busy > (groups - 1) * LANES else flow_lanes.compact(lanes, busy, n)
        _gradients(lanes, used, n, forms, method.room)
        for s in range(used):
            _project(lanes, s, n, forms)
            for lane in range(LANES):
                decision = _decide(lanes, s, lane, n, method, queue)
                lanes.decision[s, lane] = decision
                chebyshev.plan(lanes, s, lane, method.table, decision in (_MID, _END))
            chebyshev.combine(lanes, s, n)
            for lane in range(LANES):
                decision = lanes.decision[s, lane]
                if decision == _BEGIN:
                    chebyshev.choose_stages(lanes, s, lane, method.edge)
                    chebyshev.begin_step(lanes, s, lane, n, method.table)
                elif decision in (_MID, _END):
                    lanes.stage[s, lane] += 1
                    if decision == _END:
                        chebyshev.retract(lanes, s, lane, n)
    return head, busy
