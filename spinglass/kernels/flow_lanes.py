"""The lanes of the gradient flow: one point in each, fed from a batch and written back to it.

A lane whose point has ended writes it out and takes the next one that waits, so that slow points do
not leave other lanes idle; when no point waits any more, the busy lanes are gathered in the fewest
groups.
"""

from collections import namedtuple

import numpy as np

from spinglass.kernels.compiled import inline_jit as _inline
from spinglass.kernels.simd import LANES, aligned_zeros

FRESH = 0
"""The stage of a lane whose point has no slope yet."""

IDLE = -1
"""The item of a lane without a point."""

WAITING = -1
REACHED = 0
EXHAUSTED = 1
NOT_FINITE = 2

Lanes = namedtuple(
    "Lanes",
    "x g lower origin slope previous combination"
    " decision item stage stages step stiffness rejections work error square origin_square radial",
)
"""State of the lanes: arrays (groups, n, LANES) and (groups, LANES).

``lower`` is the gradient of the field and of all orders but the last; unused for a single order.
"""

Batch = namedtuple("Batch", "x step goal work label status norm")
"""Points to move: x (count, n), next step, goal, gradients spent, label, status, gradient norm."""


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


@_inline
def take(lanes, s, lane, n, queue, item):
    """Put an item of the queue into a lane."""
    lanes.item[s, lane] = item
    lanes.stage[s, lane] = FRESH
    lanes.step[s, lane] = queue.step[item]
    lanes.work[s, lane] = queue.work[item]
    lanes.stiffness[s, lane] = 1.1
    lanes.rejections[s, lane] = 0
    for i in range(n):
        lanes.x[s, i, lane] = queue.x[item, i]


@_inline
def finish(lanes, s, lane, n, queue, status):
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


@_inline
def accept(lanes, s, lane, n):
    """Make a lane's present point the origin of its next step."""
    lanes.origin_square[s, lane] = lanes.square[s, lane]
    for i in range(n):
        lanes.origin[s, i, lane] = lanes.x[s, i, lane]
        lanes.slope[s, i, lane] = lanes.g[s, i, lane]


@_inline
def _move(lanes, s, lane, t, other, n):
    """Move a point and its state from one lane to an idle one; its bits stay the same."""
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
    lanes.origin_square[t, other] = lanes.origin_square[s, lane]
    lanes.item[s, lane] = IDLE


@_inline
def compact(lanes, busy, n):
    """Gather the busy lanes in the fewest groups; return the number of these groups."""
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
