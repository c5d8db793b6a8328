"""Which minima of different fields are the same: each is followed from field to field.

Two minima of different fields are the same if one becomes the other while the field grows without
a jump (`spinglass.following.continuation`).  Nearness is not enough: some minima of the stronger
field lie nearest to minima of the weaker one that end at a fold in between.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from spinglass.arrays import Array, IntArray
from spinglass.control import Control
from spinglass.following.continuation import Ending, follow_minima
from spinglass.landscape.model import Landscape
from spinglass.report.field_minima import FieldMinima
from spinglass.search.minima import SAME_OVERLAP

FOLLOWED = 20
"""Cost of following a minimum to the next field, in units of a spectrum of its Hessian."""


def courses(
    model: Landscape,
    fields: list[FieldMinima],
    control: Control,
    step: Callable[[int, str], None],
) -> list[IntArray]:
    """Number the minima of several fields so that the same minimum has the same number.

    Parameters
    ----------
    model : Landscape
        The landscape of the minima; the strength of its field is not used.
    fields : list of FieldMinima
        By ascending field strength.
    control : Control
        Only its threads are used.
    step : callable
        Called before each field but the first, with the cost of following minima to it and words.

    Returns
    -------
    list of (minima,) int64
        Number of the course of each minimum, 0, 1, ... by field and energy of its first
        appearance.  A pair x and -x has one number, which both minima that follow from it keep.
        A minimum that was missed at a field has the same number when it is found again.
    """
    known = [np.arange(len(fields[0].energy))]
    total = len(known[0])
    spins, names = _with_antipodes(fields[0], known[0])
    for before, here in pairwise(fields):
        step(FOLLOWED * len(spins), f"following {len(spins):,} minima to nu = {here.nu:.4g}")
        course = follow_minima(
            model, spins, before.nu, [here.nu], control=Control(threads=control.threads)
        )
        alive = course.ending == Ending.REACHED
        spins, names = course.spins[alive, 0], names[alive]
        numbers = _names(here, spins, names)
        new = numbers < 0
        numbers[new] = total + np.arange(new.sum())
        total += int(new.sum())
        known.append(numbers)
        spins = np.concatenate([spins, here.spins[new]])
        names = np.concatenate([names, numbers[new]])
    return known


def _with_antipodes(field: FieldMinima, names: IntArray) -> tuple[Array, IntArray]:
    if not field.pairs:
        return field.spins, names
    return np.concatenate([field.spins, -field.spins]), np.concatenate([names, names])


def _names(field: FieldMinima, spins: Array, names: IntArray) -> IntArray:
    """Return the name of the course that each minimum of a field belongs to, -1 for none."""
    if not len(spins):
        return np.full(len(field.energy), -1)
    q = field.spins @ spins.T / field.n
    return np.where(q.max(axis=1) > SAME_OVERLAP, names[q.argmax(axis=1)], -1)
