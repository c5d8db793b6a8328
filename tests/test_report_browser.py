"""The report in a real browser: what a person does with it, by mouse and by keys.

Debian's Chromium, driven by Playwright; where either is missing the tests are skipped.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from spinglass import PSpin, descend, open_result
from spinglass.control import Control
from spinglass.files.store import write_dataset
from spinglass.report.making import make_report
from spinglass.search import distinct_minima
from spinglass.search.results import descent_dataset
from spinglass_cli.main import cli
from tests.reports import FIELDS, FOUND, swept
from tests.test_figures import synthetic
from tests.test_kinds import FILES, FIXTURES
from tests.test_report_command import hostile

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")
if not CHROMIUM:
    pytest.skip("Chromium is not installed", allow_module_level=True)

WHERE = """([name, x, y]) => {
  const view = Bokeh.index.find_one(Bokeh.documents[0].get_model_by_name(name));
  view.el.scrollIntoView({ block: "center" });
  const box = view.el.getBoundingClientRect();
  return [box.x + view.frame.x_scale.compute(x), box.y + view.frame.y_scale.compute(y)];
}"""
SELECTED = """(name) => [...Bokeh.documents[0].get_model_by_name(name).selected.indices]"""
COLUMN = """([name, column]) => [...Bokeh.documents[0].get_model_by_name(name).data[column]]"""
RANGE = """(name) => {
  const range = Bokeh.documents[0].get_model_by_name(name);
  return [Math.min(range.start, range.end), Math.max(range.start, range.end)];
}"""
RANGE_OF_COLOURS = """(name) => {
  const mapper = Bokeh.documents[0].get_model_by_name(name);
  return [mapper.low, mapper.high];
}"""
TABLE = """(name) =>
  [...Bokeh.documents[0].get_model_by_name(name).data_source.data.image[0]].map(Number)"""
SETTLED = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))"""

PIXELS = """(all) => all.map((one) => {
  const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  [copy.canvas.width, copy.canvas.height] = [one.width, one.height];
  copy.drawImage(one, 0, 0);
  const opaque = copy.getImageData(0, 0, one.width, one.height).data.filter((_, k) => k % 4 === 3);
  return { corner: opaque[2 * one.width + 2], ink: opaque.some((value) => value > 200) };
})"""


class Visit:
    """A page that is open, and everything that went wrong on it."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page, self.wrong = page, []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("request", self._ask)
        page.goto(path.resolve().as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)

    def _hear(self, message: Any) -> None:
        graphics = "GL Driver Message" in message.text  # of a machine without a graphics card
        if message.type in ("error", "warning") and not graphics:
            self.wrong.append(f"{message.type}: {message.text}")

    def _ask(self, request: Any) -> None:
        if not request.url.startswith("file://"):
            self.wrong.append(f"request: {request.url[:200]}")

    def settle(self) -> None:
        self.page.evaluate(SETTLED)

    def click(self, name: str, x: float, y: float, *keys: str) -> None:
        """Click a place of a plot with the mouse, by the numbers of its axes."""
        left, top = self.page.evaluate(WHERE, [f"s0-0-{name}", x, y])
        self.page.mouse.move(left, top)
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.click(left, top)
        for key in keys:
            self.page.keyboard.up(key)
        self.settle()

    def column(self, name: str, source: str = "minima") -> list[Any]:
        found: list[Any] = self.page.evaluate(COLUMN, [f"s0-0-{source}", name])
        return found

    @property
    def selected(self) -> list[int]:
        return sorted(self.page.evaluate(SELECTED, "s0-0-minima"))

    def text(self, selector: str) -> str:
        words: str = self.page.inner_text(selector)
        return words

    @property
    def marked(self) -> list[int]:
        """Rows of the table that are marked as selected."""
        rows = self.page.locator('tbody tr[aria-selected="true"]').all()
        return sorted(int(row.get_attribute("data-row")) for row in rows)

    def go_to(self, place: int) -> None:
        """Drag the slider with the mouse to one of its places."""
        slider = self.page.locator("input[type=range]")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        knob = 16.0  # its width: the centre moves over that much less
        last = int(slider.get_attribute("max"))
        at = int(slider.input_value())

        def x(step: int) -> float:
            return box["x"] + knob / 2 + (box["width"] - knob) * step / last

        self.page.mouse.move(x(at), box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(x(place), box["y"] + box["height"] / 2, steps=5)
        self.page.mouse.up()
        self.settle()


WITHOUT = pytest.param("--disable-3d-apis", id="without", marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=[pytest.param("", id="webgl"), WITHOUT])
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    options = ["--no-sandbox", *filter(None, [request.param])]
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(executable_path=CHROMIUM, args=options)
        yield found
        found.close()


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Open pages, and fail if anything went wrong on one."""
    visits: list[Visit] = []

    def opened(path: Path, **words: Any) -> Visit:
        words = {"viewport": {"width": 1280, "height": 900}} | words
        visits.append(Visit(browser.new_page(**words), path))
        return visits[-1]

    yield opened
    for each in visits:
        each.settle()
        assert each.wrong == []
        assert each.page.locator("#trouble").is_hidden()
        each.page.close()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def path(results: Path) -> Path:
    make_report([results], results / "page.html")
    return results / "page.html"


