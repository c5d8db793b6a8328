"""The numbers of the report: those of the files, and what is computed of them, against oracles."""

import base64
import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bokeh.models import HoverTool
from numpy.testing import assert_allclose, assert_array_equal

from spinglass import descend, open_result
from spinglass.connections import connect_minima
from spinglass.connections.files import graph_dataset
from spinglass.control import FREE, Control
from spinglass.covariance import Covariance
from spinglass.deep.training_config import TrainConfig
from spinglass.errors import DamagedFileError, InputError
from spinglass.files.store import read_dataset, write_dataset
from spinglass.landscape.drawn import PSpin, draw_landscape
from spinglass.report import explorer as looking
from spinglass.report import landscape_section
from spinglass.report.branching import Branching, branching, has_all
from spinglass.report.courses import courses
from spinglass.report.explorer import Explorer, as_data, limits
from spinglass.report.field_minima import FieldMinima, most_minima, read_minima
from spinglass.report.given import ReadFile, read_given
from spinglass.report.hessians import BINS, drawn_again, spectra
from spinglass.report.map_plane import CELLS, SHADES, image, place_minima, turned
from spinglass.report.origins import _swept, made
from spinglass.report.palettes import PAPER, faded, ladder, signs, washes
from spinglass.report.panel_registry import SECTIONS
from spinglass.report.panels import tree_panel
from spinglass.report.panels.branches_panel import curves
from spinglass.report.panels.counts_panel import counts
from spinglass.report.panels.tree_panel import overlap_table
from spinglass.report.panels.validation_panel import table
from spinglass.search import distinct_minima
from spinglass.search.results import descent_dataset
from spinglass.signals import Planted, Spike
from spinglass.sweep.manifest import write_manifest
from spinglass.sweep.plan import load_sweep, plan_jobs
from spinglass.validation import Point, Record, compare
from tests.marks import slow
from tests.reports import FIELDS, FOUND, SEED, SITES, explored, fields_of, sections, swept
from tests.test_docs import parse
from tests.test_figures import put, synthetic
from tests.test_kinds import FILES, FIXTURES

CONFIGS = Path(__file__).parents[1] / "configs"

NOTHING = lambda size, words: None  # noqa: E731


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def fields(sweep: Path) -> list[FieldMinima]:
    return fields_of(sweep)


@pytest.fixture(scope="module")
def explorer(sweep: Path) -> Explorer:
    return explored(sweep)


@pytest.fixture(scope="module")
def files(sweep: Path) -> list[Path]:
    return sorted(sweep.glob("n*.nc"), key=lambda path: open_result(path).attrs["nu"])


def test_a_page_has_the_numbers_of_the_files(explorer: Explorer, files: list[Path]) -> None:
    data = as_data(explorer)
    assert [len(field["columns"]["energy"]) for field in data["fields"]] == list(FOUND)
    for field, path in zip(data["fields"], files, strict=True):
        said, columns = open_result(path), field["columns"]
        assert field["nu"] == said.attrs["nu"]
        assert field["starts"] == said.sizes["start"]
        assert field["ended"] == int((said["status"].values == 0).sum())
        assert columns["energy"] == said["minimum_energy"].values.tolist()
        assert columns["count"] == said["minimum_count"].values.tolist()
        shares = said["minimum_count"].values / said.sizes["start"]
        assert columns["share"] == shares.tolist()
        assert_allclose(columns["lambda_min"], said["minimum_lambda_min"].values, atol=1e-7)
        assert sorted(columns["rank"]) == list(range(1, len(shares) + 1))
        assert (np.diff(shares[np.argsort(columns["rank"])]) <= 0.0).all()
        bars = np.zeros(len(field["energies"]["edges"]) - 1)
        np.add.at(bars, field["energies"]["bins"], columns["count"])
        ends = said["energy"].values[said["minimum"].values >= 0]
        expected, _ = np.histogram(said["minimum_energy"].values[said["minimum"].values],
                                   field["energies"]["edges"])  # fmt: skip
        assert bars.sum() == len(ends)
        assert_array_equal(bars, expected)


def test_overlaps_are_those_of_the_points(explorer: Explorer, files: list[Path]) -> None:
    for view, path in zip(explorer.views, files, strict=True):
        x = open_result(path)["minimum_spins"].values
        direct = np.einsum("ia,ja->ij", x, x) / x.shape[1]
        order = np.argsort(view.tree.place)
        assert_allclose(overlap_table(view) * 1e-4, direct[np.ix_(order, order)], atol=5.1e-5)


