"""Checking a graph of minima and transition states against the landscape itself.

Results of the search are not trusted: energies are evaluated again, every minimum and every saddle
is proven again, and the flow is followed again, from nearer to the saddle, by another integrator
(SciPy's LSODA with relative and absolute tolerance 1e-8), until it is so close to a minimum that
they count as the same point.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from spinglass.arrays import Array
from spinglass.checks import integer_at_least, share_of_whole
from spinglass.connections.falls import both_sides
from spinglass.connections.graph import Connections
from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.landscape.geometry import retract
from spinglass.landscape.model import Landscape
from spinglass.landscape.random import generator
from spinglass.search.minima import SAME_OVERLAP
from spinglass.search.proofs.certificates import prove_stationary

_ENERGY_WITHIN = 1e-10
_NEARER = 0.02
_LONGEST = 1e7


@dataclass(frozen=True)
class EdgeCheck:
    """The result of checking a graph.

    Attributes
    ----------
    edges : (checked,) int64
        Rows of the saddles from which the flow was followed again.
    wrong : list of int
        Rows of those that do not fall into the minima that the graph names.
    refused_minima, refused_saddles : int
        Minima that are not proven to be minima; edges not proven to be saddles of index 1.
    energy_error : float
        Largest deviation of H/n from what the graph says.
    energy_tolerance : float
        Largest deviation allowed for rounding, 1e-10 in the landscape's unit.
    lowest_barrier : float
        Smallest H/n of an edge above a minimum that it joins; infinite without edges.
    """

    edges: NDArray[np.int64]
    wrong: list[int]
    refused_minima: int
    refused_saddles: int
    energy_error: float
    energy_tolerance: float
    lowest_barrier: float

    @property
    def right(self) -> bool:
        """Whether the graph passed every check."""
        refused = self.refused_minima + self.refused_saddles + len(self.wrong)
        return (
            not refused and self.energy_error <= self.energy_tolerance and self.lowest_barrier > 0.0
        )


def choose_edges(graph: Connections, share: float = 1.0, choice_seed: int = 0) -> NDArray[np.int64]:
    """Choose the rows of saddles from which `verify_edges` falls, at least one if there are any.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    part, rows = share_of_whole("share", share), graph.edges
    random = generator(integer_at_least("choice_seed", choice_seed, 0))
    count = max(1, round(part * len(rows))) if len(rows) else 0
    return np.sort(random.choice(rows, count, replace=False)) if count else rows


def verify_edges(
    model: Landscape,
    graph: Connections,
    share: float = 1.0,
    choice_seed: int = 0,
    control: Control = FREE,
) -> EdgeCheck:
    """Prove all points of a graph again, and follow the flow again from a share of its edges.

    Parameters
    ----------
    model : Landscape
        The landscape.
    graph : Connections
        The graph of this landscape.
    share : float
        Share of the edges to fall from, in (0, 1]; at least one edge if there are any.
    choice_seed : int
        Seed for choosing them.
    control : Control
        Told of the edges done; its limits are not used.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    chosen, rows = choose_edges(graph, share, choice_seed), graph.edges
    energies = np.concatenate(
        [
            model.energy(graph.minima) - graph.minimum_energy,
            model.energy(graph.saddles[rows]) - graph.saddle_energy[rows],
        ]
    )
    wrong = []
    with control.in_force():
        for done, row in enumerate(chosen.tolist(), 1):
            if not _falls_as_said(model, graph, row):
                wrong.append(row)
            words = f"verifying n={model.n} {model.covariance.label} nu={model.nu:.4g}"
            control.tell(Progress(done, len(chosen), WorkUnit.FALLS, words, wrong))
        minima = prove_stationary(model, graph.minima)
        saddles = prove_stationary(model, graph.saddles[rows])
    return EdgeCheck(
        chosen,
        wrong,
        sum(proof.index != 0 for proof in minima),
        sum(proof.index != 1 for proof in saddles),
        float(np.abs(energies).max(initial=0.0)),
        _ENERGY_WITHIN * model.unit,
        float(graph.barriers.min(initial=np.inf)),
    )


def _falls_as_said(model: Landscape, graph: Connections, row: int) -> bool:
    sides = both_sides(model, graph.saddles[row : row + 1], _NEARER)[0]
    ends = sorted(fall_strictly(model, start, graph.minima) for start in sides)
    return ends == graph.ends[row].tolist()


def fall_strictly(model: Landscape, start: Array, minima: Array) -> int:
    """Follow the gradient flow by LSODA; return the row of the minimum it reaches, -1 if none.

    The flow begins at ``start``, (n,), and has arrived when its overlap with one of the ``minima``,
    (minima, n), exceeds `SAME_OVERLAP`.
    """
    own = model.in_unit(model.unit)

    def slope(_: float, x: Array) -> Array:
        return -own.riemannian_gradient(retract(x))

    def away(_: float, x: Array) -> float:
        return float(SAME_OVERLAP - (minima @ retract(x)).max() / model.n)

    away.terminal = True  # type: ignore[attr-defined]
    solved = solve_ivp(
        slope, (0.0, _LONGEST), start, method="LSODA", rtol=1e-8, atol=1e-8, events=away
    )
    if solved.status != 1:
        return -1
    return int((minima @ solved.y[:, -1]).argmax())
