"""All complex eigenvectors of a symmetric tensor by linear algebra alone, slow and obvious.

T x^(p-1) = x, with the eigenvalue scaled to 1, are n equations of degree p - 1 with (p - 1)^n
solutions, x = 0 among them.  All their multiples of degree D = n (p - 2) + 1 are the rows of the
Macaulay matrix; where no solution is multiple or at infinity its null space is spanned by the
vectors of all monomials at the solutions.  A shift by w . x maps this space to itself, and its
eigenvectors are the solutions.
"""

from itertools import product

import numpy as np


def _monomials(n, degree):
    """Exponents of all monomials of n variables up to a degree."""
    return [m for m in product(range(degree + 1), repeat=n) if sum(m) <= degree]


def _times(one, other):
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _equations(tensor):
    """The polynomials T x^(p-1) - x: a coefficient for each exponent."""
    n, units = len(tensor), np.eye(len(tensor), dtype=int).tolist()
    for i in range(n):
        found = {tuple(units[i]): -1.0}
        for place in product(range(n), repeat=tensor.ndim - 1):
            exponent = tuple(place.count(k) for k in range(n))
            found[exponent] = found.get(exponent, 0.0) + tensor[(i, *place)]
        yield found


def all_eigenvectors(tensor):
    """Eigenvectors u, u . u = 1, one of each pair, and eigenvalues T u^p, all complex.

    Eigenvectors of eigenvalue 0 and those with u . u = 0 are not among them.
    """
    n, p = len(tensor), tensor.ndim
    degree, count = n * (p - 2) + 1, (p - 1) ** n
    monomials = _monomials(n, degree)
    place = {exponent: k for k, exponent in enumerate(monomials)}
    rows = []
    for equation in _equations(tensor):
        for factor in _monomials(n, degree - p + 1):
            rows.append(np.zeros(len(monomials)))
            for exponent, value in equation.items():
                rows[-1][place[_times(exponent, factor)]] = value
    space = np.linalg.svd(np.array(rows))[2][-count:].T
    units = [tuple(row) for row in np.eye(n, dtype=int).tolist()]
    low = [k for k, exponent in enumerate(monomials) if sum(exponent) < degree]
    weights = np.random.default_rng(0).standard_normal(n)
    shifted = sum(
        weight * space[[place[_times(monomials[k], unit)] for k in low]]
        for weight, unit in zip(weights, units, strict=True)
    )
    solutions = space @ np.linalg.eig(np.linalg.lstsq(space[low], shifted)[0])[1]
    x = (solutions[[place[unit] for unit in units]] / solutions[place[(0,) * n]]).T
    x = x[np.abs(x).max(axis=1) > 1e-6]
    length = np.sqrt((x**2).sum(axis=1).astype(complex))
    u = x / length[:, None]
    if p % 2:
        return u, length ** (2 - p)
    twin = np.minimum(*(np.abs(u[:, None] - sign * u).max(axis=2) for sign in (1, -1))) < 1e-6
    first = twin.argmax(axis=1) == np.arange(len(u))  # x and -x solve it with the same eigenvalue
    return u[first], length[first] ** (2 - p)
