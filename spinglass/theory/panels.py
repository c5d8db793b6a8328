"""Composite Gauss quadrature over a density that is kept, panel by panel, for every later weight.

The densities of an eigenvalue depend on n alone, the weights in front of them on p, nu and the
energy.  `PanelDensity` therefore computes the logarithm of a density at the nodes of a panel when
that panel is first needed and keeps it.  Panels tile the line outwards from the lower edge of the
spectrum, ``-sqrt(2n)``; the integrands are unimodal beyond the bulk (a marginal of a log-concave
density), so that a sum may stop where its terms have died out.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np

Evaluate = Callable[[np.ndarray], np.ndarray]

DIED_OUT = 40.0
"""A panel below exp(-40) of the largest one ends the sum on its side."""


class PanelDensity:
    """Log-density at Gauss nodes of panels to the left and to the right of a starting point.

    Parameters
    ----------
    log_density : callable
        Maps abscissae, shape (m,), to the logarithm of ``exp(s^2/2)`` times the density.
    origin : float
        The abscissa where the panels 0 (to the right) and -1 (to the left) meet.
    width : callable
        Width of the panel that begins at a given abscissa, going outwards.
    last : float
        No panel is placed beyond this abscissa on the right.
    nodes : int
        Number of Gauss-Legendre nodes in a panel.
    """

    def __init__(
        self,
        log_density: Evaluate,
        origin: float,
        width: Callable[[float], float],
        last: float,
        nodes: int,
    ):
        self.log_density = log_density
        self.last = last
        self._width = width
        self._edges = {1: [origin], -1: [origin]}
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._x, self._w = np.polynomial.legendre.leggauss(nodes)

    def interval(self, number: int) -> tuple[float, float]:
        """Ends of a panel; numbers 0, 1, ... lie right of the origin and -1, -2, ... left."""
        side = 1 if number >= 0 else -1
        place = number if side == 1 else -number - 1
        edges = self._edges[side]
        while len(edges) < place + 2:
            edges.append(edges[-1] + side * self._width(edges[-1]))
        inner, outer = edges[place], edges[place + 1]
        return (inner, min(outer, self.last)) if side == 1 else (outer, inner)

    def panel(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Nodes, logarithms of the weights and log-densities of one panel, each (nodes,)."""
        low, high = self.interval(number)
        if number not in self._kept:
            nodes, _ = self.rule(low, high)
            self._kept[number] = (nodes, self.log_density(nodes))
        nodes, values = self._kept[number]
        return nodes, np.log(0.5 * (high - low) * self._w), values

    def rule(self, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """Nodes and logarithms of the weights of one Gauss rule on [low, high]."""
        half = 0.5 * (high - low)
        return low + half * (1.0 + self._x), np.log(half * self._w)

    def numbers(self, side: int) -> Iterable[int]:
        """Panel numbers outwards on one side, ending at `last` on the right."""
        if side == -1:
            return (-place - 1 for place in range(10**6))
        stop = 0
        while self.interval(stop)[0] < self.last:
            stop += 1
        return range(stop)


def log_integral(
    density: PanelDensity, term: Callable[[int, float], float], everything_right: bool = False
) -> float:
    """Logarithm of the sum of the panels' contributions, outwards until they have died out.

    ``term`` returns the logarithm of a panel's contribution, given its number and the largest one
    so far.  ``everything_right`` includes all panels on the right, for a density with many bumps.
    """
    terms: list[float] = []
    for side in (1, -1):
        before = -math.inf
        for number in density.numbers(side):
            now = term(number, max(terms, default=-math.inf))
            terms.append(now)
            fading = now <= before and now < max(terms) - DIED_OUT
            if fading and not (everything_right and side == 1):
                break
            before = now
    return log_sum(np.array(terms))


def log_sum(terms: np.ndarray) -> float:
    """Logarithm of the sum of exponentials of the terms; -inf for an empty or vanishing sum."""
    top = float(terms.max(initial=-math.inf))
    if top == -math.inf:
        return top
    return top + math.log(float(np.exp(terms - top).sum()))
