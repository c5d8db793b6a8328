"""A panel: one plot or table of the page, the sentence that says what it shows, and its command.

Text that comes from files or paths never goes to Bokeh, whose labels take formulas and whose blocks
of text take HTML: it stands in the page itself, escaped (`spinglass.report.page`).  Where a plot
cannot do without a name of the user's, `plain` keeps letters and digits of it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bokeh.models import GlyphRenderer, HoverTool, Plot, TapTool
from bokeh.plotting import figure

HIGHLIGHT = "#D55E00"
"""What is selected, in every plot."""

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
        The command that made what it shows.
    plots : sequence of Plot
        One below the other; their names are unique in the page.
    slot : str
        Which place for the script to fill stands above the plots (`spinglass.report.page`); also
        the name by which the style sheet knows the panel.
    wide : bool
        Whether it takes the whole width.
    paper : str
        The command that draws the same for paper; empty where there is none.
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
        What fixes the numbers, by name.
    panels : sequence of PagePanel
        In the order of the page.
    data : mapping
        What the script needs, if the section is one that it moves through; else empty.
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

    Its name is unique in the page; an empty word gives an axis no label; axes are ``linear`` or
    ``log``; the height is in pixels; other words are as of `bokeh.plotting.figure`.
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
    """Show numbers of what the pointer is over; ``rows`` are names and formats of columns."""
    made.add_tools(HoverTool(renderers=list(renderers), tooltips=list(rows)))


def add_tap(made: Plot, glyphs: GlyphRenderer) -> None:
    """Select what is clicked; a click with shift adds to it, a click beside it selects nothing."""
    tap = TapTool(renderers=[glyphs], mode="replace")
    made.add_tools(tap)
    made.toolbar.active_tap = tap


def plain(text: object, most: int = 40) -> str:
    """Return a name as a plot may show it: no sign that is markup or formula anywhere."""
    return re.sub(r"[^\w .,:+=()-]", "·", str(text))[:most]
