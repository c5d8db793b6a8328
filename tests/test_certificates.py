"""Proofs: what is true is proven, what is not is refused, and every bound holds."""

import itertools
import math
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.linalg import hilbert

from spinglass import PSpin, descend
from spinglass.errors import InputError
from spinglass.landscape import random_points
from spinglass.landscape.evaluate import forms_of
from spinglass.landscape.geometry import project, retract
from spinglass.search import Status, distinct_minima
from spinglass.search.proofs import certificates
from spinglass.search.proofs.certificates import prove_minima, prove_stationary
from spinglass.search.proofs.enclosures import (
    _frobenius,
    derivatives,
    eigenvalues,
    third_derivative_bound,
)
from spinglass_cli.main import cli

ROOT = Path(__file__).parents[1]
CASES = [(8, 2, 0.5), (12, 3, 0.0), (30, 3, 0.8), (9, 4, 0.0), (8, 5, 1.0)]


def newton_to_any_index(model, x):
    """Finish on (dH - X x, (n - |x|^2) / 2) = 0 by plain Newton steps."""
    n = model.n
    for _ in range(50):
        force = float(x @ model.gradient(x)) / n
        tangent = model.hessian(x) + np.outer(x, x) / n
        x = retract(x - np.linalg.solve(tangent, model.gradient(x) - force * x))
    return x


@pytest.mark.parametrize(("n", "p", "nu"), CASES)
def test_minima_are_proven(n, p, nu):
    model = PSpin(n, p, nu, 3)
    minima = distinct_minima(descend(model, 200))
    for number, certificate in enumerate(prove_minima(model, minima.spins)):
        assert certificate.is_minimum
        assert certificate.distance < 1e-6
        known = minima.lambda_min[number]
        assert known - 1e-4 < certificate.lambda_min <= known + 1e-9


@pytest.mark.parametrize(("n", "p", "nu"), CASES)
def test_perturbed_points_are_refused(n, p, nu):
    model = PSpin(n, p, nu, 3)
    minima = distinct_minima(descend(model, 200))
    push = project(minima.spins, random_points(n, len(minima.spins), 5))
    moved = retract(minima.spins + 1e-3 * retract(push))
    assert not any(c.proven for c in prove_minima(model, moved))
    assert not any(c.proven for c in prove_stationary(model, random_points(n, 20)))


@pytest.mark.slow
def test_saddles_are_refused_as_minima_and_proven_with_their_index():
    model = PSpin(8, 3, 0.3, 1)
    starts = random_points(8, 200)
    with np.errstate(all="ignore"):
        ends = np.array([newton_to_any_index(model, x) for x in starts])
    proofs = prove_stationary(model, ends)
    kept = [k for k, proof in enumerate(proofs) if proof.proven]
    assert len(kept) > 100
    index = np.array([proofs[k].index for k in kept])
    assert np.array_equal(index, (model.spectrum(ends[kept]) < 0).sum(axis=1))
    assert {0, 1, 2, 3, 4, 5, 6, 7} <= set(index)
    as_minima = [proof.proven for proof in prove_minima(model, ends[kept])]
    assert np.array_equal(as_minima, index == 0)


@pytest.mark.parametrize(("bound", "degenerate"), [(-1e-3, True), (1e-7, True), (1e-5, False)])
def test_a_minimum_whose_bound_does_not_exceed_the_limit_is_nearly_degenerate(
    bound, degenerate, monkeypatch
):
    monkeypatch.setattr(certificates, "_lowest_eigenvalue", lambda *_: bound)
    (proof,) = prove_minima(PSpin(8, 3), descend(PSpin(8, 3), 1).spins)
    assert proof.is_minimum
    assert proof.near_degenerate is degenerate


