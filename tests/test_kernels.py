"""Kernels on their own: random numbers, packing, dense algebra, and order-independent bits."""

import itertools

import numpy as np
import pytest
from scipy import stats

from spinglass.errors import InputError
from spinglass.kernels import chebyshev, dense, normals, packing, single
from spinglass.kernels.form import Form
from spinglass.kernels.gradient import gradient, middle_ranges, new_plan, new_room
from spinglass.kernels.hessian import new_workspace, quadratic_form, unpack
from spinglass.kernels.points import forms_and_gradients
from spinglass.kernels.simd import LANES, aligned_zeros
from spinglass.landscape.random import generator, normal_key
from spinglass.landscape.random import normals as stream


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        # Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds; counter words 2 and 3 zero.
        (0, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    found = normals.philox(np.uint64(counter), *np.array(key, np.uint64))
    assert tuple(int(word) for word in found) == words


def philox_oracle(counter, key):
    """Philox4x32-10 word by word, as in Salmon et al. 2011, section 3.3."""
    c, k = [counter & 0xFFFFFFFF, counter >> 32, 0, 0], list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


@pytest.mark.parametrize("counter", [1, 2**32 - 1, 2**32, 2**63 + 5])
@pytest.mark.parametrize("key", [(0, 0), (2**32 - 1, 2**32 - 1), (0xA4093822, 0x299F31D0)])
def test_philox_is_the_published_recurrence(counter, key):
    found = normals.philox(np.uint64(counter), *np.array(key, np.uint64))
    assert [int(word) for word in found] == philox_oracle(counter, list(key))


def test_keys_give_the_numbers_that_they_gave_in_earlier_versions():
    assert normal_key(3, "couplings").tolist() == [979205971, 3910183129]
    drawn = generator(2, 0xABCDEF012345).integers(10**9, size=3)
    assert drawn.tolist() == [378339886, 230869297, 529853710]
    assert generator(0).random() == np.random.default_rng(0).random()
    with pytest.raises(InputError, match="seed must be an integer >= 0, got -1"):
        normal_key(-1, "couplings")


def test_normals_are_box_muller_of_philox():
    key = normal_key(3, "anything")
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


def slopes(couplings, p, n, points, first=0, stop=None):
    groups = points.shape[0]
    found = np.full_like(points, np.nan)
    stop = n if stop is None else stop
    form = Form(couplings, p, new_plan(n, p))
    gradient(form, first, stop, points, found, new_room(groups, n, [p]))
    return found


def slow_gradient(couplings, p, n, x):
    """Return dF/dx term by term, every position of every index tuple differentiated."""
    prefix, found = np.zeros(p, np.int64), np.zeros(n)
    for c in couplings:
        for place in range(p):
            found[prefix[place]] += c * np.prod(np.delete(x[prefix], place))
        packing.advance(prefix, n)
    return found


@pytest.mark.parametrize(
    ("p", "n"),
    [(2, 1), (2, 13), (2, 261), (3, 1), (3, 11), (3, 27), (4, 7), (4, 17), (5, 6), (6, 5), (7, 3)],
)
def test_gradient_is_the_product_rule_term_by_term(p, n):
    rng = np.random.default_rng(3)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((2, n, LANES))
    expected = slow_gradient(couplings, p, n, points[1, :, 3])
    found = slopes(couplings, p, n, points)[1, :, 3]
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


def slow_second_derivatives(couplings, p, n, x):
    """Return d2F/dx2 term by term, every pair of positions of every index tuple differentiated."""
    indices, found = np.zeros(p, np.int64), np.zeros((n, n))
    for c in couplings:
        for one, other in itertools.permutations(range(p), 2):
            rest = np.prod(np.delete(x[indices], (one, other)))
            found[indices[one], indices[other]] += c * rest
        packing.advance(indices, n)
    return found


@pytest.mark.parametrize(
    ("p", "n"),
    [(2, 5), (3, 1), (3, 2), (3, 13), (4, 2), (4, 9), (5, 6), (6, 5), (7, 3), (8, 3), (11, 2)],
)
def test_second_derivatives_are_the_product_rule_term_by_term(p, n):
    rng = np.random.default_rng(5)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((n, LANES))
    work, found = new_workspace(n, p), np.empty((n, n))
    quadratic_form(Form(couplings, p, new_plan(n, p)), points.reshape(-1), work)
    for lane in (0, LANES - 1):
        unpack(work.quadratic, 1.0, n, lane, found)
        expected = slow_second_derivatives(couplings, p, n, points[:, lane])
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("count", [1, LANES, LANES + 3, 5 * LANES + 1])
def test_forms_come_from_the_definition_whatever_the_number_of_points(count):
    n, p = 6, 4
    rng = np.random.default_rng(6)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((count, n))
    value, found = np.empty(count), np.empty((count, n))
    slab = aligned_zeros((2, 2, n, LANES))
    forms_and_gradients(
        Form(couplings, p, new_plan(n, p)), points, value, found, slab, new_room(2, n, [p])
    )
    for x, form, slope in zip(points, value, found, strict=True):
        prefix, expected = np.zeros(p, np.int64), 0.0
        for c in couplings:
            expected += c * np.prod(x[prefix])
            packing.advance(prefix, n)
        assert form == pytest.approx(expected, rel=1e-11, abs=1e-11)
        assert np.allclose(slope, slow_gradient(couplings, p, n, x), rtol=1e-10, atol=1e-11)


def test_lanes_begin_on_cache_lines():
    for shape in ((1, 3, LANES), (4, 7, LANES)):
        assert aligned_zeros(shape).ctypes.data % 64 == 0


@pytest.mark.parametrize(("p", "n"), [(2, 13), (3, 11), (4, 7), (5, 6), (6, 4)])
def test_a_lane_does_not_feel_its_neighbours_or_its_group(p, n):
    rng = np.random.default_rng(0)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((3, n, LANES))
    slope = slopes(couplings, p, n, points)
    moved = rng.standard_normal((1, n, LANES))
    moved[0, :, 5] = points[2, :, LANES - 1]
    assert np.array_equal(slopes(couplings, p, n, moved)[0, :, 5], slope[2, :, LANES - 1])


@pytest.mark.parametrize(("p", "n", "pieces"), [(3, 9, 3), (4, 8, 32), (5, 6, 1)])
def test_parts_of_the_couplings_add_up(p, n, pieces):
    rng = np.random.default_rng(1)
    couplings = rng.standard_normal(int(packing.binomials(n, p)[n, p]))
    points = rng.standard_normal((1, n, LANES))
    ranges = list(middle_ranges(n, p, pieces))
    assert [m for first, stop in ranges for m in range(first, stop)] == list(range(n))
    parts = [slopes(couplings, p, n, points, *part) for part in ranges]
    assert np.allclose(np.sum(parts, axis=0), slopes(couplings, p, n, points), rtol=1e-11)


@pytest.mark.parametrize(
    ("p", "n"),
    [
        (2, 13),
        (2, 70),
        (3, 11),
        (3, 2 * LANES + 3),
        (3, 3 * LANES),
        (4, 7),
        (4, 20),
        (5, 6),
        (6, 4),
    ],
)
def test_one_point_equals_its_lane(p, n):
    rng = np.random.default_rng(4)
    table = packing.binomials(n, p)
    couplings = rng.standard_normal(int(table[n, p]))
    points = rng.standard_normal((1, n, LANES))
    slope = slopes(couplings, p, n, points)
    x = np.ascontiguousarray(points[0, :, 2])
    cuts = [(0, n)] if p == 2 else [(0, 2), (2, 3), (3, n)]
    total, found = 0.0, np.zeros(n)
    for first, stop in cuts:
        start = int(table[first, p])
        total += single.form_and_gradient_at_point(couplings, start, p, first, stop, x, found)
    assert total == pytest.approx(x @ slope[0, :, 2] / p, rel=1e-11, abs=1e-11)
    assert np.allclose(found, slope[0, :, 2], rtol=1e-11, atol=1e-11)


def test_not_a_number_stays_visible():
    couplings = np.ones(int(packing.binomials(6, 3)[6, 3]))
    couplings[17] = np.nan
    value, slope = np.zeros(3), np.zeros((3, 6))
    slab = aligned_zeros((2, 1, 6, LANES))
    forms_and_gradients(
        Form(couplings, 3, new_plan(6, 3)), np.ones((3, 6)), value, slope, slab, new_room(1, 6, [3])
    )
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
    table = chebyshev.chebyshev_table()
    for stages in (2, 5, 12, chebyshev.MAX_STAGES):
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
