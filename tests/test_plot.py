"""Figures from Python: on axes of the caller's, from datasets as from files, in a notebook."""

import ast
import inspect
import json
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from matplotlib.figure import Figure
from matplotlib.text import Text

from spinglass import descend, open_result, plot
from spinglass.connections import connect_minima
from spinglass.connections.files import graph_dataset
from spinglass.contents.kind_registry import results_in
from spinglass.control import Control
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures import style
from spinglass.files.store import write_dataset
from spinglass.landscape.drawn import Mixed, PSpin
from spinglass.landscape.geometry import random_points
from spinglass.search import distinct_minima
from spinglass.search.census import take_census
from spinglass.search.census_file import census_dataset
from spinglass.search.proofs.certificates import prove_minima
from spinglass.search.results import descent_dataset
from spinglass_cli.main import cli
from tests.drawings import DRAWN, results, runs
from tests.marks import slow

FIXTURES = Path(__file__).parent / "fixtures"
MODEL = PSpin(8, 3, 0.5, 0)


@pytest.fixture(scope="module")
def census() -> xr.Dataset:
    found = take_census(MODEL, 0.05)
    return census_dataset(MODEL, found, prove_minima(MODEL, found.spins), {})


@pytest.fixture(scope="module")
def graph() -> xr.Dataset:
    return graph_dataset(MODEL, connect_minima(MODEL, unseen_saddles=0.1))


def returned_by(what):
    """What a function is annotated to return; nothing for a class."""
    return inspect.get_annotations(what).get("return")


def test_every_figure_is_in_the_door():
    door = {name for name in plot.__all__ if returned_by(getattr(plot, name)) is plot.Picture}
    assert door == set(DRAWN)


def test_axes_of_the_caller_are_drawn_on(census, graph):
    figure, (left, middle, right) = plt.subplots(1, 3)
    for ax, picture in (
        (left, plot.ranks(census, ax=left)),
        (middle, plot.disconnectivity(graph, ax=middle)),
        (right, plot.complexity(3, 2, ax=right)),
    ):
        assert picture.figure is figure
        assert picture.axes == (ax,)
        assert ax.has_data()
    assert left.get_ylabel() == "share of the descents"
    plt.close(figure)


@pytest.mark.slow
def test_a_part_of_a_figure_of_the_caller_is_drawn_on(tmp_path):
    figure = Figure(figsize=(9.0, 8.0), layout="constrained")
    above, below = figure.subfigures(2, 1)
    upper = plot.landscape(results(tmp_path), control=Control(1), figure=above)
    lower = plot.trivialization(results(tmp_path), figure=below)
    assert upper.figure is above
    assert len(upper.axes) == 2
    assert len(lower.axes) == 3
    assert set(above.axes) >= set(upper.axes)
    assert [path.name for path in lower.save(tmp_path / "both.png")] == ["both.png"]


@pytest.mark.slow
def test_datasets_are_drawn_as_their_files_are(tmp_path, census, graph):
    for data, draw in ((census, plot.ranks), (graph, plot.disconnectivity)):
        write_dataset(data, tmp_path / "file.nc")
        assert draw(data).numbers.identical(draw(str(tmp_path / "file.nc")).numbers)
    folder = results(tmp_path / "sweep")
    given = [open_result(path) for path in folder.glob("*.nc")]
    one = plot.landscape(given, control=Control(1))
    other = plot.landscape(folder, control=Control(1))
    assert one.numbers.identical(other.numbers)
    assert one._repr_png_() == other._repr_png_()
    single = plot.landscape(given[0], control=Control(1))
    np.testing.assert_array_equal(np.unique(single.numbers["nu"]), [given[0].attrs["nu"]])


