"""The gradient flow dx/dt = -g(x) on the sphere, integrated for many replicas at once.

Runge-Kutta-Chebyshev methods of order two (Sommeijer, Shampine and Verwer, J. Comput. Appl. Math.
88 (1998) 315) are explicit, and their stable step grows with the square of the number of stages:
made for a symmetric Jacobian with a known spectral radius, which is what a Hessian is.  Only
gradients are needed, so the whole work is done by the kernel that runs at the machine's limit.

Each lane is a small automaton with its own step, number of stages and stage; one tick evaluates one
gradient in every lane and moves each lane on by one stage.  A lane that has reached its goal writes
its point out and takes the next one from the queue, so that the slow tail does not idle the rest.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.form import form_of
from spinglass.kernels.gradient import gradient
from spinglass.kernels.simd import LANES, add, aligned_zeros, fma, load, multiply, splat, store

MAX_STAGES = 20
FRESH = 0
IDLE = -1
WAITING = -1
REACHED = 0
EXHAUSTED = 1
NOT_FINITE = 2

_MID, _BEGIN, _END, _REST = 0, 1, 2, 3

Lanes = namedtuple(
    "Lanes",
    [
        "x",
        "g",
        "lower",
        "origin",
        "slope",
        "previous",
        "combination",
        "decision",
        "item",
        "stage",
        "stages",
        "step",
        "stiffness",
        "rejections",
        "work",
        "error",
        "square",
        "radial",
    ],
)
"""State of the lanes: arrays (groups, n, LANES) and (groups, LANES).

