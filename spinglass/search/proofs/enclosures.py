"""Bounds that include all rounding errors: eigenvalues of matrices, derivatives of a landscape.

Any order of summing k products, fused or not, errs by at most gamma_k = k u / (1 - k u) times the
sum of their absolute values (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1);
so every bound here is computed in ordinary arithmetic with a majorant beside it, and the rounding
mode is never changed.  Bounds are for the polynomial whose coefficients are the stored doubles.
"""

import math

import numpy as np

from spinglass.arrays import Array
from spinglass.kernels.form import Form
from spinglass.kernels.packing import flattening, scale_by_multiplicity
from spinglass.landscape import evaluate
from spinglass.landscape.model import Landscape

_UNIT = 2.0**-53
_SLACK = 1.0 + 1e-9
"""Covers the rounding of the bounds themselves: a few operations and sums of positive terms."""
_LARGEST_FLATTENING = 2**24
_MOST_COUNTED = 2**22
"""With more coefficients than this, their orderings are not counted."""

_ORDINARY = 300
"""Binary exponents within which sums of squares neither overflow nor lose digits."""


def gamma(operations: int) -> float:
    """Return a bound of the relative error of ``operations`` roundings in a row, with slack."""
    return _SLACK * operations * _UNIT / (1.0 - operations * _UNIT)


def norm(a: Array) -> float:
    """Return an upper bound of the Frobenius norm of an array."""
    return float(np.linalg.norm(a)) * (1.0 + gamma(a.size + 4))


def eigenvalues(a: Array, error: float = 0.0) -> tuple[Array, float]:
    """Enclose the eigenvalues of a symmetric matrix that is known up to an error.

    Parameters
    ----------
    a : (m, m) float64
        A symmetric matrix.
    error : float
        Bound of the Frobenius norm of (true matrix - ``a``).

    Returns
    -------
    values : (m,) float64
        Ascending approximations.
    radius : float
        The k-th eigenvalue of the true matrix is within this of ``values[k]``; infinite if the
        computed eigenvectors are too far from orthogonal.

    Notes
    -----
    With computed eigenvectors X = U Q (polar decomposition, U orthogonal) and
    |X'X - I| <= e < 1, |X - U| <= e, hence |U'AU - D| <= |AX - XD| + e (|A| + |D|), and Weyl's
    inequality gives the radius.
    """
    values, vectors = np.linalg.eigh(a)
    m = len(values)
    size, width = norm(a), norm(vectors)
    spread = norm(values)
    defect = norm(vectors.T @ vectors - np.eye(m)) + gamma(m + 2) * (width**2 + m)
    residual = norm(a @ vectors - vectors * values)
    residual += gamma(m + 4) * width * (size + spread)
    if not defect < 0.5:
        return values, math.inf
    return values, (residual + defect * (size + spread) + error) * _SLACK


def derivatives(model: Landscape, x: Array) -> tuple[Array, Array, Array, float]:
    """Return gradient and second derivative of H at one point, and bounds of their errors.

    Returns
    -------
    slope, slope_error : (n,) float64
        dH and an entrywise bound of its error.
    curvature : (n, n) float64
        d2H, Euclidean.
    curvature_error : float
        Bound of the Frobenius norm of the error of ``curvature``.

    Notes
    -----
    An entry of the second derivatives of degree p is a sum of at most two terms for each of the
    C(n + p - 3, p - 2) heads (`spinglass.kernels.hessian`) and two for each of the C(n + p - 4,
    p - 3) beginnings of heads.  A term is a product of at most p coordinates and of a sum nested
    three deep, over at most n each time.  With the conversion to a matrix and one product with x
    there are fewer roundings in a row than `_roundings` returns; the sum over the orders adds one
    for each order after the first.
    """
    n, most = model.n, max(model.orders)
    chain = gamma(_roundings(n, most) + len(model.orders) - 1)
    slope, size = np.zeros(n), np.zeros(n)
    curvature, majorant = np.zeros((n, n)), np.zeros((n, n))
    for form, scale in zip(evaluate.forms_of(model), model.scales, strict=True):
        matrix = -evaluate.second_derivatives(form, scale, x[None])[0]
        positive = form._replace(c=np.abs(form.c))
        bound = evaluate.second_derivatives(positive, scale, np.abs(x)[None])[0]
        slope += matrix @ x / (form.p - 1)
        size += bound @ np.abs(x) / (form.p - 1)
        curvature += matrix
        majorant += bound
    slope -= model.field
    size += np.abs(model.field)
    return slope, chain * size, curvature, chain * norm(majorant)


