"""Another way to the same expectations: brute quadrature of de Bruijn's skew products.

Nothing is shared with the package but the weight: the skew products are integrated numerically
on Gauss panels with spectral antiderivatives, the probability is a ratio of two determinants,
and expectations of the smallest eigenvalue follow by parts from its distribution.
The functions are orthonormalised on the half line first, or the determinant would
lose digits where the probability is small.
"""

import numpy as np

PANEL = 16


def hermite(count, x):
    values = np.empty((count, x.size))
    values[0] = np.pi**-0.25 * np.exp(-0.5 * x * x)
    if count > 1:
        values[1] = np.sqrt(2.0) * x * values[0]
    for k in range(1, count - 1):
        values[k + 1] = np.sqrt(2 / (k + 1)) * x * values[k] - np.sqrt(k / (k + 1)) * values[k - 1]
    return values


def antiderivative():
    """Matrix of integrals from -1 to each Gauss node, exact for the interpolating polynomial."""
    x, w = np.polynomial.legendre.leggauss(PANEL)
    to_coefficients = np.linalg.inv(np.polynomial.legendre.legvander(x, PANEL - 1))
    columns = [np.polynomial.legendre.legint(row, lbnd=-1) for row in to_coefficients.T]
    return x, w, np.polynomial.legendre.legval(x, np.array(columns).T).T


def skew_products(n, low, weight=None):
    """Log-determinant of the basis over [low, infinity) and its matrix (and its variation)."""
    high = np.sqrt(2.0 * n) + 7.0
    panels = max(4, int(np.ceil((high - low) * np.sqrt(2.0 * n) / 6.0)))
    x, w, integral = antiderivative()
    edges = np.linspace(low, high, panels + 1)
    half = 0.5 * (edges[1] - edges[0])
    nodes = (edges[:-1, None] + half * (1.0 + x)).ravel()
    weights = np.tile(half * w, panels)
    root = np.sqrt(weights)
    f, log_norm = hermite(n, nodes), 0.0
    if weight is None:
        orthonormal, triangle = np.linalg.qr((f * root).T)
        f, log_norm = orthonormal.T / root, np.log(np.abs(np.diagonal(triangle))).sum()

    def skew(left, right):
        inside = half * np.einsum("kpj,ij->kpi", right.reshape(n, panels, PANEL), integral)
        whole = half * (right.reshape(n, panels, PANEL) @ w)
        before = np.cumsum(whole, axis=1) - whole
        primitive = inside + before[:, :, None] - 0.5 * whole.sum(axis=1)[:, None, None]
        return (left * weights) @ primitive.reshape(n, -1).T

    def bordered(matrix, column):
        if n % 2 == 0:
            return matrix
        return np.block([[matrix, column[:, None]], [-column[None, :], np.zeros((1, 1))]])

    base = bordered(skew(f, f), f @ weights)
    if weight is None:
        return 2.0 * log_norm + np.linalg.slogdet(base)[1]
    g = f * weight(nodes)
    mixed = skew(g, f)
    return base, bordered(mixed - mixed.T, g @ weights)


def sum_over_eigenvalues(n, function):
    """E sum_i function(x_i), as the derivative of the Pfaffian with respect to the weight."""
    base, change = skew_products(n, -np.sqrt(2.0 * n) - 7.0, function)
    return 0.5 * np.trace(np.linalg.solve(base, change))


def none_below(n, points):
    """P(x_(0) > s): the square root of a ratio of determinants."""
    whole = skew_products(n, -np.sqrt(2.0 * n) - 7.0)
    return np.array([np.exp(0.5 * (skew_products(n, s) - whole)) for s in points])


def smallest_expectation(n, b, nodes):
    """E exp(-(b/2) x_(0)^2) by parts, on a Gauss rule around the lower edge."""
    edge, scale = np.sqrt(2.0 * n), n ** (-1.0 / 6.0)
    low, high = -edge - 9.0 * scale, min(-edge + 12.0 * scale, edge + 6.0)
    x, w = np.polynomial.legendre.leggauss(nodes)
    s, w = low + 0.5 * (high - low) * (1.0 + x), 0.5 * (high - low) * w
    slope = -b * s * np.exp(-0.5 * b * s * s)
    return np.exp(-0.5 * b * low**2) + np.sum(w * slope * none_below(n, s))