``lower`` is the gradient of the field and of all orders but the last; of one order it is not used.
"""

Method = namedtuple("Method", "edge table tolerance most_work room")
"""How points are moved: the edge of the spectrum of d2H without the radial force; the table from
`chebyshev_table`; the local error allowed in a step, root mean square per site; the gradients after
which a point is given up; working space from `gradient.new_room`."""

Batch = namedtuple("Batch", "x step goal work label status norm")
"""Points on their way: x (count, n), the step to try, the goal, gradients spent, the label."""


def new_lanes(groups: int, n: int) -> Lanes:
    """Allocate idle lanes."""
    slab, row = (groups, n, LANES), (groups, LANES)
    whole = {"decision", "item", "stage", "stages", "rejections", "work"}
    room = {
        name: np.zeros(row, np.int64) if name in whole else aligned_zeros(row)
        for name in Lanes._fields
    }
    for name in ("x", "g", "lower", "origin", "slope", "previous"):
        room[name] = aligned_zeros(slab)
        room[name][:] = 1.0
    room["combination"] = aligned_zeros((5, LANES))
    room["item"][:] = IDLE
    return Lanes(**room)


def new_batch(count: int, n: int) -> Batch:
    """Allocate room for ``count`` points."""
    return Batch(
        np.zeros((count, n)),
        np.zeros(count),
        np.zeros(count),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros(count),
    )


def chebyshev_table() -> np.ndarray:
    """Return the coefficients [stages, stage] -> (mu, nu, mu~, gamma~); eq. (2.3)-(2.9) there."""
    table = np.zeros((MAX_STAGES + 1, MAX_STAGES + 1, 4))
    for s in range(2, MAX_STAGES + 1):
        w0 = 1.0 + 2.0 / 13.0 / s**2
        t, d, dd = np.ones(s + 1), np.zeros(s + 1), np.zeros(s + 1)
        t[1], d[1] = w0, 1.0
        for j in range(2, s + 1):
            t[j] = 2 * w0 * t[j - 1] - t[j - 2]
            d[j] = 2 * w0 * d[j - 1] - d[j - 2] + 2 * t[j - 1]
            dd[j] = 2 * w0 * dd[j - 1] - dd[j - 2] + 4 * d[j - 1]
        w1 = d[s] / dd[s]
        b = np.zeros(s + 1)
        b[2:] = dd[2:] / d[2:] ** 2
        b[0] = b[1] = b[2]
        table[s, 1] = 0.0, 0.0, b[1] * w1, 0.0
        for j in range(2, s + 1):
            mu, nu = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2]
            mu_slope = 2 * b[j] * w1 / b[j - 1]
            table[s, j] = mu, nu, mu_slope, -(1.0 - b[j - 1] * t[j - 1]) * mu_slope
    return table


@_jit
def _add_order(lanes, s, n, forms, k):
    """Add to the gradient of the field and the lower orders that of form ``k``."""
    minus = splat(-forms.scales[k])
    for i in range(n):
        q = (s * n + i) * LANES
        lower = splat(-forms.field[i]) if k == 0 else load(lanes.lower, q)
        store(lanes.lower, q, fma(minus, load(lanes.g, q), lower))


@_jit
def _gradients(lanes, used, n, forms, room):
    """Write dF of the last order to ``g``, and the gradient of all that is below to ``lower``."""
    last = forms.orders.size - 1
    x, g = lanes.x[:used], lanes.g[:used]
    for k in range(last):
        gradient(form_of(forms, k), 0, n, x, g, room)
        for s in range(used):
            _add_order(lanes, s, n, forms, k)
    gradient(form_of(forms, last), 0, n, x, g, room)


@_jit
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


@_jit
def _combine(lanes, s, n):
    """Move every lane in mid-step to its next stage; the others keep their point."""
    at = s * n * LANES
    k0 = load(lanes.combination, 0)
    k1 = load(lanes.combination, LANES)
    k2 = load(lanes.combination, 2 * LANES)
    k3 = load(lanes.combination, 3 * LANES)
    k4 = load(lanes.combination, 4 * LANES)
    for i in range(n):
        q = at + i * LANES
        x = load(lanes.x, q)
        total = fma(k4, load(lanes.slope, q), multiply(k0, load(lanes.origin, q)))
        total = fma(k2, load(lanes.previous, q), total)
        total = fma(k3, load(lanes.g, q), total)
        store(lanes.previous, q, x)
        store(lanes.x, q, fma(k1, x, total))


@_jit
def _begin_step(lanes, s, lane, n, table):
    """Set the first stage from the origin of the step."""
    advance = table[lanes.stages[s, lane], 1, 2] * lanes.step[s, lane]
    for i in range(n):
        origin = lanes.origin[s, i, lane]
        lanes.previous[s, i, lane] = origin
        lanes.x[s, i, lane] = origin + advance * lanes.slope[s, i, lane]
    lanes.stage[s, lane] = 1


@_jit
def _retract(lanes, s, lane, n):
    """Pull the end of a step back to the sphere of radius sqrt(n)."""
    square = 0.0
    for i in range(n):
        square += lanes.x[s, i, lane] ** 2
    factor = np.sqrt(n / square)
    for i in range(n):
        lanes.x[s, i, lane] *= factor


@_jit
def _choose_stages(lanes, s, lane, edge):
    """Take the fewest stages that are stable for the step, and shorten a step that needs more."""
    radius = lanes.stiffness[s, lane] * (edge + abs(lanes.radial[s, lane]))
    longest = (MAX_STAGES * MAX_STAGES - 1.0) / (1.54 * radius)
    lanes.step[s, lane] = min(lanes.step[s, lane], longest)
    stages = 1 + int(np.sqrt(1.54 * radius * lanes.step[s, lane] + 1.0))
    lanes.stages[s, lane] = min(max(stages, 2), MAX_STAGES)


@_jit
def _accept(lanes, s, lane, n):
    """Make the present point the origin of the next step."""
    for i in range(n):
        lanes.origin[s, i, lane] = lanes.x[s, i, lane]
        lanes.slope[s, i, lane] = lanes.g[s, i, lane]


@_jit
def _take(lanes, s, lane, n, queue, item):
    """Put an item of the queue into a lane."""
    lanes.item[s, lane] = item
    lanes.stage[s, lane] = FRESH
    lanes.step[s, lane] = queue.step[item]
    lanes.work[s, lane] = queue.work[item]
    lanes.stiffness[s, lane] = 1.1
    lanes.rejections[s, lane] = 0
    for i in range(n):
        lanes.x[s, i, lane] = queue.x[item, i]


@_jit
def _finish(lanes, s, lane, n, queue, status):
    """Write a lane's last accepted point back to its item and free the lane."""
    item = lanes.item[s, lane]
    for i in range(n):
        queue.x[item, i] = lanes.origin[s, i, lane]
    queue.step[item] = lanes.step[s, lane]
    queue.work[item] = lanes.work[s, lane]
    queue.norm[item] = np.sqrt(lanes.square[s, lane] / n)
    queue.status[item] = status
    lanes.item[s, lane] = IDLE
    for i in range(n):
        lanes.x[s, i, lane] = 1.0


@_jit
def _move(lanes, s, lane, t, other, n):
    """Move what is in one lane to an idle lane; its numbers stay the same to the bit."""
    for i in range(n):
        lanes.x[t, i, other] = lanes.x[s, i, lane]
        lanes.origin[t, i, other] = lanes.origin[s, i, lane]
        lanes.slope[t, i, other] = lanes.slope[s, i, lane]
        lanes.previous[t, i, other] = lanes.previous[s, i, lane]
        lanes.x[s, i, lane] = 1.0
    lanes.item[t, other] = lanes.item[s, lane]
    lanes.stage[t, other] = lanes.stage[s, lane]
    lanes.stages[t, other] = lanes.stages[s, lane]
    lanes.step[t, other] = lanes.step[s, lane]
    lanes.stiffness[t, other] = lanes.stiffness[s, lane]
    lanes.rejections[t, other] = lanes.rejections[s, lane]
    lanes.work[t, other] = lanes.work[s, lane]
    lanes.item[s, lane] = IDLE


