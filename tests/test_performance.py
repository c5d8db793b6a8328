"""The measurements measure: rates are consistent with the times and counts behind them."""

import itertools
import json

import pytest
from click.testing import CliRunner

from spinglass import performance
from spinglass_cli.main import cli


def test_a_kernel_rate_counts_two_fused_operations_a_coupling_and_replica(monkeypatch):
    monkeypatch.setattr(performance, "median_seconds", lambda work: 1e-3)
    machine = performance.Machine(threads=1, lanes=8, dgemm=50.0, read=10.0)
    rate = performance.measure_kernel(12, 3, 64, machine)
    assert sum(1 for _ in itertools.combinations_with_replacement(range(12), 3)) == 364
    # a millisecond for 64 gradients of 364 couplings, a multiplication and an addition twice each
    assert rate.microseconds == pytest.approx(15.625)
    assert rate.rate == pytest.approx(0.093184)
    assert rate.share == pytest.approx(0.00186368)


def test_one_replica_is_judged_by_reading_its_own_couplings(monkeypatch):
    seconds = iter([2.0, 1.0] * performance._REPEATS)
    monkeypatch.setattr(performance, "median_seconds", lambda work, repeats: next(seconds))
    machine = performance.Machine(threads=1, lanes=8, dgemm=50.0, read=10.0)
    rate = performance.measure_kernel(12, 3, 1, machine)
    assert rate.rate == pytest.approx(1.456e-6)  # 364 doubles of 8 bytes in two seconds
    assert rate.share == pytest.approx(0.5)


@pytest.mark.slow
def test_the_median_is_not_moved_by_one_slow_run():
    assert 0.0 < performance.median_seconds(lambda: sum(range(1000)), repeats=3) < 0.1


@pytest.mark.slow
def test_command_prints_what_it_measured(monkeypatch):
    monkeypatch.setattr(performance, "KERNEL_CASES", ((10, 3, 32),))
    monkeypatch.setattr(performance, "_SECONDS", 0.001)
    monkeypatch.setattr(
        performance, "measure_machine", lambda: performance.Machine(2, 16, 50.0, 10.0)
    )
    result = CliRunner().invoke(cli, ["bench", "--starts", "5", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [rate["n"] for rate in found["kernels"]] == [10, 500]
    assert all(rate["certified"] == 5 for rate in found["descents"])
