"""The map: where the minima are, as neighbours on the sphere."""

from typing import Any

from bokeh.models import GlyphRenderer, LinearColorMapper

from spinglass.report.explorer import Explorer
from spinglass.report.palettes import washes
from spinglass.report.panel import HIGHLIGHT, PagePanel, add_hover, add_tap, plot

_HOVER = (
    ("minimum", "@number"),
    ("H/n", "@energy{0.000000}"),
    ("starts", "@count"),
    ("basin weight", "@share{0.000000}"),
    ("lowest eigenvalue", "@lambda_min{0.0000}"),
)
_HIDDEN = ("overlap with the hidden point", "@hidden_overlap{0.0000}")

_LOOK: dict[str, Any] = {
    "line_color": "#808891",
    "line_width": 0.6,
    "fill_color": "colour",
    "selection_line_color": HIGHLIGHT,
    "selection_line_width": 2.0,
    "nonselection_line_alpha": 1.0,
    "nonselection_fill_color": "faded",
    "nonselection_fill_alpha": 1.0,
}
"""The look of the glyphs of minima, selected or not."""


def draw_minima(
    made: Any, explorer: Explorer, across: str, up: str, *more: tuple[str, str], **look: Any
) -> GlyphRenderer:
    """Draw a glyph per minimum, and show numbers of the one under the pointer.

    Parameters
    ----------
    made : bokeh.plotting.figure
        Where to draw.
    explorer : Explorer
        The section; its source holds the minima.
    across, up : str
        Columns of the source.
    *more : (str, str)
        Names and formats of further numbers to show.
    **look
        As for ``figure.scatter``.
    """
    glyphs = made.scatter(across, up, source=explorer.source, **{"size": 8, **_LOOK, **look})
    hidden = [_HIDDEN] if "hidden_overlap" in explorer.source.data else []
    add_hover(made, [glyphs], *_HOVER, *hidden, *more)
    return glyphs


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Draw the discs of the minima over the image of the descents."""
    square: Any = {"x_range": (-1, 1), "y_range": (-1, 1), "match_aspect": True}
    made = plot(explorer.named("map"), "", "", height=560, **square)
    made.ygrid.visible = False
    mapper = LinearColorMapper(
        palette=washes("light"), low=-0.5, high=255.5, name=explorer.named("wash")
    )
    for place, view in enumerate(explorer.views):
        made.image(
            image=[view.image],
            x=-1,
            y=-1,
            dw=2,
            dh=2,
            color_mapper=mapper,
            level="image",
            visible=place == 0,
            name=explorer.named(f"image-{place}"),
        )
    look = {"size": "size", "line_color": "#5b636d", "nonselection_line_color": "#808891"}
    add_tap(made, draw_minima(made, explorer, "x", "y", **look))
    return PagePanel(
        "Map",
        "One disc a minimum, its area the share of the descents that ended there (the smallest are "
        "drawn larger); neighbours on the map are neighbours on the sphere, and distances between "
        "groups mean nothing. The wash behind is the mean energy of the descents around, stronger "
        "where they are dense; a minimum keeps its colour, which is its height in energy at the "
        "field where it was met first, from field to field.",
        command,
        (made,),
        slot="map",
    )
