"""Exact means against all stationary points of small samples, and two laws that must fail."""

import math
import os

import numpy as np
import pytest

from spinglass.covariance import Covariance
from spinglass.theory import critical_field, mean_by_index

from .critical_points import counts_by_index

FULL = os.environ.get("SPINGLASS_FULL_TESTS") == "1"
SAMPLES = 400 if FULL else 100
CASES = [(n, p) for n in (3, 4, 5) for p in (3, 4)] if FULL else [(3, 3), (3, 4), (4, 3)]


def independent_statistics(counts):
    """Numbers that the symmetries of one sample leave free: pooled pairs of indices."""
    n = counts.shape[1]
    pooled = counts + counts[:, ::-1]
    return pooled[:, : n // 2].astype(float)


def scores(n, p, true_field, assumed_field, seed, distinct_only=False):
    rng = np.random.default_rng([seed, n, p, round(1000 * true_field)])
    mean = mean_by_index(n, p, assumed_field)
    return deviations(rng, n, p, true_field, mean, distinct_only)


def deviations(rng, n, p, nu, mean, distinct_only=False):
    """Deviations of the mean counts of samples from ``mean``, in sigmas."""
    rows = [counts_by_index(rng, n, p, nu, distinct_only) for _ in range(SAMPLES)]
    assert sum(row is None for row in rows) == 0
    data = independent_statistics(np.array(rows))
    expected = independent_statistics(mean[None])[0]
    return (data.mean(0) - expected) / (data.std(0, ddof=1) / math.sqrt(len(data)))


def fields(p):
    return (0.0, 1.0, critical_field(p))


@pytest.mark.slow
def test_exact_means_agree_with_all_points_of_samples():
    z = np.concatenate([scores(n, p, nu, nu, 11) for n, p in CASES for nu in fields(p)])
    assert np.abs(z).max() < 4
    assert 0.7 < np.sqrt(np.mean(z**2)) < 1.3


@pytest.mark.slow
def test_a_shifted_field_is_noticed():
    cases = CASES if FULL else [(4, 3)]
    z = np.concatenate([scores(n, p, 1.2 * nu, nu, 12) for n, p in cases for nu in fields(p)[1:]])
    assert np.abs(z).max() > 4 or np.sqrt(np.mean(z**2)) > 1.3


@pytest.mark.slow
def test_couplings_over_distinct_indices_only_are_noticed():
    z = np.concatenate([scores(4, 3, nu, nu, 13, distinct_only=True) for nu in (0.0, 1.0)])
    assert np.abs(z).max() > 4


MIXTURES = [({2: 1.0, 3: 1.0}, 0.0), ({3: 1.0, 4: 1.0}, 0.0), ({2: 1.0, 3: 1.0}, 1.0)]


def mixed_scores(weights, nu, assumed, seed):
    rng = np.random.default_rng([seed, round(1000 * nu), *weights])
    return deviations(rng, 4, weights, nu, mean_by_index(4, Covariance.mixture(assumed, nu)))


@pytest.mark.slow
def test_exact_means_agree_with_all_points_of_mixtures():
    z = np.concatenate([mixed_scores(weights, nu, weights, 14) for weights, nu in MIXTURES])
    assert np.abs(z).max() < 3.5
    assert 0.4 < np.sqrt(np.mean(z**2)) < 1.6


@pytest.mark.slow
def test_a_wrong_weight_of_a_mixture_is_noticed():
    z = [mixed_scores(weights, nu, {**weights, 3: 3.0}, 14) for weights, nu in MIXTURES]
    assert np.abs(np.concatenate(z)).max() > 4
