"""All complex stationary points of order 2: eigenvectors, or solutions of a secular equation.

They solve A u + h = lambda u, u . u = 1 with a symmetric matrix A.  Let mu_i be its eigenvalues and
g_i the entries of h along its eigenvectors.  Without field the solutions are these eigenvectors.
With field lambda solves

    sum_i g_i^2 / (lambda - mu_i)^2 = 1,    u_i = g_i / (lambda - mu_i),

an equation of degree 2 n, whose solutions are the eigenvalues of the matrix (D, -1; -g g^T, D) with
D the diagonal matrix of mu (Gander, Golub and von Matt, Linear Algebra Appl. 114, 815 (1989)).
If g_i = 0, two of them equal mu_i: they stand for the two points with lambda = mu_i, where
u_i^2 = 1 - sum_j u_j^2 over the other entries.

These computations prove nothing; `spinglass.search.proofs.complex_zeros` proves the results.
"""

import numpy as np

from spinglass.arrays import Array
from spinglass.search.path_search import PathEnds, told_apart
from spinglass.search.proofs.complex_zeros import balls_at, distinct
from spinglass.search.proofs.polynomial_system import Complex, Polynomial

_HARD = 1e-6
"""Field entries g_i below this, relative to the size of matrix and field, count as nearly 0.

For them the secular equation loses half of all digits, and a first-order formula is as good."""


def eigenpairs(system: Polynomial) -> PathEnds:
    """Find the stationary points of a landscape of order 2, and prove them.

    Parameters
    ----------
    system : Polynomial
        The system of a landscape with order 2 only.
    """
    # The tensor spreads the linear form A u over two places of x0, hence the factor 2.
    matrix, field = 2.0 * system.tensor[0, 1:], system.model.field
    values, vectors = np.linalg.eigh(matrix)
    if field.any():
        u, force = _secular(values, vectors.T @ field)
        with np.errstate(all="ignore"):
            z = np.concatenate([u @ vectors.T, force[:, None]], axis=1)
        # If lambda equals an eigenvalue to the last bit, the solution is at infinity.
        z[~np.isfinite(z).all(axis=1)] = np.inf
    else:
        z = np.concatenate([vectors.T, values[:, None]], axis=1).astype(np.complex128)
    ends = balls_at(system, z)
    lost, infinite, doubtful = told_apart(ends)
    arrived = int(np.isfinite(z).all(axis=1).sum())
    known = ends.take(distinct(system, ends))
    return PathEnds(known, len(z), arrived, doubtful, lost, infinite, stopped=False)


def _secular(mu: Array, g: Array) -> tuple[Complex, Complex]:
    """Return approximate solutions u in the basis of eigenvectors, (2 n, n), and lambda, (2 n,)."""
    size = np.abs(mu).max() + np.linalg.norm(g)
    hard = np.abs(g) <= _HARD * size
    easy = np.where(hard, 0.0, g)
    rest = np.flatnonzero(~hard)
    length = np.linalg.norm(g[rest])
    whole = np.zeros((2 * len(rest), 2 * len(rest)))
    diagonal = np.arange(len(rest))
    for first in (0, len(rest)):
        whole[first + diagonal, first + diagonal] = mu[rest]
    # Scaled so that both off-diagonal blocks are equally large.
    whole[diagonal, len(rest) + diagonal] = -length
    whole[len(rest) :, : len(rest)] = -np.outer(g[rest], g[rest]) / length
    force = np.linalg.eigvals(whole).astype(np.complex128)
    with np.errstate(all="ignore"):
        u = np.where(hard, 0.0, easy / (force[:, None] - mu))
        for i in np.flatnonzero(hard).tolist():
            u, force = _with_pair(u, force, (mu, g, easy), i)
    return u, force


def _with_pair(
    u: Complex, force: Complex, known: tuple[Array, Array, Array], i: int
) -> tuple[Complex, Complex]:
    """Append the two solutions near mu_i for an entry g_i near 0, to first order in g_i."""
    mu, g, easy = known
    others = np.where(easy == 0.0, 0.0, easy / (mu[i] - mu)).astype(np.complex128)
    lack = np.sqrt(1.0 - np.sum(others**2))
    pair = np.stack([others, others])
    pair[:, i] = lack, -lack
    shift = g[i] / pair[:, i]
    near = mu[i] + np.where(np.isfinite(shift), shift, 0.0)
    return np.concatenate([u, pair]), np.concatenate([force, near])
