"""The graph of minima and transition states, as arrays.

Nodes are the minima, edges the saddles of index 1; a saddle joins the two minima that the gradient
flow reaches from both sides of its unstable direction.  Several saddles may join the same two
minima, and a saddle may fall into one minimum on both sides.

If H(-x) = H(x) (p even, no field) the graph is still that of the whole sphere: x and -x are two
minima with a barrier between them.  Whatever is found at x is then added at -x too, exactly, and
the two follow each other in every array.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from spinglass.arrays import Array
from spinglass.errors import InputError
from spinglass.search.coverage import unseen_limit, unseen_share, unseen_words
from spinglass.search.minima import hidden_overlap
from spinglass.shown import Shown

Rows = NDArray[np.int64] | slice

OPEN = -1
"""Both ``ends`` of a saddle that is not shown to join two minima."""


@dataclass(frozen=True, repr=False)
class Connections(Shown):
    """Minima and transition states of one landscape, both by ascending energy.

    Attributes
    ----------
    minima : (minima, n) float64
        Proven minima, |x|^2 = n.
    minimum_energy : (minima,) float64
        H/n.
    count : (minima,) int64
        Descents of the census that ended in each, or in its antipode if H is even; 0 for a minimum
        found only by falling from a saddle.
    saddles : (saddles, n) float64
        Ends of the searches for saddles of index 1.
    saddle_energy : (saddles,) float64
        H/n.
    hits : (saddles,) int64
        Searches that ended at each, or at its antipode if H is even.
    ends : (saddles, 2) int64
        The minima that each saddle falls into, ascending; both `OPEN` if its index is not proven
        to be 1, or a fall did not end in a proven minimum below it.
    antipodal : bool
        Whether rows 2k and 2k + 1 are x and -x (p even, no field).
    descents, searches : int
        Descents of the census, and searches for saddles.
    unproven : int
        Minima of the census that are left out because they could not be proven.
    complete : bool
        Whether census and searches both reached the shares asked for.
    """

    minima: Array
    minimum_energy: Array
    count: NDArray[np.int64]
    saddles: Array
    saddle_energy: Array
    hits: NDArray[np.int64]
    ends: NDArray[np.int64]
    antipodal: bool
    descents: int
    searches: int
    unproven: int
    complete: bool

    def facts(self) -> dict[str, object]:
        """Return the numbers that a terminal or a notebook shows."""
        return {
            "minima": len(self.minima),
            "saddles": len(self.saddles),
            "edges": len(self.edges),
            "complete": self.complete,
            "minima connected": float(self.share_connected),
        }

    @property
    def edges(self) -> NDArray[np.int64]:
        """Rows of the saddles that join minima, including loops, by ascending energy."""
        return np.flatnonzero(self.ends[:, 0] != OPEN)

    @property
    def loops(self) -> int:
        """Number of edges that fall into the same minimum on both sides."""
        return int(np.sum((self.ends[:, 0] == self.ends[:, 1]) & (self.ends[:, 0] != OPEN)))

    @property
    def barriers(self) -> Array:
        """H/n of each edge above the minima it joins, shape (edges, 2), in the order of ``ends``.

        The first column, from the lower minimum, is never the smaller one.
        """
        rows = self.edges
        return self.saddle_energy[rows, None] - self.minimum_energy[self.ends[rows]]

    @property
    def weight(self) -> Array:
        """Basin weight of each minimum, the share of the descents that ended there."""
        return self.count / max(int(self.count.sum()), 1)

    @property
    def unseen(self) -> float:
        """Good-Turing estimate of the share of searches that would end in a saddle not met yet.

        Searches that ended nowhere count among those made; nan without a search.
        """
        return unseen_share(self._met, self.searches)

    @property
    def unseen_limit(self) -> float:
        """Upper 95 % limit of the mean of the share that `unseen` estimates."""
        return unseen_limit(self._met, self.searches)

    @property
    def _met(self) -> NDArray[np.int64]:
        """How often each saddle was met; a pair of antipodes is one entry."""
        return self.hits[:: 2 if self.antipodal else 1]

    @property
    def component(self) -> NDArray[np.int64]:
        """Label of the connected component of each minimum, shape (minima,)."""
        count = len(self.minima)
        pairs = self.ends[self.edges]
        links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
        return connected_components(links, directed=False)[1].astype(np.int64)

    @property
    def share_connected(self) -> float:
        """Share of the minima in the largest connected component; nan without minima."""
        if not len(self.minima):
            return math.nan
        return float(np.bincount(self.component).max() / len(self.minima))

    def taken(self, minima: Rows, saddles: Rows, **changes: Any) -> Self:
        """Return the graph with only some rows of minima and saddles, and with other changes."""
        own = {name: getattr(self, name)[minima] for name in ("minima", "minimum_energy", "count")}
        for name in ("saddles", "saddle_energy", "hits"):
            own[name] = getattr(self, name)[saddles]
        return replace(self, **own, **changes)

    @property
    def words(self) -> str:
        """The findings in one line."""
        connected = f"{self.share_connected:.1%}" if len(self.minima) else "unknown"
        return (
            f"{len(self.edges):,} saddles between {len(self.minima):,} minima, {connected} "
            f"connected, {unseen_words(self.unseen, self.unseen_limit)}"
        )


class HiddenOverlaps(NamedTuple):
    """Overlaps x . s* / n of the points of a graph with the point hidden in its landscape.

    They have a sign even if H is even: the graph has x and -x as two points.

    Attributes
    ----------
    minima : (minima,) float64
        Overlaps of the minima.
    saddles : (saddles,) float64
        Overlaps of the saddles.
    """

    minima: Array
    saddles: Array

    @classmethod
    def of(cls, graph: Connections, hidden: Array) -> Self:
        """Compute the overlaps of the points of a graph with the hidden point, shape (n,)."""
        return cls(*(hidden_overlap(each, hidden, False) for each in (graph.minima, graph.saddles)))


def check_graph(graph: Connections, source: Path | str) -> None:
    """Check that a graph read from a file is consistent, with or without positions.

    Raises
    ------
    InputError
        If it is not; the message begins with ``source`` and says why.
    """
    for points in (graph.minima, graph.saddles):
        n = points.shape[1]
        with np.errstate(over="ignore"):
            off = np.abs((points**2).sum(axis=1) / max(n, 1) - 1.0)
        if n and not (off <= 1e-6).all():
            raise InputError(f"{source}: spins must have |x|^2 = n, got some {off.max():g} n off")
    most = graph.searches * (2 if graph.antipodal else 1)
    if (met := int(graph.hits.sum())) > most:
        raise InputError(
            f"{source}: {graph.searches} searches must end in at most {most} saddles, got {met}"
        )
    for end in graph.ends.ravel().tolist():
        if not OPEN <= end < len(graph.minima):
            raise InputError(f"{source}: edges must lead to nodes that exist, got one to {end}")
    for energy in (graph.minimum_energy, graph.saddle_energy):
        for before, after in pairwise(energy):
            if after < before:
                raise InputError(
                    f"{source}: minima and saddles must be numbered by ascending energy, "
                    f"got {after:.9g} after {before:.9g}"
                )
    if not (graph.barriers > 0.0).all():
        lowest = float(graph.barriers.min())
        raise InputError(
            f"{source}: saddles must lie above the minima that they join, got a barrier of {lowest}"
        )
    if graph.antipodal and not _paired(graph):
        raise InputError(
            f"{source}: every other point must be the antipode of the one before, got another"
        )


def _paired(graph: Connections) -> bool:
    return all(
        np.array_equal(points[::2], -points[1::2]) for points in (graph.minima, graph.saddles)
    )
