"""The classes of processor: what they choose, and that every class computes the same gradient."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinglass import Mixed, PSpin, descend
from spinglass.kernels.processor import CLASSES, class_of
from spinglass.landscape.geometry import random_points
from spinglass.landscape.random import normals

CASES = ((20, 2), (150, 2), (20, 3), (12, 4), (9, 5))

GRADIENTS = f"""
import sys
import numpy as np
from spinglass import PSpin
from spinglass.kernels.simd import LANES
from spinglass.landscape.geometry import random_points
from spinglass import descend
found = [PSpin(n, p, 0.5).gradient(random_points(n, 40)) for n, p in {CASES}]
ends = descend(PSpin(12, 3, 0.5), 20)
np.savez(sys.argv[1], *found, lanes=LANES, spins=ends.spins, status=ends.status)
"""


BITS = [
    (20, {2: 1.0}, 0.0, "efe626c769516a05", "93b5984cc47dd1eb"),
    (12, {3: 1.0}, 0.0, "cd9ec9edba50cbe2", "f001b41b963c550e"),
    (9, {4: 1.0}, 0.0, "440733a18df98c89", "dfc0c81758421b60"),
    (8, {5: 1.0}, 0.0, "dc6f27eec79734d3", "c4dd777734d15d74"),
    (12, {3: 1.0}, 0.5, "cd9ec9edba50cbe2", "8d37a7935ba90f0c"),
    (10, {2: 0.5, 3: 1.0, 5: 0.25}, 0.3, "f55b5c02e464b239", "6fb6014581680ebf"),
]
"""n, weights and field of a landscape, checksums of its couplings and of 40 gradients, as found on
x86-64 with AVX-512; an emulated ARM processor with NEON gave the same."""


def checksum(numbers: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(numbers).tobytes()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("features", "architecture", "name"),
    [
        ("+avx2,+avx512f,+fma", "x86_64", "avx512"),
        ("+avx2,-avx512f,+fma", "x86_64", "avx2"),
        ("+avx,+sse2", "x86_64", "avx2"),
        ("-avx,-avx2,+sse2", "x86_64", "sse2"),
        ("", "x86_64", "sse2"),
        ("+neon", "aarch64", "neon"),
        ("", "arm64", "neon"),
    ],
)
def test_the_class_follows_the_features(features: str, architecture: str, name: str) -> None:
    assert class_of(features, architecture) == name


def test_the_tiles_of_a_class_exist() -> None:
    assert all(1 <= processor.rows <= 6 for processor in CLASSES.values())
    assert all(processor.lanes in (4, 8, 16) for processor in CLASSES.values())


@pytest.mark.parametrize(("n", "weights", "nu", "couplings", "gradients"), BITS)
def test_the_bits_are_those_of_every_other_machine(n, weights, nu, couplings, gradients):
    model = Mixed(n, weights, nu, seed=7)
    # Not on the sphere: NumPy, which would scale them there, fuses its sums on some processors.
    points = normals(1, "starts", 0, 40 * n).reshape(40, n)
    assert checksum(model.couplings) == couplings
    assert checksum(model.gradient(points)) == gradients
    alone = np.array([model.gradient(point) for point in points])
    assert checksum(alone) == gradients


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="classes of x86-64 are compiled for")
@pytest.mark.parametrize(
    ("processor", "features", "lanes"),
    [("haswell", "+avx,+avx2,+fma", 8), ("x86-64", "+sse2", 4)],
)
def test_every_class_computes_the_same_bits(
    tmp_path: Path, processor: str, features: str, lanes: int
) -> None:
    environment = os.environ | {
        "NUMBA_CPU_NAME": processor,
        "NUMBA_CPU_FEATURES": features,
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    file = tmp_path / "there.npz"
    command = [sys.executable, "-c", GRADIENTS, str(file)]
    subprocess.run(command, env=environment, check=True, timeout=900)
    with np.load(file) as there:
        assert there["lanes"] == lanes
        for k, (n, p) in enumerate(CASES):
            here = PSpin(n, p, 0.5).gradient(random_points(n, 40))
            np.testing.assert_array_equal(there[f"arr_{k}"], here)
        ends = descend(PSpin(12, 3, 0.5), 20)
        np.testing.assert_array_equal(there["status"], ends.status)
        np.testing.assert_array_equal(there["spins"], ends.spins)
