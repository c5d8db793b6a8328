"""The disconnectivity tree of graphs made by hand, their files, and the commands about them."""

import json
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner, Result

from spinglass import PSpin
from spinglass.connections import Connections, connect_minima, disconnectivity_tree, lowest_passes
from spinglass.connections.files import graph_dataset, read_graph, write_graph
from spinglass.connections.graph import OPEN
from spinglass.errors import InputError, SpinglassError
from spinglass.figures.disconnectivity_figure import leaf_positions, plot_disconnectivity
from spinglass.files.provenance import origin
from spinglass.landscape.geometry import random_points
from spinglass_cli.main import cli
from tests.marks import slow


def by_hand(energies: list[float], saddles: list[tuple[float, int, int]]) -> Connections:
    """A graph with these energies of minima, and (energy, end, end) of saddles."""
    count = len(energies)
    return Connections(
        minima=random_points(6, max(count, 1))[:count],
        minimum_energy=np.array(energies, float),
        count=np.arange(count, 0, -1),
        saddles=random_points(6, len(saddles) + 1, start_seed=1)[1:],
        saddle_energy=np.array([saddle[0] for saddle in saddles], float),
        hits=np.ones(len(saddles), np.int64),
        ends=np.array([saddle[1:] for saddle in saddles], np.int64).reshape(-1, 2),
        antipodal=False,
        descents=100,
        searches=50,
        unproven=0,
        complete=True,
    )


GRAPH = by_hand(
    [-10.0, -9.0, -8.0, -7.0, -6.0],
    [(-6.5, 1, 3), (-6.0, 1, 3), (-5.5, 0, 2), (-5.0, OPEN, OPEN), (-4.0, 2, 3), (-3.0, 0, 0)],
)
"""1 and 3 below -6.5, 0 and 2 below -5.5, all four below -4; a double, an open saddle, a loop; 4
alone."""


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def written(found: Connections, path: Path) -> Path:
    write_graph(graph_dataset(PSpin(6, 3, 0.0, 0), found), path)
    return path


def test_the_tree_of_a_graph_made_by_hand():
    tree = disconnectivity_tree(GRAPH)
    assert tree.saddle.tolist() == [0, 2, 4]
    assert tree.level.tolist() == [-6.5, -5.5, -4.0]
    assert tree.children.tolist() == [[1, 3], [0, 2], [6, 5]]
    assert tree.roots.tolist() == [7, 4]
    assert tree.escape.tolist() == [np.inf, -4.0, -5.5, -6.5, np.inf]
    assert GRAPH.loops == 1
    assert GRAPH.share_connected == 0.8
    assert GRAPH.barriers[0].tolist() == [2.5, 0.5]


def test_lowest_passes_are_minimax_over_all_paths():
    random = np.random.default_rng(2)
    level = np.sort(random.random(14))
    pairs = random.integers(0, 8, (14, 2))
    found = by_hand(
        [-9.0 + k for k in range(8)],
        [(value, *sorted(pair)) for value, pair in zip(level, pairs.tolist(), strict=True)],
    )
    slow = np.full((8, 8), np.inf)
    np.fill_diagonal(slow, -np.inf)
    for value, (one, other) in zip(level, pairs, strict=True):
        slow[one, other] = slow[other, one] = min(slow[one, other], value)
    for middle in range(8):  # Floyd and Warshall, with the highest step in place of the sum
        slow = np.minimum(slow, np.maximum(slow[:, middle, None], slow[None, middle]))
    assert np.array_equal(lowest_passes(disconnectivity_tree(found)), slow)


def test_the_leaves_under_a_merge_stand_side_by_side():
    place = leaf_positions(disconnectivity_tree(GRAPH))
    assert sorted(place) == [0, 1, 2, 3, 4]
    assert abs(place[0] - place[2]) == abs(place[1] - place[3]) == 1
    assert place[4] == 4


@pytest.mark.parametrize("model", [PSpin(8, 3, 0.2, 1), PSpin(5, 4, 0.0, 3)])
def test_graphs_come_back_to_the_bit_and_networkx_opens_the_exports(model, tmp_path):
    found = connect_minima(model, unseen_saddles=0.05)
    path, other = tmp_path / "graph.json", tmp_path / "graph.graphml"
    for place in (path, other, tmp_path / "graph.nc"):
        write_graph(graph_dataset(model, found, 5), place)
    for place in (path, tmp_path / "graph.nc"):
        header, back = read_graph(place)
        assert header.items() >= {**origin(model), "start_seed": 5}.items()
        for name in vars(found):
            assert np.array_equal(getattr(back, name), getattr(found, name)), name
            assert type(getattr(back, name)) is type(getattr(found, name)), name
    opened = nx.node_link_graph(json.loads(path.read_text()), edges="edges")
    for graph in (opened, nx.read_graphml(other, node_type=int, force_multigraph=True)):
        assert (len(graph), graph.number_of_edges()) == (len(found.minima), len(found.edges))
        assert nx.number_connected_components(graph) == found.component.max() + 1
        energy = [graph.nodes[k]["energy"] for k in range(len(graph))]
        assert energy == found.minimum_energy.tolist()


