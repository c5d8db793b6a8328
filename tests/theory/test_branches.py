"""Landmarks of mixtures with several branches of states, against maxima over dense grids."""

import math

import numpy as np
import pytest

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.theory import (
    dynamic_temperature,
    kauzmann_temperature,
)
from spinglass.theory.highest import UNIT, highest

TWO_BRANCHES = ("3:1,12:1", "3:1,13:1", "3:1,14:1", "3:1,40:0.5", "2:1,3:1,30:1", "2:1,9:5")


def on_a_grid(text):
    """T_d, T_K and the overlap at T_K, as maxima over 400,000 overlaps."""
    law, rest = Covariance.parse(text), np.geomspace(1e-8, 0.999, 400_001)
    q = 1.0 - rest
    xi = sum(c * q**p for p, c in law.weights)
    slope = sum(c * p * q ** (p - 1) for p, c in law.weights)
    static = xi / (-np.log(rest) - q)
    return math.sqrt((slope * rest / q).max()), math.sqrt(static.max()), q[np.argmax(static)]


@pytest.mark.parametrize("text", TWO_BRANCHES)
def test_temperatures_are_maxima_over_all_branches(text):
    dynamic, static, _ = on_a_grid(text)
    law = Covariance.parse(text)
    assert dynamic_temperature(law) == pytest.approx(dynamic, rel=1e-7)
    assert kauzmann_temperature(law) == pytest.approx(static, rel=1e-7)


def test_the_kauzmann_temperature_of_three_and_thirteen_is_on_the_other_branch():
    """The branch through the overlap of T_d ends at 0.836882121, below."""
    assert kauzmann_temperature(Covariance.parse("3:1,13:1")) == pytest.approx(
        0.838173818, abs=1e-9
    )
    assert on_a_grid("3:1,13:1")[2] == pytest.approx(0.8743, abs=1e-4)
    for text, value in (("3:1,12:1", 0.850552692), ("3:1,14:1", 0.833220380), ("3:1", 0.828805476)):
        assert kauzmann_temperature(Covariance.parse(text)) == pytest.approx(value, abs=1e-9)


def test_states_may_jump_where_the_equilibrium_turns_continuously():
    law = Covariance.parse("2:1,9:4.5")
    dynamic, static, overlap = on_a_grid("2:1,9:4.5")
    assert overlap < 0.01
    assert static <= math.sqrt(2.0) < dynamic
    assert dynamic_temperature(law) == pytest.approx(dynamic, rel=1e-7)
    with pytest.raises(
        InputError, match=r"there is a Kauzmann temperature.*transition is continuous"
    ):
        kauzmann_temperature(law)


def test_the_highest_of_several_maxima_is_found():
    """Two bumps whose heights differ by less than the grid resolves."""
    for left, right in ((1.0, 1.0 + 1e-9), (1.0 + 1e-9, 1.0)):

        def bumps(q, left=left, right=right):
            one = left * np.exp(-((q - 0.3003) ** 2) / 0.01)
            return np.maximum(one, right * np.exp(-((q - 0.9001) ** 2) / 0.003))

        place, value = highest(bumps, UNIT)
        assert value == pytest.approx(1.0 + 1e-9, rel=1e-14)
        assert place == pytest.approx(0.3003 if left > right else 0.9001, abs=1e-7)
