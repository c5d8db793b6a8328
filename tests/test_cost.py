"""The estimate of what work takes: of every method, growing as it must, of this machine."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from spinglass import descend
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.kernels.simd import LANES
from spinglass.landscape.drawn import PSpin, draw_landscape
from spinglass.search import METHODS, descent_cost
from spinglass.search.descent_cost import REFERENCE, machine_speed, seconds_per_start
from spinglass.sweep import inherent_sweep, plan_jobs
from spinglass.sweep.sweep_cost import ALONE, job_memory, job_seconds
from tests.sweeps import small_sweep


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_cost(method):
    costs = [seconds_per_start(n, 3, method) for n in (50, 100, 200, 400)]
    assert costs == sorted(costs)
    assert 2.0 < math.log(costs[3] / costs[2], 2) < 4.0


@pytest.mark.slow
def test_a_method_that_is_registered_needs_nothing_else(monkeypatch):
    slow = replace(METHODS["gd"], name="slow", gradients=lambda flow: 1e3 * flow)
    with pytest.raises(InputError, match=f"one of {', '.join(METHODS)}, got 'slow'"):
        seconds_per_start(20, 3, "slow")
    monkeypatch.setitem(METHODS, "slow", slow)
    assert seconds_per_start(20, 3, "slow") > 10 * seconds_per_start(20, 3, "gd")
    model = PSpin(6, 3)
    found, known = (descend(model, 10, method=name, tol=1e-6) for name in ("slow", "gd"))
    assert np.array_equal(found.spins, known.spins)


def test_methods_cost_in_the_order_of_their_accuracy():
    fast, flow, strict, gd = (
        seconds_per_start(100, 3, name) for name in ("fast", "flow", "strict", "gd")
    )
    assert fast < flow < strict < gd


def test_a_field_makes_descents_shorter():
    assert seconds_per_start(100, 3, "flow", 2.0) < seconds_per_start(100, 3, "flow", 0.0)


def test_jobs_cost_their_starts_and_need_their_couplings():
    job = plan_jobs(small_sweep())[0]
    assert job_seconds(job) == pytest.approx(
        job.starts * seconds_per_start(job.n, job.orders, job.method, job.nu)
    )
    couplings = math.comb(job.n + job.orders - 1, job.orders)
    assert job_memory(job) > 8 * (couplings + job.starts * job.n)


def test_a_start_by_itself_costs_more_than_one_of_many_and_a_file():
    assert 1.0 < ALONE <= LANES
    small, large = (plan_jobs(inherent_sweep(n, 3, [1.0], 1))[0] for n in (8, 300))
    assert 0.05 < job_seconds(small) < 0.2
    alone = seconds_per_start(300, 3, "flow")
    assert job_seconds(large) == pytest.approx(ALONE * alone, rel=0.2)


@pytest.mark.parametrize("seconds", [0.001, 0.01])
def test_the_speed_of_the_machine_is_that_of_its_gradients(seconds, monkeypatch):
    clock = itertools.count(0.0, seconds)
    monkeypatch.setattr("spinglass.search.descent_cost.time.perf_counter", lambda: next(clock))
    operations = 4 * math.comb(102, 3) * 4 * LANES
    assert machine_speed.__wrapped__() == pytest.approx(operations / seconds / REFERENCE)


MIXTURES = {
    "2+3": Covariance.mixture({2: 1.0, 3: 1.0}),
    "3+4": Covariance.mixture({3: 1.0, 4: 1.0}),
    "3+4 of unequal weights": Covariance.mixture({3: 4.0, 4: 0.5}),
    "2+4": Covariance.mixture({2: 1.0, 4: 1.0}),
    "3+4 in half the critical field": Covariance.mixture({3: 1.0, 4: 1.0}, 1.66),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_descents_in_mixtures_take_about_the_gradients_that_are_expected(name):
    law = MIXTURES[name]
    spent = float(descend(draw_landscape(40, law), 4 * LANES).gradients.mean())
    expected = METHODS["flow"].gradients(descent_cost._flow_gradients(40, law))
    assert 1 / 1.5 < spent / expected < 1.5


def test_a_mixture_costs_the_sum_of_its_orders(monkeypatch):
    """The same orders, shared out in three ways between two landscapes, cost the same."""
    monkeypatch.setattr(descent_cost, "_flow_gradients", lambda n, law: 100.0)

    def cost(*orders):
        return seconds_per_start(60, Covariance.mixture(dict.fromkeys(orders, 1.0)))

    shares = [cost(2, 3) + cost(4), cost(2, 4) + cost(3), cost(3, 4) + cost(2)]
    assert shares[1:] == pytest.approx(shares[:-1])
    assert cost(4) < cost(3, 4) < cost(3) + cost(4)
