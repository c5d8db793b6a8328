"""The rank plot: how unequal the basins are."""

from bokeh.models import Range1d

from spinglass.report.explorer import Explorer
from spinglass.report.panel import PagePanel, add_tap, plot
from spinglass.report.panels.map_panel import draw_minima


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Draw the share of the descents against the rank of the minimum."""
    made = plot(
        explorer.named("ranks"),
        "rank of the minimum",
        "basin weight",
        x_axis_type="log",
        y_axis_type="log",
        x_range=Range1d(0.8, 10, name=explorer.named("ranks-x")),
        y_range=Range1d(1e-4, 1.5, name=explorer.named("ranks-y")),
    )
    add_tap(made, draw_minima(made, explorer, "rank", "drawn_share"))
    return PagePanel(
        "Basin weights by rank",
        "The share of all descents that ended in each minimum, the largest first; a minimum that "
        "no descent met is not drawn here.",
        command,
        (made,),
    )
