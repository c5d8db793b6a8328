"""Polynomial interpolation between equidistant nodes."""

import math

import numpy as np

STENCIL = 16
"""Number of nodes used at each point."""

_SIGNS = np.array([(-1.0) ** k * math.comb(STENCIL - 1, k) for k in range(STENCIL)])


def lagrange_weights(points: np.ndarray, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes that interpolate at each point, and their weights.

    Parameters
    ----------
    points : float64, (points,)
        Points at which to interpolate, between the nodes.
    nodes : float64, (nodes,)
        At least `STENCIL`, equidistant and ascending.

    Returns
    -------
    int64, (points, STENCIL)
        Indices of the nodes nearest to each point.
    float64, (points, STENCIL)
        Their weights, which sum to 1.
    """
    place = (points - nodes[0]) / (nodes[1] - nodes[0])
    first = np.floor(place).astype(np.int64) - STENCIL // 2 + 1
    first = np.clip(first, 0, len(nodes) - STENCIL)
    away = (place - first)[:, None] - np.arange(STENCIL)
    away[away == 0.0] = 1e-300
    weights = _SIGNS / away
    return first[:, None] + np.arange(STENCIL), weights / weights.sum(axis=1, keepdims=True)