def test_spectra_are_those_of_the_hessian(explorer: Explorer) -> None:
    view, nu = explorer.views[1], FIELDS[1]
    model = PSpin(SITES, 3, nu, SEED)
    found = view.spectra
    for k, x in enumerate(view.minima.spins):
        values = np.linalg.eigvalsh(model.hessian(x))
        values = np.delete(values, np.argmin(np.abs(values)))  # of the radial direction
        edges = found.edges + np.where(np.arange(BINS + 1) == BINS, 1e-9, -1e-9)  # for rounding
        assert_array_equal(found.counts[k], np.histogram(values, edges)[0])
        assert found.counts[k].sum() == SITES - 1
        assert_allclose([found.lowest[k], found.highest[k]], values[[0, -1]], atol=1e-9)
        assert found.centre[k] == pytest.approx(-x @ model.gradient(x) / SITES, abs=1e-12)
        assert found.centre[k] == pytest.approx(values.mean(), abs=1.0)
    assert found.radius == pytest.approx(2.0 * np.sqrt(6.0))
    sent = as_data(explorer)["fields"][1]["spectra"]
    decoded = np.frombuffer(base64.b64decode(sent["counts"]), "<u2").reshape(-1, BINS)
    assert_array_equal(decoded, found.counts)


def walked(points: np.ndarray, start: float, end: float, steps: int) -> np.ndarray:
    """Descend from each point at every one of many fields, in steps of the field that are small."""
    for nu in np.linspace(start, end, steps + 1)[1:]:
        points = descend(PSpin(SITES, 3, nu, SEED), points).spins
    return points


@pytest.mark.slow
def test_a_minimum_keeps_its_number_where_it_becomes_another(fields: list[FieldMinima]) -> None:
    """The courses are where small steps of the field lead, unless a step jumps at a fold."""
    model = PSpin(SITES, 3, 0.0, SEED)
    names = courses(model, fields[:2], FREE, NOTHING)
    assert_array_equal(names[0], np.arange(FOUND[0]))
    ends = walked(fields[0].spins, 0.0, FIELDS[1], 60)
    q = ends @ fields[1].spins.T / SITES
    for old, row in enumerate(q):
        place = int(row.argmax())
        if old in names[1]:
            assert row[place] > 1.0 - 1e-8
            assert names[1][place] == old
    assert (names[1] >= FOUND[0]).sum() == 3  # born since
    back = walked(fields[1].spins[names[1] < FOUND[0]], FIELDS[1], 0.0, 60)
    kept = names[1][names[1] < FOUND[0]]
    same = np.einsum("ka,ka->k", back, fields[0].spins[kept]) / SITES
    assert_allclose(same, 1.0, atol=1e-8)


def test_nearness_would_have_named_them_wrongly(fields: list[FieldMinima]) -> None:
    before, here = fields[:2]
    names = courses(PSpin(SITES, 3, 0.0, SEED), [before, here], FREE, NOTHING)[1]
    q = here.spins @ before.spins.T / SITES
    nearest = q.argmax(axis=1)
    mutual = [k for k, old in enumerate(nearest) if q[:, old].argmax() == k]
    assert any(names[k] != nearest[k] for k in mutual)


def test_a_minimum_that_a_field_has_missed_keeps_its_number() -> None:
    model = PSpin(SITES, 3, 0.0, SEED)
    at = [descend(model.at_field(nu), 300) for nu in (0.0, 0.1, 0.2)]
    every = [lowest(found.spins[found.status == 0]) for found in at]
    first, second, third = (field_at(nu, x) for nu, x in zip((0.0, 0.1, 0.2), every, strict=True))
    whole = courses(model, [first, second, third], FREE, NOTHING)
    shared = next(name for name in whole[2] if name in whole[1] and name in whole[0])
    left = whole[1] != shared
    missed = field_at(0.1, every[1][left])
    found = courses(model, [first, missed, third], FREE, NOTHING)
    assert shared not in found[1]
    assert shared in found[2]


def lowest(spins: np.ndarray) -> np.ndarray:
    _, rows = np.unique(np.round(spins, 4), axis=0, return_index=True)
    return spins[np.sort(rows)]


