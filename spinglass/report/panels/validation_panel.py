"""The mean numbers found in many samples against the exact means, in standard errors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from bokeh.models import BoxAnnotation, Range1d, Span

from spinglass.control import Control
from spinglass.report.explorer import known
from spinglass.report.given import Given
from spinglass.report.origins import file_facts, made, typed
from spinglass.report.panel import BLUE, GREY, PagePanel, PageSection, add_hover, plain, plot
from spinglass.validation import Comparison, Point, Record, compare

_SPREAD = 0.6


def sections(
    given: Given, everything: Sequence[Given], prefix: str, seed: int | None, control: Control
) -> list[PageSection]:
    """Make one section of all points; arguments as in `landscape_section`."""
    pairs: list[tuple[Point, Comparison]] = []
    samples = 0
    for file in given.files:
        record = Record.of(file.data)
        point = Point.of(file.data.attrs["point"], record.samples)
        samples += record.samples
        pairs += [(point, row) for row in compare(point, record)]
    rows = table(pairs)
    command = made(given, given.files[0])
    paper = "" if given.folder is None else typed("figure", "validate", given.folder)
    panels = [_scores(rows, prefix, command), _ratios(rows, prefix, command)]
    facts = {
        "points": f"{len(given.files):,}",
        "samples": f"{samples:,}",
        "comparisons": f"{len(pairs):,}",
        **file_facts(given.files),
    }
    drawn = tuple(replace(panel, paper=paper) for panel in panels)
    return [PageSection("Samples against the exact means", facts, drawn)]


def table(pairs: list[tuple[Point, Comparison]]) -> dict[str, list[Any]]:
    """Return columns with a row per comparison: point, number found, exact mean and z score."""
    quantities = list(dict.fromkeys(str(row.quantity) for _, row in pairs))
    place = []
    for quantity in quantities:
        mine = [k for k, (_, row) in enumerate(pairs) if str(row.quantity) == quantity]
        shift = _SPREAD * (np.arange(len(mine)) + 0.5) / len(mine) - 0.5 * _SPREAD
        place += list(zip(mine, quantities.index(quantity) + shift, strict=True))
    return {
        "place": [float(x) for _, x in sorted(place)],
        "quantity": [plain(row.quantity) for _, row in pairs],
        "words": [plain(row.words) for _, row in pairs],
        "n": [point.n for point, _ in pairs],
        "orders": [plain(point.covariance.orders) for point, _ in pairs],
        "nu": [point.nu for point, _ in pairs],
        "samples": [point.samples for point, _ in pairs],
        **{name: known([getattr(row, name) for _, row in pairs]) for name in ("found", "exact")},
        "error": known([row.error for _, row in pairs]),
        "ratio": known([row.found / row.exact if row.exact else np.nan for _, row in pairs]),
        "z": known([row.z for _, row in pairs]),
    }


_HOVER = (
    ("counted", "@words"),
    ("n", "@n"),
    ("orders", "@orders"),
    ("nu", "@nu{0.0000}"),
    ("samples", "@samples"),
    ("found", "@found{0.0000} +- @error{0.0000}"),
    ("exact", "@exact{0.0000}"),
    ("z", "@z{0.00}"),
)


def _scores(rows: dict[str, list[Any]], prefix: str, command: str) -> PagePanel:
    quantities = list(dict.fromkeys(rows["quantity"]))
    reach = max([3.4, *(1.1 * abs(z) for z in rows["z"] if z is not None)])
    made_plot = plot(
        f"{prefix}-scores",
        "",
        "(found - exact) / standard error",
        height=400,
        y_range=Range1d(-reach, reach),
        x_range=Range1d(-0.6, len(quantities) - 0.4),
    )
    for sigmas in (3, 2, 1):
        made_plot.add_layout(
            BoxAnnotation(
                bottom=-sigmas, top=sigmas, fill_color=GREY, fill_alpha=0.12, line_color=None
            )
        )
    made_plot.add_layout(Span(location=0.0, dimension="width", line_color=GREY))
    dots = made_plot.scatter("place", "z", source=rows, size=7, color=BLUE)
    add_hover(made_plot, [dots], *_HOVER)
    axis = made_plot.xaxis
    axis.visible = True
    axis.ticker = list(range(len(quantities)))
    axis.major_label_overrides = dict(enumerate(quantities))
    axis.major_label_orientation = 0.9
    return PagePanel(
        "Deviations",
        "Every mean number found, in standard errors from the exact mean, by what was counted; the "
        "bands are one, two and three wide.",
        command,
        (made_plot,),
        wide=True,
    )


def _ratios(rows: dict[str, list[Any]], prefix: str, command: str) -> PagePanel:
    shown = {
        key: [v for v, r in zip(values, rows["ratio"], strict=True) if r is not None]
        for key, values in rows.items()
    }
    shown["low"], shown["high"] = (
        [
            r + sign * (e or 0.0) / x
            for r, e, x in zip(shown["ratio"], shown["error"], shown["exact"], strict=True)
        ]
        for sign in (-1.0, 1.0)
    )
    made_plot = plot(f"{prefix}-ratios", "exact mean number", "found / exact", x_axis_type="log")
    made_plot.segment("exact", "low", "exact", "high", source=shown, line_color=GREY)
    dots = made_plot.scatter("exact", "ratio", source=shown, size=7, color=BLUE)
    add_hover(made_plot, [dots], *_HOVER)
    made_plot.add_layout(Span(location=1.0, dimension="width", line_color=GREY))
    return PagePanel(
        "Found over exact",
        "The same numbers as ratios, with one standard error on each side.",
        command,
        (made_plot,),
        wide=True,
    )
