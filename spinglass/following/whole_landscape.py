"""A landscape over a grid of fields: every branch of minima, its birth and its death.

A census finds the minima of the first field, and each of them is followed to the next field, where
a fresh census is taken.  A minimum that this census finds on no known branch is followed back
through the earlier fields.  Either its branch ends at a fold, where the minimum was born, or it
reaches an earlier field whose census overlooked it; there the minimum is recorded as not met.  A
minimum to which a known branch leads but which the fresh census does not find is also recorded as
not met, and is certified like the others.  From the fold where a branch ends, the gradient flow
must lead to another branch, its heir.  Every minimum or branch for which this does not hold is
counted as a contradiction.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from spinglass.arrays import Array
from spinglass.checks import LARGEST_FIELD, field_strength
from spinglass.control import FREE, Control, Progress, WorkUnit
from spinglass.errors import InputError
from spinglass.following.branches import Branches, Flags, no_branches
from spinglass.following.continuation import Course, Ending, follow_minima
from spinglass.following.jumps import kicked, slide
from spinglass.landscape.model import Landscape
from spinglass.search.census import Census, take_census
from spinglass.search.minima import SAME_OVERLAP, group_points
from spinglass.search.proofs.certificates import prove_minima


def follow_landscape(
    model: Landscape,
    nu: Sequence[float],
    unseen: float = 1e-3,
    *,
    max_starts: int = 1_000_000,
    start_seed: int = 0,
    proven: bool = False,
    known: Branches | None = None,
    control: Control = FREE,
) -> Branches:
    """Follow all minima of a landscape over a grid of fields, with a fresh census at each.

    Parameters
    ----------
    model : Landscape
        The sample, of which couplings and direction of the field are used.
    nu : sequence of float
        Field strengths, ascending or descending, at least two.
    unseen, max_starts, start_seed
        As in `take_census`, for the census at each field.
    proven : bool
        As in `follow_minima`.
    known : Branches, optional
        The result of an earlier call for the first of these fields; only the other fields are done,
        and one whose census the time limit ended is done again.
    control : Control
        Asked before every field but the first, and in the census of each (see ``Branches.cut``).
        Told of the fields done; ``found`` is a `Branches` after each, a `Census` during it.

    Raises
    ------
    InputError
        If an argument is not allowed.
    """
    grid = checked_fields(nu, LARGEST_FIELD * model.coupling_unit)
    branches = known if known is not None else no_branches(model.n)
    if not np.array_equal(branches.nu, grid[: branches.nu.size]):
        raise InputError(f"known must be of the first of these fields, got {branches.nu.tolist()}")
    for done in range(branches.whole, grid.size):
        if done and control.spent:
            break
        branches = branches.finished
        before = len(branches.ending)
        with control.in_force():
            branches, landed = _carry_on(model, branches, float(grid[done]), proven)
            census = take_census(
                model.at_field(grid[done]),
                unseen,
                max_starts=max_starts,
                start_seed=start_seed,
                control=control.part(done, grid.size, WorkUnit.FIELDS),
            )
            branches = _name_heirs(_compare(model, branches, census, landed, proven), landed)
        if not census.reached and census.starts < max_starts and control.spent:
            branches = replace(branches, cut=before)
        control.tell(Progress(done + 1, grid.size, WorkUnit.FIELDS, branches.words, branches))
        if branches.cut >= 0:
            break
    return branches


def checked_fields(nu: Sequence[float], largest: float = LARGEST_FIELD) -> Array:
    """Return a grid of at least two fields; raise `InputError` unless it ascends or descends."""
    grid = np.array([field_strength(value, largest) for value in nu])
    gaps = np.diff(grid)
    if grid.size < 2 or not (np.all(gaps > 0.0) or np.all(gaps < 0.0)):
        raise InputError(
            "fields must be two or more field strengths, ascending or descending, got "
            f"{grid.size} from {grid[0]:g} to {grid[-1]:g}"
            if grid.size
            else "fields must be two or more field strengths, got none"
        )
    return grid


def _carry_on(
    model: Landscape, branches: Branches, nu: float, proven: bool
) -> tuple[Branches, dict[int, Array]]:
    """Follow the living branches to the next field, and add its column.

    Also returns, for each branch that ended, the minimum at this field to which its state fell.
    """
    count = len(branches.ending)
    column = np.full((count, model.n), np.nan)
    death, drop, ending = branches.death.copy(), branches.drop.copy(), branches.ending.copy()
    landed, lost = {}, 0
    if branches.nu.size:
        alive = np.flatnonzero(branches.present[:, -1])
        course = follow_minima(
            model, branches.spins[alive, -1], branches.nu[-1], [nu], proven=proven
        )
        column[alive] = course.spins[:, 0]
        ending[alive] = course.ending
        death[alive] = _folds(model, course)
        lost = int(np.sum(course.ending == Ending.STALLED))
        for row in np.flatnonzero(course.ending == Ending.FOLDED):
            start = kicked(course.fold_spins[row], course.fold_mode[row])
            fate = slide(model, start, float(course.fold_field[row]), nu)
            drop[alive[row]] = fate.drops[0]
            if fate.finished:
                landed[int(alive[row])] = fate.spins
    branches = replace(
        branches, nu=np.append(branches.nu, nu), death=death, drop=drop, ending=ending
    )
    return _add_column(model, branches, column, lost), landed


def _add_column(model: Landscape, branches: Branches, column: Array, lost: int) -> Branches:
    """Append a column for the last field with its minima, (branches, n), nan where none."""
    numbers = _describe(model, branches.nu[-1:], column[:, None])
    wider: dict[str, Any] = {
        name: np.concatenate([getattr(branches, name), numbers[name]], axis=1) for name in _GRID
    }
    blank = {"starts": 0, "unseen": np.nan, "complete": False, "contradictions": lost}
    longer: dict[str, Any] = {
        name: np.append(old := getattr(branches, name), old.dtype.type(value))
        for name, value in blank.items()
    }
    return replace(branches, **wider, **longer)


_GRID = ("spins", "energy", "slope", "lambda_min", "met", "proven")


def _describe(model: Landscape, nu: Array, spins: Array) -> dict[str, Array]:
    """Return the attributes of minima, (branches, fields, n); nan and False where there is none."""
    shape = spins.shape[:2]
    numbers = {name: np.full(shape, np.nan) for name in ("energy", "slope", "lambda_min")}
    proven = np.zeros(shape, np.bool_)
    for place, strength in enumerate(nu):
        rows = np.flatnonzero(~np.isnan(spins[:, place, 0]))
        points = spins[rows, place]
        here = model.at_field(float(strength))
        numbers["energy"][rows, place] = here.energy(points)
        numbers["slope"][rows, place] = -points @ model.field_slope(float(strength)) / model.n
        numbers["lambda_min"][rows, place] = here.spectrum(points)[:, 0]
        proven[rows, place] = [proof.is_minimum for proof in prove_minima(here, points)]
    return {**numbers, "spins": spins, "met": np.zeros(shape, np.bool_), "proven": proven}


def _folds(model: Landscape, course: Course) -> Array:
    """Return nu, H/n and d(H/n)/d(nu) at the fold of each branch, nan where it has none."""
    table = np.full((len(course.ending), 3), np.nan)
    for row in np.flatnonzero(course.ending == Ending.FOLDED):
        nu, x = float(course.fold_field[row]), course.fold_spins[row]
        slope = float(-x @ model.field_slope(nu) / model.n)
        table[row] = nu, float(model.at_field(nu).energy(x)), slope
    return table


def _compare(
    model: Landscape,
    branches: Branches,
    census: Census,
    landed: dict[int, Array],
    proven: bool,
) -> Branches:
    """Compare the fresh census with the branches; add branches for minima that are on none.

    The minima in ``landed``, to which ended branches fell, are treated as a second census.
    """
    points = np.concatenate([census.spins, -census.spins]) if census.antipodal else census.spins
    alive = np.flatnonzero(branches.present[:, -1])
    every = np.concatenate(
        [branches.spins[alive, -1], points, np.reshape(list(landed.values()), (-1, model.n))]
    )
    group = group_points(every)
    first = np.unique(group, return_index=True)[1]
    theirs = group[alive.size : alive.size + len(points)]
    met = branches.met.copy()
    met[alive, -1] = np.isin(group[: alive.size], theirs)
    merged = alive.size - np.unique(group[: alive.size]).size
    newest = {
        "starts": census.starts,
        "unseen": census.unseen,
        "complete": census.complete,
        "contradictions": branches.contradictions[-1] + merged,
    }
    updated = {name: getattr(branches, name).copy() for name in newest}
    for name, value in newest.items():
        updated[name][-1] = value
    branches = replace(branches, met=met, **updated)
    fresh = first[first >= alive.size]
    return _trace_back(model, branches, every[fresh], np.isin(group[fresh], theirs), proven)


def _name_heirs(branches: Branches, landed: dict[int, Array]) -> Branches:
    """Set the heir of each ended branch: the branch on which its state is now."""
    heir = branches.heir.copy()
    alive = np.flatnonzero(branches.present[:, -1])
    for branch, x in landed.items():
        overlaps = branches.spins[alive, -1] @ x / x.size
        if overlaps.max(initial=-1.0) > SAME_OVERLAP:
            heir[branch] = alive[np.argmax(overlaps)]
    return replace(branches, heir=heir)


def _trace_back(
    model: Landscape, branches: Branches, fresh: Array, met: Flags, proven: bool
) -> Branches:
    """Add branches for the minima ``fresh``, (count, n), followed back to where they began."""
    count, places = len(fresh), branches.nu.size
    spins = np.full((count, places, model.n), np.nan)
    spins[:, -1] = fresh
    birth = np.full((count, 3), np.nan)
    doubtful = np.zeros(count, np.bool_)
    if places > 1:
        earlier = branches.nu[-2::-1]
        course = follow_minima(
            model, fresh, float(branches.nu[-1]), earlier.tolist(), proven=proven
        )
        birth = _folds(model, course)
        doubtful = (course.ending == Ending.STALLED) | _taken(branches.spins, course.spins[:, ::-1])
        spins[~doubtful, :-1] = course.spins[~doubtful, ::-1]
    numbers = _describe(model, branches.nu, spins)
    numbers["met"][:, -1] = met
    more: dict[str, Array] = {
        **numbers,
        "birth": birth,
        "death": np.full((count, 3), np.nan),
        "drop": np.full(count, np.nan),
        "heir": np.full(count, -1, np.int64),
        "ending": np.full(count, Ending.REACHED, np.int64),
    }
    longer: dict[str, Any] = {
        name: np.concatenate([getattr(branches, name), rows]) for name, rows in more.items()
    }
    doubts = branches.contradictions.copy()
    doubts[-1] += int(doubtful.sum())
    return replace(branches, **longer, contradictions=doubts)


def _taken(known: Array, traced: Array) -> Flags:
    """Return which traced branches meet a known branch or each other at some earlier field."""
    taken = np.zeros(len(traced), np.bool_)
    for place in range(traced.shape[1]):
        rows = np.flatnonzero(~np.isnan(traced[:, place, 0]))
        there = known[~np.isnan(known[:, place, 0]), place]
        group = group_points(np.concatenate([there, traced[rows, place]]))
        mine = group[len(there) :]
        first = np.unique(mine, return_index=True)[1]
        twice = ~np.isin(np.arange(mine.size), first)
        taken[rows] |= np.isin(mine, group[: len(there)]) | twice
    return taken
