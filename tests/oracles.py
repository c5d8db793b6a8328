"""Slow and obvious: what the kernels must reproduce, straight from the definition."""

import math
from itertools import permutations

import numpy as np


def symmetrise(tensor):
    """Average a tensor over all permutations of its axes."""
    axes = range(tensor.ndim)
    return sum(np.transpose(tensor, order) for order in permutations(axes)) / math.factorial(
        tensor.ndim
    )


def contract(tensor, x, times):
    """Contract the last ``times`` axes with x, by einsum."""
    for _ in range(times):
        tensor = np.einsum("...i,i->...", tensor, x)
    return tensor


def energy(tensor, field, x):
    """H/n at one point: -n^{-(p-1)/2} sum J x...x - h.x, over all n^p tuples, divided by n."""
    n, p = tensor.shape[0], tensor.ndim
    return float(-(n ** (-(p - 1) / 2)) * contract(tensor, x, p) - field @ x) / n


def gradient(tensor, field, x):
    """dH/dx at one point."""
    n, p = tensor.shape[0], tensor.ndim
    return -(n ** (-(p - 1) / 2)) * p * contract(symmetrise(tensor), x, p - 1) - field


def riemannian_gradient(tensor, field, x):
    """(I - x x^T / n) dH/dx at one point."""
    slope = gradient(tensor, field, x)
    return slope - (x @ slope) / x.size * x


def hessian(tensor, field, x):
    """P d2H P - X P at one point, with X = x.dH/n and P = I - x x^T / n."""
    n, p = tensor.shape[0], tensor.ndim
    second = -(n ** (-(p - 1) / 2)) * p * (p - 1) * contract(symmetrise(tensor), x, p - 2)
    projection = np.eye(n) - np.outer(x, x) / n
    radial = x @ gradient(tensor, field, x) / n
    return projection @ second @ projection - radial * projection


def pairs_of_overlap(q, n, count):
    """Return ``count`` random points of the sphere of radius sqrt(n), then their partners.

    The overlap x.y/n of every point with its partner is q.
    """
    draw = np.random.default_rng(2)
    x, y = (
        vectors / np.sqrt(np.mean(vectors**2, axis=1, keepdims=True))
        for vectors in draw.normal(size=(2, count, n))
    )
    y -= np.mean(x * y, axis=1, keepdims=True) * x
    y /= np.sqrt(np.mean(y**2, axis=1, keepdims=True))
    return np.concatenate([x, q * x + np.sqrt(1.0 - q**2) * y])
