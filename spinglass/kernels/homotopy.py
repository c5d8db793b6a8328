"""Paths of the homotopy from a system whose solutions are known to the wanted one.

All couplings and the field are one homogeneous map A(y) of degree d - 1 with n entries, d the
highest order.  Without field, and with one order, y = u; else y = (u, x0).  Paths follow, from
t = 0 to 1, the solutions of

    t A(y) + (1 - t) a u^(d-1) = lambda u    (entry by entry),    u . u = x0^2 if there is x0,

where (y, lambda) and (s y, s^(d-2) lambda) are the same solution.  So y is kept at length 1, and a
step is orthogonal to the point where it begins.

A step is predicted by the Taylor series of the path: all its coefficients are solved for with one
factorised matrix.  Newton's method corrects it.  To keep paths from jumping to other ones, a step
is refused unless the first correction is small and the second very much smaller; after a refusal
the series is used again for half the step.

Every lane follows a path of its own and takes the next one that waits when its path has ended; all
lanes do the same operations at the same time.  A path's bits depend on no other path.
"""

from collections import namedtuple

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.complex_lanes import (
    STRIDE,
)
from spinglass.kernels.path_room import ORDER
from spinglass.kernels.path_series import expand, newton, size_of
from spinglass.kernels.simd import (
    LANES,
    choose,
    divide,
    fma,
    load,
    multiply,
    splat,
    store,
)

Steps = namedtuple("Steps", "tolerance shrink correction contraction most")
"""Upper limits for steps: of the last term of the series; of its ratio to the term before; of the
first correction; of the second, relative to the first; of the number of steps of a path."""

_SHORTEST = 1e-9
_SECOND = 1e-4
_ROUNDING = 1e-12


@_jit
def _adopt(work, lay):
    """Let the marked lanes use the new series about their points, scaled to length 1."""
    m, stride = lay.m, (lay.m + 1) * STRIDE
    size_of(work, lay.point, m, lay.size)
    marked, scale = load(work, lay.mark), load(work, lay.size)
    scale = divide(splat(1.0), scale)
    power = scale
    for _ in range(lay.degree - 3):
        power = multiply(power, scale)
    for k in range(ORDER + 1):
        new = lay.point if k == 0 else lay.fresh + k * stride
        old = lay.series + k * stride
        for q in range(0, m * STRIDE, LANES):
            value = choose(marked, multiply(scale, load(work, new + q)), load(work, old + q))
            store(work, old + q, value)
        for q in range(m * STRIDE, stride, LANES):
            value = choose(marked, multiply(power, load(work, new + q)), load(work, old + q))
            store(work, old + q, value)


@_jit
def _choose_steps(work, lay, tolerance, shrink):
    """Choose the next step of the marked lanes."""
    stride = (lay.m + 1) * STRIDE
    size_of(work, lay.series + ORDER * stride, lay.m + 1, lay.last)
    size_of(work, lay.series + (ORDER - 1) * stride, lay.m + 1, lay.first)
    for lane in range(LANES):
        if work[lay.mark + lane] > 0.0:
            last, before = work[lay.last + lane], work[lay.first + lane]
            step = 1.0 - work[lay.t + lane]
            if last > 0.0:
                longest = (tolerance / last) ** (1.0 / ORDER)
                step = min(step, longest, shrink * before / last)
            work[lay.step + lane] = step


@_jit
def _predict(work, lay):
    """Evaluate the series one step ahead; write the point to ``fresh``, and its t to ``after``."""
    stride = (lay.m + 1) * STRIDE
    for lane in range(LANES):
        t, step = work[lay.t + lane], work[lay.step + lane]
        work[lay.after + lane] = 1.0 if step >= 1.0 - t else t + step
    step = load(work, lay.step)
    for q in range(lay.series, lay.series + stride, LANES):
        total = load(work, q + ORDER * stride)
        for k in range(ORDER - 1, -1, -1):
            total = fma(step, total, load(work, q + k * stride))
        store(work, lay.fresh + q - lay.series, total)


@_jit
def _take(work, lay, points, lane, item):
    """Begin path number ``item`` in a lane, if there is one; return the number of the next."""
    work[lay.item + lane] = item if item < points.shape[0] else -1
    if item >= points.shape[0]:
        return item
    stride = (lay.m + 1) * STRIDE
    for entry in range(lay.m + 1):
        at = lay.series + entry * STRIDE + lane
        for k in range(ORDER + 1):
            value = points[item, entry] if k == 0 else 0.0j
            work[at + k * stride] = value.real
            work[at + k * stride + LANES] = value.imag
    # The first step has length 0: it finds the series at the start.
    work[lay.t + lane] = work[lay.step + lane] = 0.0
    work[lay.taken + lane] = -1
    return item + 1


@_jit
def _put_down(work, lay, points, lane, taken):
    """Write the point that a lane's path has reached, and its number of steps; return its item."""
    item = int(work[lay.item + lane])
    for entry in range(lay.m + 1):
        at = lay.point + entry * STRIDE + lane
        points[item, entry] = complex(work[at], work[at + LANES])
    taken[item] = int(work[lay.taken + lane])
    return item


@_jit
def _accepted(steps, first, second):
    if not first < steps.correction:
        return False
    return second < steps.contraction * first + _ROUNDING and second < _SECOND * steps.contraction


@_jit
def _judge(work, lay, lane, steps):
    """Accept a lane's step or halve it; return whether it is accepted and whether the path ends."""
    if not _accepted(steps, work[lay.first + lane], work[lay.second + lane]):
        work[lay.step + lane] *= 0.5
        return False, not work[lay.step + lane] > _SHORTEST
    work[lay.t + lane] = work[lay.after + lane]
    work[lay.taken + lane] += 1
    return True, work[lay.t + lane] >= 1.0 or work[lay.taken + lane] >= steps.most


@_jit
def track(system, points, steps, work, lay, reached, taken):
    """Follow paths from t = 0 as far as they go.

    Parameters
    ----------
    system : System
        The system to which the paths lead.
    points : (count, m + 1) complex128
        The starts (u, x0, lambda), or (u, lambda) if there is no x0; overwritten by the ends of
        the paths, up to a factor s in the sense above.
    steps : Steps
        Limits for steps.
    work, lay
        From `new_room`.
    reached : (count,) float64
        Receives t at the end of each path, 1 if it arrived.
    taken : (count,) int64
        Receives the number of steps of each path.
    """
    waiting = 0
    for lane in range(LANES):
        waiting = _take(work, lay, points, lane, waiting)
    busy = waiting
    while busy > 0:
        _predict(work, lay)
        newton(system, work, lay, lay.first)
        for q in range(0, (lay.m + 1) * STRIDE, LANES):
            store(work, lay.fresh + q, load(work, lay.point + q))
        newton(system, work, lay, lay.second)
        any_marked = False
        for lane in range(LANES):
            work[lay.mark + lane] = 0.0
            if work[lay.item + lane] < 0.0:
                continue
            accepted, over = _judge(work, lay, lane, steps)
            if over:
                item = _put_down(work, lay, points, lane, taken)
                reached[item] = work[lay.t + lane]
                busy -= 1
                before = waiting
                waiting = _take(work, lay, points, lane, waiting)
                busy += waiting - before
            elif accepted:
                work[lay.mark + lane] = 1.0
                any_marked = True
        if any_marked:
            expand(system, work, lay)
            _adopt(work, lay)
            _choose_steps(work, lay, steps.tolerance, steps.shrink)
