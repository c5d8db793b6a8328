"""What the program computes, compared with numbers that are stored in ``golden.json``.

Integers (counts, labels, statuses, Morse indices) and flags must be equal.  Real numbers must agree
within the tolerance of their case, since their last bits differ between processors: energies to
1e-10 of the landscape's unit.  After a change that is meant to change results, write the numbers
anew, say in the commit why they change, and read the difference:

    python -m tests.test_golden --write
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from spinglass import PSpin, descend, find_stationary_points, open_result, take_census
from spinglass.connections import connect_minima
from spinglass.deep.coupling_law import coupling_study
from spinglass.deep.loss_covariance import covariance_study
from spinglass.deep.sparse_network import GateKind
from spinglass.files.toml import check_tables
from spinglass.following import follow_landscape
from spinglass.following.annealing import compare_annealing
from spinglass.search import distinct_minima, prove_stationary
from spinglass.sweep import open_sweep
from spinglass.validation import Point, validate_point
from spinglass_cli.main import cli

STORED = Path(__file__).with_name("golden.json")
QUICK = Path(__file__).parents[1] / "configs" / "quick.toml"

LANDSCAPES = [
    (24, 2, 0.0),
    (24, 2, 0.5),
    (14, 3, 0.0),
    (14, 3, 0.6),
    (8, 4, 0.0),
    (8, 4, 0.5),
    (7, 5, 0.0),
    (7, 5, 0.5),
]
ENERGY = 1e-10
"""Tolerance of energies, in the landscape's unit."""

EIGENVALUE = 1e-7
"""Tolerance of eigenvalues, which follow the error of the point itself, not its square."""

GRADIENTS = 0.01
"""Share by which the mean number of gradients may differ: one rounding can reject a step."""

SUM = 1e-9
"""Tolerance of means of doubles that no landscape gives a unit."""

FITTED = 1e-5
"""Tolerance of an exponent, which is fitted to about this accuracy."""

SPINS = 1e-6
"""Tolerance of a product of a point with a vector."""

TRAINED = 1e-3
"""Tolerance of a loss after many steps in single precision."""


def real(values: object, tolerance: float) -> dict:
    """Return numbers of any shape as a leaf that is compared within an absolute tolerance."""
    numbers = np.asarray(values, float).ravel().tolist()
    return {"real": [float(f"{x:.12g}") for x in numbers], "within": float(f"{tolerance:.3g}")}


def spins(points: np.ndarray) -> dict:
    """Return the sizes of the points' products with one vector: those of x and -x are the same."""
    return real(np.abs(points @ np.cos(np.arange(points.shape[-1]))), SPINS)


def whole(values: object) -> list[int]:
    """Return integers or flags of any shape as a leaf that must be equal."""
    numbers = np.asarray(values).ravel()
    assert (numbers == np.floor(numbers)).all()
    return numbers.astype(np.int64).tolist()


def descents(model: PSpin) -> dict:
    """Descend by every method from the same starts."""
    found = {}
    for method, starts in [("flow", 64), ("fast", 32), ("strict", 16), ("gd", 8)]:
        ends = descend(model, starts, method=method)
        minima = distinct_minima(ends, model.covariance.is_even)
        proofs = prove_stationary(model, minima.spins)
        found[method] = {
            "status": whole(ends.status),
            "index": whole(ends.index),
            "label": whole(minima.label),
            "proven": whole([proof.is_minimum for proof in proofs]),
            "energy": real(minima.energy, ENERGY * model.unit),
            "spins": spins(minima.spins),
            "lambda_min": real(minima.lambda_min, EIGENVALUE * model.unit),
            "gradients": real(ends.gradients.mean(), GRADIENTS * ends.gradients.mean()),
        }
    return found


def census(model: PSpin) -> dict:
    """Take a census down to an unseen share of 2 %."""
    found = take_census(model, 0.02)
    return {
        "starts": found.starts,
        "status": {str(int(status)): count for status, count in sorted(found.status.items())},
        "count": whole(found.count),
        "complete": whole(found.complete),
        "energy": real(found.energy, ENERGY * model.unit),
        "spins": spins(found.spins),
    }


