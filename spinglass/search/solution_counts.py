"""How many complex stationary points there are, and up to which size all of them are searched."""

import math
from typing import Final

SEARCH: Final = "search"
HOMOTOPY: Final = "homotopy"
METHODS_FOR_ALL = (SEARCH, HOMOTOPY)
"""How all stationary points are found."""

MOST_PATHS = 2**22
"""Largest number of solutions that is looked for."""

MOST_COEFFICIENTS = 2**22
"""Largest size of the array of couplings and field as one form, (n + 1)^(d - 1) n, d at least 3."""

USUAL_PATHS = 2**16
"""Up to so many paths the homotopy is the usual method: to n = 16 for p = 3, to n = 10 for p = 4.

It then takes seconds and 0.3 GB, and less time than the search: for p = 3 and 4 between a third and
a thirtieth of it, for p = 5 and 6 most of it near the limit.  A search is faster only where a
strong field has left few points."""


def solution_count(n: int, degree: int) -> int:
    """Return N, the number of complex stationary points of almost all landscapes.

    Parameters
    ----------
    n, degree : int
        Spins; the highest order, at least 2.
    """
    return 2 * sum((degree - 1) ** k for k in range(n))


def path_count(n: int, orders: tuple[int, ...], in_field: bool) -> int:
    """Return the number of paths, half of N where -x is stationary with x."""
    odd, even = all(p % 2 == 1 for p in orders), all(p % 2 == 0 for p in orders)
    return solution_count(n, max(orders)) // (2 if odd or (even and not in_field) else 1)


def usual_method(n: int, orders: tuple[int, ...], in_field: bool) -> str:
    """Return how all points are found by default: homotopy up to `USUAL_PATHS`, else search."""
    small = not limit_exceeded(n, max(orders)) and path_count(n, orders, in_field) <= USUAL_PATHS
    return HOMOTOPY if small else SEARCH


def limit_exceeded(n: int, degree: int) -> str:
    """Return the limit of the homotopy that is exceeded, in words; nothing where none is."""
    # Logarithms first: powers of a large order are numbers of many thousand digits.
    if n * math.log2(degree - 1) > 64 or (degree > 2 and solution_count(n, degree) > MOST_PATHS):
        return f"2 ((p - 1)^n - 1) / (p - 2) <= {MOST_PATHS}"
    axes = max(degree, 3) - 1
    if axes * math.log2(n + 1) > 64 or (n + 1) ** axes * n > MOST_COEFFICIENTS:
        return f"(n + 1)^{'2' if degree == 2 else '(p - 1)'} n <= {MOST_COEFFICIENTS}"
    return ""