def field_at(nu: float, spins: np.ndarray) -> FieldMinima:
    model = PSpin(SITES, 3, nu, SEED)
    size = len(spins)
    return FieldMinima(
        nu, "", SITES, model.covariance, True, size, size, size, False, np.arange(size),
        model.energy(spins), np.ones(size), np.ones(size, np.int64), spins,
    )  # fmt: skip


def test_both_minima_that_come_of_a_pair_have_its_number() -> None:
    even = PSpin(10, 4, 0.0, 1)
    found = descend(even, 200)
    x = found.spins[found.status == 0]
    one = x[np.unique(np.round(found.energy[found.status == 0], 9), return_index=True)[1][:1]]
    bent = even.at_field(0.02)
    both = descend(bent, np.concatenate([one, -one]))
    base = field_at(0.0, np.ones((1, SITES)))
    before = replace(base, n=10, spins=one, pairs=True, law=even.covariance)
    here = replace(base, nu=0.02, n=10, spins=both.spins, energy=both.energy, law=bent.covariance)
    names = courses(even, [before, here], FREE, NOTHING)
    assert names[1].tolist() == [0, 0]


def joined(tree: Branching, one: int, other: int) -> float:
    """The level of the first merge above both of two minima, walking up from each."""
    size = len(tree.place)
    above, node = [], one
    while node >= 0:
        above.append(node)
        node = tree.parent[node]
    node = other
    while node not in above:
        node = tree.parent[node]
        if node < 0:
            return np.inf
    return tree.level[node - size]


def members(tree: Branching, node: int) -> list[int]:
    size = len(tree.place)
    if node < size:
        return [node]
    return [leaf for child in tree.children[node - size] for leaf in members(tree, child)]


def average_linkage(q: np.ndarray) -> dict[tuple[int, int], float]:
    """Merge again and again the two groups with the largest mean overlap; level of each pair."""
    groups, levels = [{k} for k in range(len(q))], {}
    while len(groups) > 1:
        pairs = list(itertools.combinations(range(len(groups)), 2))
        means = [np.mean([q[i, j] for i in groups[a] for j in groups[b]]) for a, b in pairs]
        a, b = pairs[int(np.argmax(means))]
        for i, j in itertools.product(groups[a], groups[b]):
            levels[min(i, j), max(i, j)] = max(means)
        groups = [g for k, g in enumerate(groups) if k not in (a, b)] + [groups[a] | groups[b]]
    return levels


def test_the_tree_of_overlaps_is_that_of_average_linkage(fields: list[FieldMinima]) -> None:
    field = fields[0]
    tree = branching(field, None)
    assert not tree.barriers
    levels = average_linkage(field.overlaps)
    for (one, other), level in levels.items():
        assert joined(tree, one, other) == pytest.approx(level, abs=1e-12)
    off = field.overlaps - np.eye(len(field.energy))
    single = {pair: off[pair] for pair in levels}
    assert any(abs(single[pair] - levels[pair]) > 1e-3 for pair in levels)


def test_a_branch_is_a_range_of_places(fields: list[FieldMinima]) -> None:
    tree = branching(fields[0], None)
    assert sorted(tree.place) == list(range(FOUND[0]))
    for node in range(len(tree.parent)):
        under = members(tree, node)
        places = sorted(tree.place[under])
        assert places == list(range(tree.first[node], tree.last[node] + 1))
        assert tree.stem[node] == tree.place[min(under)]  # the lowest


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = PSpin(SITES, 3, 0.0, SEED)
    path = tmp_path_factory.mktemp("graph") / "graph.nc"
    write_dataset(graph_dataset(model, connect_minima(model)), path)
    return path


def passes(ends: np.ndarray, heights: np.ndarray, count: int) -> np.ndarray:
    """The minimax passes between all minima, by Floyd and Warshall."""
    found = np.full((count, count), np.inf)
    for (a, b), height in zip(ends, heights, strict=True):
        if a >= 0 and a != b:
            found[a, b] = found[b, a] = min(found[a, b], height)
    for k in range(count):
        found = np.minimum(found, np.maximum(found[:, k, None], found[None, k]))
    return found


@pytest.mark.slow
def test_a_graph_gives_the_minimax_passes_of_the_minima_drawn(graph: Path) -> None:
    (given,) = read_given([graph], FREE)
    for most in (100, 5):
        field = read_minima("connections", given.files[0], most)
        tree = branching(field, field.graph)
        assert tree.barriers
        every = passes(field.graph.ends, field.graph.saddle_energy, len(field.graph.minima))
        direct = passes(field.graph.ends[:5], field.graph.saddle_energy[:5], len(every))
        assert not np.array_equal(every, direct)
        for one, other in itertools.combinations(range(len(field.energy)), 2):
            level = every[field.number[one], field.number[other]]
            assert joined(tree, one, other) == level


