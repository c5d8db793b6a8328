import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from spinglass.errors import InputError
from spinglass.theory import (
    complexity,
    critical_field,
    ground_state_energy,
    layer_energy,
    log_mean_by_index,
    log_mean_stationary_points,
    mean_by_index,
    mean_minima,
    mean_minima_below,
    mean_stationary_points,
    mean_stationary_points_below,
    minima_complexity,
    minima_scaling,
    regime,
    threshold_energy,
    total_complexity,
    total_scaling,
    tracy_widom_cdf,
    tracy_widom_laplace,
    tracy_widom_survival,
)
from spinglass.theory.tracy_widom import FAR, _log_cdf
from tests.marks import slow


def theta_by_quadrature(u, p, k):
    """Theta_k(u) with the rate function as the integral that defines it."""
    edge = 2 * math.sqrt((p - 1) / p)
    area, _ = quad(
        lambda z: 2 / edge**2 * math.sqrt(z * z - edge**2), edge, -u, epsabs=1e-14, epsrel=1e-13
    )
    return 0.5 * math.log(p - 1) - (p - 2) / (4 * (p - 1)) * u * u - (k + 1) * area


@pytest.mark.parametrize("p", [3, 4, 7, 10])
@pytest.mark.parametrize("k", [0, 1, 5])
def test_complexity_below_the_threshold(p, k):
    edge = threshold_energy(p)
    for u in np.linspace(1.001, 1.6, 7) * edge:
        assert complexity(u, p, k) == pytest.approx(theta_by_quadrature(u, p, k), abs=1e-11)


@pytest.mark.parametrize("p", range(2, 11))
def test_landmarks(p):
    top = 0.5 * math.log(p - 1) - (p - 2) / p
    assert threshold_energy(p) == pytest.approx(-2 * math.sqrt((p - 1) / p), rel=1e-15)
    assert complexity(threshold_energy(p), p, 0) == pytest.approx(top, abs=1e-14)
    assert complexity(0.0, p, 3) == pytest.approx(top, abs=1e-14)
    assert complexity(1.0, p, None) == pytest.approx(0.5 * math.log(p - 1), abs=1e-14)
    assert total_complexity(p, 0.0) == pytest.approx(0.5 * math.log(p - 1), abs=1e-14)
    assert minima_complexity(p, 0.0) == pytest.approx(top, abs=1e-14)


def test_ground_state_of_the_three_spin_model():
    """1.6569983635... is the zero of Theta_0 by bisection on the defining integral."""
    low, high = -1.7, -1.64
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if theta_by_quadrature(middle, 3, 0) < 0 else (low, middle)
    assert layer_energy(3, 0) == pytest.approx(low, abs=1e-11)
    assert layer_energy(3, 0) == pytest.approx(-1.65699836352747, abs=1e-12)


@pytest.mark.parametrize("p", [3, 5])
def test_layers_rise_to_the_threshold(p):
    layers = [layer_energy(p, k) for k in (0, 1, 2, 10, 1000)]
    assert layers == sorted(layers)
    assert layers[-1] < threshold_energy(p)
    assert layers[-1] == pytest.approx(threshold_energy(p), rel=2e-3)


def functional(p, nu, logarithms):
    """Crisanti-Sommers functional with one step, written with its integrals undone."""
    chi, m = np.exp(logarithms[:2])
    q0 = 1 / (1 + np.exp(-logarithms[2]))
    long = chi + m * (1 - q0)
    xi = lambda q: q**p + nu**2 * q  # noqa: E731
    slope = p + nu**2
    return 0.5 * (slope * chi + m * (xi(1) - xi(q0)) + q0 / long + np.log(long / chi) / m)


@pytest.mark.parametrize(("p", "nu"), [(3, 0.3), (3, 1.0), (4, 1.5), (6, 3.0)])
def test_one_step_energy_minimises_the_functional(p, nu):
    best = min(
        minimize(
            lambda x: functional(p, nu, x),
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000},
        ).fun
        for start in ([-1, 0, -2], [-1, -1, 1])
    )
    assert ground_state_energy(p, nu) == pytest.approx(-best, abs=1e-10)
    assert ground_state_energy(p, nu) > -math.sqrt(p + nu**2)


