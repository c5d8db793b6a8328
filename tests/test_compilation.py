"""A first compilation is announced, once; what is compiled already is not."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from numba import njit

from spinglass import descend
from spinglass.kernels import riemannian
from spinglass.landscape.drawn import PSpin
from spinglass.landscape.geometry import random_points
from spinglass_cli.compilation import (
    ANNOUNCEMENT,
    integrator_compiled_beside,
    told_of_compilation,
)


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


@pytest.mark.slow
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


BESIDE = """
import json
from numba.core import event
from spinglass import PSpin, descend
from spinglass.search.methods.flow import integrator_missing
from spinglass_cli.compilation import integrator_compiled_beside

with event.install_recorder("numba:compile") as recorder:
    missing = [integrator_missing()]
    with integrator_compiled_beside():
        pass
    missing.append(integrator_missing())
    descend(PSpin(6, 3), 16)
names = [e.data["dispatcher"].py_func.__name__ for _, e in recorder.buffer if e.is_start]
print(json.dumps([missing, "polish" in names, "integrate" in names]))
"""


@pytest.mark.slow
def test_what_another_process_compiles_is_not_compiled_again(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for expected in ([[True, False], True, False], [[False, False], False, False]):
        done = subprocess.run(
            [sys.executable, "-c", BESIDE],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert json.loads(done.stdout) == expected


def test_a_process_beside_that_is_not_needed_is_not_started(monkeypatch):
    descend(PSpin(6, 3), 16)
    monkeypatch.setattr(subprocess, "Popen", None)
    with integrator_compiled_beside():
        pass
