"""Kernels on their own: random numbers, packing, dense algebra, and order-independent bits."""

import numpy as np
import pytest
from scipy import stats

from spinglass.kernels import dense, flow, normals, packing, single
from spinglass.kernels.gradient import form_and_gradient
from spinglass.kernels.simd import LANES
from spinglass.streams import normals as stream
from spinglass.streams import stream_key


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        # Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds; counter words 2 and 3 zero.
        (0, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    found = np.zeros((4, 3), np.uint64)
    normals.philox(np.uint64(counter), np.array(key, np.uint64), *found)
    assert tuple(int(word) for word in found[:, 0]) == words


def philox_oracle(counter, key):
    """Philox4x32-10 word by word, as in Salmon et al. 2011, section 3.3."""
    c, k = [counter & 0xFFFFFFFF, counter >> 32, 0, 0], list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def test_normals_are_box_muller_of_philox():
    key = stream_key(3, "anything")
    found = stream(3, "anything", 0, 2000)
    for pair in (0, 1, 511, 512, 999):
        w = philox_oracle(pair, [int(k) for k in key])
        u = ((w[0] | w[1] << 32) // 2**12 + 0.5) * 2.0**-52
        v = ((w[2] | w[3] << 32) // 2**11) * 2.0**-53
        radius = np.sqrt(-2 * np.log(u))
        expected = radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v)
        assert np.allclose(found[2 * pair : 2 * pair + 2], expected, rtol=0, atol=2e-15)


def test_normals_have_the_normal_law_and_no_serial_correlation():
    sample = stream(0, "law", 0, 400_000)
    assert stats.kstest(sample, "norm").pvalue > 1e-3
    assert stats.kstest(1.02 * sample, "norm").pvalue < 1e-3
    for lag in (1, 2, 512, 1024):
        correlation = np.mean(sample[lag:] * sample[:-lag]) * np.sqrt(sample.size - lag)
        assert abs(correlation) < 4.0


@pytest.mark.parametrize("first", [0, 1, 2, 1023, 1024, 1025, 5001])
def test_a_stretch_of_a_stream_is_the_same_wherever_it_begins(first):
    whole = stream(1, "stretch", 0, 9000)
    assert np.array_equal(stream(1, "stretch", first, 3000), whole[first : first + 3000])


def test_streams_of_other_purposes_and_seeds_differ():
    base = stream(0, "couplings", 0, 1000)
    for other in (stream(1, "couplings", 0, 1000), stream(0, "field", 0, 1000)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.15


def test_rank_counts_the_packed_order():
    table = packing.binomials(5, 4)
    prefix = np.zeros(4, np.int64)
    position, more = 0, True
    while more:
        assert packing.rank(prefix, table) == position
        position += 1
        more = packing.advance(prefix, 5)
    assert position == table[5, 4] == 70


def evaluate(couplings, p, n, points):
    groups = points.shape[0]
    value, slope = np.zeros((groups, LANES)), np.zeros_like(points)
    room = np.zeros((2, groups, p, LANES))
    form_and_gradient(couplings, 0, p, 0, n, points, value, slope, room[0], room[1])
    return value, slope


@pytest.mark.parametrize(("p", "n"), [(2, 13), (3, 11), (4, 7), (5, 6), (6, 4)])
def test_a_lane_does_not_feel_its_neighbours_or_its_group(p, n):
    rng = np.random.default_rng(0)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((3, n, LANES))
    value, slope = evaluate(couplings, p, n, points)
    moved = rng.standard_normal((1, n, LANES))
    moved[0, :, 5] = points[2, :, LANES - 1]
    alone = evaluate(couplings, p, n, moved)
    assert alone[0][0, 5] == value[2, LANES - 1]
    assert np.array_equal(alone[1][0, :, 5], slope[2, :, LANES - 1])


@pytest.mark.parametrize(("p", "n"), [(3, 9), (4, 8), (5, 6)])
def test_parts_of_the_couplings_add_up(p, n):
    rng = np.random.default_rng(1)
    table = packing.binomials(n, p)
    couplings = rng.standard_normal(int(table[n, p]))
    points = rng.standard_normal((1, n, LANES))
    value, slope = evaluate(couplings, p, n, points)
    parts = np.zeros_like(value), np.zeros_like(slope)
    room = np.zeros((2, 1, p, LANES))
    for first, stop in ((0, 3), (3, 4), (4, n)):
        start = int(table[first, p])
        form_and_gradient(
            couplings, start, p, first, stop, points, parts[0], parts[1], room[0], room[1]
        )
    assert np.allclose(parts[0], value, rtol=1e-12)
    assert np.allclose(parts[1], slope, rtol=1e-11)


@pytest.mark.parametrize(("p", "n"), [(2, 13), (3, 11), (4, 7), (5, 6), (6, 4)])
def test_one_point_equals_its_lane(p, n):
    rng = np.random.default_rng(4)
    table = packing.binomials(n, p)
    couplings = rng.standard_normal(int(table[n, p]))
    points = rng.standard_normal((1, n, LANES))
    value, slope = evaluate(couplings, p, n, points)
    x = np.ascontiguousarray(points[0, :, 2])
    cuts = [(0, n)] if p == 2 else [(0, 2), (2, 3), (3, n)]
    total, found = 0.0, np.zeros(n)
    for first, stop in cuts:
        start = int(table[first, p])
        total += single.form_and_gradient_at_point(couplings, start, p, first, stop, x, found)
    assert total == pytest.approx(value[0, 2], rel=1e-11, abs=1e-11)
    assert np.allclose(found, slope[0, :, 2], rtol=1e-11, atol=1e-11)


def test_not_a_number_stays_visible():
    couplings = np.ones(int(packing.binomials(6, 3)[6, 3]))
    couplings[17] = np.nan
    value, slope = evaluate(couplings, 3, 6, np.ones((1, 6, LANES)))
    assert np.isnan(value).all()
    assert np.isnan(slope).any()


def test_cholesky_factorises_solves_and_refuses():
    rng = np.random.default_rng(2)
    root = rng.standard_normal((30, 30))
    matrix = root @ root.T + np.eye(30)
    factor = matrix.copy()
    assert dense.cholesky(factor)
    upper = np.triu(factor)
    assert np.allclose(upper.T @ upper, matrix, rtol=1e-12)
    b = rng.standard_normal(30)
    x = b.copy()
    dense.cholesky_solve(factor, x)
    assert np.allclose(matrix @ x, b, atol=1e-11)
    assert not dense.cholesky(matrix - 200 * np.eye(30))
    assert not dense.cholesky(np.full((3, 3), np.nan))


def test_chebyshev_steps_are_of_second_order_and_stable():
    table = flow.chebyshev_table()
    for stages in (2, 5, 12, flow.MAX_STAGES):
        limit = (stages**2 - 1) / 1.54

        def amplification(z, stages=stages):
            earlier, y = 1.0, 1.0 + table[stages, 1, 2] * z
            for j in range(2, stages + 1):
                mu, nu, slope, first = table[stages, j]
                now = (1 - mu - nu) + mu * y + nu * earlier + slope * z * y + first * z
                earlier, y = y, now
            return y

        z = np.linspace(-limit, -0.5, 500)
        assert np.max(np.abs([amplification(v) for v in z])) <= 1.0
        for h in (1e-2, 1e-3):
            assert abs(amplification(h) - np.exp(h)) < h**3
            assert abs(amplification(h) - (1 + h)) > 0.4 * h**2
