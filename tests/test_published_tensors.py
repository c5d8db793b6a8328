"""Published symmetric tensors read from files: all their real Z-eigenvalues, to the last digit."""

from itertools import permutations

import numpy as np
import pytest

from spinglass import find_stationary_points
from spinglass.landscape import Landscape
from spinglass.landscape.coupling_files import read_landscape

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
    assert found.complete
    return np.sort(-found.energy * np.sqrt(model.n))[::-1]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("entries", "values"), [THIRD, FOURTH], ids=["third", "fourth"])
def test_all_eigenvalues_of_published_tensors_are_found(tmp_path, entries, values, packed):
    tensor = _dense(entries)
    if packed:
        path = tmp_path / "a.npz"
        np.savez(path, **{f"packed_{tensor.ndim}": Landscape.from_tensor(tensor).couplings})
    else:
        path = tmp_path / "a.npy"
        np.save(path, tensor)
    found = _eigenvalues(read_landscape(path))
    if tensor.ndim % 2:  # u and -u have opposite eigenvalues
        wanted = np.sort([*values, *(-value for value in values)])[::-1]
    else:
        wanted = np.repeat(values, 2)
    assert found.round(4).tolist() == wanted.tolist()


def test_eigenvectors_of_a_file_solve_their_equation(tmp_path):
    tensor = _dense(THIRD[0])
    np.save(tmp_path / "a.npy", tensor)
    found = find_stationary_points(read_landscape(tmp_path / "a.npy"))
    u = found.spins / np.sqrt(3.0)
    image = np.einsum("ijk,aj,ak->ai", tensor, u, u)
    assert image == pytest.approx(-np.sqrt(3.0) * found.energy[:, None] * u, abs=1e-12)


def test_a_tensor_whose_eigenvectors_fill_a_circle_is_told_as_such(tmp_path):
    """Of (x^2 + y^2)^2 every point of the equator z = 0 is stationary."""
    ring = np.zeros((3, 3, 3, 3))
    for i, j in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        ring[i, i, j, j] = 1.0  # (x^2 + y^2)^2
    np.save(tmp_path / "a.npy", ring)
    assert not find_stationary_points(read_landscape(tmp_path / "a.npy")).complete
