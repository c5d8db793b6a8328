"""What a graphics processor would gain for the gradient: a prototype beside the kernel in use.

    python benchmarks/gpu_gradient.py [DEVICE]     # cuda by default; needs the extra `deep`

The gradient of a batch is one matrix product: that of the (n, M) matrix of the couplings'
derivatives with the values of all M = C(n + p - 2, p - 1) monomials of degree p - 1 at the points.
A graphics processor is made for such products, also in double precision.  Printed are gradients a
second of 1,024 points, of the prototype in double and single precision and of the program's kernel
on one and on all cores, and how far the prototype is from the kernel, relative to the largest
component of a gradient.
"""

import math
import statistics
import sys
import time

import numpy as np
import torch

from spinglass import PSpin
from spinglass.control import Control
from spinglass.landscape import random_points
from spinglass.performance import measure_kernel, measure_machine

SIZES = ((50, 3), (100, 3), (200, 3), (400, 3), (50, 4), (100, 4))
BATCH = 1024
_ENTRIES = 2**28
"""Most numbers of the monomials' values that are in memory at a time."""


def tuples(n: int, degree: int) -> np.ndarray:
    """List all non-increasing tuples of indices in packed order: (number, degree)."""
    rows = np.arange(n)[:, None]
    for _ in range(degree - 1):
        counts = [math.comb(i + rows.shape[1], rows.shape[1]) for i in range(n)]
        rows = np.concatenate(
            [np.column_stack([np.full(c, i), rows[:c]]) for i, c in enumerate(counts)]
        )
    return rows


def derivatives(model: PSpin) -> np.ndarray:
    """Return the (n, M) matrix that maps values of monomials to the gradient, without its scale."""
    n, p = model.n, model.p
    below = tuples(n, p - 1)
    out = np.empty((n, len(below)))
    for k in range(n):
        joined = -np.sort(-np.column_stack([below, np.full(len(below), k)]), axis=1)
        place = sum(_combinations(joined[:, i] + p - 1 - i, p - i) for i in range(p))
        out[k] = model.couplings[place] * (joined == k).sum(axis=1)
    return out


def _combinations(top: np.ndarray, of: int) -> np.ndarray:
    """C(top, of) of an array of whole numbers."""
    value = np.ones_like(top)
    for i in range(of):
        value = value * (top - i) // (i + 1)
    return value


class Prototype:
    """The gradient of batches of points as a matrix product, on a device of torch."""

    def __init__(self, model: PSpin, device: str, dtype: torch.dtype) -> None:
        self.scale = model.scales[0]
        self.matrix = torch.from_numpy(derivatives(model)).to(device, dtype)
        parts = tuples(model.n, 2), tuples(model.n, 3) if model.p == 4 else None
        self.pairs = torch.from_numpy(parts[0]).to(device)
        self.leading = None
        if parts[1] is not None:
            _, pair, _ = (parts[1][:, i] for i in range(3))
            inner = _combinations(pair + 1, 2) + parts[1][:, 2]
            self.leading = torch.from_numpy(np.column_stack([parts[1][:, 0], inner])).to(device)

    def __call__(self, points: torch.Tensor) -> torch.Tensor:
        """Return the gradients, (n, batch), at points (n, batch)."""
        width = max(1, _ENTRIES // self.matrix.shape[1])
        return torch.cat([self._block(part) for part in points.split(width, dim=1)], dim=1)

    def _block(self, points: torch.Tensor) -> torch.Tensor:
        values = points[self.pairs[:, 0]] * points[self.pairs[:, 1]]
        if self.leading is not None:
            values = points[self.leading[:, 0]] * values[self.leading[:, 1]]
        return -self.scale * (self.matrix @ values)


def seconds(work, device: str) -> float:
    """Return the median time of nine calls, after two for warming up."""
    taken = []
    for _ in range(11):
        _wait(device)
        start = time.perf_counter()
        work()
        _wait(device)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[2:])


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def dgemm_rate(device: str, size: int) -> float:
    """Return the rate of a square matrix product in double precision, in Tflop/s."""
    a, b = (torch.randn(size, size, dtype=torch.float64, device=device) for _ in range(2))
    return 2e-12 * size**3 / seconds(lambda: a @ b, device)


def main(device: str = "cuda") -> None:
    """Print a line a landscape."""
    torch.backends.cuda.matmul.allow_tf32 = False
    name = torch.cuda.get_device_name() if device.startswith("cuda") else device
    machine, alone = measure_machine(), measure_machine(Control(1))
    print(
        f"{name}: dgemm {dgemm_rate(device, 8192 if device != 'cpu' else 1024):.1f} Tflop/s; "
        f"{machine.threads} threads: {machine.dgemm / 1e3:.2f}, one: {alone.dgemm / 1e3:.3f}"
    )
    print("thousands of gradients a second")
    print("   n  p   double   single   all cores   one core   gain   off, double   off, single")
    for n, p in SIZES:
        model = PSpin(n, p, 0.0, 0)
        points = random_points(n, BATCH, 0)
        truth = model.gradient(points).T
        rates, off = [], []
        for dtype in (torch.float64, torch.float32):
            gradient = Prototype(model, device, dtype)
            x = torch.from_numpy(np.ascontiguousarray(points.T)).to(device, dtype)
            difference = np.abs(gradient(x).double().cpu().numpy() - truth)
            off.append(difference.max() / np.abs(truth).max())
            rates.append(1e-3 * BATCH / seconds(lambda g=gradient, x=x: g(x), device))
        cores = [1e3 / measure_kernel(n, p, BATCH, one).microseconds for one in (machine, alone)]
        print(
            f"{n:4d}  {p}  {rates[0]:7.0f}  {rates[1]:7.0f}  {cores[0]:10.1f} {cores[1]:10.1f}"
            f"  {rates[0] / cores[0]:5.1f}  {off[0]:12.1e}  {off[1]:12.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
