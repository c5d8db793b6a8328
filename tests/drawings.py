"""Every figure, from small results: ``python -m tests.drawings FOLDER`` draws them all there."""

import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import xarray as xr

from spinglass.connections import connect_minima
from spinglass.connections.files import to_dataset as to_graph
from spinglass.deep.coupling_law import coupling_study
from spinglass.deep.loss_covariance import covariance_study
from spinglass.figures.alignment_figure import draw_alignment
from spinglass.figures.branches_figure import draw_branches
from spinglass.figures.complexity_figure import draw_complexity
from spinglass.figures.descent_ends import ends_of
from spinglass.figures.disconnectivity_figure import draw_disconnectivity
from spinglass.figures.landscape_figure import draw_landscape
from spinglass.figures.layers_figure import draw_layers
from spinglass.figures.marginal_figure import draw_marginal
from spinglass.figures.network_figure import draw_network_study
from spinglass.figures.phase_figure import draw_phase
from spinglass.figures.ranks_figure import draw_ranks
from spinglass.figures.training_figure import draw_training
from spinglass.figures.trivialization_figure import draw_trivialization
from spinglass.figures.validation_figure import draw_validation
from spinglass.files.store import write_dataset
from spinglass.following.branches import to_dataset as to_branches
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.model import Mixed, PSpin
from spinglass.search import descend
from spinglass.search.census import take_census
from spinglass.search.census_file import to_dataset as to_census
from spinglass.search.minima import distinct_minima
from spinglass.search.proofs.certificates import prove_minima
from spinglass.search.results import to_dataset
from spinglass.validation import Comparison, Counted, Point, Quantity


def results(folder: Path) -> Path:
    """Two fields of one small landscape, as a sweep leaves them."""
    for number, nu in enumerate((0.0, 0.9)):
        model = PSpin(8, 3, nu, 0)
        descent = descend(model, 40)
        words = {"regime": "exponential", "method": "flow"}
        data = to_dataset(model, descent, distinct_minima(descent), words)
        write_dataset(data, folder / f"n8-p3-nu{nu:g}-seed0-{number:012x}.nc")
    return folder


def landscape(folder: Path, stem: Path) -> None:
    draw_landscape(results(folder), stem, threads=1)


def trivialization(folder: Path, stem: Path) -> None:
    draw_trivialization(results(folder), stem)


def layers(_: Path, stem: Path) -> None:
    draw_layers(PSpin(6, 3, 0.0, 0), stem, 60)


def complexity(_: Path, stem: Path) -> None:
    draw_complexity(3, stem, layers=2)


def phase(_: Path, stem: Path) -> None:
    draw_phase(3, stem, sizes=(4,))


def marginal(_: Path, stem: Path) -> None:
    model = Mixed(8, {3: 1.0, 4: 1.0}, 0.0, 1)
    found = descend(model, 40)
    draw_marginal(8, model.covariance, stem, [ends_of(model, found.spins, found.status)])


def disconnectivity(folder: Path, stem: Path) -> None:
    model = PSpin(8, 3, 0.0, 1)
    write_dataset(to_graph(model, connect_minima(model, unseen_saddles=0.1)), folder / "graph.nc")
    draw_disconnectivity(folder / "graph.nc", stem)


def branches(folder: Path, stem: Path) -> None:
    model = PSpin(8, 3, 0.0, 0)
    found = follow_landscape(model, [0.0, 0.6, 1.2], 0.05)
    write_dataset(to_branches(model, found, {}), folder / "branches.nc")
    draw_branches(folder / "branches.nc", stem)


def ranks(folder: Path, stem: Path) -> None:
    model = PSpin(8, 3, 0.5, 0)
    found = take_census(model, 0.05)
    write_dataset(to_census(model, found, prove_minima(model, found.spins), {}), folder / "c.nc")
    draw_ranks([folder / "c.nc"], stem)


def validation(_: Path, stem: Path) -> None:
    rows = [
        Comparison(Quantity(Counted.INDEX, 1), "index 1, 2", 4.1, 0.2, 4.0),
        Comparison(Quantity(Counted.ALL), "all", 9.0, 0.3, 9.5),
    ]
    draw_validation([(Point("stationary", 4, 3, 0.0, 20), rows)], stem)


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


def training_runs(folder: Path, stem: Path) -> None:
    with patch("spinglass.figures.training_figure.load_experiment", lambda _: runs()):
        draw_training(folder, stem)


def alignment(folder: Path, stem: Path) -> None:
    with patch("spinglass.figures.alignment_figure.load_experiment", lambda _: runs()):
        draw_alignment(folder, stem)


def network(_: Path, stem: Path) -> None:
    random = np.random.default_rng(0)
    laws = [coupling_study(2, 8, [32, 64], 3, random, "independent")]
    kinds = ("independent", "live")
    covariances = [covariance_study(2, 8, 32, 3, random, kind, activity=0.5) for kind in kinds]
    draw_network_study(laws, covariances, stem)


DRAWN: dict[str, Callable[[Path, Path], None]] = {
    "alignment": alignment,
    "branches": branches,
    "complexity": complexity,
    "disconnectivity": disconnectivity,
    "landscape": landscape,
    "layers": layers,
    "marginal": marginal,
    "network": network,
    "phase": phase,
    "ranks": ranks,
    "training": training_runs,
    "trivialization": trivialization,
    "validation": validation,
}
"""How to draw the figure of each module of `spinglass.figures`."""


def draw_everything(folder: Path) -> None:
    """Draw each figure with its numbers into ``folder``."""
    for name, draw in DRAWN.items():
        work = folder / f"from-{name}"
        work.mkdir(parents=True)
        draw(work, folder / name)


if __name__ == "__main__":
    draw_everything(Path(sys.argv[1]))
