"""A tree over the minima of a field, and where its lines are drawn.

If the graph of saddles is known, the tree is the disconnectivity tree: two branches merge at the
lowest known pass between them.  Otherwise it is a tree of overlaps: branches merge at the mean
overlap between their minima (average linkage), which shows nearness, but not barriers.
Minima under one branch stand side by side, so that a branch is a range of places.
"""

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from spinglass.arrays import Array, IntArray
from spinglass.connections import Connections, Tree, disconnectivity_tree
from spinglass.figures.disconnectivity_figure import leaf_positions
from spinglass.report.field_minima import FieldMinima
from spinglass.search.minima import SAME_OVERLAP


@dataclass(frozen=True)
class Branching:
    """A tree as it is drawn.  Nodes 0 to minima - 1 are minima, merge k is node minima + k.

    Attributes
    ----------
    barriers : bool
        Whether levels are energies of passes; else mean overlaps.
    place : (minima,) int64
        Horizontal place of every minimum.
    foot : (minima,) float64
        Level at which the line of each minimum begins.
    children : (merges, 2) int64
        The two nodes that merge, the one with the lower minimum first.
    level : (merges,) float64
        Level of each merge: H/n, or an overlap.
    parent : (minima + merges,) int64
        The node of the merge that joins each node to another; -1 for a root.
    first, last : (minima + merges,) int64
        The range of places under each node, both ends included.
    stem : (minima + merges,) int64
        Place of the lowest minimum under each node, above which the line of the node stands.
    """

    barriers: bool
    place: IntArray
    foot: Array
    children: IntArray
    level: Array
    parent: IntArray
    first: IntArray
    last: IntArray
    stem: IntArray


def branching(field: FieldMinima, graph: Connections | None) -> Branching:
    """Return the tree of the minima of a field, from the saddles of a graph or else from overlaps.

    The graph may have more minima than the field.
    """
    if graph is not None:
        return _drawn(_of_graph(field, graph), field.energy, True)
    tree = _of_overlaps(field)
    return _drawn(tree, np.full(len(field.energy), _foot(tree.level)), False)


def _foot(level: Array) -> float:
    """Return where the lines of single minima begin.

    They begin beyond all merges by a sixth of the tree, or at least 0.1, so that the axis of a tree
    of few merges has round numbers, but never beyond 1, the overlap of a minimum with itself.
    """
    if not level.size:
        return 1.0
    return float(min(1.0, level.max() + max(np.ptp(level) / 6.0, 0.1)))


def has_all(field: FieldMinima, graph: Connections) -> bool:
    """Say whether a graph contains every minimum of a field."""
    return bool((_in_graph(field, graph) >= 0).all())


def _in_graph(field: FieldMinima, graph: Connections) -> IntArray:
    """Return the number in a graph of each minimum of a field, -1 if the graph lacks it."""
    overlaps = field.spins @ graph.minima.T / field.n
    q = np.abs(overlaps) if field.pairs else overlaps
    return np.where(q.max(axis=1) > SAME_OVERLAP, q.argmax(axis=1), -1)


def _of_graph(field: FieldMinima, graph: Connections) -> Tree:
    """Return the disconnectivity tree of a graph, restricted to the minima of a field."""
    whole = disconnectivity_tree(graph)
    leaves = _in_graph(field, graph)
    node = np.full(len(whole.lowest), -1)
    node[leaves] = np.arange(len(leaves))
    children, kept, lowest = [], [], list(range(len(leaves)))
    for merge, pair in enumerate(whole.children):
        one, other = node[pair]
        if one >= 0 and other >= 0:
            joined = sorted((int(one), int(other)), key=lowest.__getitem__)
            node[whole.minima + merge] = len(lowest)
            lowest.append(lowest[joined[0]])
            children.append(joined)
            kept.append(merge)
        else:
            node[whole.minima + merge] = max(one, other)
    return Tree.of(children, whole.level[kept], whole.saddle[kept], lowest)


def _of_overlaps(field: FieldMinima) -> Tree:
    """Return the tree of average linkage; its levels are mean overlaps, from large to small."""
    count = len(field.energy)
    if count < 2:
        return Tree.of([], np.empty(0), np.empty(0, np.int64), list(range(count)))
    apart = squareform(1.0 - field.overlaps, checks=False)
    rows = linkage(apart, method="average")
    lowest = list(range(count))
    children = []
    for one, other in rows[:, :2].astype(int).tolist():
        pair = sorted((one, other), key=lowest.__getitem__)
        children.append(pair)
        lowest.append(lowest[pair[0]])
    return Tree.of(children, 1.0 - rows[:, 2], np.full(len(rows), -1), lowest)


def _drawn(tree: Tree, foot: Array, barriers: bool) -> Branching:
    place = leaf_positions(tree).astype(np.int64)
    nodes = len(tree.lowest)
    parent, first, last = np.full(nodes, -1), np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    first[: tree.minima] = last[: tree.minima] = place
    for merge, pair in enumerate(tree.children):
        node = tree.minima + merge
        parent[pair] = node
        first[node], last[node] = first[pair].min(), last[pair].max()
    return Branching(
        barriers,
        place,
        foot,
        tree.children,
        tree.level,
        parent,
        first,
        last,
        place[tree.lowest],
    )
