"""The measured recovery of a spike, and its picture: the numbers are those of the descents."""

import numpy as np
import pytest

from benchmarks import hidden_points
from spinglass import descend, spiked
from spinglass.theory import critical_spike

SIZES, RATIOS, SEEDS, STARTS = (5, 8), (0.5, 1.5), range(3, 6), 8


@pytest.fixture(scope="module")
def data():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "RECOVERY_SIZES": SIZES, "RATIOS": RATIOS, "STARTS": STARTS
        }.items():  # fmt: skip
            patch.setattr(hidden_points, name, value)
        return hidden_points.recovery(len(SEEDS), SEEDS[0])


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_what_is_recovered_is_counted_as_it_is_said(data, n, ratio):
    lowest, shares = [], []
    for seed in SEEDS:
        model, x = spiked(n, 3, ratio * critical_spike(3, 3), seed)
        ends = descend(model, STARTS)
        m = [float(sum(a * b for a, b in zip(spins, x, strict=True))) / n for spins in ends.spins]
        lowest.append(m[min(range(STARTS), key=lambda k, e=ends.energy: e[k])])
        shares.append(sum(each > 0.5 for each in m) / STARTS)
    for name, values in (("overlap", lowest), ("share", shares)):
        cell = data.sel(n=n, ratio=ratio)
        assert cell[name].item() == pytest.approx(np.mean(values), abs=1e-12)
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert cell[f"{name}_error"].item() == pytest.approx(error, abs=1e-12)


def test_the_critical_strength_and_theory_are_drawn(data):
    picture = hidden_points.draw_recovery(data)
    for axes in picture.axes:
        (line,) = [each for each in axes.lines if each.get_label() == "critical strength"]
        assert list(line.get_xdata()) == [1.0, 1.0]
    curve = data["theory"].values
    assert curve[0] == pytest.approx(np.sqrt(0.5), abs=0.05)  # (p - 2)/(p - 1) at T_d, squared
    slow = curve[-1] / np.sqrt(1.0 - curve[-1] ** 2)  # beta xi'(m) sqrt(1 - m^2) = m sqrt(xi')
    strength = RATIOS[-1] * critical_spike(3, 3)
    assert strength * 3.0 * curve[-1] ** 2 == pytest.approx(slow * np.sqrt(3.0))
    assert picture.numbers.attrs["starts"] == STARTS
