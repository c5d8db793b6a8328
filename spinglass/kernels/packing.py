"""The packed order of symmetric tensors: ranks, multiplicities, folding.

Unique entries are indexed by tuples i1 >= i2 >= ... >= ip in lexicographic order, the last index
running fastest.  By the combinatorial number system the rank of a tuple is the sum over its
positions k = 1..p of C(i_k + p - k, p - k + 1).
"""

import numpy as np

from spinglass.kernels.compiled import jit as _jit


@_jit
def binomials(n, p):
    """Return the table with entries [i, d] = C(i + d - 1, d), multisets of d indices below i."""
    table = np.zeros((n + 1, p + 1), np.int64)
    table[:, 0] = 1
    for i in range(1, n + 1):
        for d in range(1, p + 1):
            table[i, d] = table[i - 1, d] + table[i, d - 1]
    return table


@_jit
def rank(indices, table):
    """Return the position of a non-increasing tuple in the packed order of its own degree."""
    degree = indices.size
    position = 0
    for place in range(degree):
        position += table[indices[place], degree - place]
    return position


@_jit
def advance(prefix, stop):
    """Step to the next non-increasing prefix in place; return False after the last one."""
    for position in range(prefix.size - 1, 0, -1):
        if prefix[position] < prefix[position - 1]:
            prefix[position] += 1
            prefix[position + 1 :] = 0
            return True
    prefix[0] += 1
    prefix[1:] = 0
    return prefix[0] < stop


@_jit
def _orderings(indices):
    """Count the distinct orderings of a sorted tuple, and the copies of its last index."""
    orderings = 1.0
    run = 0
    for place in range(indices.size):
        run = run + 1 if place > 0 and indices[place] == indices[place - 1] else 1
        orderings *= (place + 1.0) / run
    return orderings, run


@_jit
def scale_by_multiplicity(c, start, p, first, stop):
    """Multiply packed numbers by the square root of their number of distinct orderings.

    Only entries whose outermost index is in [first, stop) are multiplied; the first of them is at
    position ``start``.
    """
    prefix = np.zeros(p - 1, np.int64)
    prefix[0] = first
    more = True
    while more:
        orderings, run = _orderings(prefix)
        last = prefix[p - 2]
        factor = np.sqrt(orderings * p)
        for k in range(last):
            c[start + k] *= factor
        c[start + last] *= np.sqrt(orderings * p / (run + 1.0))
        start += last + 1
        more = advance(prefix, stop)


@_jit
def _sort_indices(flat, n, ordered):
    """Write the index tuple of a flat position of a dense tensor in non-increasing order."""
    for count in range(ordered.size):
        value = flat % n
        flat //= n
        place = count
        while place > 0 and ordered[place - 1] < value:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = value


@_jit
def fold(tensor, n, p, table, packed):
    """Add every entry of a dense tensor, given flat, to the packed entry of its sorted tuple."""
    ordered = np.zeros(p, np.int64)
    for flat in range(tensor.size):
        _sort_indices(flat, n, ordered)
        packed[rank(ordered, table)] += tensor[flat]


@_jit
def flattening(packed, n, p, table, out):
    """Write the symmetric tensor of a packed form as a matrix (n, n^(p-1)): entries c_I / m_I."""
    ordered = np.zeros(p, np.int64)
    flat = out.reshape(-1)
    for place in range(flat.size):
        _sort_indices(place, n, ordered)
        orderings, _ = _orderings(ordered)
        flat[place] = packed[rank(ordered, table)] / orderings
