"""Which share of starts ends in the minimum that the exact gradient flow reaches from there?

    python benchmarks/fidelity.py

The reference is scipy's DOP853 with relative and absolute tolerance 1e-9 along the gradient flow up
to a gradient norm / sqrt(n) of 1e-5, ended by Newton's method.  A hundred starts on each of five
landscapes, n = 100, p = 3, no field.
"""

import sys

import numpy as np
from scipy.integrate import solve_ivp

from spinglass import PSpin, descend
from spinglass.landscape import random_points
from spinglass.landscape.geometry import overlap, retract
from spinglass.search import Status

N, P, SAMPLES, STARTS, TOGETHER = 100, 3, 5, 100, 20


def flow_ends(model, starts):
    """Integrate the gradient flow of several starts as one system, then end by Newton."""
    shape = starts.shape

    def slope(_, flat):
        return -model.riemannian_gradient(retract(flat.reshape(shape))).ravel()

    x = starts
    for _ in range(60):
        solved = solve_ivp(slope, (0, 20), x.ravel(), method="DOP853", rtol=1e-9, atol=1e-9)
        x = retract(solved.y[:, -1].reshape(shape))
        norms = np.linalg.norm(model.riemannian_gradient(x), axis=1) / np.sqrt(N)
        if norms.max() < 1e-5:
            break
    return descend(model, x), norms


def main():
    """Print the fidelity of each method, landscape by landscape."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    agree, spent = {"flow": 0, "fast": 0, "gd": 0}, {"flow": 0, "fast": 0, "gd": 0}
    total = 0
    for seed in range(samples):
        model = PSpin(N, P, 0.0, seed)
        starts = random_points(N, STARTS, start_seed=seed + 1)
        ends = []
        for first in range(0, STARTS, TOGETHER):
            end, norms = flow_ends(model, starts[first : first + TOGETHER])
            assert norms.max() < 1e-5, "the reference has not arrived"
            assert end.count(Status.MINIMUM) == len(end.status)
            ends.append(end.spins)
        reference = np.concatenate(ends)
        total += STARTS
        for method in agree:
            found = descend(model, starts, method=method)
            agree[method] += int(np.sum(overlap(found.spins, reference) > 1 - 1e-6))
            spent[method] += int(found.gradients.sum())
        shares = ", ".join(
            f"{name} {agree[name] / total:.4f} ({spent[name] / total:.0f} gradients a start)"
            for name in agree
        )
        print(f"{total} starts on {seed + 1} landscapes: {shares}", flush=True)


if __name__ == "__main__":
    main()