@pytest.mark.slow
def test_every_minimum_of_a_sweep_is_proven_by_the_command(tmp_path):
    words = ["sweep", str(ROOT / "configs/landscape.toml"), "--out", str(tmp_path / "sweep")]
    small = ["--set", "landscape.n=12", "--set", "descent.starts=100"]
    CliRunner().invoke(cli, [*words, *small], catch_exceptions=False)
    command = [sys.executable, str(ROOT / "benchmarks/certificates.py"), str(tmp_path / "sweep")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        proven, minima = re.search(r"(\d+) of (\d+) minima proven", line).groups()
        assert proven == minima
        assert line.endswith("moved by 0.001, 0 proven")


@pytest.mark.slow
def test_the_true_point_lies_within_the_distance():
    model = PSpin(20, 3, 0.4, 2)
    rough = descend(model, 100, tol=1e-6)
    rough = rough.spins[rough.status == Status.MINIMUM]
    fine = np.array([newton_to_any_index(model, x) for x in rough])
    proofs = prove_minima(model, rough, within=1e-4)
    off = np.linalg.norm(rough - fine, axis=1) / np.sqrt(20)
    assert all(p.proven and d <= p.distance + 1e-14 for p, d in zip(proofs, off, strict=True))


def test_the_bound_of_the_third_derivative_is_never_exceeded_and_not_idle():
    for n, p in [(10, 3), (6, 4)]:
        model = PSpin(n, p, 0.0, 1)
        bound = third_derivative_bound(model, np.sqrt(n))
        x, y = random_points(n, 2)
        y = x + 1e-3 * (y - x)
        ends = np.array([x, y]) * np.sqrt(n) / max(np.linalg.norm(x), np.linalg.norm(y))
        change = np.diff([derivatives(model, end)[2] for end in ends], axis=0)[0]
        rate = np.linalg.norm(change, 2) / np.linalg.norm(ends[1] - ends[0])
        assert rate <= bound < 20 * rate


@pytest.mark.parametrize("p", [3, 5])
def test_rounding_bounds_hold_against_exact_arithmetic(p):
    n = 5
    model = PSpin(n, p, 0.7, 4)
    x = random_points(n, 1)[0]
    slope, slope_error, curvature, curvature_error = derivatives(model, x)
    exact_slope = [-Fraction(float(h)) for h in model.field]
    exact = [[Fraction(0)] * n for _ in range(n)]
    packed = sorted(itertools.product(range(n), repeat=p))
    packed = [where for where in packed if list(where) == sorted(where, reverse=True)]
    point = [Fraction(v) for v in x]
    for coupling, where in zip(model.couplings, packed, strict=True):
        c = Fraction(float(coupling)) * Fraction(model.scales[0])
        for a in range(p):
            rest = [point[i] for b, i in enumerate(where) if b != a]
            exact_slope[where[a]] -= c * math.prod(rest)
            for other in range(p):
                if other != a:
                    rest = [point[i] for b, i in enumerate(where) if b not in (a, other)]
                    exact[where[a]][where[other]] -= c * math.prod(rest)
    off = [float(abs(Fraction(float(slope[i])) - exact_slope[i])) for i in range(n)]
    assert (np.array(off) <= slope_error).all()
    difference = [
        [float(Fraction(float(curvature[i, j])) - exact[i][j]) for j in range(n)] for i in range(n)
    ]
    assert np.linalg.norm(difference) <= curvature_error < 1e-11


def test_eigenvalues_are_enclosed():
    spectrum = np.array([-2.0, -1e-9, 1e-9, 3.0])
    q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))
    a = (q * spectrum) @ q.T
    values, radius = eigenvalues(0.5 * (a + a.T), 1e-14)
    assert (np.abs(values - spectrum) <= radius).all()
    assert radius < 1e-10
    values, radius = eigenvalues(hilbert(12))
    assert values[0] - radius < 1.8e-16 < values[0] + radius


def test_bad_arguments():
    model = PSpin(6, 3)
    with pytest.raises(InputError, match="within"):
        prove_minima(model, random_points(6, 1), within=0.0)
    with pytest.raises(InputError, match="points"):
        prove_minima(model, np.ones(5))


@pytest.mark.parametrize(("n", "p"), [(2, 3), (3, 4), (4, 5)])
def test_the_frobenius_norm_of_a_form_is_that_of_its_dense_symmetric_tensor(n, p):
    dense = np.random.default_rng(p).normal(size=(n,) * p)
    orders = list(itertools.permutations(range(p)))
    symmetric = sum(dense.transpose(order) for order in orders) / len(orders)
    (form,) = forms_of(PSpin.from_tensor(dense))
    assert 1.0 <= _frobenius(form, n) / np.linalg.norm(symmetric) < 1.0 + 1e-12
    assert np.linalg.norm(form.c) > 1.2 * np.linalg.norm(symmetric)  # of packed coefficients


def test_minima_of_the_largest_order_have_known_signs():
    descents = descend(PSpin(3, 64), 20)
    assert descents.count(Status.MINIMUM) == 20
    assert descents.lambda_min.min() > 1.0
