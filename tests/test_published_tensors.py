"""Published symmetric tensors read from files: all their real Z-eigenvalues, to the last digit.

What is compared with printed digits was printed for dimension 3, and in dimension 5 for a tensor
that is degenerate.  For dimensions 3 to 6 the lists are exact, of families solved in closed form,
and where there is no closed form `tests.macaulay` solves the same equations by linear algebra.
"""

from collections import Counter
from functools import reduce
from itertools import combinations, permutations
from math import comb, sqrt

import numpy as np
import pytest
import xarray as xr

from spinglass import descend, find_stationary_points
from spinglass.landscape import Landscape
from spinglass.landscape.coupling_files import read_landscape
from spinglass.search import Status
from tests.macaulay import all_eigenvectors
from tests.marks import slow
from tests.oracles import contract

THIRD = (
    {
        "111": -0.1281, "112": 0.0516, "113": -0.0954, "122": -0.1958, "123": -0.1790,
        "133": -0.2676, "222": 0.3251, "223": 0.2513, "233": 0.1773, "333": 0.0338,
    },
    [0.8730, 0.4306, 0.2294, 0.0180, 0.0033, 0.0018, 0.0006],
)  # fmt: skip
"""Kolda and Mayo, arXiv:1007.1267, example 3.6, and its eigenvalues up to sign."""

FOURTH = (
    {
        "1111": 0.2883, "1112": -0.0031, "1113": 0.1973, "1122": -0.2485, "1123": -0.2939,
        "1133": 0.3847, "1222": 0.2972, "1223": 0.1862, "1233": 0.0919, "1333": -0.3619,
        "2222": 0.1241, "2223": -0.3420, "2233": 0.2127, "2333": 0.2727, "3333": -0.3054,
    },
    [0.8893, 0.8169, 0.5105, 0.3633, 0.2682, 0.2628, 0.2433, 0.1735, -0.0451, -0.5629, -1.0954],
)  # fmt: skip
"""Kofidis and Regalia, SIAM J. Matrix Anal. Appl. 23, 863 (2002), example 1, with the eigenvalues
in Kolda and Mayo."""


def _dense(entries):
    """The symmetric tensor of dimension 3 of entries by their indices."""
    tensor = np.zeros((3,) * len(next(iter(entries))))
    for indices, value in entries.items():
        for place in permutations(int(index) - 1 for index in indices):
            tensor[place] = value
    return tensor


def _eigenvalues(model):
    """Z-eigenvalues: x = sqrt(n) u has J u^p = -(H/n) sqrt(n)."""
    found = find_stationary_points(model)
    assert found.proven
    return np.sort(-found.energy * np.sqrt(model.n))[::-1]


def _saved(tensor, path):
    """Write a tensor in the format that the path ends in, and read it as a user's own."""
    if path.suffix == ".npy":
        np.save(path, tensor)
    elif path.suffix == ".npz":
        np.savez(path, **{f"packed_{tensor.ndim}": Landscape.from_tensor(tensor).couplings})
    else:
        data = xr.Dataset({"tensor": (tuple("ijklm"[: tensor.ndim]), tensor)})
        data.to_netcdf(path, engine="h5netcdf")
    return read_landscape(path)


def _with_antipodes(values, order):
    """Eigenvalues of all u, of those of one of each pair u, -u."""
    signs = (1, -1) if order % 2 else (1, 1)
    return np.sort([sign * value for value in values for sign in signs])[::-1]


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".nc"])
@pytest.mark.parametrize(("entries", "values"), [THIRD, FOURTH], ids=["third", "fourth"])
def test_all_eigenvalues_of_published_tensors_are_found(tmp_path, entries, values, suffix):
    tensor = _dense(entries)
    found = _eigenvalues(_saved(tensor, tmp_path / f"a{suffix}"))
    assert found.round(4).tolist() == _with_antipodes(values, tensor.ndim).tolist()


@pytest.mark.parametrize("digit", [0, 3])
def test_an_entry_with_a_wrong_digit_has_other_eigenvalues(tmp_path, digit):
    entries, values = THIRD
    wrong = _dense(entries | {"123": entries["123"] + 10.0 ** -(digit + 1)})
    found = _eigenvalues(_saved(wrong, tmp_path / "a.npy"))
    assert found.round(4).tolist() != _with_antipodes(values, 3).tolist()


