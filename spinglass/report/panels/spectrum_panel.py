"""The spectrum of the Hessian at the chosen minimum, beside the semicircle."""

from bokeh.models import ColumnDataSource, Range1d, Span

from spinglass.report.explorer import Explorer
from spinglass.report.hessians import BINS
from spinglass.report.panel import BLUE, GREEN, GREY, PagePanel, plot


def draw(explorer: Explorer, command: str) -> PagePanel | None:
    """Draw a histogram of the tangent eigenvalues; None if the couplings are not known."""
    if any(view.spectra is None for view in explorer.views):
        return None
    made = plot(
        explorer.named("spectrum"),
        "eigenvalue of the tangent Hessian",
        "eigenvalues",
        x_range=Range1d(name=explorer.named("spectrum-x")),
        y_range=Range1d(name=explorer.named("spectrum-y")),
    )
    zeros = [0.0] * BINS
    bars = ColumnDataSource(
        {"left": zeros, "right": zeros, "top": zeros}, name=explorer.named("eigenvalues")
    )
    made.quad(
        left="left",
        right="right",
        top="top",
        bottom=0,
        source=bars,
        fill_color=BLUE,
        fill_alpha=0.55,
        line_width=0,
    )
    law = ColumnDataSource({"x": [], "y": []}, name=explorer.named("semicircle"))
    made.line("x", "y", source=law, line_color=GREEN, line_width=2)
    made.add_layout(Span(location=0.0, dimension="height", line_color=GREY, line_dash="dotted"))
    return PagePanel(
        "Spectrum of the Hessian",
        "The n - 1 tangent eigenvalues at the minimum chosen last, on couplings drawn again from "
        "the seed; the line is the semicircle of radius 2 sqrt(xi''(1)) around minus its radial "
        "force, the law for n to infinity.",
        command,
        (made,),
    )