def _roundings(n: int, p: int) -> int:
    heads = math.comb(n + p - 3, p - 2)
    beginnings = math.comb(n + p - 4, p - 3) if p > 3 else 0
    return 2 * (heads + beginnings) + 5 * n + 4 * p + 20


def third_derivative_bound(model: Landscape, radius: float) -> float:
    """Bound the Lipschitz constant of d2H (spectral norm) in the ball of ``radius`` about 0.

    It is the sum over the orders of p (p-1) (p-2) scale radius^(p-3) times the injective norm of
    the symmetrised couplings.  This norm is bounded by the spectral norm of their flattening to an
    (n, n^(p-1)) matrix if that is small enough, else by their Frobenius norm.  At n = 100, p = 3
    the former bound is about nine times smaller.
    """
    forms, slack = evaluate.forms_of(model), 1.0
    total = 0.0
    for form, scale in zip(forms, model.scales, strict=True):
        p = form.p
        if p > 2:
            factor = p * (p - 1) * (p - 2) * scale * radius ** (p - 3) * (1.0 + gamma(20 + p))
            total += factor * tensor_norm(form, model.n)
            slack = 1.0 if len(forms) == 1 else _SLACK
    return total * slack


def hessian_lipschitz(model: Landscape) -> float:
    """Return a Lipschitz constant, up to rounding, of the Riemannian Hessian in distance / sqrt(n).

    On the sphere of radius r = sqrt(n) the k-th derivative of an interaction is at most
    p!/(p-k)! scale r^(p-k) |J|, |J| the Frobenius norm of the symmetrised couplings.  The third
    derivative, the turning of the tangent space and the change of the radial force add up to
    p (p-1) (p-2) + 3 p (p-1) + p = p^3 times scale r^(p-2) |J|; the field adds |h| / r.
    """
    total = float(np.linalg.norm(model.field)) / math.sqrt(model.n)
    for form, scale in zip(evaluate.forms_of(model), model.scales, strict=True):
        couplings, unit = _of_ordinary_size(form.c)
        size = unit * scale * _frobenius(form._replace(c=couplings), model.n)
        total += form.p**3 * model.n ** (0.5 * form.p - 1.0) * size
    return total


def _of_ordinary_size(values: Array) -> tuple[Array, float]:
    """Return values scaled so that their squares are in range, and the power of two divided by."""
    largest = max(float(values.max()), -float(values.min()))
    exponent = math.frexp(largest)[1]
    if largest == 0.0 or abs(exponent) < _ORDINARY:
        return values, 1.0
    unit = math.ldexp(1.0, exponent)
    return values / unit, unit


def tensor_norm(form: Form, n: int) -> float:
    """Bound the spectral norm of the flattening of a form's symmetric tensor."""
    couplings, unit = _of_ordinary_size(form.c)
    return unit * _norm_of(form._replace(c=couplings), n)


def _frobenius(form: Form, n: int) -> float:
    """Bound the Frobenius norm of a form's symmetric tensor.

    A coefficient c with m orderings contributes c^2 / m.  With many coefficients the order is low
    and m small, so that the bound c^2 will do; at large orders m is astronomical.
    """
    if form.c.size > _MOST_COUNTED:
        return norm(form.c)
    multiplicity = np.ones_like(form.c)
    scale_by_multiplicity(multiplicity, 0, form.p, 0, n)
    return norm(form.c / multiplicity) * (1.0 + gamma(4 * form.p + 8))


def _norm_of(form: Form, n: int) -> float:
    """Return the bound of `tensor_norm` for coefficients whose squares are in range."""
    p = form.p
    if n**p > _LARGEST_FLATTENING:
        return _frobenius(form, n)
    matrix = np.empty((n, n ** (p - 1)))
    flattening(form.c, n, p, form.plan.table, matrix)
    frobenius = norm(matrix) * (1.0 + gamma(4 * p))
    error = gamma(matrix.shape[1] + 8 * p + 4) * frobenius**2
    values, radius = eigenvalues(matrix @ matrix.T, error)
    return min(frobenius, math.sqrt(float(values[-1]) + radius) * _SLACK)
