"""All complex stationary points of a small landscape, in the plane of their radial force."""

from spinglass.contents.solutions_contents import summary
from spinglass.covariance import Covariance
from spinglass.files.provenance import landscape_words
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made
from spinglass.report.panel import BLUE, HIGHLIGHT, PagePanel, PageSection, add_hover, plot

MOST = 20_000
"""Most points that are drawn; of more, the first ones are."""


def section(given: Given, file: ReadFile, prefix: str) -> PageSection:
    """Make the section of a file of complex points."""
    row, data = summary(file.data), file.data
    force = data["radial_force"].values[:MOST]
    real = data["real"].values[:MOST].astype(bool)
    drawn = plot(f"{prefix}-solutions", "real part of X", "imaginary part of X", height=380)
    dots = []
    for chosen, colour in ((~real, BLUE), (real, HIGHLIGHT)):
        rows = {"x": force[chosen, 0].tolist(), "y": force[chosen, 1].tolist()}
        dots.append(drawn.scatter("x", "y", source=rows, size=6, color=colour, fill_alpha=0.6))
    add_hover(drawn, dots, ("X", "@x{0.000000} + @y{0.000000} i"))
    facts = {
        "landscape": landscape_words(data.attrs),
        "covariance": Covariance.said_by(data.attrs).orders,
        "solutions": f"{row['found']:,} proven of {row['expected']:,}",
        "real": f"{row['real']:,}",
        **file_facts([file]),
    }
    left = f" The first {MOST:,} are drawn." if len(data["real"]) > MOST else ""
    pairs = ", one of each pair +-x" if row["pairs"] else ""
    panel = PagePanel(
        "Complex stationary points",
        f"The radial force X = x . dH / n of each{pairs}; orange is proven to be real.{left}",
        made(given, file),
        (drawn,),
        wide=True,
    )
    title = f"Complex points of n = {row['n']}, {facts['covariance']}"
    return PageSection(title, facts, (panel,))
