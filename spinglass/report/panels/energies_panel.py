"""The histogram of the energies that descents end at, beside the energies of theory."""

from bokeh.models import ColumnDataSource, Range1d, Span

from spinglass.report.explorer import ENERGY_BINS, Explorer
from spinglass.report.panel import BLUE, GREEN, HIGHLIGHT, PagePanel, plot


def draw(explorer: Explorer, command: str) -> PagePanel:
    """Draw the bars of all descents and those of the selected minima; the script fills them."""
    made = plot(
        explorer.named("energies"),
        "energy per spin H/n",
        "descents",
        x_range=Range1d(name=explorer.named("energies-x")),
        y_range=Range1d(name=explorer.named("energies-y")),
    )
    zeros = [0.0] * ENERGY_BINS
    names = ("left", "right", "all", "chosen")
    source = ColumnDataSource(dict.fromkeys(names, zeros), name=explorer.named("bars"))
    bar = {"left": "left", "right": "right", "bottom": 0, "source": source}
    # The outline shows bars that are thinner than a pixel: those of few minima, far from theory.
    made.quad(top="all", color=BLUE, fill_alpha=0.55, line_alpha=0.55, **bar)
    made.quad(top="chosen", color=HIGHLIGHT, **bar)
    for name, colour, dash in (("ground", GREEN, "solid"), ("threshold", GREEN, "dashed")):
        line = Span(
            dimension="height",
            line_color=colour,
            line_dash=dash,
            line_width=2,
            name=explorer.named(name),
        )
        made.add_layout(line)
    return PagePanel(
        "Energies",
        "How many descents ended at which energy (orange: in selected minima); the lines are what "
        "theory says for n to infinity.",
        command,
        (made,),
        slot="limits",
    )
