"""The sphere, and the checks of derivatives: right ones pass, wrong ones fail."""

import numpy as np
import pytest
from scipy import stats

from spinglass import PSpin
from spinglass.landscape import check_gradient, check_hessian, random_points
from spinglass.landscape.geometry import DERIVATIVE_TOLERANCE, overlap, project, retract


@pytest.mark.parametrize("p", [2, 3, 4, 5, 30])
@pytest.mark.parametrize("nu", [0.0, 1.3, 1e6])
def test_derivatives_match_the_energy_to_rounding(p, nu):
    model = PSpin(14 if p < 6 else 3, p, nu, 11)
    for check in (check_gradient(model), check_hessian(model)):
        assert check.passed
        assert max(check.error, check.roughness, check.tangency) < 1e-4 * DERIVATIVE_TOLERANCE


@pytest.mark.parametrize(("n", "p"), [(2, 8), (2, 64), (2, 2), (3, 12)])
def test_a_right_derivative_never_fails(n, p):
    for seed in range(100):
        model = PSpin(n, p, 0.0, seed)
        for check in (check_gradient(model, seed), check_hessian(model, seed)):
            assert max(check.error, check.roughness, check.tangency) < 1e-4 * DERIVATIVE_TOLERANCE


@pytest.mark.parametrize("tensor", [np.zeros((3, 3, 3)), np.eye(4), np.diag([1.0, 0.0, 0.0])])
def test_derivatives_of_flat_landscapes_pass(tensor):
    model = PSpin.from_tensor(tensor)
    assert check_gradient(model).passed
    assert check_hessian(model).passed


class WrongGradient(PSpin):
    """Its gradient is one part in a million too long."""

    def riemannian_gradient(self, x):
        return 1.000001 * super().riemannian_gradient(x)


class RadialGradient(PSpin):
    """Its gradient is not quite tangent."""

    def riemannian_gradient(self, x):
        return super().riemannian_gradient(x) + 1e-6 * x


class WrongEnergy(PSpin):
    """Its energy is no polynomial of degree p, though its derivatives at random points fit."""

    def energy(self, x):
        return super().energy(x) + 1e-6 * np.asarray(x)[..., 0] ** 8


class WrongHessian(PSpin):
    """Its Hessian forgets the radial force."""

    def hessian(self, x):
        projection = np.eye(self.n) - x[:, :, None] * x[:, None, :] / self.n
        return super().hessian(x) + self.radial_force(x)[:, None, None] * projection


class AlmostHessian(PSpin):
    """Its Hessian is wrong by one part in a hundred thousand in one entry."""

    def hessian(self, x):
        hessian = super().hessian(x)
        hessian[:, 0, 0] *= 1.00001
        return hessian


def test_a_wrong_derivative_fails_its_check():
    assert not check_gradient(WrongGradient(14, 3, 0.5, 1)).passed
    assert check_gradient(WrongHessian(14, 3, 0.5, 1)).passed
    assert not check_hessian(WrongHessian(14, 3, 0.5, 1)).passed
    assert not check_hessian(AlmostHessian(14, 3, 0.5, 1)).passed
    assert not check_gradient(RadialGradient(14, 3, 0.5, 1)).passed
    assert check_gradient(WrongEnergy(14, 3, 0.5, 1)).roughness > DERIVATIVE_TOLERANCE
    assert not check_gradient(WrongEnergy(14, 3, 0.5, 1)).passed


def test_projection_retraction_and_overlap():
    x = random_points(8, 5, start_seed=1)
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