def test_a_file_that_does_not_fit_itself_is_refused(tmp_path):
    good = json.loads(written(GRAPH, tmp_path / "good.json").read_text())
    path = tmp_path / "bad.json"

    def refused(change, message):
        tables = json.loads(json.dumps(good))
        change(tables)
        path.write_text(json.dumps(tables))
        with pytest.raises(InputError, match=message):
            read_graph(path)

    for text, message in (("[]", "not a graph"), ("7", "not a graph"), ("{", "JSON")):
        path.write_text(text)
        with pytest.raises(SpinglassError, match=message):
            read_graph(path)
    refused(lambda t: t["nodes"][0].update(energy=-10.5), "barriers must fit the energies")
    refused(lambda t: t["nodes"][0].update(weight=0.5), r"weights must fit .* got 0\.5")
    refused(lambda t: t["nodes"][0].update(spins=[1.0]), "n = 6")
    refused(lambda t: t["nodes"][0].update(spins=[9.0] * 6), r"\|x\|\^2 = n, got")
    refused(lambda t: t["edges"][0].update(target=77), "that exist, got one to 77")
    refused(lambda t: t["edges"].pop(), r"saddles must be numbered .* got")
    refused(lambda t: t["edges"][0].update(hits=46), "must end in at most 50 saddles, got")
    refused(lambda t: t["graph"].update(colour=1), "colour")
    refused(lambda t: t["edges"][0].update(barrier_from_lower=-1.0), "barrier_from_lower")


@pytest.mark.slow
@pytest.mark.parametrize(
    "found",
    [by_hand([-1.0], []), by_hand([-2.0, -1.0], [(-0.5, 0, 1)]), GRAPH],
    ids=["one", "two", "five"],
)
def test_trees_are_drawn_with_what_they_show(found, tmp_path):
    paths = plot_disconnectivity(written(found, tmp_path / "g.json")).save(tmp_path / "tree")
    assert {path.suffix for path in paths} == {".pdf", ".png", ".nc"}
    with xr.open_dataset(tmp_path / "tree.nc") as table:
        assert table["energy"].values == pytest.approx(found.minimum_energy)
        assert table["level"].values.tolist() == disconnectivity_tree(found).level.tolist()


@pytest.mark.parametrize(
    "found",
    [by_hand([-1.0], []), by_hand([-2.0, -1.0], [(-0.5, 0, 1)]), GRAPH],
    ids=["one", "two", "five"],
)
def test_weights_that_are_near_look_near(found, tmp_path):
    _, bar = plot_disconnectivity(graph_dataset(PSpin(6, 3, 0.0, 0), found)).figure.axes
    low, high = bar.get_ylim()
    assert high == pytest.approx(found.weight.max())
    assert low == pytest.approx(0.1 * high)
    labels = [label.get_text() for label in bar.get_yticklabels()]
    assert {"0.1", "0.2"} <= set(labels)
    assert [float(label) for label in labels] == pytest.approx(bar.get_yticks())


def test_a_graph_without_minima_is_not_drawn(tmp_path):
    path = written(by_hand([], []), tmp_path / "none.json")
    with pytest.raises(InputError, match="must hold a minimum to draw, got none"):
        plot_disconnectivity(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["graph.json", slow("graph.nc")])
def test_connect_verify_and_draw_as_commands(name, tmp_path):
    path = tmp_path / name
    words = ("connect", "--n", 8, "--seed", 1, "--json", "--unseen-saddles", 0.05, "--out")
    first = run(*words, path)
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert told["complete"]
    assert told["lowest_barrier"] > 0.0
    again = run(*words, path)
    assert json.loads(again.stdout) == told
    assert "Going on" in again.stderr
    right = run("verify", path, "--share", 1)
    assert right.exit_code == 0, right.output
    assert "is right" in right.output
    drawn = run("figure", "disconnectivity", path)
    assert drawn.exit_code == 0, drawn.output
    assert (tmp_path / "graph-disconnectivity.png").exists()


@pytest.mark.slow
def test_a_wrong_graph_fails_verification(tmp_path):
    path = tmp_path / "graph.json"
    model = PSpin(8, 3, 0.0, 1)
    found = connect_minima(model, unseen_saddles=0.05)
    row = next(int(row) for row in found.edges if found.ends[row].tolist() != [0, 1])
    ends = found.ends.copy()
    ends[row] = [0, 1]
    write_graph(graph_dataset(model, replace(found, ends=ends)), path)
    result = run("verify", path, "--share", 1)
    assert result.exit_code != 0
    assert f"saddles that differ: [{row}]" in result.output


@pytest.mark.slow
def test_barriers_of_tiny_couplings_are_printed_with_digits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tensor = np.random.default_rng(0).standard_normal((5, 5, 5))
    said = {}
    for name, factor in (("plain", 1.0), ("tiny", 2.0**-40)):
        np.save(f"{name}.npy", tensor * factor)
        words = ("connect", "--couplings", f"{name}.npy", "--unseen-saddles", 0.1)
        lines = run(*words, "--out", f"{name}.nc").output.splitlines()
        (barriers,) = [line for line in lines if "barriers, H/n" in line]
        said[name] = float(barriers.rpartition(" ")[2])
        assert run("show", f"{name}.nc").output.count(barriers.strip()) == 1
    assert said["tiny"] > 0.0
    assert said["tiny"] == pytest.approx(2.0**-40 * said["plain"], rel=1e-5)


def test_the_lowest_energy_of_tiny_couplings_is_shown_with_digits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("tiny.npy", np.random.default_rng(0).standard_normal((5, 5, 5)) * 2.0**-40)
    run("sample", "--couplings", "tiny.npy", "--starts", 20, "--out", "tiny.nc")
    lowest = json.loads(run("show", "tiny.nc", "--json").output)[0]["lowest"]
    assert f"{lowest:.6e}" in run("show", "tiny.nc").output
