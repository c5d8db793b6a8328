"""Fields annealed to zero, beside plain descents on the same samples."""

import numpy as np

from spinglass.contents.annealing_contents import summary
from spinglass.covariance import Covariance
from spinglass.report.explorer import known
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made
from spinglass.report.panel import BLUE, GREY, HIGHLIGHT, PagePanel, PageSection, add_hover, plot


def section(given: Given, file: ReadFile, prefix: str) -> PageSection:
    """Make the section of a file of annealed samples."""
    row, data = summary(file.data), file.data
    made_plot = plot(f"{prefix}-annealing", "sample", "energy per spin H/n", height=380)
    columns = ("annealed", "mean", "lowest", "quenched", "lower", "jumps")
    rows = {column: known(data[column].values) for column in columns}
    rows["sample"] = data["sample_seed"].values.tolist()
    made_plot.segment("sample", "lowest", "sample", "mean", source=rows, line_color=GREY)
    plain = made_plot.scatter("sample", "mean", source=rows, marker="dash", size=12, color=GREY)
    annealed = made_plot.scatter("sample", "annealed", source=rows, size=9, color=HIGHLIGHT)
    quenched = made_plot.scatter(
        "sample",
        "quenched",
        source=rows,
        size=8,
        marker="triangle",
        fill_color=None,
        line_color=BLUE,
    )
    add_hover(made_plot, [plain, annealed, quenched], *((c, f"@{c}{{0.000000}}") for c in columns))
    law = Covariance.said_by(row)
    facts = {
        "n": f"{row['n']:,}",
        "covariance": law.orders,
        "samples": f"{row['samples']:,}, {row['finished']:,} of them finished",
        "first field": f"{row['start']:.6g}",
        "mean gain in H/n": _with_error(row["gain"]),
        "mean annealed H/n": _with_error(row["annealed"]),
        **file_facts([file]),
    }
    panel = PagePanel(
        "Annealed fields",
        "Of each sample the energy reached by annealing the field (orange dots), by a plain "
        "descent from the direction of the field (blue triangles), and by descents from random "
        "starts: grey lines from their lowest to their mean.",
        made(given, file),
        (made_plot,),
        wide=True,
    )
    return PageSection(f"Annealing n = {row['n']}, {law.orders}", facts, (panel,))


def _with_error(number: dict[str, float | None]) -> str:
    mean, error = (np.nan if number[key] is None else number[key] for key in ("mean", "error"))
    return f"{mean:.6f} +- {error:.6f} (standard error)"