@pytest.mark.slow
def test_a_sweep_takes_its_tree_from_a_graph_of_its_landscape(sweep: Path, graph: Path) -> None:
    alone, with_graph = sections(sweep), sections(sweep, graph)
    kinds = [field["tree"]["barriers"] for field in alone[0].data["fields"]]
    assert kinds == [False, False, False]
    kinds = [field["tree"]["barriers"] for field in with_graph[0].data["fields"]]
    assert kinds == [True, False, False]
    assert len(with_graph) == 2


def test_a_graph_that_lacks_a_minimum_gives_no_tree(fields: list[FieldMinima], graph: Path) -> None:
    (given,) = read_given([graph], FREE)
    whole = read_minima("connections", given.files[0]).graph
    assert has_all(fields[0], whole)
    less = replace(whole, minima=whole.minima[1:])
    assert not has_all(fields[0], less)


def test_an_even_graph_has_one_node_a_pair(tmp_path: Path) -> None:
    model = PSpin(10, 4, 0.0, 1)
    whole = connect_minima(model)
    assert whole.antipodal
    write_dataset(graph_dataset(model, whole), tmp_path / "even.nc")
    (given,) = read_given([tmp_path / "even.nc"], FREE)
    field = read_minima("connections", given.files[0])
    assert field.pairs
    assert len(field.energy) == len(whole.minima) // 2
    assert field.count.sum() == field.ended == whole.count.sum() // 2
    tree = branching(field, field.graph)
    every = passes(whole.ends, whole.saddle_energy, len(whole.minima))
    for one, other in itertools.combinations(range(len(field.energy)), 2):
        best = every[2 * one : 2 * one + 2, 2 * other : 2 * other + 2].min()
        assert joined(tree, one, other) == best


def test_the_image_is_energy_and_density(fields: list[FieldMinima]) -> None:
    field = replace(fields[0], energy=np.linspace(-2.0, -1.0, FOUND[0]))
    plane = np.linspace(-0.8, 0.8, FOUND[0])[:, None] * [1.0, 0.5]
    energy, density = np.divmod(image(field, plane), SHADES)
    assert energy.shape == (CELLS, CELLS)
    cell = np.clip(((plane + 1.0) * CELLS / 2).astype(int), 0, CELLS - 1)
    here = cell[:, 1], cell[:, 0]
    assert_allclose(energy[here], np.linspace(0, SHADES - 1, FOUND[0]), atol=2)
    assert (density[here] > 0).all()
    assert density.max() == SHADES - 1
    assert density[here].argmax() == field.count.argmax()
    assert density[0, -1] == density[-1, 0] == 0


def test_planes_are_turned_to_each_other() -> None:
    random = np.random.default_rng(0)
    before = random.uniform(-0.6, 0.6, (12, 2))
    angle = 2.0
    rotation = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    names = random.permutation(12)
    here = (before @ rotation.T)[names]
    assert_allclose(turned(here, names, before, np.arange(12)), before[names], atol=1e-12)
    assert_array_equal(turned(here, names + 100, before, np.arange(12)), here)
    assert np.abs(turned(2.0 * here, names, before, np.arange(12))).max() < 1.0


def test_positions_fit_their_square(explorer: Explorer) -> None:
    for view in explorer.views:
        assert np.abs(view.plane).max() <= 1.0
        assert len(np.unique(view.plane.round(6), axis=0)) == len(view.plane)


def test_a_minimum_keeps_its_colour(explorer: Explorer) -> None:
    data = as_data(explorer)
    seen: dict[int, str] = {}
    shared = 0
    for field in data["fields"]:
        columns = field["columns"]
        for name, colour in zip(columns["course"], columns["colour"], strict=True):
            shared += name in seen
            assert seen.setdefault(name, colour) == colour
    assert shared >= 6
    assert len(set(seen.values())) > 8


