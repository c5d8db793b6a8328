"""The tree of the minima above the matrix of their overlaps, in the order of its leaves."""

from typing import Any

import numpy as np
from bokeh.models import ColorBar, ColumnDataSource, FixedTicker, LinearColorMapper, Range1d

from spinglass.report.explorer import OVERLAP_UNIT, Explorer, FieldView
from spinglass.report.palettes import signs
from spinglass.report.panel import GREY, HIGHLIGHT, PagePanel, plot
from spinglass.report.panels.map_panel import draw_minima

_LEFT = 80
"""Left margin of both plots in pixels, which aligns their minima."""

_FEW = 3
"""Number of minima up to which overlaps are shown on the scale from -1 to 1."""

_BARRIERS = (
    "Two branches merge at the lowest known pass between them (a disconnectivity tree, from a "
    "graph of saddles of the same landscape)."
)
_OVERLAPS = (
    "Two branches merge at the mean overlap between their minima (average linkage): who is near "
    "whom, and nothing of barriers, which need a graph of spinglass connect; where the lines of "
    "single minima begin means nothing."
)


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Draw the tree, whose lines the script fills, and the matrices of all fields."""
    places = Range1d(-0.5, 1.5, name=explorer.named("places"))
    tree = _tree(explorer, places)
    matrix = _matrix(explorer, places)
    kinds = {view.tree.barriers for view in explorer.views}
    reach, why = _reach(explorer)
    words = " ".join(
        text for flag, text in ((True, _BARRIERS), (False, _OVERLAPS)) if flag in kinds
    )
    if len(kinds) > 1:
        words += " Which of both is shown stands at the axis."
    return PagePanel(
        "Tree and overlaps",
        f"{words} A click selects the branch at that height. Below it, in the same order, the "
        "overlap of every two minima: orange where positive, blue where negative, in full colour "
        f"from {reach:.2g} on, {why}.",
        command,
        (tree, matrix),
        slot="tree",
        wide=True,
    )


def _tree(explorer: Explorer, places: Range1d) -> Any:
    made = plot(
        explorer.named("tree"),
        "",
        "level",
        height=300,
        x_range=places,
        y_range=Range1d(name=explorer.named("levels")),
        min_border_left=_LEFT,
    )
    made.yaxis.name = explorer.named("level-axis")
    ends = ("x0", "y0", "x1", "y1")
    for name, colour, width in (("lines", GREY, 1.0), ("branch", HIGHLIGHT, 2.2)):
        source = ColumnDataSource({end: [] for end in ends}, name=explorer.named(name))
        made.segment(*ends, source=source, line_color=colour, line_width=width)
    draw_minima(made, explorer, "place", "foot", size=6)
    return made


def _matrix(explorer: Explorer, places: Range1d) -> Any:
    rows = Range1d(0, 1, name=explorer.named("rows"))
    made = plot(
        explorer.named("matrix"),
        "",
        "minima, in the order of the tree",
        height=470,
        x_range=places,
        y_range=rows,
        min_border_left=_LEFT,
    )
    made.ygrid.visible = False
    made.yaxis.major_label_text_font_size = "0px"
    made.yaxis.major_tick_line_color = made.yaxis.minor_tick_line_color = None
    reach = round(_reach(explorer)[0] / OVERLAP_UNIT)
    mapper = LinearColorMapper(
        palette=signs("light"), low=-reach, high=reach, name=explorer.named("signs")
    )
    made.add_layout(_colour_bar(mapper), "below")
    for place, view in enumerate(explorer.views):
        table = overlap_table(view)
        made.image(
            image=[table],
            x=-0.5,
            y=-0.5,
            dw=len(table),
            dh=len(table),
            color_mapper=mapper,
            visible=place == 0,
            name=explorer.named(f"table-{place}"),
        )
    return made


def _colour_bar(mapper: LinearColorMapper) -> ColorBar:
    """Return the colour bar, horizontal so as to leave both plots the same width."""
    ticks = np.linspace(mapper.low, mapper.high, 5).round().astype(int).tolist()
    return ColorBar(
        color_mapper=mapper,
        orientation="horizontal",
        height=10,
        padding=4,
        title="overlap x . y / n",
        title_text_font_style="normal",
        title_text_font_size="12px",
        bar_line_color=GREY,
        background_fill_color=None,
        ticker=FixedTicker(ticks=ticks),
        major_label_overrides={tick: f"{tick * OVERLAP_UNIT:.2g}" for tick in ticks},
    )


def _reach(explorer: Explorer) -> tuple[float, str]:
    """Return the overlap that has the full colour, and what it is in words.

    It is the largest overlap of two different minima, unless there are so few that it would look
    like that of a minimum with itself, or it is smaller than those of random points.
    """
    if all(len(view.course) <= _FEW for view in explorer.views):
        return 1.0, "the overlap of a minimum with itself"
    largest = max(
        float(np.max(np.abs(view.minima.overlaps[np.triu_indices(len(view.course), 1)]), initial=0))
        for view in explorer.views
    )
    unrelated = explorer.views[0].minima.n ** -0.5
    if largest < unrelated:
        return unrelated, "1/sqrt(n), the root mean square of two random points; all here are below"
    return largest, "the largest of two different minima at any field"


def overlap_table(view: FieldView) -> np.ndarray:
    """Return the overlaps in the order of the leaves, as integer multiples of `OVERLAP_UNIT`."""
    order = np.argsort(view.tree.place)
    table = np.rint(view.minima.overlaps[np.ix_(order, order)] / OVERLAP_UNIT)
    return np.asarray(table, np.int16)
