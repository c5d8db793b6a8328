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


def test_command_shows_each_rate_beside_its_limit(monkeypatch):
    machine = performance.Machine(threads=2, lanes=16, dgemm=50.0, read=10.0)
    kernel = performance.KernelRate(100, 3, 1024, "float64", 14.0, 49.0, 0.98)
    large = performance.KernelRate(500, 3, 1, "float64", 17_000.0, 9.9, 0.99)
    descents = performance.DescentRate(100, 3, 0.0, "flow", 7, 6, 140.4, 345.0, 350.0)
    monkeypatch.setattr(performance, "measure_machine", lambda: machine)
    monkeypatch.setattr(
        performance,
        "measure_kernel",
        lambda n, orders, replicas, machine: large if replicas == 1 else kernel,
    )
    monkeypatch.setattr(performance, "measure_descent", lambda *case: descents)
    result = CliRunner().invoke(cli, ["bench", "--starts", "7"])
    assert result.exit_code == 0, result.output
    assert "2 threads: dgemm 50.0 Gflop/s, reading 10.0 GB/s" in result.stdout
    assert "49.0 Gflop/s" in result.stdout
    assert "0.98 of dgemm" in result.stdout
    assert "9.9 GB/s" in result.stdout
    assert "0.99 of reading" in result.stdout
    assert "6 of 7" in result.stdout
    assert "140" in result.stdout


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
