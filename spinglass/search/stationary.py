"""All stationary points of a landscape, by a homotopy with proofs or by searches.

`spinglass.search.complex_solutions` proves that small landscapes have no other points than those
found; `spinglass.search.random_searches` goes on until nothing speaks against it.
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
    """Find stationary points of every index, all of them where the landscape is small.

    Parameters
    ----------
    model : Landscape
        The landscape.
    index : int, optional
        Return only this Morse index, 0 to n - 1; the checks are about all of them.
    method : str, optional
        "homotopy": all complex solutions are found and proven to be all, hence the real ones too;
        or "search", from random starts.  By default that of `usual_method`; and where the homotopy
        has proven less than all, as in degenerate landscapes, a search after it, whose result says
        in ``unproven`` what was not proven.
    sweep : int
        Searches of the first sweeps; later ones grow with what has been done.  Not used by the
        homotopy, as ``max_starts``.
    max_starts : int
        Where to give up; what was found is returned with ``complete`` False, as it is where the
        stationary points are not isolated.
    start_seed : int
        Fixes the starts.
    control : Control
        Asked after every round; told of the searches made, found is how many points are known.

    Returns
    -------
    StationaryPoints
        Its ``method`` says which found them.

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
        return search_all(model, index, sizes, start_seed, control)
    with single_threaded_blas():  # once for both
        solutions = solve_complex(model, start_seed=start_seed, control=control)
        points = real_points(solutions, index, control)
    if method is not None or points.proven or control.spent:
        return points
    return replace(search_all(model, index, sizes, start_seed, control), unproven=points.unproven)
