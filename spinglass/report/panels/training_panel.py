"""Training runs: test error, and the alignment of the weights with the field."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spinglass.contents.training_contents import summary
from spinglass.control import Control
from spinglass.report.explorer import known
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made, typed
from spinglass.report.panel import (
    BLUE,
    GREEN,
    HIGHLIGHT,
    PagePanel,
    PageSection,
    add_hover,
    plain,
    plot,
)

_COLOURS = (BLUE, HIGHLIGHT, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#808891")
_DASHES = ("solid", "dashed", "dotted", "dotdash")


def sections(
    given: Given, everything: Sequence[Given], prefix: str, seed: int | None, control: Control
) -> list[PageSection]:
    """Make one section of all runs; arguments as in `landscape_section`."""
    rows = [summary(file.data) for file in given.files]
    command = made(given, given.files[0])
    panels = [_panel(given.files, f"{prefix}-{name}", name, command) for name in _CURVES]
    papers = ("training", "training", "alignment")
    drawn = [
        replace(panel, paper="" if given.folder is None else typed("figure", paper, given.folder))
        for panel, paper in zip(panels, papers, strict=True)
    ]
    facts = {
        f"{row['method']}, seed {row['index']}": (
            f"{row['network']} on {row['data']}, {row['parameters']:,} parameters, {row['epochs']} "
            f"epochs: test error {100 * row['test_error']:.2f} % at the end, "
            f"{100 * row['lowest_test_error']:.2f} % at the lowest"
        )
        for row in rows
    }
    return [PageSection("Training runs", facts | file_facts(given.files), tuple(drawn))]


_CURVES = {
    "test_error": (
        "Test error",
        "The share of the test images that each run gets wrong, by epoch; colours and dashes are "
        "methods, every seed has a line.",
        "test error (fraction)",
    ),
    "min_gradient": (
        "Gradients",
        "The smallest mean gradient |dL/dw| of a layer of weights, by step.",
        "smallest layer gradient",
    ),
    "alignment": (
        "Alignment",
        "How far the weights point along the direction of the field, |h.w| / (|h| |w|), by step; "
        "runs without a field have the direction without its strength.",
        "alignment with the field",
    ),
}
"""Title, sentence and axis of each panel, by the column that it shows."""


def _panel(files: Sequence[ReadFile], plot_name: str, column: str, command: str) -> PagePanel:
    title, words, axis = _CURVES[column]
    across = str(files[0].data[column].dims[0])
    made_plot = plot(plot_name, across, axis, y_axis_type=_axis_type(files, column))
    methods = list(dict.fromkeys(str(file.data.attrs["method"]) for file in files))
    for file in files:
        method = str(file.data.attrs["method"])
        place = methods.index(method)
        values = file.data[column].values
        line = made_plot.line(
            "x",
            "y",
            source={
                "x": file.data[across].values.tolist(),
                "y": known(values),
                "run": [plain(f"{method}, seed {file.data.attrs['index']}")] * len(values),
            },
            line_color=_COLOURS[place % len(_COLOURS)],
            line_dash=_DASHES[place % len(_DASHES)],
            legend_label=plain(method),
        )
        add_hover(made_plot, [line], ("run", "@run"), (across, "@x"), ("value", "@y{0.000000}"))
    made_plot.legend.background_fill_color = None
    made_plot.legend.border_line_color = None
    made_plot.add_layout(made_plot.legend[0], "right")
    return PagePanel(title, words, command, (made_plot,))


def _axis_type(files: Sequence[ReadFile], column: str) -> str:
    """Return ``log`` if all values are above 0 and span more than a factor of five."""
    values = np.concatenate([file.data[column].values for file in files])
    values = values[np.isfinite(values)]
    wide = values.size and values.min() > 0.0 and values.max() / values.min() > 5.0
    return "log" if wide else "linear"
