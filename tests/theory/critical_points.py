"""All real stationary points of one small sample, by Newton's method from very many starts.

Written with plain numpy on the full tensor of n^p independent couplings, as far from the
package's model as possible.  A sample is accepted when a whole batch of starts has found
nothing new and the indices add up to the Euler characteristic of the sphere.
"""

from itertools import permutations

import numpy as np


def mixed_couplings(rng, n, weights, distinct_only=False):
    """Symmetrised tensors of -H, one an order, for c_p^2 by order."""
    return [
        np.sqrt(weight) * symmetric_couplings(rng, n, p, distinct_only)
        for p, weight in weights.items()
    ]


def symmetric_couplings(rng, n, p, distinct_only=False):
    """Symmetrised tensor of -H: all n^p couplings, or (wrong law) distinct indices only."""
    couplings = rng.standard_normal((n,) * p)
    if distinct_only:
        grid = np.indices((n,) * p)
        for a in range(p):
            for b in range(a):
                couplings[grid[a] == grid[b]] = 0.0
    tensor = sum(np.transpose(couplings, order) for order in permutations(range(p)))
    return tensor / np.prod(np.arange(1, p + 1)) / n ** ((p - 1) / 2)


def derivatives(tensors, field, x):
    """Gradient and Hessian of H at points x, shape (points, n)."""
    parts = [_of_one_order(tensor, x) for tensor in tensors]
    return sum(part[0] for part in parts) - field, sum(part[1] for part in parts)


def _of_one_order(tensor, x):
    n, p = x.shape[1], tensor.ndim
    flat = np.broadcast_to(tensor.reshape(1, -1), (len(x), n**p))
    for _ in range(p - 2):
        flat = np.einsum("sij,sj->si", flat.reshape(len(x), -1, n), x)
    matrix = flat.reshape(len(x), n, n)
    return -p * np.einsum("sij,sj->si", matrix, x), -p * (p - 1) * matrix


def newton(tensors, field, x, steps=60):
    """Newton on (gradient = multiplier x, |x|^2 = n); returns converged points and multipliers."""
    n = x.shape[1]
    gradient, _ = derivatives(tensors, field, x)
    multiplier = np.einsum("si,si->s", gradient, x) / n
    for _ in range(steps):
        gradient, hessian = derivatives(tensors, field, x)
        system = np.zeros((len(x), n + 1, n + 1))
        system[:, :n, :n] = hessian - multiplier[:, None, None] * np.eye(n)
        system[:, :n, n], system[:, n, :n] = -x, -x
        right = np.concatenate(
            [multiplier[:, None] * x - gradient, 0.5 * (np.sum(x * x, 1) - n)[:, None]], axis=1
        )
        size = np.abs(right).max(axis=1)
        if (size < 1e-11).all():
            break
        system[:, np.arange(n + 1), np.arange(n + 1)] += 1e-14
        step = np.linalg.solve(system, right[:, :, None])[:, :, 0]
        length = np.linalg.norm(step[:, :n], axis=1, keepdims=True)
        step *= np.minimum(1.0, 0.7 / np.maximum(length, 1e-300))
        x, multiplier = x + step[:, :n], multiplier + step[:, n]
    gradient, _ = derivatives(tensors, field, x)
    residual = np.abs(gradient - multiplier[:, None] * x).max(axis=1)
    good = (residual < 1e-9) & (np.abs(np.sum(x * x, 1) - n) < 1e-9)
    return x[good]


def indices(tensors, field, x):
    """Morse index of each stationary point: negative eigenvalues of the tangent Hessian."""
    n = x.shape[1]
    gradient, hessian = derivatives(tensors, field, x)
    force = np.einsum("si,si->s", gradient, x) / n
    projector = np.eye(n) - x[:, :, None] * x[:, None, :] / n
    shifted = projector @ (hessian - force[:, None, None] * np.eye(n)) @ projector
    shifted += 1e6 * (np.eye(n) - projector)
    return (np.linalg.eigvalsh(shifted) < 0).sum(axis=1)


def distinct(points, tolerance=1e-5):
    kept = np.empty((0, points.shape[1]))
    for x in points:
        if not len(kept) or np.abs(kept - x).max(axis=1).min() > tolerance:
            kept = np.vstack([kept, x])
    return kept


def counts_by_index(rng, n, p, nu, distinct_only=False, starts=300):
    """Numbers of stationary points of each index of one sample, or None if it never settles.

    ``p`` is an order, or c_p^2 by order.
    """
    weights = p if isinstance(p, dict) else {p: 1.0}
    tensors = mixed_couplings(rng, n, weights, distinct_only)
    odd, even = (all(q % 2 == rest for q in weights) for rest in (1, 0))
    field = nu * rng.standard_normal(n)
    known = np.empty((0, n))
    for _ in range(40):
        x = rng.standard_normal((starts, n))
        x *= np.sqrt(n) / np.linalg.norm(x, axis=1, keepdims=True)
        found = newton(tensors, field, x)
        if odd or (even and nu == 0.0):
            found = np.vstack([found, -found])
        found = found[np.lexsort(np.round(found, 4).T)]
        changes = np.abs(np.diff(found, axis=0)).max(axis=1) > 1e-6
        merged = distinct(np.vstack([known, found[np.concatenate([[True], changes])]]))
        settled, known = len(merged) == len(known), merged
        if settled:
            counts = np.bincount(indices(tensors, field, known), minlength=n)
            if np.sum(counts * (-1) ** np.arange(n)) == 1 + (-1) ** (n - 1):
                return counts
    return None
