"""Compare gradients and descents with what else one would use, on the same couplings and starts.

    pip install -e '.[bench]'
    python benchmarks/compare.py

NumPy (one matrix product and one batched contraction on the dense symmetric tensor), JAX
(vmap of grad, jitted, doubles), PyTorch (einsum and autograd), pymanopt (conjugate gradients on the
sphere) and pele (its p-spin potential, called as an installed package).  What is not installed is
said and left out.  Medians of several runs; ratios are to be read within one run.
"""

import itertools
import time

import numpy as np

from spinglass import PSpin, descend
from spinglass.landscape import random_points
from spinglass.performance import measure_machine, median_seconds
from spinglass.search import Status

N, P, REPLICAS = 100, 3, 1024
DESCENTS = 2000
SLOW_DESCENTS = 64


def symmetric_tensor(model):
    """Return the symmetric T with F(x) = sum T_ijk x_i x_j x_k over all indices."""
    tensor = np.zeros((N, N, N))
    i, j, k = (
        index
        for index in np.array(
            [(i, j, k) for i in range(N) for j in range(i + 1) for k in range(j + 1)]
        ).T
    )
    orderings = np.ones(i.size)
    orderings[(i != j) & (j != k)] = 6.0
    orderings[(i == j) ^ (j == k)] = 3.0
    for a, b, c in itertools.permutations((i, j, k)):
        tensor[a, b, c] = model.couplings / orderings
    return tensor


def numpy_gradient(tensor, scale):
    """Return dH of a batch by one GEMM and one batched contraction."""
    flat = tensor.reshape(N, N * N)

    def gradient(x):
        matrix = (x @ flat).reshape(len(x), N, N)
        return -3.0 * scale * np.matmul(matrix, x[:, :, None])[:, :, 0]

    return gradient


def jax_gradient(tensor, scale):
    """Return dH of a batch by jit(vmap(grad))."""
    import jax

    jax.config.update("jax_enable_x64", True)
    held = jax.numpy.asarray(tensor)

    def energy(x):
        return -scale * jax.numpy.einsum("ijk,i,j,k->", held, x, x, x)

    compiled = jax.jit(jax.vmap(jax.grad(energy)))
    return lambda x: np.asarray(compiled(x))


def torch_gradient(tensor, scale):
    """Return dH of a batch by einsum and autograd."""
    import torch

    held = torch.from_numpy(tensor)

    def gradient(x):
        points = torch.from_numpy(x).requires_grad_()
        energy = -scale * torch.einsum("ijk,bi,bj,bk->b", held, points, points, points).sum()
        return torch.autograd.grad(energy, points)[0].numpy()

    return gradient


def pele_gradient(tensor, scale):
    """Return the gradient of pele's p-spin potential, point by point; its own normalisation."""
    from pele.potentials._pspin_spherical_cpp import MeanFieldPSpinSpherical

    potential = MeanFieldPSpinSpherical(tensor.ravel().copy(), N, P)
    return lambda x: np.stack([potential.getEnergyGradient(point)[1] for point in x])


def compare_gradients(model, tensor):
    """Print the time of one gradient for each way of computing it."""
    points = random_points(N, REPLICAS)
    expected = model.gradient(points[:4])
    ours = median_seconds(lambda: model.gradient(points)) / REPLICAS
    print(f"  {'spinglass':<12} {1e6 * ours:12.2f} us")
    ways = {
        "numpy GEMM": (numpy_gradient, REPLICAS),
        "jax": (jax_gradient, REPLICAS),
        "torch": (torch_gradient, REPLICAS),
        "pele": (pele_gradient, 2),
    }
    for name, (make, batch) in ways.items():
        try:
            gradient = make(tensor, model.scales[0])
        except ImportError as error:
            print(f"  {name:<12} not installed ({error})")
            continue
        if name != "pele":
            assert np.allclose(gradient(points[:4]), expected, rtol=1e-9, atol=1e-9), name
        seconds = median_seconds(lambda g=gradient, b=batch: g(points[:b]), 5) / batch
        print(f"  {name:<12} {1e6 * seconds:12.2f} us   ours is {seconds / ours:,.1f} x faster")


def numpy_descent(gradient, starts):
    """Descend in a batch with step 0.05 to 1e-10; return how many arrived."""
    x = starts.copy()
    moving = np.arange(len(x))
    for _ in range(20_000):
        slope = gradient(x[moving])
        slope -= np.sum(slope * x[moving], axis=1, keepdims=True) / N * x[moving]
        going = np.linalg.norm(slope, axis=1) / np.sqrt(N) > 1e-10
        moving, slope = moving[going], slope[going]
        if not moving.size:
            break
        step = x[moving] - 0.05 * slope
        x[moving] = step * np.sqrt(N / np.sum(step**2, axis=1, keepdims=True))
    return len(x) - moving.size


def pymanopt_descent(tensor, scale, starts):
    """Descend by pymanopt's conjugate gradients to 1e-4; below 1e-5 its line search stalls."""
    import pymanopt

    sphere = pymanopt.manifolds.Sphere(N)
    root = np.sqrt(N)

    @pymanopt.function.numpy(sphere)
    def cost(u):
        return -scale * float(np.einsum("ijk,i,j,k->", tensor, u, u, u, optimize=True)) * root**3

    @pymanopt.function.numpy(sphere)
    def slope(u):
        return -3.0 * scale * root**3 * ((tensor @ u) @ u)

    problem = pymanopt.Problem(sphere, cost, euclidean_gradient=slope)
    optimizer = pymanopt.optimizers.ConjugateGradient(
        min_gradient_norm=1e-4, max_iterations=5000, max_time=60, verbosity=0
    )
    results = [optimizer.run(problem, initial_point=start / root) for start in starts]
    return sum(result.gradient_norm <= 1e-4 for result in results)


def timed(work):
    """Return the result of a call and its seconds."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def compare_descents(model, tensor):
    """Print minima a second for each way of finding them."""
    descend(model, 64)
    rates = []
    for _ in range(5):
        found, seconds = timed(lambda: descend(model, DESCENTS))
        rates.append(found.count(Status.MINIMUM) / seconds)
    ours = float(np.median(rates))
    print(f"  {'spinglass':<12} {ours:10.1f} certified minima / s")
    starts = random_points(N, SLOW_DESCENTS)
    arrived, seconds = timed(lambda: numpy_descent(numpy_gradient(tensor, model.scales[0]), starts))
    report_descent("numpy GD", arrived / seconds, ours)
    try:
        arrived, seconds = timed(lambda: pymanopt_descent(tensor, model.scales[0], starts[:20]))
        report_descent("pymanopt CG", arrived / seconds, ours)
    except ImportError as error:
        print(f"  pymanopt CG  not installed ({error})")


def report_descent(name, rate, ours):
    """Print one rate and the ratio to ours."""
    print(f"  {name:<12} {rate:10.2f} points / s   ours is {ours / rate:,.0f} x faster")


def main():
    """Run both comparisons."""
    machine = measure_machine()
    print(f"{machine.threads} threads, dgemm {machine.dgemm:.1f} Gflop/s, n = {N}, p = {P}")
    model = PSpin(N, P, 0.0, 0)
    tensor = symmetric_tensor(model)
    print(f"one gradient, batch of {REPLICAS:,}, doubles:")
    compare_gradients(model, tensor)
    print("descents to |g| / sqrt(n) <= 1e-10 (pymanopt: 1e-4):")
    compare_descents(model, tensor)


if __name__ == "__main__":
    main()