@pytest.fixture(scope="module")
def files(tmp_path_factory, census, graph):
    folder = tmp_path_factory.mktemp("files")
    write_dataset(census, folder / "census.nc")
    write_dataset(graph, folder / "graph.nc")
    descents = sorted(results(folder).glob("n8*.nc"))
    return {
        "ranks": [folder / "census.nc"],
        "disconnectivity": [folder / "graph.nc"],
        "branches": [FIXTURES / "branches.nc"],
        "validation": [next(FIXTURES.glob("validation/*.nc"))],
        "trivialization": descents,
        "landscape": descents,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "ranks",
        "disconnectivity",
        "branches",
        "validation",
        "trivialization",
        slow("landscape"),
    ],
)
def test_datasets_are_drawn_as_xarray_opens_them(tmp_path, files, name):
    draw = partial(getattr(plot, name), **({"control": Control(1)} if name == "landscape" else {}))
    opened = [xr.load_dataset(path) for path in files[name]]
    said = [value for data in opened for value in data.attrs.values()]
    assert any(isinstance(value, np.generic | np.ndarray) for value in said) or name == "validation"
    given = [files[name], opened] if len(opened) > 1 else [files[name][0], opened[0]]
    from_files, from_datasets = (draw(each).numbers for each in given)
    assert from_datasets.identical(from_files)
    write_dataset(from_datasets, tmp_path / "numbers.nc")


def test_training_runs_are_drawn_as_xarray_opens_them(tmp_path):
    runs().to_netcdf(tmp_path / "runs.nc", engine="h5netcdf")
    opened = xr.load_dataset(tmp_path / "runs.nc")
    for draw in (plot.training, plot.alignment):
        assert draw(opened).numbers.equals(draw(runs()).numbers)


@pytest.mark.parametrize("name", sorted(DRAWN))
@pytest.mark.parametrize("wrong", [5.5, None, object(), MODEL.covariance, xr.Dataset()])
def test_what_no_figure_takes_is_an_input_error(name, wrong):
    takes = inspect.signature(getattr(plot, name)).parameters
    if "covariance" in takes and isinstance(wrong, Covariance):
        wrong = "3"
    needed = [key for key, parameter in takes.items() if parameter.default is parameter.empty]
    given = [8 if key == "n" else wrong for key in needed]
    with pytest.raises(InputError, match=r"must|are drawn of"):
        getattr(plot, name)(*given)


def test_what_is_in_a_list_is_looked_at_as_well(census):
    one = plot.ends_of(MODEL, random_points(8, 2), np.zeros(2, int))
    for draw in (
        lambda: plot.landscape([object()]),
        lambda: plot.ranks([census, 3]),
        lambda: plot.latitude([None]),
        lambda: plot.inherent([3]),
        lambda: plot.validation([(1, 2)]),
        lambda: plot.network([], []),
        lambda: plot.network([census], [census]),
        lambda: plot.marginal(8, MODEL.covariance, [one, census]),
    ):
        with pytest.raises(InputError, match="must be"):
            draw()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["complexity", "phase", "validation", "training", "alignment"])
def test_what_nothing_is_drawn_on_is_named(name, tmp_path, monkeypatch):
    draw = getattr(plot, name)
    place = "ax" if "ax" in inspect.signature(draw).parameters else "figure"
    for wrong in ("axes", 0, [], object()):
        monkeypatch.setattr(plot, name, partial(draw, **{place: wrong}))
        words = rf"^{place} must be .*matplotlib .*, got {type(wrong).__name__}$"
        with pytest.raises(InputError, match=words):
            DRAWN[name](tmp_path)


def test_a_figure_is_no_axes_and_axes_are_no_figure():
    figure, ax = plt.subplots()
    with pytest.raises(InputError, match="ax must be matplotlib Axes, got Figure"):
        plot.complexity(3, 2, ax=figure)
    with pytest.raises(InputError, match="figure must be a matplotlib Figure or SubFigure, got A"):
        plot.phase(3, (4,), figure=ax)
    plt.close(figure)


