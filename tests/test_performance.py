"""The measurements measure: rates are consistent with the times and counts behind them."""

import json

import pytest
from click.testing import CliRunner

from spinglass import performance
from spinglass.landscape.forms import coupling_count
from spinglass_cli.main import cli


def test_a_kernel_rate_is_its_operations_over_its_time():
    machine = performance.Machine(threads=1, lanes=8, dgemm=50.0, read=10.0)
    rate = performance.measure_kernel(12, 3, 64, machine)
    flops = 4.0 * coupling_count(12, 3)
    assert rate.rate == pytest.approx(flops / rate.microseconds / 1e3)
    assert rate.share == pytest.approx(rate.rate / 50.0)


def test_one_replica_is_judged_by_reading_its_own_couplings(monkeypatch):
    seconds = iter([2.0, 1.0] * performance._REPEATS)
    monkeypatch.setattr(performance, "median_seconds", lambda work, repeats: next(seconds))
    machine = performance.Machine(threads=1, lanes=8, dgemm=50.0, read=10.0)
    rate = performance.measure_kernel(12, 3, 1, machine)
    assert rate.rate == pytest.approx(8.0 * coupling_count(12, 3) / 2.0 / 1e9)
    assert rate.share == pytest.approx(0.5)


def test_the_median_is_not_moved_by_one_slow_run():
    assert 0.0 < performance.median_seconds(lambda: sum(range(1000)), repeats=3) < 0.1


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
