"""What a terminal and a notebook show of landscapes and results."""

from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pytest

from spinglass.connections import connect_minima
from spinglass.following.annealing import AnnealedSamples
from spinglass.following.whole_landscape import follow_landscape
from spinglass.landscape.drawn import Mixed, PSpin
from spinglass.search.census import take_census
from spinglass.search.complex_solutions import solve_complex
from spinglass.search.methods.entry import descend
from spinglass.search.minima import distinct_minima
from spinglass.search.stationary import find_stationary_points
from spinglass.shown import Shown

MODEL = PSpin(8, 3, 0.5, 0)
NONE = np.empty(0)

SHOWN: dict[str, Callable[[], Shown]] = {
    "a landscape": lambda: MODEL,
    "a mixture": lambda: Mixed(5, {2: 1.0, 3: 0.5}),
    "a tensor": lambda: PSpin.from_tensor(np.ones((3, 3, 3))),
    "descents": lambda: descend(MODEL, 4),
    "minima": lambda: distinct_minima(descend(MODEL, 4)),
    "a census": lambda: take_census(MODEL, 0.05),
    "points": lambda: find_stationary_points(PSpin(4, 3)),
    "solutions": lambda: solve_complex(PSpin(4, 3)),
    "a graph": lambda: connect_minima(MODEL, unseen_saddles=0.1),
    "branches": lambda: follow_landscape(PSpin(5, 3), [0.0, 0.5], 0.1),
    "annealing": lambda: AnnealedSamples(*[NONE] * 5, NONE.astype(np.int64), NONE, NONE),
}


class Cells(HTMLParser):
    """The texts of the cells of a table, and whether all its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("make", SHOWN.values(), ids=SHOWN)
def test_results_are_shown_by_their_facts(make: Callable[[], Shown]) -> None:
    shown = make()
    cells = Cells()
    cells.feed(shown._repr_html_())
    cells.close()
    assert not cells.open
    assert cells.texts[0] == type(shown).__name__
    assert cells.texts[1::2] == list(shown.facts())
    assert "array" not in repr(shown)
    assert len(repr(shown).splitlines()) == 1
    assert len(repr(shown)) < 300


def test_the_facts_are_those_of_the_result() -> None:
    found = take_census(MODEL, 0.05)
    facts = found.facts()
    assert facts["minima"] == len(found.energy)
    assert facts["lowest H/n"] == found.energy.min()
    points = find_stationary_points(PSpin(4, 3))
    assert f"index 0={int((points.index == 0).sum())}, " in repr(points).replace("_", " ")
    assert f"points={len(points.energy)}, " in repr(points)


def test_nothing_shown_is_taken_for_markup() -> None:
    class Hostile(Shown):
        def facts(self) -> dict[str, object]:
            return {"<b>name</b>": "<script>alert(1)</script>"}

    assert "<script>" not in Hostile()._repr_html_()
    assert "<b>name" not in Hostile()._repr_html_()
