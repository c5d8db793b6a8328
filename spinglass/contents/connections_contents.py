"""What a graph of minima and saddles holds, beside what theory expects."""

from typing import Any

import numpy as np
import xarray as xr

from spinglass.connections import disconnectivity_tree
from spinglass.connections.files import CONNECTIONS as KIND
from spinglass.connections.files import POSITIONS, from_dataset
from spinglass.contents.numbers import or_none
from spinglass.covariance import Covariance
from spinglass.files.provenance import details, is_drawn
from spinglass.search.coverage import richness
from spinglass.theory import mean_by_index

__all__ = ["KIND", "UNREAD", "summary"]

UNREAD = POSITIONS


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what a graph of minima and saddles holds, in numbers."""
    attrs, graph = data.attrs, from_dataset(data)
    law = Covariance.said_by(attrs)
    exact = (
        [float(mean) for mean in mean_by_index(attrs["n"], law)[:2]] if is_drawn(attrs) else None
    )
    barriers, tree = graph.barriers, disconnectivity_tree(graph)
    heights = (tree.escape - graph.minimum_energy)[np.isfinite(tree.escape)]
    estimate = richness(graph.hits)
    return {
        "n": attrs["n"],
        **law.named,
        "nu": attrs["nu"],
        "seed": None if attrs["seed"] < 0 else attrs["seed"],
        **details(attrs),
        "complete": graph.complete,
        "descents": graph.descents,
        "searches": graph.searches,
        "minima": len(graph.minima),
        "minima_unproven": graph.unproven,
        "minima_expected": exact[0] if exact else None,
        "saddles": len(graph.edges),
        "saddles_open": len(graph.saddles) - len(graph.edges),
        "saddles_expected": exact[1] if exact else None,
        "saddles_unseen": or_none(graph.unseen),
        "saddles_unseen_limit": graph.unseen_limit,
        "saddles_chao1": estimate.estimate,
        "loops": graph.loops,
        "share_connected": or_none(graph.share_connected),
        "components": len(tree.roots),
        "lowest_barrier": float(barriers.min()) if barriers.size else None,
        "highest_barrier": float(barriers.max()) if barriers.size else None,
        "highest_escape": float(heights.max()) if heights.size else None,
    }