def stationary(model: PSpin) -> dict:
    """Find and prove the stationary points of every index."""
    found = find_stationary_points(model, method="search")
    proofs = prove_stationary(model, found.spins)
    return {
        "searches": [found.starts, found.arrived],
        "index": whole(found.index),
        "hits": whole(found.hits),
        "proven index": whole([proof.index for proof in proofs]),
        "complete": whole(found.complete),
        "energy": real(found.energy, ENERGY * model.unit),
        "spins": spins(found.spins),
        "gap": real(found.gap, EIGENVALUE * model.unit),
    }


def connections(model: PSpin) -> dict:
    """Join the minima by their saddles of index 1."""
    found = connect_minima(model)
    return {
        "searches": [found.descents, found.searches, found.unproven],
        "count": whole(found.count),
        "hits": whole(found.hits),
        "ends": whole(found.ends),
        "complete": whole(found.complete),
        "energy": real(found.minimum_energy, ENERGY * model.unit),
        "spins": spins(found.minima),
        "saddle spins": spins(found.saddles),
        "saddle energy": real(found.saddle_energy, ENERGY * model.unit),
    }


def branches(model: PSpin) -> dict:
    """Follow all minima through three fields."""
    found = follow_landscape(model, [0.0, 0.6, 1.2], 0.05)
    return {
        "met": whole(found.met),
        "proven": whole(found.proven),
        "heir": whole(found.heir),
        "ending": whole(found.ending),
        "starts": whole(found.starts),
        "contradictions": whole(found.contradictions),
        "energy": real(found.energy, ENERGY * model.unit),
        "spins": spins(found.spins[np.isfinite(found.energy)]),
        "death": real(found.death, 1e-6),
        "drop": real(found.drop, 1e-6),
    }


def annealing() -> dict:
    """Anneal the field of three samples, beside plain descents."""
    found = compare_annealing(12, 3, 4.0, 3, starts=50)
    energies = {
        name: real(getattr(found, name), ENERGY * math.sqrt(3))
        for name in ("annealed", "quenched", "mean", "lowest", "lower")
    }
    return {"jumps": whole(found.jumps), **energies}


def validation(p: int, nu: float) -> dict:
    """Find all stationary points of two samples at n = 4."""
    found = validate_point(Point("stationary", 4, p, nu, 2))
    return {
        "starts": whole(found.starts),
        "complete": whole(found.complete),
        "sample": whole(found.of_sample),
        "index": whole(found.index),
        "hits": whole(found.hits),
        "energy": real(found.energy, ENERGY * math.sqrt(p + nu**2)),
    }


def sweep() -> dict:
    """Run the quick sweep at n = 14 with 40 starts from the command line."""
    with TemporaryDirectory() as folder:
        small = ["--set", "landscape.n=14", "--set", "descent.starts=40"]
        result = CliRunner().invoke(cli, ["sweep", str(QUICK), "--out", folder, *small])
        assert result.exit_code == 0, result.output
        summary = open_sweep(Path(folder)).load()
        jobs = [open_result(path) for path in sorted(Path(folder).glob("*.nc"))]
    return {
        "nu": real(summary.nu, SUM),
        "starts": whole(summary.starts),
        "certified": whole(summary.certified),
        "distinct": whole(summary.distinct),
        "lowest": real(summary.ground_state_energy, ENERGY * math.sqrt(3)),
        "entropy": real(summary.basin_entropy, SUM),
        "jobs": {str(job.attrs["nu"])[:6]: _job(job) for job in jobs},
    }


def _job(data: xr.Dataset) -> dict:
    return {
        "status": whole(data.status),
        "label": whole(data.minimum),
        "energy": real(data.energy, ENERGY * math.sqrt(3)),
        "spins": spins(data.spins.values),
    }


def network() -> dict:
    """Measure the couplings and the covariance of a few sparse random networks."""
    found: dict = {}
    for gates in (GateKind.INDEPENDENT, GateKind.THRESHOLD):
        law = coupling_study(2, 4, [32, 64], 3, np.random.default_rng(1), gates)
        loss = covariance_study(2, 16, 32, 3, np.random.default_rng(2), gates)
        found[f"couplings {gates}"] = _all_numbers(law)
        found[f"covariance {gates}"] = _all_numbers(loss)
    loss = covariance_study(2, 16, 32, 3, np.random.default_rng(3), GateKind.LIVE, activity=0.5)
    return {**found, "covariance live": _all_numbers(loss)}


