"""Graphs of minima and saddles of landscapes with a hidden point carry the overlaps with it."""

import json
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner

from spinglass import open_result
from spinglass.connections import disconnectivity_tree, lowest_passes, read_graph
from spinglass.files.store import write_dataset
from spinglass.landscape.redraw import redraw
from spinglass_cli.main import cli

N = 6
POINTS = ("minimum", "saddle")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command line in an empty folder; return what it printed."""
    monkeypatch.chdir(tmp_path)

    def call(words):
        found = CliRunner().invoke(cli, words.split(), catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    return call


def slow_overlaps(points, hidden):
    return [sum(a * b for a, b in zip(x, hidden, strict=True)) / len(hidden) for x in points]


@pytest.mark.slow
@pytest.mark.parametrize("words", ["--p 3 --spike 3:1.3", "--p 4 --planted 0.5"])
def test_minima_and_saddles_of_a_graph_carry_their_overlap_in_every_format(run, words):
    """Antipodes are two points of a graph, so that each has its own sign."""
    for ending in ("nc", "json", "graphml"):
        run(f"connect --n {N} {words} --unseen 0.02 --unseen-saddles 0.1 --out a.{ending}")
    data = open_result("a.nc")
    hidden = redraw(data.attrs, "a.nc").hidden
    wanted = {name: slow_overlaps(data[f"{name}_spins"].values, hidden) for name in POINTS}
    for name in POINTS:
        assert data[f"{name}_overlap"].values == pytest.approx(wanted[name], abs=1e-13)
        assert open_result("a.json")[f"{name}_overlap"].values.tolist() == (
            data[f"{name}_overlap"].values.tolist()
        )
    assert bool(data.attrs["antipodal"]) == (min(wanted["minimum"]) < -0.5)
    tables = json.loads(Path("a.json").read_text())
    saddles = [*tables["edges"], *tables["graph"]["open_saddles"]]
    for name, points in (("minimum", tables["nodes"]), ("saddle", saddles)):
        for point in points:
            place = point["id" if name == "minimum" else "saddle"]
            assert point["overlap"] == pytest.approx(wanted[name][place], abs=1e-13)
    drawn = nx.read_graphml("a.graphml", node_type=int, force_multigraph=True)
    found = [drawn.nodes[k]["overlap"] for k in range(len(drawn))]
    assert found == pytest.approx(wanted["minimum"], abs=1e-13)
    assert all("overlap" in edge for *_, edge in drawn.edges(data=True))


@pytest.mark.slow
def test_what_a_graph_shows_of_its_hidden_point(run):
    run(f"connect --n {N} --spike 3:1.3 --unseen 0.02 --unseen-saddles 0.1 --out a.nc")
    data, graph = open_result("a.nc"), read_graph("a.nc")[1]
    row = json.loads(run("show a.nc --json"))
    overlaps = data["minimum_overlap"].values
    nearest = int(overlaps.argmax())
    assert row["lowest_overlap"] == overlaps[0]
    assert row["highest_overlap"] == overlaps[nearest] > 0.5
    assert row["highest_saddle_overlap"] == data["saddle_overlap"].values[graph.edges].max()
    assert row["nearest_energy"] == graph.minimum_energy[nearest]
    assert (nearest, row["nearest_escape"]) == (0, None)


def test_a_minimum_near_the_spike_that_is_not_the_lowest_has_a_climb(run):
    """At seed 0 the spike is too weak to make the lowest minimum."""
    run(f"connect --n {N} --spike 3:0.8 --unseen 0.02 --unseen-saddles 0.05 --out a.nc")
    graph = read_graph("a.nc")[1]
    row = json.loads(run("show a.nc --json"))
    nearest = int(open_result("a.nc")["minimum_overlap"].values.argmax())
    assert nearest > 0
    passes = lowest_passes(disconnectivity_tree(graph))[nearest]
    climb = passes[:nearest].min() - graph.minimum_energy[nearest]
    assert row["nearest_escape"] == pytest.approx(climb)


@pytest.mark.slow
def test_graphs_without_overlaps_still_open_are_shown_and_gone_on_with(run):
    """As written before graphs had them; what goes on from such a file has them."""
    words = f"connect --n {N} --spike 3:1.3 --unseen 0.02 --unseen-saddles 0.1 --out"
    run(f"{words} a.nc")
    new = open_result("a.nc")
    old = new.drop_vars(["minimum_overlap", "saddle_overlap"])
    write_dataset(old, Path("b.nc"))
    assert "overlap" not in run("show b.nc")
    run("verify b.nc")
    run("figure disconnectivity b.nc")
    run(f"{words} b.nc")
    assert open_result("b.nc")["saddle_overlap"].equals(new["saddle_overlap"])
    run(f"{words} c.json")
    tables = json.loads(Path("c.json").read_text())
    for point in [*tables["nodes"], *tables["edges"], *tables["graph"]["open_saddles"]]:
        del point["overlap"]
    Path("c.json").write_text(json.dumps(tables))
    assert open_result("c.json")["minimum_overlap"].equals(new["minimum_overlap"])


def test_a_plain_graph_has_no_overlap(run):
    assert "overlap" not in run(f"connect --n {N} --unseen 0.05 --unseen-saddles 0.1 --out a.json")
    assert "overlap" not in Path("a.json").read_text()
    assert "minimum_overlap" not in open_result("a.json")