@pytest.fixture(scope="module")
def first(results: Path) -> Any:
    """The result at the first field."""
    (found,) = results.glob("n*-nu0-*.nc")
    return open_result(found)


def linked(visit: Visit, chosen: list[int], result: Any) -> None:
    """Everything that shows a selection shows this one."""
    count = result["minimum_count"].values
    assert visit.selected == chosen
    assert visit.marked == chosen
    assert visit.text(".status") == (
        f"{len(chosen)} of {len(count)} minima selected: "
        f"{count[chosen].sum():,} of {result.sizes['start']:,} starts"
    )
    assert sum(visit.column("chosen", "bars")) == count[chosen].sum()
    assert sum(visit.column("all", "bars")) == count.sum()


def test_a_click_on_a_minimum_selects_it_everywhere(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    linked(here, [], first)
    x, y = here.column("x"), here.column("y")
    far = int(np.argmax([min(abs(a - b) + abs(c - d) for b, d in zip(x, y, strict=True) if b != a)
                         for a, c in zip(x, y, strict=True)]))  # fmt: skip
    here.click("map", x[far], y[far])
    linked(here, [far], first)
    energy, spins = first["minimum_energy"].values, first["minimum_spins"].values
    said = here.text('[data-slot="chosen"]')
    assert f"{energy[far]:.9f}".replace("-", "\u2212") in said
    assert f"{first['minimum_lambda_min'].values[far]:.6f}" in said
    assert_close(here.column("overlap"), spins @ spins[far] / spins.shape[1], 6e-5)
    assert sum(here.column("top", "eigenvalues")) == spins.shape[1] - 1
    here.page.wait_for_timeout(500)  # two clicks, not a double one
    here.click("map", x[far], y[far])
    linked(here, [far], first)  # a second click does not undo the first
    other = 0 if far else 1
    here.click("ranks", here.column("rank")[other], here.column("share")[other], "Shift")
    linked(here, sorted([far, other]), first)
    here.page.keyboard.press("Escape")
    here.settle()


def assert_close(found: list[float], expected: np.ndarray, error: float) -> None:
    np.testing.assert_allclose(found, expected, atol=error)


@pytest.mark.slow
def test_what_is_under_the_pointer_is_told(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    x, y = here.column("x"), here.column("y")
    left, top = here.page.evaluate(WHERE, ["s0-0-map", x[0], y[0]])
    tip = here.page.get_by_text(f"{first['minimum_energy'].values[0]:.6f}")  # with Bokeh's minus
    assert tip.count() == 0
    here.page.mouse.move(left - 1, top)
    here.page.mouse.move(left, top)
    tip.wait_for(timeout=5_000)


@pytest.mark.slow
def test_a_click_in_the_tree_selects_the_branch(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    spins = first["minimum_spins"].values
    q = spins @ spins.T / spins.shape[1]
    np.fill_diagonal(q, -1.0)
    nearest = sorted(int(k) for k in np.unravel_index(q.argmax(), q.shape))
    places = here.column("place")
    below = (q.max() + np.sort(np.unique(q))[-3]) / 2  # above the first merge, below all others
    here.click("tree", places[nearest[0]], min(below, q.max() - 0.001))
    linked(here, nearest, first)
    assert len(here.column("x0", "branch")) == 4  # two leaves, a merge, its line on
    here.click("tree", places[3], here.column("foot")[3] + 0.02)
    linked(here, [3], first)
    while len(here.selected) < FOUND[0]:
        before = here.selected
        here.page.click("[data-act=wider]")
        here.settle()
        assert set(before) < set(here.selected)
    linked(here, list(range(FOUND[0])), first)
    here.page.click("[data-act=none]")
    here.settle()
    linked(here, [], first)
    here.page.click("[data-act=all]")
    here.settle()
    linked(here, list(range(FOUND[0])), first)


@pytest.mark.slow
def test_a_click_in_the_matrix_selects_two(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    places = here.column("place")
    here.click("matrix", places[1], places[4])
    linked(here, [1, 4], first)
    spins = first["minimum_spins"].values
    q = f"{spins[1] @ spins[4] / spins.shape[1]:.4f}".replace("-", "\u2212")
    assert here.text('[data-slot="tree"]') == f"minimum 1 and 4: overlap {q}"


@pytest.mark.slow
def test_the_slider_goes_through_the_fields(visit: Open, path: Path, results: Path) -> None:
    here = visit(path)
    course, colours = here.column("course"), here.column("colour")
    here.page.click("[data-act=all]")
    for place in (1, 2, 0):
        here.go_to(place)
        nu = FIELDS[place]
        (file,) = results.glob(f"n*-nu{nu:g}-*.nc")
        result = open_result(file)
        assert f"{nu:.4f}" in here.text(".field")
        assert here.column("energy") == result["minimum_energy"].values.tolist()
        assert len(here.page.locator("tbody tr").all()) == FOUND[place]
        assert f"{FOUND[place]} minim" in here.text(".about")
        shown = here.page.evaluate(
            "() => [0, 1, 2].map((k) => ['image', 'table'].map((name) =>"
            " Bokeh.documents[0].get_model_by_name(`s0-0-${name}-${k}`).visible))"
        )
        assert shown == [[k == place] * 2 for k in range(3)]
        mine = dict(zip(here.column("course"), here.column("colour"), strict=True))
        kept = {name: colour for name, colour in zip(course, colours, strict=True) if name in mine}
        assert {name: mine[name] for name in kept} == kept
        if place == 1:
            assert 0 < len(kept) < FOUND[1]
            assert [here.column("course")[k] for k in here.selected] == [
                name for name in here.column("course") if name in kept
            ]
        lives = len(here.selected)
        words = f"; {FOUND[0] - lives} selected at another field do" if lives < FOUND[0] else ""
        assert words in here.text(".status")
        assert ("at another field" in here.text(".status")) == bool(words)
    assert len(here.selected) == FOUND[0]  # all of them are back


@pytest.mark.slow
def test_what_is_selected_elsewhere_is_forgotten_with_a_new_selection(
    visit: Open, path: Path
) -> None:
    here = visit(path)
    here.page.click("[data-act=all]")
    here.go_to(2)
    assert "at another field" in here.text(".status")
    here.page.click("[data-act=none]")
    assert "at another field" not in here.text(".status")
    here.go_to(0)
    assert here.selected == []


@pytest.mark.slow
def test_the_colours_of_overlaps_have_a_scale(visit: Open, path: Path, results: Path) -> None:
    largest = 0.0
    for file in results.glob("n*.nc"):
        spins = open_result(file)["minimum_spins"].values
        overlaps = spins @ spins.T / spins.shape[1]
        largest = max(largest, np.abs(overlaps[np.triu_indices(len(spins), 1)]).max(initial=0.0))
    here = visit(path)
    low, high, labels = here.page.evaluate(
        "() => { const bar = Bokeh.documents[0].get_model_by_name('s0-0-matrix').below.find("
        "(each) => each.type === 'ColorBar');"
        " return [bar.color_mapper.low, bar.color_mapper.high,"
        " [...bar.major_label_overrides.entries()].sort((a, b) => a[0] - b[0])]; }"
    )
    assert [low, high] == [-round(largest / 1e-4), round(largest / 1e-4)]
    assert [label for _, label in labels][::4] == [f"{-largest:.2g}", f"{largest:.2g}"]
    assert [float(label) for _, label in labels] == pytest.approx(
        [tick * 1e-4 for tick, _ in labels], rel=0.05
    )
    assert f"in full colour from {largest:.2g} on" in here.page.content()


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "nu", "count"), [(0, 3.0, 1), (0, 1.0, 2), (3, 1.0, 3)])
def test_few_minima_have_an_axis_of_overlaps_and_a_matrix_that_differs(
    visit: Open, tmp_path: Path, seed: int, nu: float, count: int
) -> None:
    model = PSpin(12, 3, nu, seed)
    found = descend(model, starts=200, control=Control(1))
    minima = distinct_minima(found)
    assert len(minima.energy) == count
    write_dataset(descent_dataset(model, found, minima, {"start_seed": 0}), tmp_path / "few.nc")
    make_report([tmp_path / "few.nc"], tmp_path / "few.html")
    here = visit(tmp_path / "few.html", color_scheme="dark")
    low, high = here.page.evaluate(RANGE, "s0-0-levels")
    assert high - low >= 0.1
    assert max(low, high) <= 1.1
    table = np.array(here.page.evaluate(TABLE, "s0-0-table-0")).reshape(count, count)
    assert (np.diag(table) == 10_000).all()
    assert (np.abs(table[~np.eye(count, dtype=bool)]) < 10_000).all()
    assert here.page.evaluate(RANGE_OF_COLOURS, "s0-0-signs") == [-10_000, 10_000]


@pytest.mark.slow
def test_the_slider_heeds_the_keys(visit: Open, path: Path) -> None:
    here = visit(path)
    here.page.focus("input[type=range]")
    for key, place in (("ArrowRight", 1), ("End", 2), ("Home", 0)):
        here.page.keyboard.press(key)
        here.settle()
        assert here.page.get_attribute("section", "data-field") == str(place)
    assert "0.0000" in here.page.get_attribute("input[type=range]", "aria-valuetext")


@pytest.mark.slow
def test_the_table_sorts_and_selects(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    values = {
        "H/n": first["minimum_energy"].values,
        "descents": first["minimum_count"].values,
        "lowest eigenvalue": first["minimum_lambda_min"].values,
    }
    rows = here.page.locator("tbody tr")
    for title, column in values.items():
        for sign, word in ((1, "ascending"), (-1, "descending")):
            head = here.page.locator("th", has_text=title)
            if head.get_attribute("aria-sort") != word:
                head.locator("button").click()
            if head.get_attribute("aria-sort") != word:  # the first column is sorted already
                here.page.locator("th", has_text=title).locator("button").click()
            order = [int(row.get_attribute("data-row")) for row in rows.all()]
            assert order == sorted(order, key=lambda k: (sign * column[k], k))
            assert here.page.locator("th[aria-sort]").count() == 1
    rows.nth(2).click()
    chosen = int(rows.nth(2).get_attribute("data-row"))
    linked(here, [chosen], first)
    here.page.keyboard.down("Control")
    rows.nth(4).click()
    here.page.keyboard.up("Control")
    linked(here, sorted([chosen, int(rows.nth(4).get_attribute("data-row"))]), first)
    rows.first.focus()
    here.page.keyboard.press("ArrowDown")
    here.page.keyboard.press("Space")
    linked(here, [int(rows.nth(1).get_attribute("data-row"))], first)
    here.page.keyboard.press("End")
    here.page.keyboard.press("Shift+Enter")
    assert len(here.selected) == 2


@pytest.mark.slow
def test_light_and_dark(visit: Open, path: Path) -> None:
    here = visit(path, color_scheme="dark")
    root = here.page.locator("html")
    assert root.get_attribute("data-ground") == "dark"
    dark = here.column("colour")
    here.page.locator("tbody tr").first.click()
    here.page.click("#ground")
    here.settle()
    assert root.get_attribute("data-ground") == "light"
    assert here.selected == [0]
    assert here.column("colour") != dark
    text = "() => Bokeh.documents[0].get_model_by_name('s0-0-tree').left[0].axis_label_text_color"
    assert here.page.evaluate(text) == "#1b1f24"
    here.page.emulate_media(color_scheme="light")
    here.page.emulate_media(color_scheme="dark")
    assert root.get_attribute("data-ground") == "light"  # what was asked for stays
    other = visit(path, color_scheme="light")
    assert other.page.locator("html").get_attribute("data-ground") == "light"
    other.page.emulate_media(color_scheme="dark")
    other.settle()
    assert other.page.locator("html").get_attribute("data-ground") == "dark"


@pytest.mark.slow
@pytest.mark.parametrize("distinct", [1, 2, 3])
def test_few_minima(distinct: int, visit: Open, tmp_path: Path) -> None:
    data = synthetic(distinct, 30, 0.3)
    write_dataset(data, tmp_path / "few.nc")
    make_report([tmp_path / "few.nc"], tmp_path / "few.html")
    here = visit(tmp_path / "few.html")
    last = distinct - 1
    here.click("map", here.column("x")[last], here.column("y")[last])
    linked_words = here.text(".status")
    noun = "minimum" if distinct == 1 else "minima"
    assert linked_words.startswith(f"1 of {distinct} {noun} selected: ")
    assert here.marked == [last]
    here.page.click("[data-act=wider]")
    here.settle()
    assert len(here.selected) == min(distinct, max(2, len(here.selected)))
    assert here.page.locator("input[type=range]").count() == 0


@pytest.mark.slow
def test_both_minima_that_come_of_a_pair_are_named(visit: Open, tmp_path: Path) -> None:
    files = [tmp_path / "nu0.nc", tmp_path / "nu0.2.nc"]
    for nu, file in zip(("0", "0.2"), files, strict=True):
        words = f"sample --n 8 --p 4 --nu {nu} --seed 3 --starts 128 --out {file}"
        assert CliRunner().invoke(cli, words.split()).exit_code == 0
    make_report(files, tmp_path / "pair.html")
    here = visit(tmp_path / "pair.html")
    pairs = here.column("course")
    here.go_to(1)
    courses, numbers = here.column("course"), here.column("number")
    here.go_to(0)
    both = [k for k, course in enumerate(pairs) if courses.count(course) == 2]
    assert both
    k = both[0]
    here.click("map", here.column("x")[k], here.column("y")[k])
    one, other = (n for n, course in zip(numbers, courses, strict=True) if course == pairs[k])
    assert f"{one} and {other} at \u03bd = 0.2000" in here.text('[data-slot="chosen"]')


def test_hostile_names_do_nothing(visit: Open, tmp_path: Path) -> None:
    paths = hostile(tmp_path / "in")
    make_report(paths, tmp_path / "page.html")
    here = visit(tmp_path / "page.html")
    here.page.locator("summary").first.click()
    here.page.mouse.move(300, 300)
    here.settle()
    assert here.page.evaluate("() => window.hacked") is None
    assert here.page.locator("main img").count() == 0
    assert "window.hacked=1" in here.text("h1")
    assert "<script>" in here.text(".field")


@pytest.mark.slow
def test_a_page_of_every_kind(visit: Open, tmp_path: Path) -> None:
    make_report([FIXTURES / name for name in FILES.values()], tmp_path / "all.html")
    here = visit(tmp_path / "all.html", viewport={"width": 420, "height": 900})
    for plot in here.page.locator("[data-plot]").all():
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert 150 < box["width"] <= 420
        assert box["height"] > 150
    wide = here.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 420


@pytest.mark.slow
def test_it_prints_on_white(visit: Open, path: Path, tmp_path: Path) -> None:
    here = visit(path, color_scheme="dark")
    here.page.pdf(path=str(tmp_path / "page.pdf"))
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    here.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert here.page.locator("html").get_attribute("data-ground") == "light"
    prints = here.page.locator("canvas.print")
    assert prints.count() == here.page.locator("[data-plot]").count() > 6
    seen = prints.evaluate_all(PIXELS)
    assert [one["corner"] for one in seen] == [0] * len(seen)  # nothing: the paper's own colour
    assert all(one["ink"] for one in seen)
    here.page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert prints.count() == 0
    assert here.page.locator("html").get_attribute("data-ground") == "dark"


def test_the_json_of_the_page_is_that_of_the_files(visit: Open, path: Path, first: Any) -> None:
    here = visit(path)
    data = json.loads(here.page.locator("#data").text_content())
    assert data["sections"][0]["fields"][0]["columns"]["energy"] == (
        first["minimum_energy"].values.tolist()
    )
    assert os.path.getsize(path) < 6e6