def training() -> dict:
    """Train one epoch of a small network on the built-in digits by each method."""
    from spinglass.deep.data import load_images
    from spinglass.deep.training import train
    from spinglass.deep.training_config import TrainConfig

    tables = {
        "data": {"name": "digits"},
        "network": {"name": "mnistfc", "depth": 4, "width": 16},
        "training": {"epochs": 1, "batch": 128, "seeds": 1, "record_every": 2},
        "methods": [
            {"name": kind, "kind": kind, "optimizer": "adamw"}
            for kind in ("plain", "annealsgd", "noise")
        ],
    }
    grid = check_tables(tables, TrainConfig, "golden")
    images = load_images("digits")
    found = {}
    for method in grid.methods:
        run = train(grid, method, 0, images)
        found[method.name] = {
            "steps": whole(run.step),
            "loss": real(run.loss, TRAINED),
            "alignment": real(run.alignment, TRAINED),
            "test error": real(run.test_error, 5.0 / len(images.test)),
        }
    return found


def _all_numbers(data: xr.Dataset) -> dict:
    """Return what a study measured, in the order of its names, and what was fitted to it."""
    measured = {str(name): real(data[name], SUM) for name in sorted(map(str, data.data_vars))}
    fitted = {
        name: real(data.attrs[name], FITTED) for name in sorted(data.attrs) if "exponent" in name
    }
    return measured | fitted


def _cases() -> Iterator[tuple[str, Callable[[], dict]]]:
    for n, p, nu in LANDSCAPES:
        yield f"descents n={n} p={p} nu={nu}", lambda n=n, p=p, nu=nu: descents(PSpin(n, p, nu, 1))
        yield f"census n={n} p={p} nu={nu}", lambda n=n, p=p, nu=nu: census(PSpin(n, p, nu, 1))
        few = {2: 8, 3: 5, 4: 4, 5: 4}[p]
        yield (
            f"stationary n={few} p={p} nu={nu}",
            lambda n=few, p=p, nu=nu: stationary(PSpin(n, p, nu, 1)),
        )
        yield f"validation p={p} nu={nu}", lambda p=p, nu=nu: validation(p, nu)
    yield "connections p=3", lambda: connections(PSpin(8, 3, 0.0, 1))
    yield "connections p=4", lambda: connections(PSpin(6, 4, 0.0, 1))
    yield "branches", lambda: branches(PSpin(12, 3, 0.0, 1))
    yield "annealing", annealing
    yield "sweep", sweep
    yield "network", network
    yield "training", training


CASES = dict(_cases())


def differences(found: object, stored: object, place: str = "") -> list[str]:
    """List where two trees of numbers differ by more than the tolerances of the stored one."""
    if isinstance(stored, dict) and "within" in stored:
        ours, theirs = np.array(found["real"]), np.array(stored["real"])
        if ours.shape == theirs.shape and np.allclose(
            ours, theirs, rtol=0.0, atol=stored["within"], equal_nan=True
        ):
            return []
        return [f"{place}: {ours.tolist()} instead of {theirs.tolist()}"]
    if isinstance(stored, dict):
        if found.keys() != stored.keys():
            return [f"{place}: {sorted(found)} instead of {sorted(stored)}"]
        return [
            line
            for key in stored
            for line in differences(found[key], stored[key], f"{place} {key}")
        ]
    return [] if found == stored else [f"{place}: {found} instead of {stored}"]


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_those_that_are_stored(name):
    if name == "training":
        pytest.importorskip("torch")
    stored = json.loads(STORED.read_text())[name]
    assert differences(CASES[name](), stored) == []


def test_a_coupling_that_is_off_by_a_millionth_is_noticed():
    name = "descents n=14 p=3 nu=0.6"
    model = PSpin(14, 3, 0.6, 1)
    model.couplings[5] += 1e-6
    wrong = differences(descents(model), json.loads(STORED.read_text())[name])
    assert [line for line in wrong if line.startswith(" flow energy:")]


def test_one_other_label_is_noticed():
    stored = json.loads(STORED.read_text())["descents n=14 p=3 nu=0.6"]
    found = json.loads(json.dumps(stored))
    found["flow"]["label"][3] += 1
    assert len(differences(found, stored)) == 1


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.test_golden --write")
    lines = (
        f"{json.dumps(name)}: {json.dumps(make(), separators=(',', ':'))}"
        for name, make in CASES.items()
    )
    STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
