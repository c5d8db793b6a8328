"""Numbers, slope and variance of all points of small mixtures; wrong laws and couplings fail."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.mixture_counts import (
    LAWS,
    Points,
    completed_rows,
    energy_rows,
    minima_by_force,
    residuals_by_basin,
    rows_of,
    search,
    stable_part,
    stable_rows,
    tenths_rows,
    wrong_laws,
)
from spinglass.covariance import Covariance
from spinglass.theory import mean_minima, mean_minima_below


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


@pytest.mark.slow
def test_minima_up_to_a_force_are_those_up_to_an_energy_where_there_is_almost_no_field():
    nearly_pure = Covariance.of(3, 1e-3)
    force, below = minima_by_force(20, nearly_pure)
    for k in (3000, 3600, 4000, 4400):
        assert below[k] == pytest.approx(mean_minima_below(20, 3, 0.0, force[k] / 3), rel=1e-4)
    for law in LAWS.values():
        assert minima_by_force(8, law)[1][-1] == pytest.approx(mean_minima(8, law), rel=1e-6)


SAMPLES, SIZE = 400, 50


def minima_of_theory(law, seed=0):
    """As many minima as theory says, with the exact law of energy and radial force."""
    rng = np.random.default_rng(seed)
    force, below = minima_by_force(SIZE, law)
    numbers = rng.poisson(below[-1], SAMPLES)
    owner = np.repeat(np.arange(SAMPLES), numbers)
    x = np.interp(rng.random(len(owner)) * below[-1], below, force)
    noise = math.sqrt(law.energy_variance / SIZE) * rng.standard_normal(len(owner))
    energy = law.slope / law.radial * x + noise
    return Points(SAMPLES, SAMPLES, owner, 0 * owner, energy, x, 0 * owner)


def largest_of(rows):
    return max(abs(row.z) for row in rows)


@pytest.mark.slow
def test_minima_that_a_census_leaves_out_show_and_do_not_move_the_law_of_the_stable_ones():
    law = LAWS["3+4"]
    whole = minima_of_theory(law)
    assert largest_of(tenths_rows(whole, SIZE, law)) < 3.5
    assert largest_of([*energy_rows(whole, SIZE, law), *stable_rows(whole, SIZE, law)]) < 3.5
    last = whole.force > np.quantile(whole.force, 0.9)
    high = whole.energy > law.slope / law.radial * whole.force
    part = whole.chosen(~(last & high))
    tenths = tenths_rows(part, SIZE, law)
    assert largest_of(tenths[:9]) < 3.5 < 10.0 < -tenths[9].z
    assert largest_of(energy_rows(part, SIZE, law)) > 5.0
    assert stable_rows(part, SIZE, law) == stable_rows(whole, SIZE, law)
    for wrong in wrong_laws(law).values():
        assert largest_of(energy_rows(stable_part(part, SIZE, law), SIZE, wrong)) > 5.0


@pytest.mark.slow
def test_what_a_census_leaves_out_is_estimated_from_what_it_met_once_and_twice():
    """Basins shrink with E given X; how often each was met is a Poisson number."""
    law = LAWS["3+4"]
    whole = minima_of_theory(law)
    residual = (whole.energy - law.slope / law.radial * whole.force) * math.sqrt(SIZE)
    mean_hits = 15.0 * np.exp(-6.0 * residual - 3.0 * (whole.force - whole.force.mean()))
    met = replace(whole, hits=np.random.default_rng(1).poisson(mean_hits))
    part = met.chosen(met.hits > 0)
    assert largest_of(energy_rows(part, SIZE, law)) > 5.0
    completed = completed_rows(part, SIZE, law)
    assert largest_of(completed[2:]) < 3.5
    found, all_of_them = len(part.energy), len(whole.energy)
    assert completed[0].found * SAMPLES == pytest.approx(
        all_of_them, abs=0.3 * (all_of_them - found)
    )
    means = [mean for mean, _ in residuals_by_basin(part, SIZE, law)]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.5 > -0.5 > means[-1]
