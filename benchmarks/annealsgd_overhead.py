"""What the field costs: a training step with and without AnnealSGD, a million parameters.

usage: python benchmarks/annealsgd_overhead.py [steps] [batch]
"""

import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from spinglass.deep import AnnealSGD


def network():
    return nn.Sequential(
        nn.Linear(784, 800), nn.ReLU(), nn.Linear(800, 450), nn.ReLU(), nn.Linear(450, 10)
    )


def timed_step(model, optimizer, inputs, labels):
    start = time.perf_counter()
    optimizer.zero_grad()
    cross_entropy(model(inputs), labels).backward()
    optimizer.step()
    return time.perf_counter() - start


def main(steps=300, batch=128):
    torch.set_num_threads(1)
    inputs, labels = torch.randn(batch, 784), torch.randint(10, (batch,))
    for name, make in (
        ("Adam, fused", lambda p: torch.optim.Adam(p, fused=True)),
        ("Adam", torch.optim.Adam),
        ("SGD with momentum", lambda p: torch.optim.SGD(p, 0.01, 0.9)),
    ):
        plain, bent = network(), network()
        base = make(plain.parameters())
        field = AnnealSGD(
            make(bent.parameters()), schedule=lambda t: 1.0, scale=1e-4, steps_per_epoch=100
        )
        pairs = [
            (timed_step(plain, base, inputs, labels), timed_step(bent, field, inputs, labels))
            for _ in range(steps)
        ][10:]
        ratios = sorted(b / a for a, b in pairs)
        alone = sorted(a for a, _ in pairs)[len(pairs) // 2]
        median = ratios[len(ratios) // 2]
        count = sum(p.numel() for p in plain.parameters())
        print(
            f"{name}: {count:,} parameters, step {1e3 * alone:.2f} ms,"
            f" overhead of the field {100 * (median - 1):+.1f} % (median of {len(pairs)} pairs)"
        )


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
