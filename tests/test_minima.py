"""Distinct minima against the obvious pairwise count."""

import numpy as np
import pytest

from spinglass import PSpin, descend
from spinglass.landscape import random_points
from spinglass.landscape.geometry import retract
from spinglass.search import Status, distinct_minima
from spinglass.search.minima import group_points


def brute_force_groups(points, antipodal):
    """Number the groups by the first point that coincides with each."""
    if not len(points):
        return np.empty(0, np.int64)
    q = points @ points.T / points.shape[1]
    q = np.abs(q) if antipodal else q
    first = np.argmax(q > 1 - 1e-8, axis=1)
    _, inverse = np.unique(first, return_inverse=True)
    return inverse


@pytest.mark.parametrize("antipodal", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5, 5000])
def test_groups_equal_the_pairwise_count(count, antipodal):
    rng = np.random.default_rng(count)
    centres = random_points(12, 40)
    points = centres[rng.integers(40, size=count)] + 1e-7 * rng.standard_normal((count, 12))
    points = retract(points * rng.choice([-1.0, 1.0], size=(count, 1)))
    assert np.array_equal(group_points(points, antipodal), brute_force_groups(points, antipodal))


def test_known_points_are_the_first_groups():
    rng = np.random.default_rng(0)
    centres = random_points(12, 40)
    known, points = centres[:25], centres[rng.integers(40, size=5000)]
    together = brute_force_groups(np.concatenate([known, points]), False)
    assert np.array_equal(group_points(points, known=known), together[25:])


def test_minima_are_sorted_counted_and_labelled():
    model = PSpin(30, 3, 0.0, 4)
    found = descend(model, 300)
    minima = distinct_minima(found)
    assert (np.diff(minima.energy) >= 0).all()
    assert minima.count.sum() == 300
    for number in range(len(minima.energy)):
        rows = minima.label == number
        assert rows.sum() == minima.count[number]
        assert np.ptp(found.energy[rows]) < 1e-12
    overlaps = minima.spins @ minima.spins.T / 30
    assert overlaps[np.triu_indices(len(overlaps), 1)].max() < 1 - 1e-6


def test_only_minima_take_part():
    found = descend(PSpin(30, 3, 0.0, 4), 50)
    found.status[10:20] = Status.SADDLE
    found.status[20:] = Status.NOT_CONVERGED
    minima = distinct_minima(found)
    assert (minima.label[10:] == -1).all()
    assert minima.count.sum() == 10


def test_antipodal_pairs_are_one_where_the_energy_is_even():
    model = PSpin(10, 4, 0.0, 1)
    found = descend(model, 400)
    pairs = distinct_minima(found, antipodal=True)
    single = distinct_minima(found, antipodal=False)
    assert len(single.energy) == 2 * len(pairs.energy)
