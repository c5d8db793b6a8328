"""The energies at which minima become connected: the disconnectivity tree and the lowest passes.

Saddles are taken by ascending energy; each one that joins two parts of the graph not joined before
is a merge (Kruskal's minimum spanning tree).  Its energy is the minimax pass between the two parts:
no path below it leads from one to the other (Becker and Karplus, J. Chem. Phys. 106 (1997) 1495;
Wales, Miller and Walsh, Nature 394 (1998) 758).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet

from spinglass.arrays import Array
from spinglass.connections.graph import Connections


@dataclass(frozen=True)
class Tree:
    """The merges, by ascending level.  Nodes 0 to minima - 1 are minima, merge k is minima + k.

    Attributes
    ----------
    children : (merges, 2) int64
        The nodes that are merged, the one with the lower minimum first.
    level : (merges,) float64
        H/n of the saddle at which they merge.
    saddle : (merges,) int64
        The row of that saddle.
    lowest : (minima + merges,) int64
        The lowest minimum under each node.
    roots : (components,) int64
        The node without parent of each connected component, ordered by lowest minimum.
    """

    children: NDArray[np.int64]
    level: Array
    saddle: NDArray[np.int64]
    lowest: NDArray[np.int64]
    roots: NDArray[np.int64]

    @classmethod
    def of(
        cls, children: list[list[int]], level: Array, saddle: NDArray[np.int64], lowest: list[int]
    ) -> Self:
        """Return the tree with these attributes; its roots follow from them."""
        below = {child for pair in children for child in pair}
        roots = sorted(set(range(len(lowest))) - below, key=lowest.__getitem__)
        pairs = np.array(children, np.int64).reshape(-1, 2)
        return cls(pairs, level, saddle, np.array(lowest, np.int64), np.array(roots, np.int64))

    @property
    def minima(self) -> int:
        """Number of minima, the leaves."""
        return len(self.lowest) - len(self.level)

    @property
    def escape(self) -> Array:
        """Level at which each minimum is first joined to a lower one, (minima,).

        It is infinite for the lowest minimum of each connected component.
        """
        level = np.full(self.minima, np.inf)
        level[self.lowest[self.children[:, 1]]] = self.level
        return level


def disconnectivity_tree(graph: Connections) -> Tree:
    """Return the disconnectivity tree of a graph, one tree for each connected component."""
    count = len(graph.minima)
    parts = DisjointSet(range(count))
    node = np.arange(count)  # node of each part of the graph, by the root minimum of the part
    lowest = list(range(count))
    children, saddle = [], []
    for row in graph.edges:
        one, other = (parts[int(end)] for end in graph.ends[row])
        if one == other:
            continue
        pair = sorted((int(node[one]), int(node[other])), key=lowest.__getitem__)
        children.append(pair)
        saddle.append(row)
        parts.merge(one, other)
        node[parts[one]] = len(lowest)
        lowest.append(lowest[pair[0]])
    rows = np.array(saddle, np.int64)
    return Tree.of(children, graph.saddle_energy[rows], rows, lowest)


def lowest_passes(tree: Tree) -> Array:
    """Return H/n of the lowest pass between every two minima, shape (minima, minima).

    It is infinite if they are not connected, minus infinity from a minimum to itself.
    """
    passes = np.full((tree.minima, tree.minima), np.inf)
    np.fill_diagonal(passes, -np.inf)
    members = [np.array([leaf]) for leaf in range(tree.minima)]
    for (one, other), level in zip(tree.children, tree.level, strict=True):
        passes[np.ix_(members[one], members[other])] = level
        passes[np.ix_(members[other], members[one])] = level
        members.append(np.concatenate([members[one], members[other]]))
    return passes
