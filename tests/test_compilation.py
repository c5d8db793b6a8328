"""A first compilation is announced, once; what is compiled already is not."""

import subprocess
import sys

import numpy as np
from numba import njit

from spinglass.kernels import riemannian
from spinglass.landscape.drawn import PSpin
from spinglass.landscape.geometry import random_points
from spinglass_cli.compilation import ANNOUNCEMENT, told_of_compilation


def test_compilation_is_announced_once(capsys):
    @njit
    def twice(x):
        return 2 * x

    with told_of_compilation():
        assert capsys.readouterr().err == ""
        assert (twice(1), twice(1.5)) == (2, 3.0)
    assert capsys.readouterr().err == ANNOUNCEMENT + "\n"
    with told_of_compilation():
        twice(3)
    twice(2j)
    assert capsys.readouterr().err == ""


def test_a_second_command_compiles_nothing(tmp_path):
    words = ["sample", "--n", "6", "--starts", "16", "--out", str(tmp_path / "sample.nc")]
    command = [sys.executable, "-c", "from spinglass_cli.main import main; main()", *words]
    subprocess.run(command, check=True, capture_output=True)
    second = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ANNOUNCEMENT not in second.stderr


def test_the_layout_of_points_compiles_nothing_new():
    model, points = PSpin(5, 3), random_points(5, 3)
    expected = model.spectrum(points)
    known = riemannian.tangent_spectrum.signatures
    assert np.array_equal(model.spectrum(np.asfortranarray(points)), expected)
    assert riemannian.tangent_spectrum.signatures == known