@pytest.mark.parametrize("p", [3, slow(4), slow(9)])
def test_ground_state_joins_both_ends(p):
    critical = critical_field(p)
    assert ground_state_energy(p, 0.0) == pytest.approx(layer_energy(p, 0), abs=1e-13)
    assert ground_state_energy(p, 1e-8) == pytest.approx(layer_energy(p, 0), abs=1e-10)
    assert ground_state_energy(p, critical) == pytest.approx(-math.sqrt(p + critical**2))
    for nu in critical * (1 - np.array([1e-2, 1e-3, 1e-4, 1e-5, 1e-6])):
        difference = ground_state_energy(p, nu) + math.sqrt(p + nu**2)
        assert -1e-12 <= difference < 20 * (1 - nu / critical) ** 3
    grid = [ground_state_energy(p, x) for x in np.linspace(0, 2 * critical, 60)]
    assert np.all(np.diff(grid) < 0)


def test_two_spin_model_is_replica_symmetric():
    assert ground_state_energy(2, 0.7) == pytest.approx(-math.sqrt(2.49), rel=1e-15)
    assert ground_state_energy(2, 0.0) == pytest.approx(-math.sqrt(2), rel=1e-15)


def test_tracy_widom_reference_values():
    """Digits that two numbers of nodes share, and the known mean (Bornemann, arXiv:0804.2543)."""
    assert tracy_widom_cdf(-2.0) == pytest.approx(0.27432019790922, abs=1e-12)
    assert tracy_widom_cdf(0.0) == pytest.approx(0.83190806620295, abs=1e-12)
    h = 1e-3
    mean = -(tracy_widom_laplace(h) - tracy_widom_laplace(-h)) / (2 * h)
    assert mean == pytest.approx(-1.2065335745820, abs=5e-6)


@pytest.mark.parametrize("s", [-8.0, -4.0, -1.5, -0.5, 1.0, 4.0])
def test_tracy_widom_converges_in_the_nodes(s):
    assert math.exp(_log_cdf(s)) == pytest.approx(math.exp(_log_cdf(s, 130)), abs=1e-13)
    assert tracy_widom_cdf(s) + tracy_widom_survival(s) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize(
    ("s", "survival"),
    [
        (20, 1.875906099477033e-28),
        (30, 2.91551634676299e-50),
        (60, 1.793630860039849e-137),
        (100, 1.316255564380931e-292),
        (103, 9.630764874831944e-306),
        (104, 3.649474629834288e-310),
    ],
)
def test_tracy_widom_far_to_the_right_is_half_the_integral_of_airy(s, survival):
    """Against mpmath with 700 digits: (1/3 - airyai(s, derivative=-1)) / 2."""
    assert tracy_widom_survival(s) == pytest.approx(survival, rel=1e-12, abs=0.0)
    assert tracy_widom_cdf(s) == 1.0


def test_tracy_widom_survival_goes_on_smoothly_and_ends_at_the_smallest_double():
    assert tracy_widom_survival(FAR) == pytest.approx(-math.expm1(_log_cdf(FAR)), rel=1e-12)
    assert tracy_widom_survival(105) > 0.0
    for s in (110, 1e9, 1e300):
        assert (tracy_widom_survival(s), tracy_widom_cdf(s)) == (0.0, 1.0)
        assert math.copysign(1.0, tracy_widom_survival(s)) == 1.0


def test_tracy_widom_by_painleve():
    """The same law from the Hastings-McLeod solution of Painlevé II."""
    from scipy.integrate import solve_ivp
    from scipy.special import airy

    start, end = 6.0, -4.0
    tail = quad(lambda x: airy(x)[0], start, 40)[0]
    square = quad(lambda x: (x - start) * airy(x)[0] ** 2, start, 40)[0]
    slope = -quad(lambda x: airy(x)[0] ** 2, start, 40)[0]

    def right(s, y):
        return [y[1], s * y[0] + 2 * y[0] ** 3, -y[0], y[4], y[0] ** 2]

    q, dq = airy(start)[0], airy(start)[1]
    path = solve_ivp(right, (start, end), [q, dq, tail, square, slope], rtol=1e-12, atol=1e-16)
    f1 = math.exp(-0.5 * path.y[2, -1] - 0.5 * path.y[3, -1])
    assert tracy_widom_cdf(end) == pytest.approx(f1, abs=1e-7)


