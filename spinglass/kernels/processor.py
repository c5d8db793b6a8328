"""The class of processor that Numba compiles for, and the sizes that kernels have on it.

A class is a number of vector registers and their width.  Two sizes follow from it: how many
replicas one pass of a kernel carries along, and how many rows of couplings share each loaded
monomial.  Both were measured with ``spinglass bench`` if a machine of the class, or its emulation,
was at hand; nothing is tuned at run time, so that two machines of one class do the same.
"""

from dataclasses import dataclass

import llvmlite.binding as llvm
from numba import config
from numba.core.codegen import get_host_cpu_features


@dataclass(frozen=True)
class Processor:
    """The sizes that kernels have on a class of processor.

    Attributes
    ----------
    name : str
        Name of the class.
    lanes : int
        Doubles of a kernel's vector: replicas that one pass carries along.
    rows : int
        Rows of couplings of the largest tile of the gradient, at most 6.
    """

    name: str
    lanes: int
    rows: int


CLASSES = {
    "avx512": Processor("32 registers of 512 bits", 16, 6),
    "avx2": Processor("16 registers of 256 bits", 8, 3),
    "neon": Processor("32 registers of 128 bits", 8, 2),
    "sse2": Processor("16 registers of 128 bits", 4, 2),
}
"""A tile of R rows holds 2 R + 2 vectors, each of them ``lanes`` doubles, in registers.

Shares of dgemm on AVX2 with two, three and four rows: 0.72, 0.76 and 0.78 at (n, p) = (100, 3),
0.60, 0.67 and 0.64 at (300, 3) on a processor of that class; 0.90, 0.90 and 0.74, and 0.83, 0.85
and 0.73, on an AVX-512 processor that compiled for AVX2.  Three rows are near the best on both.
Four lanes with four to six rows were slower on the latter: 0.72 to 0.83 at (100, 3).  The sizes of
the last two classes follow from their registers; only results were tested, on emulated processors.
"""


def class_of(features: str, architecture: str) -> str:
    """Return the key of `CLASSES` for LLVM's features, as in ``"+avx2,-avx512f"``."""
    if architecture in ("aarch64", "arm64"):
        return "neon"
    present = set(features.split(","))
    if "+avx512f" in present:
        return "avx512"
    return "avx2" if "+avx2" in present or "+avx" in present else "sse2"


def _compiled_for() -> Processor:
    """Return the class of processor that Numba compiles for: this one, or that of its settings."""
    told = config.CPU_FEATURES  # type: ignore[attr-defined]
    features = get_host_cpu_features() if told is None else told
    return CLASSES[class_of(features, llvm.get_process_triple().split("-")[0])]


PROCESSOR = _compiled_for()