def luminance(colour: str) -> float:
    parts = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_stand_out_and_grow_with_the_level(ground: str) -> None:
    levels = np.linspace(0.0, 1.0, 30)
    colours = ladder(ground, levels)
    assert min(contrast(colour, PAPER[ground]) for colour in colours) > 1.35
    assert (np.diff([luminance(colour) for colour in colours]) > 0.0).all()
    pale = [contrast(colour, PAPER[ground]) for colour in faded(ground, levels)]
    assert max(pale) < 2.5 < max(contrast(colour, PAPER[ground]) for colour in colours)
    assert len(washes(ground)) == SHADES**2
    assert {washes(ground)[SHADES * k] for k in range(SHADES)} == {PAPER[ground]}
    assert signs(ground)[127] == PAPER[ground]


def test_limits_of_theory_are_those_of_the_field(fields: list[FieldMinima]) -> None:
    ground, threshold = limits(fields[0])
    assert ground == pytest.approx(-1.657, abs=1e-3)
    assert threshold == pytest.approx(-2.0 * np.sqrt(2.0 / 3.0))
    weak = replace(fields[0], law=fields[0].law.at_field(0.3))
    assert limits(weak)[0] < limits(weak)[1] == pytest.approx(-1.68056, abs=1e-5)
    for field in fields[1:]:  # the formula gives -1.862 and -2.764, where there are no points
        assert np.isnan(limits(field)[1])
    assert limits(fields[2])[0] == pytest.approx(-np.sqrt(3.0 + FIELDS[2] ** 2))


@pytest.mark.slow
def test_of_many_minima_the_largest_basins_are_drawn(sweep: Path, files: list[Path]) -> None:
    (given,) = read_given([files[0]], FREE)
    whole, few = (read_minima("descents", given.files[0], most) for most in (100, 4))
    assert few.found == whole.found == FOUND[0]
    assert len(few.energy) == 4
    assert few.count.min() >= np.sort(whole.count)[-4]
    assert (np.diff(few.number) > 0).all()
    assert_array_equal(few.energy, whole.energy[few.number])
    assert few.starts == 300
    assert [most_minima(k) for k in (1, 3, 11)] == [300, 300, 300]
    assert most_minima(24) == 204


@pytest.mark.slow
def test_few_fields_of_many_are_shown(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landscape_section, "MOST_FIELDS", 2)
    (section,) = sections(sweep)
    assert [field["nu"] for field in section.data["fields"]] == [FIELDS[0], FIELDS[2]]
    assert section.facts["fields left out"].startswith("1 of 3, ")


@pytest.mark.slow
def test_files_of_one_landscape_make_one_section(files: list[Path], tmp_path: Path) -> None:
    one_more = tmp_path / "other.nc"
    write_dataset(read_dataset(files[1]).assign_attrs(start_seed=9), one_more)
    found = sections(*files, one_more)
    assert [[field["nu"] for field in part.data["fields"]] for part in found] == [
        list(FIELDS),
        [FIELDS[1]],
    ]
    assert [part.facts["commands"].count("spinglass sample ") for part in found] == [3, 1]
    assert all("fields left out" not in part.facts for part in found)


@pytest.mark.slow
def test_a_folder_of_samples_shows_the_one_asked_for(tmp_path: Path) -> None:
    results = [synthetic(4, 30, nu, seed) for nu in (0.0, 0.5) for seed in (1, 2)]
    for data in results:
        data.attrs["job_identity"] = ""
    folder = put(tmp_path, *results)
    (first,) = sections(folder)
    (second,) = sections(folder, seed=2)
    assert first.facts["disorder"] == "sample 1"
    assert second.facts["disorder"] == "sample 2"
    with pytest.raises(InputError, match=r"seed must be one of \[1, 2\], got 3"):
        sections(folder, seed=3)
    (given,) = read_given([folder], FREE)
    assert counts(list(given.files)) == {
        "nu": [0.0, 0.0, 0.5, 0.5],
        "minima": [4, 4, 4, 4],
        "seed": [1, 2, 1, 2],
    }


@pytest.mark.slow
def test_pairs_count_twice(tmp_path: Path) -> None:
    data = synthetic(3, 30, 0.0, 1, p=4)
    write_dataset(data, tmp_path / "even.nc")
    (given,) = read_given([tmp_path / "even.nc"], FREE)
    assert counts(list(given.files))["minima"] == [6]
    (section,) = sections(tmp_path / "even.nc")
    assert section.data["fields"][0]["pairs"]
    assert section.data["fields"][0]["found"] == 3