def field_at(b, p):
    return math.sqrt((p * (p - 2) - b * p * p) / (1 + b))


SIZES = np.array([50, 100, 200, 400])


@pytest.mark.parametrize("t", [-2.0, 1.0, 3.0])
def test_total_window_converges_like_one_over_n(t):
    values = [mean_stationary_points(int(n), 10, field_at(t / n, 10)) / (2 * n) for n in SIZES]
    errors = np.abs(np.array(values) / total_scaling(t) - 1)
    rates = np.log2(errors[:-1] / errors[1:])
    assert rates == pytest.approx(np.ones(3), abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("k", [-1.0, 0.6, 1.0])
def test_minima_window_converges_like_n_to_minus_two_thirds(k):
    values = [mean_minima(int(n), 10, field_at(k / n ** (1 / 3), 10)) for n in SIZES]
    errors = np.abs(np.array(values) / minima_scaling(k) - 1)
    rates = np.log2(errors[:-1] / errors[1:])
    assert rates == pytest.approx(np.full(3, 2 / 3), abs=0.15)
    assert errors[-1] < 0.05


def test_windows_are_exact_at_their_centres():
    assert total_scaling(0.0) == 1.0
    assert minima_scaling(0.0) == 2.0
    assert minima_scaling(-3.0) == pytest.approx(1.0, abs=1e-4)


def test_regimes():
    assert regime(100, 3, 0.0).name == "exponential"
    assert regime(100, 3, critical_field(3)).name == "polynomial"
    assert regime(100, 3, 10.0).name == "trivial"
    found = regime(64, 3, 0.0)
    assert found.b == pytest.approx(1 / 3)
    assert found.total_variable == pytest.approx(64 / 3)
    assert found.minima_variable == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mean_minima(1, 3, 0.0), ("n", "1", "between 2")),
        (lambda: mean_minima(10.0, 3, 0.0), ("n", "10.0", "integer")),
        (lambda: mean_minima(10, 1, 0.0), ("p", "1", "between 2")),
        (lambda: mean_minima(10, 3, -0.5), ("nu", "-0.5", "at least 0")),
        (lambda: mean_stationary_points(10, 3, math.nan), ("nu", "nan", "finite")),
        (lambda: mean_stationary_points(10, 3, math.inf), ("nu", "inf", "finite")),
        (lambda: log_mean_stationary_points(10**9, 3, 0.0), ("n", "1000000000", "2000")),
        (lambda: mean_by_index(501, 3, 0.0), ("n", "501", "500")),
        (lambda: log_mean_by_index(1, 3, 0.0), ("n", "1")),
        (lambda: mean_minima_below(10, 3, 0.0, math.nan), ("u", "nan", "finite")),
        (lambda: mean_stationary_points_below(10, 3, 0.0, -1e9), ("u", "-1000000000", "10000")),
        (lambda: complexity(math.inf, 3, 0), ("u", "inf")),
        (lambda: complexity(-1.7, 3, -1), ("k", "-1")),
        (lambda: layer_energy(3, -2), ("k", "-2")),
        (lambda: layer_energy(1, 0), ("p", "1")),
        (lambda: ground_state_energy(3, -1.0), ("nu", "-1.0")),
        (lambda: critical_field("x"), ("p", "'x'")),
        (lambda: regime(0, 3, 0.0), ("n", "0")),
        (lambda: total_scaling(1e4), ("t", "10000", "700")),
        (lambda: minima_scaling(9.0), ("k", "9.0", "at most 4")),
        (lambda: tracy_widom_cdf(math.nan), ("s", "nan")),
    ],
)
def test_bad_input_names_the_value_and_the_domain(call, words):
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
