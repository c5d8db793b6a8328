"""Do planted points have the energies of equilibrium, and does descent end where theory says?

    python benchmarks/hidden_points.py energies [SAMPLES [FIRST]]        # 1,000; half a minute
    python benchmarks/hidden_points.py valley [SAMPLES [FIRST]]          # 100; five minutes
    python benchmarks/hidden_points.py valley-mixed [SAMPLES [FIRST]]    # 100; two minutes
    python benchmarks/hidden_points.py recovery [SAMPLES [FIRST]]        # 50; a few minutes

FIRST is the seed of the first sample, 0 by default.  All temperatures and laws of a size have the
same seeds: what they have in common is no independent evidence.

energies: Kolmogorov-Smirnov of unpinned energies against their exact normal law, and against that
of a temperature 5 % higher, which must fail; the largest deviation of pinned ones from -xi(1)/T.
valley, valley-mixed: energy and overlap of the minimum below pinned points at three sizes, the
straight line in 1/n through them (least squares), and the closed form for n to infinity.
recovery: overlap with a spike of the lowest end of 64 descents from random starts.
"""

import math
import sys
from collections.abc import Iterator

import numpy as np
from scipy.stats import kstest

from spinglass import descend
from spinglass.averaging import mean_and_error
from spinglass.covariance import Covariance
from spinglass.landscape import draw_landscape, overlap, spiked
from spinglass.theory import (
    critical_spike,
    inherent_structure,
    planted_energy,
    stability_temperature,
)

SIZES = {2: 60, 3: 40, 4: 20, "3:1,4:1": 20}
TEMPERATURES = {3: (0.83, 0.84, 0.85, 0.86), "3:1,4:1": (1.08, 1.11)}
VALLEY_SIZES = {3: (50, 100, 200), "3:1,4:1": (25, 50, 75)}


def energies(samples: int, first: int) -> None:
    print("orders      n     T   p (right)   p (5 % hotter)   pinned, largest deviation")
    for name, n in SIZES.items():
        law, temperature = Covariance.of(name), 0.85
        free, pinned = np.empty(samples), np.empty(samples)
        for k in range(samples):
            plain = draw_landscape(n, law, first + k)
            for pin, out in ((False, free), (True, pinned)):
                model, x = plain.planted(temperature, pin)
                out[k] = model.energy(x)
        right = kstest(free, "norm", planted_energy(n, law, temperature)).pvalue
        wrong = kstest(free, "norm", planted_energy(n, law, 1.05 * temperature)).pvalue
        off = np.max(np.abs(pinned + law(1.0) / temperature))
        print(f"{name!s:9} {n:3d}  {temperature:.2f}   {right:9.3f}   {wrong:14.1e}   {off:.1e}")


def _ends(n: int, law: Covariance, temperature: float, seeds: range) -> Iterator[tuple]:
    for seed in seeds:
        model, x = draw_landscape(n, law, seed).planted(temperature)
        found = descend(model, x[None])
        yield found.energy[0], overlap(found.spins[0], x)


def _line(sizes: tuple, means: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Value at 1/n = 0 of the weighted straight line in 1/n, and its standard error."""
    design = np.stack([np.ones(len(sizes)), 1.0 / np.array(sizes)], axis=1) / errors[:, None]
    covariance = np.linalg.inv(design.T @ design)
    return (covariance @ design.T @ (means / errors))[0], math.sqrt(covariance[0, 0])


def valley(samples: int, first: int, names: tuple = tuple(TEMPERATURES)) -> None:
    seeds = range(first, first + samples)
    for name in names:
        law, sizes = Covariance.of(name), VALLEY_SIZES[name]
        print(f"{law.orders}, T_SF = {stability_temperature(law):.6f}, {samples} samples a size")
        for temperature in TEMPERATURES[name]:
            exact = inherent_structure(law, temperature)
            rows = [list(_ends(n, law, temperature, seeds)) for n in sizes]
            for k, (what, theory) in enumerate((("E", exact.energy), ("m", exact.overlap))):
                pairs = [mean_and_error([end[k] for end in ends]) for ends in rows]
                means, errors = np.array(pairs).T
                value, error = _line(sizes, means, errors)
                sizes_text = "  ".join(
                    f"n={n}: {mean:.4f} +- {spread:.4f}"
                    for n, mean, spread in zip(sizes, means, errors, strict=True)
                )
                print(
                    f"  T = {temperature:.2f}  {what}: {sizes_text}  1/n -> 0: {value:.4f} +- "
                    f"{error:.4f}  theory {theory:.6f}  z = {(value - theory) / error:+.2f}",
                    flush=True,
                )


def recovery(samples: int, first: int) -> None:
    critical = critical_spike(3, 3)
    print(f"p = 3, critical strength {critical:.4f}; overlap of the lowest of 64 ends, {samples}")
    for n in (20, 40, 80):
        for ratio in (0.5, 0.8, 1.0, 1.25, 1.6, 2.0):
            best = []
            for seed in range(first, first + samples):
                model, x = spiked(n, 3, 3, ratio * critical, seed)
                found = descend(model, 64)
                best.append(float(overlap(found.spins[np.argmin(found.energy)], x)))
            mean, error = mean_and_error(best)
            print(f"  n = {n:3d}  strength {ratio:.2f} critical: {mean:.3f} +- {error:.3f}")


def valley_mixed(samples: int, first: int) -> None:
    valley(samples, first, ("3:1,4:1",))


if __name__ == "__main__":
    works = {
        "energies": (energies, 1000),
        "valley": (valley, 100),
        "valley-mixed": (valley_mixed, 100),
        "recovery": (recovery, 50),
    }
    work, usual = works[sys.argv[1]]
    numbers = [int(word) for word in sys.argv[2:]]
    work(*(numbers + [usual, 0][len(numbers) :]))
