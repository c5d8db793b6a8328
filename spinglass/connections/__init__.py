"""Which minima belong together: saddles of index 1, the minima they fall into, and the barriers."""

from spinglass.connections.graph import Connections
from spinglass.connections.graph_check import EdgeCheck, choose_edges, verify_edges
from spinglass.connections.search import connect_minima
from spinglass.connections.tree import Tree, disconnectivity_tree, lowest_passes

__all__ = [
    "Connections",
    "EdgeCheck",
    "Tree",
    "choose_edges",
    "connect_minima",
    "disconnectivity_tree",
    "lowest_passes",
    "verify_edges",
]