@_jit
def _compact(lanes, busy, n):
    """Gather the busy lanes in the fewest groups; return how many groups those are."""
    needed = max(1, (busy + LANES - 1) // LANES)
    t = 0
    other = 0
    for s in range(needed, lanes.item.shape[0]):
        for lane in range(LANES):
            if lanes.item[s, lane] == IDLE:
                continue
            while lanes.item[t, other] != IDLE:
                other += 1
                if other == LANES:
                    other = 0
                    t += 1
            _move(lanes, s, lane, t, other, n)
    return needed


@_jit
def _decide(lanes, s, lane, n, method, queue):
    """Say what a lane does next, after its slope at the present point is known."""
    if lanes.item[s, lane] == IDLE:
        return _REST
    stage = lanes.stage[s, lane]
    stages = lanes.stages[s, lane]
    lanes.work[s, lane] += 1
    if stage != FRESH and stage < stages:
        return _END if stage + 1 == stages else _MID
    error = 0.0 if stage == FRESH else np.sqrt(lanes.error[s, lane] / n) / method.tolerance
    if error <= 1.0:
        _accept(lanes, s, lane, n)
        item = lanes.item[s, lane]
        if lanes.square[s, lane] <= n * queue.goal[item] ** 2:
            _finish(lanes, s, lane, n, queue, REACHED)
            return _REST
        if stage != FRESH:
            growth = 0.8 * max(error, 1e-3) ** (-1.0 / 3.0)
            limit = 1.0 if lanes.rejections[s, lane] > 0 else 5.0
            lanes.step[s, lane] *= min(max(growth, 0.1), limit)
            lanes.rejections[s, lane] = 0
    elif error < np.inf:
        lanes.step[s, lane] *= max(0.8 * error ** (-1.0 / 3.0), 0.1)
        lanes.rejections[s, lane] += 1
    else:
        lanes.step[s, lane] *= 0.1
        lanes.rejections[s, lane] += 1
    if lanes.rejections[s, lane] > 1:
        lanes.stiffness[s, lane] *= 1.5
    if lanes.work[s, lane] >= method.most_work:
        _finish(lanes, s, lane, n, queue, EXHAUSTED)
        return _REST
    if lanes.rejections[s, lane] > 20:
        _finish(lanes, s, lane, n, queue, NOT_FINITE)
        return _REST
    return _BEGIN


@_jit
def _plan(lanes, s, lane, table, decision):
    """Write a lane's coefficients of the next stage."""
    k = lanes.combination
    k[:, lane] = 0.0
    if decision in (_MID, _END):
        mu, nu, slope, first = table[lanes.stages[s, lane], lanes.stage[s, lane] + 1]
        k[0, lane] = 1.0 - mu - nu
        k[1, lane] = mu
        k[2, lane] = nu
        k[3, lane] = slope * lanes.step[s, lane]
        k[4, lane] = first * lanes.step[s, lane]
    else:
        k[1, lane] = 1.0


@_jit
def integrate(forms, method, lanes, queue, pending, head, ticks):
    """Advance all lanes by up to ``ticks`` gradients each, feeding them from the queue.

    Parameters
    ----------
    forms : Forms
        Where.
    method : Method
        How.
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
                    _take(lanes, s, lane, n, queue, pending[head])
                    head += 1
                if lanes.item[s, lane] != IDLE:
                    busy += 1
        if busy == 0:
            break
        used = groups if busy > (groups - 1) * LANES else _compact(lanes, busy, n)
        _gradients(lanes, used, n, forms, method.room)
        for s in range(used):
            _project(lanes, s, n, forms)
            for lane in range(LANES):
                decision = _decide(lanes, s, lane, n, method, queue)
                lanes.decision[s, lane] = decision
                _plan(lanes, s, lane, method.table, decision)
            _combine(lanes, s, n)
            for lane in range(LANES):
                decision = lanes.decision[s, lane]
                if decision == _BEGIN:
                    _choose_stages(lanes, s, lane, method.edge)
                    _begin_step(lanes, s, lane, n, method.table)
                elif decision in (_MID, _END):
                    lanes.stage[s, lane] += 1
                    if decision == _END:
                        _retract(lanes, s, lane, n)
    return head, busy