@pytest.mark.parametrize("distinct", [1, slow(2), slow(3)])
def test_few_minima_make_a_section(distinct: int, tmp_path: Path) -> None:
    write_dataset(synthetic(distinct, 30, 0.3), tmp_path / "few.nc")
    (section,) = sections(tmp_path / "few.nc")
    (field,) = section.data["fields"]
    assert len(field["columns"]["x"]) == distinct
    assert len(field["tree"]["level"]) == distinct - 1
    assert np.diff(field["energies"]["edges"]).min() > 0.0
    json.dumps(section.data, allow_nan=False)


def test_couplings_without_a_seed_have_no_spectra(tmp_path: Path) -> None:
    data = synthetic(3, 30, 0.3).assign_attrs(seed=-1)
    write_dataset(data, tmp_path / "tensor.nc")
    (section,) = sections(tmp_path / "tensor.nc")
    (field,) = section.data["fields"]
    assert field["spectra"] is None
    assert field["columns"]["course"] == [-1, -1, -1]
    assert field["columns"]["lambda_min"] == [0.5, 0.5, 0.5]
    assert "Spectrum of the Hessian" not in [panel.title for panel in section.panels]


def test_other_couplings_than_those_of_the_seed_are_refused(tmp_path: Path) -> None:
    data = synthetic(3, 30, 0.3).assign_attrs(couplings_sha256="0" * 64)
    write_dataset(data, tmp_path / "wrong.nc")
    with pytest.raises(DamagedFileError, match="the couplings are not those of seed 0"):
        sections(tmp_path / "wrong.nc")


def test_a_file_without_minima_is_refused(tmp_path: Path) -> None:
    data = synthetic(2, 30, 0.3).isel(minimum=slice(0))
    write_dataset(data, tmp_path / "none.nc")
    with pytest.raises(InputError, match=r"none\.nc must hold a minimum to draw, got none"):
        sections(tmp_path / "none.nc")


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_has_a_section(kind: str) -> None:
    path = FIXTURES / FILES[kind]
    found = sections(path)
    assert found
    assert kind in SECTIONS
    for part in found:
        assert part.panels
        assert str(path) in part.facts["files"]
        for panel in part.panels:
            assert panel.sentence.endswith(".")
            for command in filter(None, (panel.command, panel.paper)):
                program, *words = shlex.split(command)
                if program == "printf":  # into the command
                    program, *words = words[words.index("|") + 1 :]
                assert program == "spinglass"
                parse(words)


def told(path: Path) -> str:
    """Return the command that made what is at a path."""
    (given,) = read_given([path], FREE)
    return made(given, given.files[0])


