"""The real stationary points among the complex solutions, with proofs of their indices."""

import math
from contextlib import nullcontext

import numpy as np

from spinglass.control import FREE, Control
from spinglass.parallel import single_threaded_blas, thread_share
from spinglass.search.complex_solutions import ComplexSolutions
from spinglass.search.point_set import StationaryPoints, in_order
from spinglass.search.proofs.complex_zeros import indices
from spinglass.search.solution_counts import HOMOTOPY

_FEW_POINTS = 256
"""With fewer points, threads that share the proofs would wait longer than they work."""


def real_points(
    solutions: ComplexSolutions, wanted: int | None = None, control: Control = FREE
) -> StationaryPoints:
    """Return the real stationary points among complex solutions, with proofs of their indices.

    If ``wanted`` is given, only points of this index are returned; the checks still use all.
    """
    model, real = solutions.model, solutions.classes.take(solutions.classes.real)
    few = len(real.z) < _FEW_POINTS
    with single_threaded_blas(), control.in_force(), thread_share(1) if few else nullcontext():
        proven = indices(solutions.system, real)
        u = real.z[:, :-1].real
        points = math.sqrt(model.n) * u / np.linalg.norm(u, axis=1, keepdims=True)
        spectrum = model.spectrum(points)
    # Scaling a point to the sphere moves it by no more than its distance from the sphere.
    distance = 2.0 * (real.radius + np.linalg.norm(real.z.imag, axis=1)) * (1.0 + 1e-9)
    if solutions.halved:
        odd = model.is_odd
        points, distance = np.concatenate([points, -points]), np.tile(distance, 2)
        spectrum = np.concatenate([spectrum, -spectrum[:, ::-1] if odd else spectrum])
        mirror = np.where(proven < 0, proven, model.n - 1 - proven) if odd else proven
        proven = np.concatenate([proven, mirror])
    wrong = int((proven != (spectrum < 0.0).sum(axis=1)).sum())
    energy, hits = np.asarray(model.energy(points)), np.ones(len(points), np.int64)
    rows = {"spins": points, "energy": energy, "hits": hits, "distance": distance}
    known, unproven = in_order(rows, spectrum, model.n, wanted), _not_shown(solutions, wrong)
    if not unproven and not known["euler_holds"]:
        unproven = (f"the alternating sum of the counts is {known['euler']}, which it cannot be",)
    return StationaryPoints(
        **known,
        starts=solutions.paths,
        arrived=solutions.arrived,
        symmetry_holds=True,
        sweeps_agree=solutions.complete,
        isolated=solutions.isolated and not wrong,
        method=HOMOTOPY,
        proven=not unproven,
        unproven=unproven,
    )


def _not_shown(solutions: ComplexSolutions, wrong: int) -> tuple[str, ...]:
    """Return sentences about what is not proven; ``wrong`` counts points with unproven index."""
    if not wrong:
        return solutions.doubts
    return (*solutions.doubts, f"{wrong:,} points are not proven to have the index given")
