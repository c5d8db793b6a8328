"""All stationary points of a landscape, by a homotopy with proofs or by searches.

`spinglass.search.complex_solutions` proves for small landscapes that no points are missing;
`spinglass.search.random_searches` goes on until no check says that points are missing.
"""

from dataclasses import replace

from spinglass.checks import integer_at_least, positive_integer
from spinglass.control import FREE, Control
from spinglass.errors import InputError
from spinglass.landscape.model import Landscape
from spinglass.parallel import single_threaded_blas
from spinglass.search.complex_solutions import solve_complex
from spinglass.search.point_set import StationaryPoints
from spinglass.search.random_searches import search_all
from spinglass.search.real_points import real_points
from spinglass.search.solution_counts import METHODS_FOR_ALL, SEARCH, usual_method


def find_stationary_points(
    model: Landscape,
    index: int | None = None,
    *,
    method: str | None = None,
    sweep: int = 512,
    max_starts: int = 2_000_000,
    start_seed: int = 0,
    control: Control = FREE,
) -> StationaryPoints:
    """Find stationary points of every index: all of them, if the landscape is small.

    Parameters
    ----------
    model : Landscape
        The landscape.
    index : int, optional
        Return only points of this Morse index, 0 to n - 1; the checks still use all.
    method : str, optional
        "homotopy" finds all complex solutions, real ones included, and proves that none is
        missing; "search" searches from random starts.  By default `usual_method` chooses; if
        that is the homotopy and it cannot prove everything, as in degenerate landscapes, a
        search follows, whose result says in ``unproven`` what was not proven.
    sweep : int
        Number of searches in each sweep of the first round; later sweeps are larger.  The homotopy
        uses neither this nor ``max_starts``.
    max_starts : int
        Number of searches at which to give up; the points found are then returned with
        ``complete`` False, as they are if they are not isolated.
    start_seed : int
        Fixes the starts.
    control : Control
        Asked after every round; told of the searches made, with the number of points as ``found``.

    Returns
    -------
    StationaryPoints
        Its ``method`` names the method that found them.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    sizes = positive_integer("sweep", sweep), positive_integer("max_starts", max_starts)
    start_seed = integer_at_least("start_seed", start_seed, 0)
    if index is not None and integer_at_least("index", index, 0) >= model.n:
        raise InputError(f"index must be an integer from 0 to {model.n - 1}, got {index!r}")
    if method is not None and method not in METHODS_FOR_ALL:
        raise InputError(f"method must be one of {', '.join(METHODS_FOR_ALL)}, got {method!r}")
    chosen = method or usual_method(model.n, model.orders, bool(model.field.any()))
    if chosen == SEARCH:
        return replace(search_all(model, index, sizes, start_seed, control), only=index)
    with single_threaded_blas():  # once for both
        solutions = solve_complex(model, start_seed=start_seed, control=control)
        points = real_points(solutions, index, control)
    if method is not None or points.proven or control.spent:
        return replace(points, only=index)
    searched = search_all(model, index, sizes, start_seed, control)
    return replace(searched, unproven=points.unproven, only=index)