@pytest.mark.slow
def test_the_command_of_a_sweep_makes_its_files_again(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    shutil.copytree(FIXTURES / "sweep", folder)
    command = told(folder)
    (path,) = folder.glob("*.nc")
    before = open_result(path)
    shutil.rmtree(folder)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-c", command], check=True, env={**os.environ, "PATH": programs})
    after = open_result(path)
    assert after.attrs["job_identity"] == before.attrs["job_identity"]
    assert_array_equal(after["minimum"], before["minimum"])
    assert_allclose(after["minimum_energy"], before["minimum_energy"], rtol=1e-12)


def piped(command: str) -> str:
    """Return what a command reads: the lines that printf writes."""
    words = shlex.split(command)
    assert words[:2] == ["printf", r"%s\n"]
    return "\n".join(words[2 : words.index("|")])


@pytest.mark.parametrize("name", ["landscape", "quick", "mixed", "demo", "field-sweep"])
def test_the_configuration_in_a_command_plans_the_same_jobs(name: str, tmp_path: Path) -> None:
    source = CONFIGS / f"{name}.toml"
    config = load_sweep(source)
    write_manifest(config, plan_jobs(config), tmp_path)
    write_dataset(synthetic(2, 30, 0.3), tmp_path / "n.nc")
    file = ReadFile(tmp_path / "n.nc", open_result(tmp_path / "n.nc"))
    (tmp_path / "again.toml").write_text(piped(_swept([file], tmp_path)))
    assert plan_jobs(load_sweep(tmp_path / "again.toml")) == plan_jobs(config)


def test_the_configuration_in_a_command_trains_the_same_runs() -> None:
    found = tomllib.loads(piped(told(FIXTURES / "training")))
    kept = read_given([FIXTURES / "training"], FREE)[0].files[0].data.attrs["config"]
    assert TrainConfig.model_validate(found) == TrainConfig.model_validate_json(kept)


def test_a_sweep_without_manifest_is_told_file_by_file(tmp_path: Path) -> None:
    for name, nu in (("a", 0.0), ("b", 0.5)):
        write_dataset(synthetic(2, 30, nu), tmp_path / f"{name}.nc")
    command = told(tmp_path)
    assert command.startswith("spinglass sample --n 12 --p 3 --nu 0.0 --seed 0")
    assert command.endswith("# and so for 1 more")


@pytest.mark.slow
def test_names_of_plots_are_unique() -> None:
    found = sections(*(FIXTURES / name for name in FILES.values()))
    names = [plot.name for part in found for panel in part.panels for plot in panel.plots]
    assert len(names) > 20
    assert len(set(names)) == len(names)


def test_branches_go_through_their_points() -> None:
    from spinglass.following.branches import BRANCHES, from_dataset

    branches = from_dataset(BRANCHES.open(FIXTURES / FILES["branches"]))
    rows = curves(branches)
    for branch, (nu, energy) in enumerate(zip(rows["nu"], rows["energy"], strict=True)):
        here = branches.present[branch]
        drawn = np.interp(branches.nu[here], nu, energy)
        assert_allclose(drawn, branches.energy[branch, here], atol=1e-9)
        if np.isfinite(branches.death[branch, 0]):
            assert rows["ended"][branch] == f"{branches.death[branch, 0]:.6f}"


def test_deviations_are_those_of_the_comparison() -> None:
    (given,) = read_given([FIXTURES / FILES["validation"]], FREE)
    record = Record.of(given.files[0].data)
    point = Point.of(given.files[0].data.attrs["point"], record.samples)
    expected = compare(point, record)
    rows = table([(point, row) for row in expected])
    for k, row in enumerate(expected):
        assert rows["found"][k] == row.found
        assert rows["exact"][k] == row.exact
        assert rows["ratio"][k] == row.found / row.exact
        assert rows["z"][k] == (row.z if np.isfinite(row.z) else None)


@pytest.mark.slow
def test_a_control_is_told_of_everything(sweep: Path) -> None:
    seen = []
    sections_told = []

    def tell(event: object) -> None:
        seen.append(event)

    given = read_given([sweep], Control(tell=tell))
    from spinglass.report.making import sections_of

    sections_told += sections_of(given, None, Control(tell=tell))
    steps = [event for event in seen if event.unit == "steps"]
    assert [event.done for event in steps] == sorted(event.done for event in steps)
    assert steps[0].done == 0
    assert steps[-1].done == steps[-1].total > 100
    assert [event.total for event in seen if event.unit == "files"] == [3] * 4


@pytest.mark.slow
def test_an_embedding_of_the_same_minima_is_the_same(fields: list[FieldMinima]) -> None:
    assert_array_equal(place_minima(fields[0]), place_minima(fields[0]))


def test_spectra_come_in_pieces_without_a_trace(
    fields: list[FieldMinima], monkeypatch: pytest.MonkeyPatch
) -> None:
    from spinglass.report import hessians

    model = PSpin(SITES, 3, 0.0, SEED)
    whole = spectra(model, fields[0], FREE, NOTHING)
    monkeypatch.setattr(hessians, "_AT_ONCE", 3)
    parts = spectra(model, fields[0], FREE, NOTHING)
    assert_array_equal(whole.counts, parts.counts)
    assert looking.known([np.nan, 1.0]) == [None, 1.0]
    assert drawn_again({"seed": -1}, Path("x")) is None


def test_theory_is_left_out_where_a_point_is_hidden(tmp_path):
    model = draw_landscape(8, Covariance.mixture({3: 1.0}, 0.0), 0, Spike(3, 1.5))
    found = descend(model, 30)
    data = descent_dataset(model, found, distinct_minima(found), {"method": "flow", "starts": 30})
    write_dataset(data, tmp_path / "spike.nc")
    (section,) = sections(tmp_path / "spike.nc")
    assert "spike of order 3, strength 1.5" in section.title
    assert section.data["fields"][0]["exact"] is None
    assert section.data["fields"][0]["spectra"] is not None
    assert "Minima over the field" not in [panel.title for panel in section.panels]
    assert "--spike 3:1.5" in section.facts["commands"]


@pytest.mark.slow
@pytest.mark.parametrize("signal", [Spike(3, 1.5), Planted(0.6)])
@pytest.mark.parametrize("kind", ["descents", "graph"])
def test_every_minimum_tells_its_overlap_with_the_hidden_point(tmp_path, kind, signal):
    p = 3 if isinstance(signal, Spike) else 4  # where H is even, of absolute value
    model, path = draw_landscape(6, Covariance.mixture({p: 1.0}, 0.0), 0, signal), tmp_path / "a.nc"
    if kind == "graph":
        graph = connect_minima(model, unseen=0.02, unseen_saddles=0.1)
        data = graph_dataset(model, graph).drop_vars(["minimum_overlap", "saddle_overlap"])
        points = graph.minima[:: 2 if p == 4 else 1]
    else:
        found = descend(model, 30)
        minima = distinct_minima(found, antipodal=p == 4)
        data = descent_dataset(model, found, minima, {"method": "flow", "starts": 30})
        points = minima.spins
    write_dataset(data, path)
    (section,) = sections(path)
    wanted = [sum(x * y for x, y in zip(point, model.hidden, strict=True)) / 6 for point in points]
    if p == 4:
        wanted = np.abs(wanted)
    columns = section.data["fields"][0]["columns"]
    assert columns["hidden_overlap"] == pytest.approx(list(wanted), abs=1e-13)
    shown = json.dumps([str(tool.tooltips) for tool in hovers(section)])
    assert shown.count("@hidden_overlap") == 4


def hovers(section):
    """The hover tools of the plots of a section."""
    plots = [plot for panel in section.panels for plot in panel.plots]
    return [tool for plot in plots for tool in plot.select({"type": HoverTool})]


def test_minima_of_a_plain_landscape_tell_no_such_overlap(explorer: Explorer) -> None:
    assert "hidden_overlap" not in explorer.source.data
    assert "hidden_overlap" not in json.dumps(as_data(explorer))


def first_minima(field: FieldMinima, count: int, spins: np.ndarray | None = None) -> Explorer:
    """A page's section of the lowest minima of a field alone, or of other points in their place."""
    names = ("number", "energy", "lambda_min", "count", "spins")
    less = {name: getattr(field, name)[:count] for name in names}
    if spins is not None:
        less["spins"] = spins
    return looking.look_at([(replace(field, **less, found=count), None)], None, "s0-0", FREE)


def spread_of_colours(explorer: Explorer) -> tuple[float, str]:
    """The overlap of full colour in a drawn matrix, and the panel's sentence."""
    panel = tree_panel.draw(explorer, "")
    bars = [each for made in panel.plots for each in made.below if hasattr(each, "color_mapper")]
    (mapper,) = [bar.color_mapper for bar in bars]
    assert mapper.low == -mapper.high
    return mapper.high * looking.OVERLAP_UNIT, panel.sentence


@pytest.mark.parametrize("count", [1, 2, 3])
def test_overlaps_of_few_minima_are_on_the_whole_scale(
    fields: list[FieldMinima], count: int
) -> None:
    high, sentence = spread_of_colours(first_minima(fields[0], count))
    assert high == 1.0
    assert "in full colour from 1 on, the overlap of a minimum with itself" in sentence


def test_the_largest_of_several_overlaps_has_the_full_colour(fields: list[FieldMinima]) -> None:
    off = np.abs(fields[0].overlaps[:4, :4] - np.eye(4))
    high, sentence = spread_of_colours(first_minima(fields[0], 4))
    assert high == pytest.approx(off.max(), abs=looking.OVERLAP_UNIT)
    assert f"from {off.max():.2g} on, the largest of two different minima" in sentence


def test_orthogonal_minima_leave_a_scale_of_colours(fields: list[FieldMinima]) -> None:
    spins = np.sqrt(SITES) * np.eye(4, SITES)
    high, sentence = spread_of_colours(first_minima(fields[0], 4, spins))
    assert high == pytest.approx(SITES**-0.5, abs=looking.OVERLAP_UNIT)
    assert "1/sqrt(n), the root mean square of two random points" in sentence


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_single_minima_begin_a_readable_way_below_the_first_merge(
    fields: list[FieldMinima], count: int
) -> None:
    tree = first_minima(fields[0], count).views[0].tree
    assert len(set(tree.foot)) == 1
    foot, first = float(tree.foot[0]), float(np.max(tree.level, initial=-1.0))
    assert foot <= 1.0
    assert foot - first >= 0.1 - 1e-12 or foot == 1.0
