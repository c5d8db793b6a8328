"""Minima found in every sample of a sweep over the field, beside the exact mean."""

import numpy as np
from bokeh.models import Range1d, Span

from spinglass.covariance import Covariance
from spinglass.report.explorer import known
from spinglass.report.given import ReadFile
from spinglass.report.panel import BLUE, GREEN, HIGHLIGHT, PagePanel, add_hover, plot
from spinglass.theory import mean_minima

_FINE = 60


def draw(name: str, files: list[ReadFile], nu: float, command: str) -> PagePanel:
    """Draw the counts of files of descents, of one size and covariance.

    The field ``nu`` is marked at first; ``command`` made the files.  The names of the models begin
    with ``name``.
    """
    rows = counts(files)
    fields, minima = rows["nu"], rows["minima"]
    law = Covariance.said_by(files[0].data.attrs).at_field(0.0)
    fine = np.linspace(0.0, max([1e-3, *fields]), _FINE)
    n = int(files[0].data.attrs["n"])
    exact = known([float(mean_minima(n, law, value)) for value in fine])
    top = 1.6 * max(value for value in (*exact, *minima) if value is not None)
    margin = 0.03 * (fine[-1] or 1.0)
    made = plot(
        f"{name}-counts",
        "field strength",
        "minima",
        y_axis_type="log",
        y_range=Range1d(0.7, top),
        x_range=Range1d(-margin, fine[-1] + margin),
    )
    made.line(fine, exact, line_color=GREEN, line_width=2)
    dots = made.scatter(x="nu", y="minima", source=rows, size=8, color=BLUE)
    add_hover(made, [dots], ("nu", "@nu{0.0000}"), ("minima", "@minima"), ("seed", "@seed"))
    made.add_layout(
        Span(
            location=nu,
            dimension="height",
            line_color=HIGHLIGHT,
            line_dash="dashed",
            name=f"{name}-here",
        )
    )
    return PagePanel(
        "Minima over the field",
        "Distinct minima found in each sample (dots) and the exact mean over disorder at this n "
        "(line, Kac and Rice); a sample need not agree with the mean, and descents may have missed "
        "minima. The dashed line is the field shown.",
        command,
        (made,),
    )


def counts(files: list[ReadFile]) -> dict[str, list[float]]:
    """Return field, minima and seed of each file that has minima; pairs count twice."""
    rows: dict[str, list[float]] = {"nu": [], "minima": [], "seed": []}
    for file in files:
        attrs = file.data.attrs
        if not file.data.sizes["minimum"]:
            continue
        rows["nu"].append(float(attrs["nu"]))
        rows["minima"].append(file.data.sizes["minimum"] * (2 if attrs["antipodal_pairs"] else 1))
        rows["seed"].append(int(attrs["seed"]))
    return rows