def test_what_the_shifted_power_method_finds_are_minima_and_maxima(tmp_path):
    """SS-HOPM converges to eigenvectors that are negative or, negated, positive stable.

    Kolda and Mayo's example 3.6: 0.8730, 0.4306, 0.0180 and 0.0006, and no other.
    """
    found = find_stationary_points(_saved(_dense(THIRD[0]), tmp_path / "a.npy"))
    values = np.abs(found.energy * np.sqrt(3.0)).round(4)
    for index in (0, 2):
        assert set(values[found.index == index]) == {0.8730, 0.4306, 0.0180, 0.0006}
    assert set(values[found.index == 1]) == {0.2294, 0.0033, 0.0018}


def test_the_hessian_is_that_of_the_shifted_power_method_up_to_its_factor():
    """Hessian = -(p/sqrt(n)) U^t ((p-1) T u^(p-2) - lambda) U, and X = -p lambda/sqrt(n)."""
    tensor = _dense(FOURTH[0])
    model = Landscape.from_tensor(tensor)
    found = find_stationary_points(model)
    for x, index in zip(found.spins, found.index, strict=True):
        u = x / np.sqrt(3.0)
        matrix = 3.0 * contract(tensor, u, 2)
        value = contract(tensor, u, 4)
        tangent = np.linalg.svd(u[None])[2][1:]
        stability = np.linalg.eigvalsh(tangent @ matrix @ tangent.T - value * np.eye(2))
        ours = np.linalg.eigvalsh(model.hessian(x[None])[0])
        nonzero = np.delete(ours, np.abs(ours).argmin())  # the direction of x has 0
        assert nonzero == pytest.approx(-4.0 / np.sqrt(3.0) * stability[::-1], abs=1e-10)
        assert index == np.sum(stability > 0.0)
        assert model.radial_force(x[None])[0] == pytest.approx(-4.0 * value / np.sqrt(3.0))


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_with_a_field_the_equation_has_p_times_the_linear_form(tmp_path, factor):
    """p T u^(p-1) + h = mu u with mu = -sqrt(n) X; the factor 1 in place of p fails."""
    tensor, h = _dense(THIRD[0]), np.array([0.1, -0.2, 0.3])
    np.savez(tmp_path / "a.npz", tensor=tensor, field=h)
    model = read_landscape(tmp_path / "a.npz")
    found = find_stationary_points(model)
    assert found.proven
    u = found.spins / np.sqrt(3.0)
    left = factor * np.einsum("ijk,aj,ak->ai", tensor, u, u) + h
    error = left + np.sqrt(3.0) * model.radial_force(found.spins)[:, None] * u
    assert (np.abs(error).max() < 1e-12) == (factor == 3.0)


@pytest.mark.slow
@pytest.mark.parametrize(("entries", "_"), [THIRD, slow(*FOURTH)], ids=["third", "fourth"])
def test_the_largest_eigenvalue_is_the_spectral_norm(entries, _):
    """No multiple of a power of another vector is nearer, nor is T larger on different vectors."""
    tensor = _dense(entries)
    p = tensor.ndim
    found = find_stationary_points(Landscape.from_tensor(tensor))
    norm = np.abs(found.energy).max() * np.sqrt(3.0)
    best = found.spins[np.abs(found.energy).argmax()] / np.sqrt(3.0)
    value = float(contract(tensor, best, p))
    distance = np.linalg.norm(tensor - value * _power(best, p))
    assert distance == pytest.approx(sqrt(np.linalg.norm(tensor) ** 2 - norm**2), rel=1e-12)
    random = np.random.default_rng(0)
    largest = 0.0
    for _ in range(200):  # alternating power steps from random starts, each on its own vectors
        vectors = list(random.standard_normal((p, 3)))
        for step in range(60 * p):
            image = np.moveaxis(tensor, step % p, 0)
            for k in (k for k in range(p) if k != step % p):
                image = np.tensordot(image, vectors[k] / np.linalg.norm(vectors[k]), (1, 0))
            vectors[step % p] = image
        largest = max(largest, float(np.linalg.norm(image)))
    assert largest == pytest.approx(norm, abs=1e-9)


def _power(vector, order):
    return reduce(np.multiply.outer, [vector] * order)


def _decomposable(n, order):
    """An orthogonally decomposable tensor sum_k k v_k^order, and what its eigenvalues are.

    In the frame of the v_k the equation is k x_k^(order - 1) = lambda x_k: on each set S of them
    components are proportional to k^(-1/(order - 2)), with all signs where the order is even.
    These are ((order - 1)^n - 1)/(order - 2) pairs, as many as a generic tensor has complex ones.
    """
    frame = np.linalg.qr(np.random.default_rng(n).standard_normal((n, n)))[0]
    tensor = sum(k * _power(v, order) for k, v in enumerate(frame, 1))
    values = []
    for size in range(1, n + 1):
        for chosen in combinations(np.arange(1.0, n + 1), size):
            weight = (np.array(chosen) ** (-2.0 / (order - 2))).sum()
            times = 1 if order % 2 else 2 ** (size - 1)
            values += [weight ** (1.0 - order / 2.0)] * times
    return tensor, values


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_all_eigenvalues_of_orthogonally_decomposable_tensors_are_found(tmp_path, n, order):
    tensor, values = _decomposable(n, order)
    assert len(values) == ((order - 1) ** n - 1) // (order - 2)
    found = _eigenvalues(_saved(tensor, tmp_path / "a.nc"))
    assert found == pytest.approx(_with_antipodes(values, order), abs=1e-12)


