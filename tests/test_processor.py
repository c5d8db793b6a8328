"""The classes of processor: what they choose, and that every class computes the same gradient."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinglass import PSpin
from spinglass.kernels.processor import CLASSES, class_of
from spinglass.landscape.geometry import random_points
from spinglass.search import descend

CASES = ((20, 2), (150, 2), (20, 3), (12, 4), (9, 5))

GRADIENTS = f"""
import sys
import numpy as np
from spinglass import PSpin
from spinglass.kernels.simd import LANES
from spinglass.landscape.geometry import random_points
from spinglass.search import descend
found = [PSpin(n, p, 0.5).gradient(random_points(n, 40)) for n, p in {CASES}]
ends = descend(PSpin(12, 3, 0.5), 20)
np.savez(sys.argv[1], *found, lanes=LANES, spins=ends.spins, status=ends.status)
"""


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
