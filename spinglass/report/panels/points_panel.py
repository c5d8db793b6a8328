"""All stationary points of a small landscape: energy against Morse index."""

import numpy as np

from spinglass.contents.points_contents import summary
from spinglass.covariance import Covariance
from spinglass.files.provenance import landscape_words
from spinglass.report.explorer import known
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made
from spinglass.report.panel import BLUE, PagePanel, PageSection, add_hover, plot


def section(given: Given, file: ReadFile, prefix: str) -> PageSection:
    """Make the section of a file of stationary points."""
    row, data = summary(file.data), file.data
    drawn = plot(f"{prefix}-points", "Morse index", "energy per spin H/n", height=380)
    columns = ("energy", "radial_force", "eigenvalue", "gap", "distance")
    rows = {column: known(data[column].values) for column in columns}
    rows["index"] = data["index"].values.tolist()
    dots = drawn.scatter("index", "energy", source=rows, size=8, color=BLUE, fill_alpha=0.5)
    add_hover(drawn, [dots], ("index", "@index"), *((c, f"@{c}{{0.000000}}") for c in columns))
    facts = {
        "landscape": landscape_words(data.attrs),
        "covariance": Covariance.said_by(data.attrs).orders,
        "points": f"{row['points']:,}",
        "of each index": ", ".join(f"{each['found']:,}" for each in row["by_index"]),
        "complete": "proven" if row["proven"] else "; ".join(row["doubts"]) or "not proven",
        **file_facts([file]),
    }
    proven = np.isfinite(data["distance"].values).sum()
    panel = PagePanel(
        "Stationary points",
        f"Energy against Morse index of all points found, {proven:,} of them proven to be near "
        "a true one; the gap is the smallest size of an eigenvalue.",
        made(given, file),
        (drawn,),
        wide=True,
    )
    title = f"Stationary points of n = {row['n']}, {facts['covariance']}"
    return PageSection(title, facts, (panel,))
