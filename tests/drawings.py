"""Every figure, from small results: ``python -m tests.drawings FOLDER`` draws them all there."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from spinglass import descend, plot
from spinglass.connections import connect_minima
from spinglass.connections.files import graph_dataset
from spinglass.control import Control
from spinglass.deep.coupling_law import coupling_study
from spinglass.deep.loss_covariance import covariance_study
from spinglass.deep.sparse_network import GateKind
from spinglass.files.store import write_dataset
from spinglass.following.branches import branches_dataset
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.drawn import Mixed, PSpin, spiked
from spinglass.search.census import take_census
from spinglass.search.census_file import census_dataset
from spinglass.search.minima import distinct_minima
from spinglass.search.points_file import points_dataset
from spinglass.search.proofs.certificates import prove_minima
from spinglass.search.results import descent_dataset
from spinglass.search.stationary import find_stationary_points
from spinglass.sweep import inherent_sweep, run_sweep
from spinglass.validation import Comparison, Counted, Point, Quantity


def results(folder: Path) -> Path:
    """Two fields of one small landscape, as a sweep leaves them."""
    for number, nu in enumerate((0.0, 0.9)):
        model = PSpin(8, 3, nu, 0)
        descent = descend(model, 40)
        words = {"regime": "exponential", "method": "flow"}
        data = descent_dataset(model, descent, distinct_minima(descent), words)
        write_dataset(data, folder / f"n8-p3-nu{nu:g}-seed0-{number:012x}.nc")
    return folder


def landscape(folder: Path) -> plot.Picture:
    return plot.landscape(results(folder), control=Control(1))


def trivialization(folder: Path) -> plot.Picture:
    return plot.trivialization(results(folder))


def inherent(folder: Path) -> plot.Picture:
    run_sweep(inherent_sweep([6, 8], 3, [0.7, 1.5], 2), folder, control=Control(1))
    return plot.inherent(folder)


def latitude(_: Path) -> plot.Picture:
    found = []
    for seed in range(3):
        model, _ = spiked(4, 3, 1.3, seed)
        points = find_stationary_points(model, method="homotopy")
        found.append(points_dataset(model, points, {"method": "homotopy"}))
    return plot.latitude(found)


def layers(_: Path) -> plot.Picture:
    return plot.layers(PSpin(6, 3, 0.0, 0), 60)


def complexity(_: Path) -> plot.Picture:
    return plot.complexity(3, 2)


def phase(_: Path) -> plot.Picture:
    return plot.phase(3, (4,))


def marginal(_: Path) -> plot.Picture:
    model = Mixed(8, {3: 1.0, 4: 1.0}, 0.0, 1)
    found = descend(model, 40)
    ends = plot.ends_of(model, found.spins, found.status)
    return plot.marginal(8, model.covariance, [ends])


def disconnectivity(folder: Path) -> plot.Picture:
    model = PSpin(8, 3, 0.0, 1)
    write_dataset(
        graph_dataset(model, connect_minima(model, unseen_saddles=0.1)), folder / "graph.nc"
    )
    return plot.disconnectivity(folder / "graph.nc")


def branches(folder: Path) -> plot.Picture:
    model = PSpin(8, 3, 0.0, 0)
    found = follow_landscape(model, [0.0, 0.6, 1.2], 0.05)
    write_dataset(branches_dataset(model, found, {}), folder / "branches.nc")
    return plot.branches(folder / "branches.nc")


def ranks(folder: Path) -> plot.Picture:
    model = PSpin(8, 3, 0.5, 0)
    found = take_census(model, 0.05)
    write_dataset(
        census_dataset(model, found, prove_minima(model, found.spins), {}), folder / "c.nc"
    )
    return plot.ranks(folder / "c.nc")


def validation(_: Path) -> plot.Picture:
    rows = [
        Comparison(Quantity(Counted.INDEX, 1), "index 1, 2", 4.1, 0.2, 4.0),
        Comparison(Quantity(Counted.ALL), "all", 9.0, 0.3, 9.5),
    ]
    return plot.validation([(Point("stationary", 4, 3, 0.0, 20), rows)])


def runs() -> xr.Dataset:
    """Two methods of two seeds, three epochs and forty steps."""
    random = np.random.default_rng(0)
    steps = ("optimizer", "seed", "step")
    return xr.Dataset(
        {
            "test_error": (("optimizer", "seed", "epoch"), random.uniform(0.01, 0.2, (2, 2, 3))),
            "min_gradient": (steps, random.uniform(1e-6, 1e-3, (2, 2, 40))),
            "loss": (steps, random.uniform(0.0, 2.0, (2, 2, 40))),
            "alignment": (steps, random.uniform(0.01, 0.9, (2, 2, 40))),
            "field_strength": (steps, random.uniform(0.0, 1.0, (2, 2, 40))),
        },
        {
            "optimizer": ["adam", "annealsgd"],
            "seed": [0, 1],
            "epoch": [0, 1, 2],
            "step": np.arange(40),
        },
        {"steps_per_epoch": 20, "parameters": 1000},
    )


def training(_: Path) -> plot.Picture:
    return plot.training(runs())


def alignment(_: Path) -> plot.Picture:
    return plot.alignment(runs())


def network(_: Path) -> plot.Picture:
    random = np.random.default_rng(0)
    laws = [coupling_study(2, 8, [32, 64], 3, random, GateKind.INDEPENDENT)]
    kinds = (GateKind.INDEPENDENT, GateKind.LIVE)
    covariances = [covariance_study(2, 8, 32, 3, random, kind, activity=0.5) for kind in kinds]
    return plot.network(laws, covariances)


DRAWN: dict[str, Callable[[Path], plot.Picture]] = {
    name: function
    for name, function in list(globals().items())
    if getattr(function, "__annotations__", {}).get("return") is plot.Picture
}
"""How to draw the figure of each module of `spinglass.figures`: every function above that does."""


def draw_everything(folder: Path) -> None:
    """Draw each figure with its numbers into ``folder``."""
    for name, draw in DRAWN.items():
        work = folder / f"from-{name}"
        work.mkdir(parents=True)
        draw(work).save(folder / name)


if __name__ == "__main__":
    draw_everything(Path(sys.argv[1]))