def test_a_quartic_sum_has_the_thirteen_values_that_can_be_written_down(tmp_path):
    """x^4 + 2 y^4 + 3 z^4: 1 / sum_S 1/a_k, 2^(|S| - 1) times for each set S."""
    tensor = np.zeros((3,) * 4)
    tensor[(range(3),) * 4] = [1.0, 2.0, 3.0]
    found = _eigenvalues(_saved(tensor, tmp_path / "a.npy"))
    exact = {3: 1, 2: 1, 1: 1, 6 / 5: 2, 3 / 4: 2, 2 / 3: 2, 6 / 11: 4}
    wanted = [value for value, times in exact.items() for _ in range(times)]
    assert found == pytest.approx(_with_antipodes(wanted, 4), abs=1e-13)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_all_eigenvalues_of_a_simplex_are_found(tmp_path, n):
    """The sum of the cubes of the n + 1 corners of a regular simplex, the Potts model's cubic.

    In the n + 1 coordinates with sum 0 the equation x_i^2 - c = lambda x_i leaves two values: k
    corners have sqrt(m/(k (n + 1))), the other m have -sqrt(k/(m (n + 1))), and the eigenvalue is
    (m - k)/sqrt(k m (n + 1)); k and m are the pair of u and -u.
    """
    corners = np.linalg.qr(np.column_stack([np.ones(n + 1), np.eye(n + 1, n)]))[0][:, 1:]
    tensor = sum(_power(corner, 3) for corner in corners)
    found = _eigenvalues(_saved(tensor, tmp_path / "a.npz"))
    values = [
        (n + 1 - 2 * k) / sqrt(k * (n + 1 - k) * (n + 1))
        for k in range(1, n + 1)
        for _ in range(comb(n + 1, k))
    ]
    assert len(values) == 2 * (2**n - 1)
    assert found == pytest.approx(np.sort(values)[::-1], abs=1e-12)


@pytest.mark.parametrize(
    ("n", "order"),
    [(3, 3), (4, 3), (3, 4), (5, 3), slow(4, 4)],
)
def test_eigenvectors_are_those_that_linear_algebra_finds(tmp_path, n, order):
    """cos(i j k ...), which has no closed form, against the Macaulay matrix."""
    tensor = np.cos(_power(np.arange(1.0, n + 1), order))
    u, values = all_eigenvectors(tensor)
    assert len(u) == ((order - 1) ** n - 1) // (order - 2)
    real = np.abs(u.imag).max(axis=1) < 1e-6
    found = _eigenvalues(_saved(tensor, tmp_path / "a.npy"))
    assert found == pytest.approx(_with_antipodes(values[real].real, order), abs=1e-8)


def test_eigenvectors_of_a_file_solve_their_equation(tmp_path):
    tensor = _dense(THIRD[0])
    np.save(tmp_path / "a.npy", tensor)
    found = find_stationary_points(read_landscape(tmp_path / "a.npy"))
    u = found.spins / np.sqrt(3.0)
    image = np.einsum("ijk,aj,ak->ai", tensor, u, u)
    assert image == pytest.approx(-np.sqrt(3.0) * found.energy[:, None] * u, abs=1e-12)


DEGENERATE = {
    "rank one": _power(np.array([1.0, 2.0, 0.0, -1.0]), 3),
    "circle": sum(  # (x^2 + y^2)^2: every point of the equator z = 0
        np.einsum("i,j,k,l->ijkl", one, one, other, other)
        for one in np.eye(3)[:2]
        for other in np.eye(3)[:2]
    ),
    "constant": np.einsum("ij,kl->ijkl", np.eye(4), np.eye(4)),  # (x . x)^2 is 1 on the sphere
    "two of three directions": np.pad(np.cos(np.arange(8.0)).reshape(2, 2, 2), (0, 1)),
    "zero": np.zeros((3, 3, 3)),
    "monomial": reduce(np.multiply.outer, np.eye(4)),  # x y z w: its gradient vanishes on circles
    "sine": np.sin(np.add.outer(np.add.outer(np.arange(5), np.arange(5)), np.arange(5)) + 3.0),
}


