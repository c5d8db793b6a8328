"""Where there is a threshold energy: within the range of the minima, or it is refused."""

import numpy as np
import pytest

from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures.complexity_figure import complexity_curves
from spinglass.figures.marginal_figure import minima_plane, plot_marginal
from spinglass.theory import layer_energy, plane_complexity, threshold_energy

NEAR_TWO = Covariance.mixture({2: 1.0, 9: 0.001})


def formula(law):
    """E_th without asking whether it means anything."""
    rise = law(1.0) * (law.slope - law.curvature) - law.slope**2
    return rise / (law.slope * law.curvature**0.5)


def test_a_threshold_below_all_minima_is_refused():
    assert formula(NEAR_TWO) < layer_energy(NEAR_TWO, 0)
    with pytest.raises(InputError, match=r"got mixture 2:1,9:0\.001 at nu = 0"):
        threshold_energy(NEAR_TWO)


@pytest.mark.parametrize("order", [3, 4, 6, 9, 20])
@pytest.mark.parametrize("nu", [0.0, 0.2])
def test_the_threshold_is_refused_exactly_where_points_are_rare_there(order, nu):
    kinds = set()
    for weight in np.geomspace(1e-3, 10.0, 26):
        law = Covariance.mixture({2: 1.0, order: float(weight)}, nu)
        energy, edge = formula(law), -2.0 * law.curvature**0.5
        growth = plane_complexity(energy, edge, law)
        if abs(growth) < 1e-12:
            continue  # within rounding of none
        kinds.add(growth > 0.0)
        if growth > 0.0:
            assert threshold_energy(law) == pytest.approx(energy, rel=1e-15)
            assert layer_energy(law, 0) < energy
        else:
            with pytest.raises(InputError, match="exponentially rare"):
                threshold_energy(law)
    assert kinds == ({True} if (nu, order) == (0.0, 3) else {True, False})


def test_figures_draw_no_threshold_that_means_nothing():
    assert np.isnan(complexity_curves(NEAR_TWO, 2)["threshold_energy"])
    assert np.isnan(minima_plane(20, NEAR_TWO)["threshold_energy"])
    words = plot_marginal(20, NEAR_TWO).axes[1].get_legend().get_texts()
    assert any("threshold" in word.get_text() for word in words)