@pytest.mark.parametrize("path", sorted(Path(style.__file__).parent.glob("*.py")), ids=str)
def test_only_the_style_makes_axes(path):
    """So that what is drawn on is checked in one place."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    made = [
        node
        for node in calls
        if getattr(node.func, "attr", "") in {"subplots", "add_subplot", "add_axes"}
        and ast.unparse(node.func) != "style.subplots"
    ]
    assert path.name == "style.py" or not made


LONG = {"branches", "inherent", "landscape", "latitude", "marginal", "trivialization"}
"""Figures that take a second or so to make."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in sorted(DRAWN)],
)
def test_the_file_of_the_numbers_says_what_they_are(name, tmp_path):
    (tmp_path / "from").mkdir()
    picture = DRAWN[name](tmp_path / "from")
    (path,) = picture.save(tmp_path / f"{name}.nc")
    data = open_result(path)
    assert data.drop_attrs().equals(picture.numbers.drop_attrs())
    assert (picture.name, data.attrs["figure"]) == (name, name)
    assert results_in(tmp_path) == []
    shown = CliRunner().invoke(cli, ["show", str(path)])
    assert shown.exit_code == 0, shown.output
    assert f"Numbers of the figure {name}\n" in shown.output
    row = json.loads(CliRunner().invoke(cli, ["show", str(path), "--json"]).output)
    assert {each["name"] for each in row["variables"]} == set(map(str, data.variables))
    for each in row["variables"]:
        assert each["words"], each
        assert each["units"], each
        assert f" {each['words']}\n" in shown.output
    verified = CliRunner().invoke(cli, ["verify", str(path)])
    assert "is whole; it keeps no points" in verified.output
    refused = CliRunner().invoke(cli, ["report", str(path), "--out", str(tmp_path / "r.html")])
    assert "must be of results, got the numbers of a figure" in str(refused.exception)


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_the_door_says_what_each_figure_is_drawn_on(name):
    on_axes, on_figures = plot.__doc__.split("``ax=``: ")[1].split("``figure=``: ")
    takes = inspect.signature(getattr(plot, name)).parameters
    assert (f"`{name}`" in on_axes) == ("ax" in takes)
    assert (f"`{name}`" in on_figures.split(".")[0]) == ("figure" in takes)


def test_a_notebook_shows_a_picture_and_pyplot_does_not_know_it():
    before = plt.get_fignums()
    picture = plot.complexity(3, 2)
    assert picture._repr_png_().startswith(b"\x89PNG")
    assert plt.get_fignums() == before


def test_a_dataset_of_another_kind_is_refused(census, graph):
    with pytest.raises(InputError, match=r"a census must have the schema .*, got 'spinglass-conn"):
        plot.ranks(graph)
    with pytest.raises(InputError, match="graph of minima and saddles must have the schema"):
        plot.disconnectivity(census)
    with pytest.raises(InputError, match=r"must have the schema .*, got ''"):
        plot.landscape(xr.Dataset())
    with pytest.raises(InputError, match="got none"):
        plot.trivialization([])


def words_of(picture: plot.Picture) -> str:
    """All the texts of a figure."""
    return " | ".join(text.get_text() for text in picture.figure.findobj(Text))


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "known"), [({2: 1.0, 6: 1.0}, False), ({3: 1.0}, True)])
def test_a_ground_state_that_theory_does_not_know_is_said_to_be_unknown(weights, known):
    results_of_two_fields = []
    for nu in (0.0, 0.1):
        model = Mixed(6, weights, nu, 0)
        found = descend(model, 10)
        results_of_two_fields.append(descent_dataset(model, found, distinct_minima(found), {}))
    for picture in (
        plot.landscape(results_of_two_fields, control=Control(1)),
        plot.trivialization(results_of_two_fields),
        plot.marginal(6, Covariance.mixture(weights, 0.1 if known else 0.0)),
    ):
        assert ("unknown" in words_of(picture) or "where known" in words_of(picture)) != known
