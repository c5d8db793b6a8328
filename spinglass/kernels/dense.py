"""Small dense linear algebra on one symmetric matrix at a time, inside compiled code."""

import numpy as np

from spinglass.kernels.compiled import loose_jit as _jit


@_jit
def cholesky(a):
    """Overwrite the upper triangle of ``a`` with U, a = U^T U; return whether a is positive."""
    n = a.shape[0]
    for k in range(n):
        pivot = a[k, k]
        if not pivot > 0.0:
            return False
        inverse = 1.0 / np.sqrt(pivot)
        row = a[k]
        for j in range(k, n):
            row[j] *= inverse
        for i in range(k + 1, n):
            factor = -row[i]
            target = a[i]
            for j in range(i, n):
                target[j] += factor * row[j]
    return True


@_jit
def cholesky_solve(u, b):
    """Overwrite ``b`` with the solution of U^T U x = b."""
    n = b.size
    for k in range(n):
        b[k] /= u[k, k]
        row = u[k]
        factor = -b[k]
        for j in range(k + 1, n):
            b[j] += factor * row[j]
    for k in range(n - 1, -1, -1):
        row = u[k]
        total = b[k]
        for j in range(k + 1, n):
            total -= row[j] * b[j]
        b[k] = total / u[k, k]
