"""What the field costs: a training step with and without AnnealSGD, a million parameters.

    python benchmarks/annealsgd_overhead.py

One thread, 128 images a batch, a fully connected network: the dearest case, for it does least with
each of its parameters, and the field is one pass over their gradients.  Steps with and without
field are taken by turns, the order changing with every pair.
"""

import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from spinglass.deep import AnnealSGD

BATCH, WARM, PAIRS = 128, 10, 400
OPTIMIZERS = {
    "Adam, fused": lambda parameters: torch.optim.Adam(parameters, fused=True),
    "Adam": torch.optim.Adam,
    "SGD with momentum": lambda parameters: torch.optim.SGD(parameters, 0.01, 0.9),
}


def network():
    """Return a fully connected network of a million parameters."""
    return nn.Sequential(
        nn.Linear(784, 800), nn.ReLU(), nn.Linear(800, 450), nn.ReLU(), nn.Linear(450, 10)
    )


def timed_step(model, optimizer, inputs, labels):
    """Return the seconds of one step of training."""
    start = time.perf_counter()
    optimizer.zero_grad()
    cross_entropy(model(inputs), labels).backward()
    optimizer.step()
    return time.perf_counter() - start


def compare(name, make):
    """Take steps by turns and print the median of the ratios with its quartiles."""
    plain, bent = network(), network()
    inputs, labels = torch.randn(BATCH, 784), torch.randint(10, (BATCH,))
    base = make(plain.parameters())
    field = AnnealSGD(
        make(bent.parameters()), schedule=lambda t: 1.0, scale=1e-4, steps_per_epoch=100
    )
    work = [(plain, base), (bent, field)]
    times = np.empty((PAIRS + WARM, 2))
    for turn, row in enumerate(times):
        for side in (0, 1) if turn % 2 else (1, 0):
            row[side] = timed_step(*work[side], inputs, labels)
    times = times[WARM:]
    low, median, high = np.quantile(100.0 * (times[:, 1] / times[:, 0] - 1.0), (0.25, 0.5, 0.75))
    count = sum(p.numel() for p in plain.parameters())
    print(
        f"{name}: {count:,} parameters, step {1e3 * np.median(times[:, 0]):.2f} ms, overhead of "
        f"the field {median:+.1f} % (quartiles {low:+.1f}, {high:+.1f}; {PAIRS} pairs)",
        flush=True,
    )


def main():
    """Measure three optimizers."""
    torch.set_num_threads(1)
    for name, make in OPTIMIZERS.items():
        compare(name, make)


if __name__ == "__main__":
    main()
