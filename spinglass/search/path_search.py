"""Follow all paths to a landscape's complex stationary points; prove and compare their ends.

Paths are followed in numbered blocks, and the ends of a block are certified at once.  Paths that
are lost, whose ends are not proven, or that end where another does, are followed again in shorter
steps; if that does not help, all paths are followed again from another start.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinglass.control import Control, Progress, WorkUnit
from spinglass.kernels.homotopy import Steps
from spinglass.landscape.random import generator
from spinglass.search.degenerate_ends import settled
from spinglass.search.path_blocks import PathBlocks
from spinglass.search.paths import follow_paths, shorter, start_points
from spinglass.search.proofs.complex_zeros import (
    Balls,
    balls_at,
    distinct,
    join,
    meetings,
    no_balls,
)
from spinglass.search.proofs.polynomial_system import Complex, Polynomial

_ATTEMPTS = 3
_MENDINGS = 2
_INFINITY = 1e4
_BLOCK = 2**14
_NEARLY = 0.999
"""Paths that stall beyond this homotopy parameter t may end in a degenerate solution."""


@dataclass(frozen=True)
class PathEnds:
    """The ends of all paths.

    Attributes
    ----------
    classes : Balls
        Proven solutions, proven to differ from each other and from each other's images under -x.
    paths, arrived, doubtful, lost, infinite, stopped
        As in `spinglass.search.complex_solutions.ComplexSolutions`.
    """

    classes: Balls
    paths: int
    arrived: int
    doubtful: Complex
    lost: int
    infinite: int
    stopped: bool


class PathSearch:
    """Follows all paths, and doubtful ones again."""

    def __init__(
        self, system: Polynomial, blocks: PathBlocks, expected: int, control: Control
    ) -> None:
        self._system, self._blocks, self._control = system, blocks, control
        self._total = expected // (2 if system.mirror else 1)
        self._paths = self._arrived = 0
        self._stopped = self._clean = False

    def solve(self, steps: Steps) -> PathEnds:
        """Follow all paths, up to three times, each time from another start in shorter steps."""
        known = no_balls(self._system)
        for attempt in range(_ATTEMPTS):
            before, ends = self._arrived, self._attempt(attempt, steps)
            lost, infinite, doubtful = told_apart(ends)
            if self._clean and attempt == 0:
                known = ends
            else:
                known = join([known, ends])
                known = known.take(distinct(self._system, known))
            if len(known.z) == self._total or self._stopped or self._arrived == before:
                break
            steps = shorter(steps)
        stopped = self._stopped and len(known.z) < self._total
        return PathEnds(known, self._paths, self._arrived, doubtful, lost, infinite, stopped)

    def _attempt(self, attempt: int, steps: Steps) -> Balls:
        """Follow all paths from one start; return their ends, in order of the paths."""
        phases = generator(self._blocks.start_seed, attempt, "homotopy").uniform(
            0.0, 2.0 * np.pi, self._system.n
        )
        a, parts = np.exp(1j * phases), []
        for first in range(0, self._total, _BLOCK):
            stop = min(first + _BLOCK, self._total)
            kept = z = self._blocks.read(attempt, first, stop)
            if z is None:
                z = self._follow(a, np.arange(first, stop), steps)
                self._blocks.write(attempt, first, z)
            # Blocks read from files are certified too: anyone can write a file.
            balls = balls_at(self._system, z)
            parts.append(balls)
            self._count(attempt, balls)
            # Reading a block does not count as a step: otherwise short runs would never progress.
            if self._stopped and kept is None:
                break
        ends = join(parts)
        for mending in range(_MENDINGS + 1):
            again = self._in_doubt(ends)
            self._clean = not len(again)
            # If most paths fail, shorter steps do not help.
            few = 2 * len(again) <= len(ends.z)
            if self._clean or self._stopped or mending == _MENDINGS or not few:
                break
            steps = shorter(steps)
            balls = balls_at(self._system, self._follow(a, again, steps))
            self._count(attempt, balls)
            ends.put(again, balls)
        return ends

    def _in_doubt(self, ends: Balls) -> NDArray[np.int64]:
        """Return the numbers of the paths to follow again."""
        doubt = ~ends.proven
        doubt[meetings(self._system, ends).reshape(-1)] = True
        return np.flatnonzero(doubt)

    def _count(self, attempt: int, balls: Balls) -> None:
        self._paths += len(balls.z)
        self._arrived += int((~np.isnan(balls.z[:, 0])).sum())
        words = f"{'following' if attempt == 0 else 'following again'} paths"
        whole = max(self._total, self._paths)
        self._control.tell(Progress(self._paths, whole, WorkUnit.PATHS, words))
        self._stopped = self._control.spent

    def _follow(self, a: Complex, numbers: NDArray[np.int64], steps: Steps) -> Complex:
        """Follow paths and return their ends, (count, n + 1); nan for paths that do not arrive."""
        starts = start_points(self._system, a, numbers)
        ends, reached = follow_paths(self._system, a, starts, steps)
        stalled = (reached < 1.0) & (reached > _NEARLY) & np.isfinite(ends).all(axis=1)
        ends[(reached < 1.0) & ~stalled] = np.nan
        # A path to a degenerate solution comes near it and never arrives.
        ends[stalled] = settled(self._system, ends[stalled])
        return ends


def told_apart(ends: Balls) -> tuple[int, int, Complex]:
    """Return how many paths were lost and how many ran to infinity, and the u of unproven ends."""
    u = ends.z[:, :-1]
    if ends.proven.all():
        return 0, 0, u[:0]
    lost = np.isnan(u).any(axis=1)
    with np.errstate(all="ignore"):
        near = np.linalg.norm(u, axis=1) < _INFINITY
    return int(lost.sum()), int((~lost & ~near).sum()), u[~ends.proven & near]
