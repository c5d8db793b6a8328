"""Pfaffians of the ensemble split at a point s: the law of the number of eigenvalues below s.

The idea.  For a weight ``a(x) = xi`` below s and 1 above, de Bruijn's formula writes
``E prod a(x_i)``, the generating function of the number of eigenvalues below s, as a Pfaffian
of skew products ``1/2 int int a(x) f(x) a(y) g(y) sign(x - y)`` of n functions that span
(polynomials of degree below n) times ``exp(-x^2/2)``.  With the derivatives ``phi_k'`` of the
Hermite functions as basis, completed by one ``phi_K`` of even degree K, integration by parts
leaves only half-line overlaps of Hermite functions, which are known in closed form, and at
xi = 1 the matrix is tridiagonal.  Functions with k < K that do not reach s drop out exactly, so
that a small matrix suffices near the edge of the spectrum.  For n odd the matrix is bordered by the
integrals of the basis.

Differentiating in s gives, with the same matrix, ``sum_k xi^k p_k(s)`` where p_k is the density
of the k-th smallest eigenvalue; it is relatively accurate in the tail, where the probability
itself would be a difference of almost equal numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.special import erfc

from spinglass.theory.hermite import hermite_table, upper_integrals, whole_line_integrals

NEGLIGIBLE = 1e-19


@dataclass(frozen=True)
class Split:
    """The numbers at one point s that the Pfaffians at every xi share.

    Attributes
    ----------
    upper, lower : ndarray, shape (m, m)
        Antisymmetrised overlaps of ``phi_i'`` and ``phi_j`` over (s, infinity) and
        (-infinity, s), i, j = K ... n - 2; the smaller side has full relative accuracy.
    overlap_above, overlap_below : ndarray, shape (m,)
        Integrals of ``phi_i phi_K`` over (s, infinity) and (-infinity, s).
    here, slope : ndarray, shape (m,), (m + 1,)
        ``phi_i(s)``, and the basis at s without its factor.
    above, below : float
        Integrals of ``phi_K`` over (s, infinity) and (-infinity, s).
    log_reference : float
        Logarithm of the Pfaffian for xi = 1.
    log_factor : float
        Logarithm of the factor taken out of ``slope``, beside the Gaussian ``exp(-s^2/2)``.
    odd : bool
        Whether n is odd, that is whether the matrix is bordered.
    """

    upper: np.ndarray
    lower: np.ndarray
    overlap_above: np.ndarray
    overlap_below: np.ndarray
    here: np.ndarray
    slope: np.ndarray
    above: float
    below: float
    log_reference: float
    log_factor: float
    odd: bool


def splits(n: int, points: np.ndarray) -> list[Split]:
    """Prepare the Pfaffians of n >= 2 eigenvalues split at each of some points.

    The matrices of each point are over the functions that reach it.
    """
    s = np.asarray(points, dtype=float)
    table = hermite_table(n, s)
    factor = np.exp(table.log_scale - 0.5 * s * s)
    mirror = np.where(np.arange(n + 1) % 2 == 1, -1.0, 1.0)[:, None] ** (s < 0)
    tails = upper_integrals(table.values * factor * mirror, np.abs(s))
    return [
        _split_at(n, float(s[j]), table.values[:, j], float(table.log_scale[j]), tails[:, j])
        for j in range(s.size)
    ]


def _split_at(n: int, s: float, scaled: np.ndarray, log_scale: float, tails: np.ndarray) -> Split:
    """Return the split at s, from the column of scaled phi_k and their integrals beyond abs(s)."""
    values = scaled * np.exp(log_scale - 0.5 * s * s)
    start = first_degree(scaled, n) if s < 0 else 0
    k = np.arange(start, n - 1)
    lower = np.concatenate([[0.0], scaled])[start : n - 1]
    slope = np.sqrt(k / 2.0) * lower - np.sqrt((k + 1) / 2.0) * scaled[start + 1 : n]
    overlaps = _overlaps_below(values, s, start)
    identity = np.eye(len(overlaps))
    outside = float(tails[start])
    inside = float(whole_line_integrals(start)[-1]) - outside
    return Split(
        upper=_antisymmetric(identity - overlaps, start),
        lower=_antisymmetric(overlaps, start),
        overlap_above=(identity - overlaps)[:-1, 0],
        overlap_below=overlaps[:-1, 0],
        here=values[start : n - 1],
        slope=np.append(slope, scaled[start]),
        above=inside if s < 0 else outside,
        below=outside if s < 0 else inside,
        log_reference=log_reference(n, start),
        log_factor=log_scale,
        odd=n % 2 == 1,
    )


def first_degree(column: np.ndarray, n: int) -> int:
    """Largest even K <= n - 2 for which no phi_k with k < K reaches the point."""
    reaching = np.abs(column[:n]) > NEGLIGIBLE
    first = int(np.argmax(reaching))
    return max(0, min(first, n - 2)) // 2 * 2


def _overlaps_below(values: np.ndarray, s: float, start: int) -> np.ndarray:
    """Integrals of phi_i phi_j over (-infinity, s), i, j = start ... n - 1.

    Off the diagonal they follow from the Wronskian, ``(phi_i' phi_j - phi_i phi_j')(s) /
    (2 (j - i))``; on the diagonal from the recursion that integrates ``(phi_j phi_{j+1})'``, whose
    terms are positive outside the spectrum.  Functions of degree below ``start`` do not reach s.
    """
    k = np.arange(start, values.size)
    before = np.concatenate([[0.0], values])[start : values.size]
    f, g = values[start:], np.sqrt(2.0 * k) * before - s * values[start:]
    gap = 2.0 * (k[None, :] - k[:, None])
    np.fill_diagonal(gap, 1.0)
    result = (np.outer(g, f) - np.outer(f, g)) / gap
    second = np.concatenate([[0.0], np.diagonal(result, 2)])
    root = np.sqrt(np.arange(start, values.size + 1) / 2.0)
    steps = root[:-3] * second[:-1] - root[2:-1] * second[1:] - f[:-2] * f[1:-1]
    begin = 0.5 * erfc(-s) if start == 0 else 0.0
    diagonal = begin + np.concatenate([[0.0], np.cumsum(steps / root[1:-2])])
    result = result[:-1, :-1]
    np.fill_diagonal(result, diagonal)
    return result


def _antisymmetric(overlaps: np.ndarray, start: int) -> np.ndarray:
    """Half the integral of ``phi_i' phi_j - phi_i phi_j'`` from overlaps of the same interval."""
    root = np.sqrt(np.arange(start, start + len(overlaps)) / 2.0)
    moved = -root[1:, None] * overlaps[1:, :-1]
    moved[1:] += root[1:-1, None] * overlaps[:-2, :-1]
    return 0.5 * (moved - moved.T)


def log_reference(n: int, start: int) -> float:
    """Logarithm of the magnitude of the tridiagonal Pfaffian at xi = 1."""
    links = np.log(np.sqrt(np.arange(start + 1, n - 1) / 2.0))
    if n % 2 == 0:
        return float(links[1::2].sum())
    return float(np.log(whole_line_integrals(start)[-1]) + links[0::2].sum())


def pfaffian_squared(split: Split, xi: complex) -> tuple[complex, complex]:
    """Log of the squared generating function of the count below s, and the density's ratio to it.

    Parameters
    ----------
    split : Split
        The point s.
    xi : complex
        Weight of an eigenvalue below s.

    Returns
    -------
    log_square : complex
        Logarithm of ``(sum_k xi^k P(k eigenvalues below s))^2``.
    ratio : complex
        ``sum_k xi^k p_k(s)`` over the generating function, divided by ``exp(log_factor - s^2/2)``.
    """
    matrix, integrals = _matrix(split, xi)
    slope = np.zeros(len(matrix), dtype=matrix.dtype)
    slope[: split.slope.size] = split.slope
    diagonal, swaps, product = eliminate(matrix, slope, integrals)
    log_square = np.log(diagonal.astype(complex)).sum() + 1j * np.pi * (swaps % 2)
    return complex(log_square - 2.0 * split.log_reference), complex(-0.5 * product)


def eliminate(
    matrix: np.ndarray, slope: np.ndarray, integrals: np.ndarray
) -> tuple[np.ndarray, int, complex]:
    """Return the pivots of a matrix, how many rows were swapped, and integrals . matrix^-1 slope.

    The matrix, shape (size, size), is overwritten; the vectors are of shape (size,).
    """
    factors = lu_factor(matrix, overwrite_a=True, check_finite=False)
    swaps = int(np.count_nonzero(factors[1] != np.arange(len(matrix))))
    solved = lu_solve(factors, slope, check_finite=False)
    return np.diagonal(factors[0]), swaps, integrals @ solved


def _matrix(split: Split, xi: complex) -> tuple[np.ndarray, np.ndarray]:
    """Skew products of the basis at xi, and the integrals of ``sign(x - s) a(x)`` times it."""
    m, jump = split.here.size, 1.0 - xi
    size = m + 1 + split.odd
    kind = complex if isinstance(xi, complex) else float
    matrix = np.zeros((size, size), dtype=kind)
    matrix[:m, :m] = split.upper + xi * xi * split.lower
    signed, plain = split.above - xi * split.below, split.above + xi * split.below
    border = 0.5 * jump * signed * split.here
    border = border - split.overlap_above - xi * xi * split.overlap_below
    matrix[:m, m], matrix[m, :m] = border, -border
    integrals = np.zeros(size, dtype=kind)
    integrals[:m], integrals[m] = -(1.0 + xi) * split.here, signed
    if split.odd:
        means = np.append(-jump * split.here, plain)
        matrix[: m + 1, m + 1], matrix[m + 1, : m + 1] = means, -means
        integrals[m + 1] = -2.0
    return matrix, integrals
