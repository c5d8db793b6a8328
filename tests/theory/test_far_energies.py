"""Energies far beyond those of all points: everything is below, or nothing."""

import tracemalloc

import numpy as np
import pytest

from spinglass.covariance import Covariance
from spinglass.theory import mean_by_index, mean_by_index_below


@pytest.mark.slow
@pytest.mark.parametrize(("weight", "u"), [(1e-4, 1e4), (1e-6, 100.0), (1e-12, 1e3), (1e-12, 1e4)])
@pytest.mark.parametrize("order", [4, 7])
def test_an_energy_beyond_all_points_takes_all_or_none_and_no_memory(weight, u, order):
    law = Covariance.mixture({3: weight, order: weight})
    tracemalloc.start()
    below, none = (mean_by_index_below(5, law, None, x) for x in (u, -u))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert below == pytest.approx(mean_by_index(5, law), rel=1e-9)
    assert not none.any()
    assert peak < 100_000_000


@pytest.mark.slow
def test_the_share_below_goes_on_smoothly_to_where_it_is_taken_whole():
    law = Covariance.mixture({3: 1.0, 4: 1.0})
    whole = mean_by_index(8, law)
    for u in np.linspace(6.0, 60.0, 28):
        assert mean_by_index_below(8, law, None, u) == pytest.approx(whole, rel=1e-9)
        assert mean_by_index_below(8, law, None, -u) == pytest.approx(0.0, abs=1e-9 * whole.max())
