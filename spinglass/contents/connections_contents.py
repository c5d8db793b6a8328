"""What a graph of minima and saddles holds, beside what theory expects."""

from typing import Any

import numpy as np
import xarray as xr

from spinglass.arrays import Array
from spinglass.connections import Connections, disconnectivity_tree
from spinglass.connections.files import CONNECTIONS, POSITIONS, from_dataset, hidden_overlaps
from spinglass.contents.numbers import or_none, overlap_row
from spinglass.covariance import Covariance
from spinglass.files.provenance import is_drawn, landscape_row
from spinglass.parallel import single_threaded_blas
from spinglass.search.coverage import richness
from spinglass.theory import mean_by_index

KIND, UNREAD = CONNECTIONS, POSITIONS


@single_threaded_blas()
def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return what a graph of minima and saddles holds, in numbers."""
    attrs, graph = data.attrs, from_dataset(data)
    law = Covariance.said_by(attrs)
    exact = mean_by_index(attrs["n"], law)[:2].tolist() if is_drawn(attrs) else [None, None]
    barriers, tree = graph.barriers, disconnectivity_tree(graph)
    heights = (tree.escape - graph.minimum_energy)[np.isfinite(tree.escape)]
    estimate = richness(graph.hits)
    return {
        **landscape_row(attrs),
        "complete": graph.complete,
        "descents": graph.descents,
        "searches": graph.searches,
        "minima": len(graph.minima),
        "minima_unproven": graph.unproven,
        "minima_expected": exact[0],
        "saddles": len(graph.edges),
        "saddles_open": len(graph.saddles) - len(graph.edges),
        "saddles_expected": exact[1],
        "saddles_unseen": or_none(graph.unseen),
        "saddles_unseen_limit": graph.unseen_limit,
        "saddles_chao1": estimate.estimate,
        "loops": graph.loops,
        "share_connected": or_none(graph.share_connected),
        "components": len(tree.roots),
        "lowest_barrier": float(barriers.min()) if barriers.size else None,
        "highest_barrier": float(barriers.max()) if barriers.size else None,
        "highest_escape": float(heights.max()) if heights.size else None,
        **_overlaps(data, graph, tree.escape),
    }


def _overlaps(data: xr.Dataset, graph: Connections, escape: Array) -> dict[str, float | None]:
    """Return overlaps with the hidden point, if any, and the climb out of the minimum nearest it.

    Antipodal pairs get absolute overlaps.  The climb is None if no lower minimum is connected.
    """
    overlaps = hidden_overlaps(data)
    if overlaps is None:
        return {}
    minima, saddles = (np.abs(each) if graph.antipodal else each for each in overlaps)
    joined = saddles[graph.edges]
    nearest = int(minima.argmax()) if minima.size else None
    energy = np.nan if nearest is None else graph.minimum_energy[nearest]
    climb = np.inf if nearest is None else escape[nearest] - energy
    return {
        **overlap_row(minima),
        "highest_saddle_overlap": float(joined.max()) if joined.size else None,
        "nearest_energy": or_none(float(energy)),
        "nearest_escape": float(climb) if np.isfinite(climb) else None,
    }
