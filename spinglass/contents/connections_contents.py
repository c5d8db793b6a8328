"""What a graph of minima and saddles holds, beside what theory expects."""

from typing import Any

import numpy as np
import xarray as xr

from spinglass.connections import disconnectivity_tree
from spinglass.connections.files import CONNECTIONS as KIND
from spinglass.connections.files import POSITIONS, from_dataset
from spinglass.contents.numbers import or_none
from spinglass.covariance import Covariance
from spinglass.search.coverage import richness
from spinglass.theory import mean_by_index

__all__ = ["KIND", "UNREAD", "summary"]

UNREAD = POSITIONS


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what a graph of minima and saddles holds, in numbers."""
    attrs, found = data.attrs, from_dataset(data)
    law = Covariance.said_by(attrs)
    exact = mean_by_index(attrs["n"], law)
    barriers, tree = found.barriers, disconnectivity_tree(found)
    heights = (tree.escape - found.minimum_energy)[np.isfinite(tree.escape)]
    estimate = richness(found.hits)
    return {
        "n": attrs["n"],
        **law.named,
        "nu": attrs["nu"],
        "seed": None if attrs["seed"] < 0 else attrs["seed"],
        "complete": found.complete,
        "descents": found.descents,
        "searches": found.searches,
        "minima": len(found.minima),
        "minima_unproven": found.unproven,
        "minima_expected": float(exact[0]),
        "saddles": len(found.edges),
        "saddles_open": len(found.saddles) - len(found.edges),
        "saddles_expected": float(exact[1]),
        "saddles_unseen": or_none(found.unseen),
        "saddles_unseen_limit": found.unseen_limit,
        "saddles_chao1": estimate.estimate,
        "loops": found.loops,
        "share_connected": or_none(found.share_connected),
        "components": len(tree.roots),
        "lowest_barrier": float(barriers.min()) if barriers.size else None,
        "highest_barrier": float(barriers.max()) if barriers.size else None,
        "highest_escape": float(heights.max()) if heights.size else None,
    }
