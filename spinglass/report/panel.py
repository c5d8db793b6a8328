"""A panel: one plot or table of the page, the sentence that says what it shows, and its command.

Text from files or paths never goes to Bokeh, which reads formulas in labels and HTML in blocks of
text: it stands in the page itself, escaped (`spinglass.report.page`).  If a plot needs a name that
the user chose, `plain` removes all but letters, digits and a few harmless characters.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bokeh.models import GlyphRenderer, HoverTool, Plot, TapTool
from bokeh.plotting import figure

HIGHLIGHT = "#D55E00"
"""The colour of what is selected, in every plot."""

BLUE, GREEN, GREY = "#2B8CC4", "#009E73", "#808891"
"""Colours that read on white and on black."""


@dataclass(frozen=True)
class PagePanel:
    """One panel.

    Attributes
    ----------
    title : str
        A few words.
    sentence : str
        What it shows.
    command : str
        The command that made the results shown.
    plots : sequence of Plot
        One below the other; their names are unique in the page.
    slot : str
        Name of the place above the plots that the script fills (`spinglass.report.page`); also
        the name of the panel in the style sheet.
    wide : bool
        Whether it takes the whole width.
    paper : str
        The command that draws the same for print; empty if there is none.
    """

    title: str
    sentence: str
    command: str
    plots: tuple[Plot, ...] = ()
    slot: str = ""
    wide: bool = False
    paper: str = ""


@dataclass(frozen=True)
class PageSection:
    """The panels of one set of results.

    Attributes
    ----------
    title : str
        What it is.
    facts : mapping
        What determines the numbers, by name.
    panels : sequence of PagePanel
        In the order of the page.
    data : mapping
        What the script needs for an interactive section; empty for any other.
    """

    title: str
    facts: Mapping[str, str]
    panels: tuple[PagePanel, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


def plot(
    name: str,
    across: str,
    up: str,
    *,
    height: int = 320,
    x_axis_type: str = "linear",
    y_axis_type: str = "linear",
    **words: Any,
) -> Any:
    """Make an empty plot in the look of the page; the page says how wide it is.

    ``name`` is unique in the page; ``across`` and ``up`` are the labels of the axes, and "" hides
    an axis; axes are ``linear`` or ``log``; ``height`` is in pixels; ``words`` go to Bokeh.
    """
    made = figure(
        name=name,
        height=height,
        sizing_mode="stretch_width",
        x_axis_type=x_axis_type,
        y_axis_type=y_axis_type,
        tools="pan,box_zoom,wheel_zoom,reset",
        toolbar_location="above",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        min_border=8,
        **words,
    )
    made.toolbar.logo = None
    made.toolbar.autohide = True
    made.toolbar.active_drag = made.toolbar.active_scroll = None
    made.xaxis.axis_label, made.yaxis.axis_label = across, up
    for axis in (*made.xaxis, *made.yaxis):
        axis.axis_label_text_font_style = "normal"
        axis.visible = bool(axis.axis_label)
    made.xgrid.visible = False
    return made


def add_hover(made: Plot, renderers: Iterable[GlyphRenderer], *rows: tuple[str, str]) -> None:
    """Show numbers of the glyph under the pointer; ``rows`` are names and formats of columns."""
    made.add_tools(HoverTool(renderers=list(renderers), tooltips=list(rows)))


def add_tap(made: Plot, glyphs: GlyphRenderer) -> None:
    """Select what is clicked; shift-click adds to the selection, a click elsewhere clears it."""
    tap = TapTool(renderers=[glyphs], mode="replace")
    made.add_tools(tap)
    made.toolbar.active_tap = tap


def plain(text: object, most: int = 40) -> str:
    """Return a name for plots: at most ``most`` characters, none of them of markup or formulas."""
    return re.sub(r"[^\w .,:+=()-]", "·", str(text))[:most]
