"""Numbers, slope and variance of all points of small mixtures; wrong laws and couplings fail."""

import pytest

from benchmarks.mixture_counts import LAWS, rows_of, search, wrong_laws


def largest(points, law):
    return max(abs(row.z) for row in rows_of(points, 4, law, "stationary"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["2+3", "2+3, nu = 0.5"])
def test_wrong_weights_and_energies_fail_where_the_law_holds(name):
    law = LAWS[name]
    points = search(4, law, 100, "stationary")
    assert points.complete == points.samples
    assert largest(points, law) < 3.5
    assert min(largest(points, wrong) for wrong in wrong_laws(law).values()) > 5


@pytest.mark.slow
def test_couplings_over_distinct_indices_fail():
    points = search(4, LAWS["2+3"], 60, "distinct")
    assert largest(points, LAWS["2+3"]) > 8
