"""How the cost grows with n, and what the second thread is worth.

    python benchmarks/scaling.py

p = 3, no field.  The exponent of the gradient is that of the number of couplings; the exponent of a
minimum adds the growth of the number of gradients and the Newton steps at the end.
"""

import numpy as np

from spinglass.control import Control
from spinglass.performance import measure_descent, measure_kernel, measure_machine

SIZES = (50, 100, 200, 400)
STARTS = {50: 6000, 100: 3000, 200: 1000, 400: 300}


def exponent(values):
    """Return the slope of log value against log n."""
    return float(np.polyfit(np.log(SIZES), np.log(values), 1)[0])


def main():
    """Print the table, the exponents and the gain of threads."""
    machine = measure_machine()
    gradients, minima = [], []
    print(f"{machine.threads} threads, dgemm {machine.dgemm:.1f} Gflop/s")
    for n in SIZES:
        kernel = measure_kernel(n, 3, 1024, machine)
        found = measure_descent(n, 3, 0.0, STARTS[n])
        gradients.append(kernel.microseconds)
        minima.append(1e3 / found.minima_per_second)
        print(
            f"  n = {n:3d}: {kernel.microseconds:8.2f} us a gradient ({kernel.share:.2f} dgemm), "
            f"{found.gradients:4.0f} gradients a start, {minima[-1]:8.3f} ms a minimum, "
            f"{found.certified} of {found.starts} certified",
            flush=True,
        )
    print(f"exponents: gradient {exponent(gradients):.2f}, minimum {exponent(minima):.2f}")
    alone = measure_machine(Control(1))
    gains = {
        "dgemm": machine.dgemm / alone.dgemm,
        "gradient": measure_kernel(100, 3, 1024, machine).rate
        / measure_kernel(100, 3, 1024, alone).rate,
        "minima": measure_descent(
            100, 3, 0.0, 2000, control=Control(machine.threads)
        ).minima_per_second
        / measure_descent(100, 3, 0.0, 1000, control=Control(1)).minima_per_second,
    }
    words = ", ".join(f"{name} {gain:.2f}" for name, gain in gains.items())
    print(f"gain of {machine.threads} threads over 1: {words}")


if __name__ == "__main__":
    main()