QUICK = ("circle", "monomial", "two of three directions")


@pytest.mark.parametrize("name", [name if name in QUICK else slow(name) for name in DEGENERATE])
def test_a_tensor_with_a_continuum_of_eigenvectors_is_told_as_such(tmp_path, name):
    found = find_stationary_points(_saved(DEGENERATE[name], tmp_path / "a.npy"))
    assert not found.complete
    assert not found.proven
    assert any("not isolated" in doubt or "everywhere" in doubt for doubt in found.doubts)


def _alternating(n):
    """Cui, Dai and Nie, arXiv:1403.3720, example 4.11: (-1)^i/i + (-1)^j/j + (-1)^k/k."""
    a = np.array([(-1.0) ** i / i for i in range(1, n + 1)])
    return a[:, None, None] + a[:, None] + a


def _in_the_plane(n):
    """The eigenvalues of `_alternating` other than 0.

    The form is 3 (a . u)(e . u)^2, e of ones: the image of u lies in the plane of a and e, and so
    does u, or the eigenvalue is 0.  In it u = (cos t, sin t), and the derivative of the form by t
    vanishes where a quadratic in tan t does.
    """
    a = np.array([(-1.0) ** i / i for i in range(1, n + 1)])
    frame = np.linalg.qr(np.column_stack([np.ones(n), a]))[0]
    e, b = np.ones(n) @ frame, a @ frame  # e = (e_0, 0)
    # (b_0 c + b_1 s) c^2, by t and divided by c^3: b_1 - 3 b_0 s/c - 2 b_1 (s/c)^2
    slopes = np.roots([-2.0 * b[1], -3.0 * b[0], b[1]])
    c = 1.0 / np.sqrt(1.0 + slopes**2)
    return 3.0 * e[0] ** 2 * (b[0] + b[1] * slopes) * c**3


def test_a_published_degenerate_tensor_of_dimension_five(tmp_path):
    """Its list is 9.9779, 4.2876 and 0: the last on all of the sphere that is orthogonal to e."""
    model = _saved(_alternating(5), tmp_path / "a.npy")
    found = find_stationary_points(model)
    assert not found.complete
    assert "points are not isolated" in found.doubts[0]
    values = -found.energy * np.sqrt(5.0)
    isolated = values[found.gap > 1e-6]
    assert Counter(isolated.round(4)) == {9.9779: 1, -9.9779: 1, 4.2876: 1, -4.2876: 1}
    exact = _in_the_plane(5)
    assert np.sort(np.abs(isolated)) == pytest.approx(np.sort(np.abs([*exact, *exact])), abs=1e-9)
    assert values[found.gap <= 1e-6] == pytest.approx(0.0, abs=1e-9)


def _sine():
    """Order 4, dimension 5: sin(i + j + k + l)."""
    return np.sin(np.indices((5,) * 4).sum(axis=0) + 4.0)


def _arctangents():
    """Order 4, dimension 5: the sum over the four indices of arctan((-1)^i i / 5)."""
    i = np.arange(1.0, 6.0)
    return np.arctan((-1.0) ** i * i / 5.0)[np.indices((5,) * 4)].sum(axis=0)


@pytest.mark.parametrize(
    ("tensor", "published"),
    [(_sine, [7.2595, 4.6408, -3.9204, -8.8463]), (_arctangents, [13.0779, -23.5741])],
)
def test_published_degenerate_tensors_of_order_four_and_dimension_five(tmp_path, tensor, published):
    """Cui, Dai and Nie, arXiv:1403.3720: these eigenvalues and 0, whose eigenvectors are a sphere.

    Both forms depend on two combinations of the coordinates alone.
    """
    found = find_stationary_points(_saved(tensor(), tmp_path / "a.npy"))
    assert not found.complete
    assert any("not isolated" in doubt for doubt in found.doubts)
    values = -found.energy * np.sqrt(5.0)
    isolated = values[found.gap > 1e-6]
    assert Counter(isolated.round(4)) == dict.fromkeys(published, 2)
    assert values[found.gap <= 1e-6] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("n", [4, 6])
def test_descents_find_the_best_rank_one_approximation_of_a_degenerate_tensor(tmp_path, n):
    model = _saved(_alternating(n), tmp_path / "a.npy")
    ends = descend(model, 50)
    lowest = ends.energy[ends.status == Status.MINIMUM].min()
    assert -lowest * sqrt(n) == pytest.approx(np.abs(_in_the_plane(n)).max(), abs=1e-9)
