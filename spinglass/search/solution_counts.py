"""How many complex stationary points a landscape has, and up to which size all can be found."""

import math
from typing import Final

SEARCH: Final = "search"
HOMOTOPY: Final = "homotopy"
METHODS_FOR_ALL = (SEARCH, HOMOTOPY)
"""The methods that find all stationary points."""

MOST_PATHS = 2**22
"""Largest number of solutions for which the homotopy can be used."""

MOST_COEFFICIENTS = 2**22
"""Largest size (n + 1)^(d - 1) n, d at least 3, of the array of couplings and field as one form."""

USUAL_PATHS = 2**16
"""Up to this many paths the homotopy is the usual method: to n = 16 for p = 3, n = 10 for p = 4.

It then takes seconds and 0.3 GB, and less time than a search: between a third and a thirtieth of
that time for p = 3 and 4, most of it for p = 5 and 6 near the limit.  A search is faster only if a
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
    """Return the number of paths: N, or half of it if -x is stationary whenever x is."""
    odd, even = all(p % 2 == 1 for p in orders), all(p % 2 == 0 for p in orders)
    return solution_count(n, max(orders)) // (2 if odd or (even and not in_field) else 1)


def usual_method(n: int, orders: tuple[int, ...], in_field: bool) -> str:
    """Return the default method to find all points: homotopy up to `USUAL_PATHS`, else search."""
    small = not limit_exceeded(n, max(orders)) and path_count(n, orders, in_field) <= USUAL_PATHS
    return HOMOTOPY if small else SEARCH


def limit_exceeded(n: int, degree: int) -> str:
    """Return, as a formula, the limit of the homotopy that is exceeded; "" if none is."""
    # Logarithms first: powers of a large order can have many thousand digits.
    if n * math.log2(degree - 1) > 64 or (degree > 2 and solution_count(n, degree) > MOST_PATHS):
        return f"2 ((p - 1)^n - 1) / (p - 2) <= {MOST_PATHS}"
    axes = max(degree, 3) - 1
    if axes * math.log2(n + 1) > 64 or (n + 1) ** axes * n > MOST_COEFFICIENTS:
        return f"(n + 1)^{'2' if degree == 2 else '(p - 1)'} n <= {MOST_COEFFICIENTS}"
    return ""
