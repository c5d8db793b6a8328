"""Prove every distinct minimum of a sweep, rounding included.

    spinglass run configs/landscape.toml --out results/landscape
    python benchmarks/certificates.py results/landscape

For each landscape and field: the minima, how many are proven, the largest distance to a true
minimum, the lowest proven eigenvalue, and the near-degenerate ones; then the same minima moved by
1e-3, which must all be refused.
"""

import sys
import time
from pathlib import Path

from spinglass import open_result
from spinglass.landscape.drawn import PSpin
from spinglass.landscape.geometry import project, random_points, retract
from spinglass.search.proofs.certificates import prove_minima
from spinglass.sweep.manifest import read_jobs

MOVED = 1e-3


def main():
    """Print a line for each job."""
    folder = Path(sys.argv[1])
    for job in read_jobs(folder):
        spins = open_result(folder / job.file_name)["minimum_spins"].values
        model = PSpin(job.n, job.orders, job.nu, job.seed)
        began = time.monotonic()
        proofs = prove_minima(model, spins)
        seconds = time.monotonic() - began
        push = retract(project(spins, random_points(job.n, len(spins), 1)))
        moved = prove_minima(model, retract(spins + MOVED * push))
        print(
            f"n={job.n} p={job.orders} nu={job.nu:.4g} seed={job.seed}: "
            f"{sum(c.proven for c in proofs)} of {len(proofs)} minima proven, "
            f"at most {max(c.distance for c in proofs):.1e} sqrt(n) away, "
            f"lowest eigenvalue at least {min(c.lambda_min for c in proofs):.3g}, "
            f"{sum(c.near_degenerate for c in proofs)} near-degenerate, {seconds:.1f} s; "
            f"of those moved by {MOVED:g}, {sum(c.proven for c in moved)} proven",
            flush=True,
        )


if __name__ == "__main__":
    main()
