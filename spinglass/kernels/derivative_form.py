"""The derivative of a landscape's gradient as a matrix times monomials.

With d the highest order, A(y) = sum_p x0^(d-p) DF_p(u) + h x0^(d-1), and y = (u, x0), or y = u if
there is no x0.  Entries of the derivative DA are sums over the monomials of degree d - 2 in y,
numbered as packed tensors are (`spinglass.kernels.packing`), with x0 after all spins.
"""

import numpy as np

from spinglass.kernels.compiled import jit as _jit
from spinglass.kernels.form import form_of
from spinglass.kernels.packing import advance, rank


@_jit
def monomial_tree(m, degree, table):
    """Return the factors of each monomial of degree 1 to ``degree`` in m variables; pure powers.

    Parameters
    ----------
    m, degree : int
        Number of variables, and highest degree.
    table : (m + 1, degree + 1) int64
        From `packing.binomials`.

    Returns
    -------
    parent, variable : (count,) int64
        Each monomial is its variable times its parent, of one degree less; -1 for degree 1.
    diagonal : (m,) int64
        Numbers of the monomials of the highest degree that are powers of one variable.
    """
    count = 0
    for e in range(1, degree + 1):
        count += table[m, e]
    parent, variable = np.full(count, -1), np.empty(count, np.int64)
    diagonal = np.arange(m)
    variable[:m] = np.arange(m)
    before, first = 0, m
    for e in range(2, degree + 1):
        indices, place = np.zeros(e, np.int64), first
        while True:
            variable[place] = indices[0]
            parent[place] = before + rank(indices[1:], table)
            if indices[0] == indices[-1]:
                diagonal[indices[0]] = place
            place += 1
            if not advance(indices, m):
                break
        before, first = first, place
    return parent, variable, diagonal


@_jit
def _left(indices, a, b, padding, x0, out):
    """Write ``padding`` x0, then the indices except at positions a and b; return their number."""
    count = 0
    for _ in range(padding):
        out[count] = x0
        count += 1
    for position in range(indices.size):
        if position != a and position != b:
            out[count] = indices[position]
            count += 1
    return count


@_jit
def _add_form(form, factor, degree, table, out):
    """Add the contribution of one form to the derivative."""
    m, p = table.shape[0] - 1, form.p
    n = form.plan.table.shape[0] - 1
    indices, left = np.zeros(p, np.int64), np.empty(degree, np.int64)
    runs, column = np.empty(p + 1, np.int64), n * (n + 1) // 2
    place = 0
    while True:
        c, count = factor * form.c[place], 0
        for position in range(p):
            if position == 0 or indices[position] != indices[position - 1]:
                runs[count] = position
                count += 1
        runs[count] = p
        for r in range(count):
            a, times = runs[r], runs[r + 1] - runs[r]
            if degree > p:
                size = _left(indices, a, a, degree - p - 1, m - 1, left)
                out[column + indices[a], rank(left[:size], table)] = (degree - p) * times * c
            for s in range(r, count):
                b, orders = runs[s], times * (runs[s + 1] - runs[s])
                if s == r:
                    b, orders = a + 1, times * (times - 1)
                if orders > 0:
                    size = _left(indices, a, b, degree - p, m - 1, left)
                    row = indices[a] * (indices[a] + 1) // 2 + indices[b]
                    out[row, rank(left[:size], table)] = orders * c
        place += 1
        if not advance(indices, n):
            return


@_jit
def fill_derivative(forms, factors, field, degree, table, out):
    """Write the derivative DA as a matrix.

    Parameters
    ----------
    forms : Forms
        The landscape.
    factors : (orders,) float64
        Factor of each form.
    field : (n,) float64
        h.
    degree : int
        d, the highest order.
    table : (m + 1, d - 1 or more) int64
        From `packing.binomials`; m is n, or n + 1 if there is x0.
    out : (rows, C(m + d - 3, d - 2)) float64
        Zeros; receives the rows of pairs i >= j, then those of x0.
    """
    n, m = field.size, table.shape[0] - 1
    for k in range(forms.orders.size):
        _add_form(form_of(forms, k), factors[k], degree, table, out)
    if m > n:
        last = out.shape[1] - 1  # the pure power of x0
        for i in range(n):
            out[n * (n + 1) // 2 + i, last] = (degree - 1) * field[i]
