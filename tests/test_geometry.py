"""The sphere, and the checks of derivatives: right ones pass, wrong ones fail."""

import numpy as np
import pytest
from scipy import stats

from spinglass import PSpin, check_gradient, check_hessian, random_points
from spinglass.geometry import overlap, project, retract


@pytest.mark.parametrize("p", [2, 3, 4, 5])
@pytest.mark.parametrize("nu", [0.0, 1.3])
def test_taylor_slopes_are_two_and_three(p, nu):
    model = PSpin(14, p, nu, 11)
    assert check_gradient(model).passed
    assert check_hessian(model).passed


class WrongGradient(PSpin):
    """Its gradient is one part in a thousand too long."""

    def riemannian_gradient(self, x):
        return 1.001 * super().riemannian_gradient(x)


class WrongHessian(PSpin):
    """Its Hessian forgets the radial force."""

    def hessian(self, x):
        projection = np.eye(self.n) - np.outer(x, x) / self.n
        return super().hessian(x) + self.radial_force(x) * projection


def test_a_wrong_derivative_fails_its_check():
    assert not check_gradient(WrongGradient(14, 3, 0.5, 1)).passed
    assert check_gradient(WrongHessian(14, 3, 0.5, 1)).passed
    assert not check_hessian(WrongHessian(14, 3, 0.5, 1)).passed


def test_projection_retraction_and_overlap():
    x = random_points(8, 5, seed=1)
    v = np.random.default_rng(0).standard_normal((5, 8))
    tangent = project(x, v)
    assert np.max(np.abs(np.einsum("ki,ki->k", x, tangent))) < 1e-13
    assert np.allclose(project(x, tangent), tangent)
    assert np.allclose(overlap(retract(x + v), retract(x + v)), 1.0)
    assert np.allclose(overlap(x, -x), -1.0)


def test_random_points_are_uniform_and_do_not_depend_on_how_they_are_drawn():
    points = random_points(7, 20_000)
    assert np.allclose(np.sum(points**2, axis=1), 7.0)
    assert np.array_equal(random_points(7, 10, first=50), points[50:60])
    square = points[:, 3] ** 2 / 7
    assert stats.kstest(square, stats.beta(0.5, 3.0).cdf).pvalue > 1e-3
    assert stats.kstest(square, stats.beta(0.5, 3.5).cdf).pvalue < 1e-3
