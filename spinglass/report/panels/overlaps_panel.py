"""The overlaps of the chosen minimum with all others."""

from bokeh.models import Range1d

from spinglass.report.explorer import Explorer
from spinglass.report.panel import PagePanel, add_tap, plot
from spinglass.report.panels.map_panel import draw_minima


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Draw energies against overlaps with the minimum that was chosen last."""
    made = plot(
        explorer.named("overlaps"),
        "overlap with the chosen minimum",
        "energy per spin H/n",
        x_range=(-1.05, 1.05),
        y_range=Range1d(name=explorer.named("overlaps-y")),
    )
    more = ("overlap", "@overlap{0.0000}")
    add_tap(made, draw_minima(made, explorer, "overlap", "energy", more))
    return PagePanel(
        "Overlaps of one minimum",
        "Energy of every minimum against its overlap x . y / n with the one chosen last, which "
        "stands at 1.",
        command,
        (made,),
    )
