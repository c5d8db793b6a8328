"""Inherent structures of planted equilibria against the temperature, beside the closed form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from bokeh.models import Span

from spinglass.contents.inherent_means import inherent_means
from spinglass.control import Control
from spinglass.covariance import Covariance
from spinglass.figures.inherent_figure import closed_form
from spinglass.report.explorer import known
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made, typed
from spinglass.report.panel import BLUE, GREEN, GREY, PagePanel, PageSection, add_hover, plot

ORDERS = ("p", "mixture")
Weights = tuple[tuple[int, float], ...]

_QUANTITIES = {
    "energy": "energy per spin H/n",
    "overlap": "overlap with the planted point",
    "radial_force": "radial force X",
}
_NAMED = 3
"""Most files whose paths are shown."""


def sections(
    given: Given, everything: Sequence[Given], prefix: str, seed: int | None, control: Control
) -> list[PageSection]:
    """Make a section per covariance, size and pinning; arguments as in `landscape_section`."""
    groups: dict[tuple[Weights, int, int], list[ReadFile]] = {}
    for file in given.files:
        attrs = file.data.attrs
        weights, pinned = Covariance.said_by(attrs).weights, int(attrs.get("pinned", 1))
        groups.setdefault((weights, attrs["n"], pinned), []).append(file)
    return [
        _section(given, groups[key], f"{prefix}-{number}")
        for number, key in enumerate(sorted(groups))
    ]


def _section(given: Given, files: list[ReadFile], prefix: str) -> PageSection:
    attrs = files[0].data.attrs
    law = Covariance.said_by(attrs)
    table = inherent_means(file.data for file in files)
    exact = closed_form(law, table["temperature"].values)
    marks = {name: float(exact[name]) for name in ("T_K", "T_d", "T_SF")}
    facts = {
        "n": f"{attrs['n']:,}",
        "covariance": law.orders,
        "planted energies": "pinned to their means" if attrs.get("pinned", 1) else "fluctuating",
        "samples": f"{len(files):,}, {int(table['left_out'].sum()):,} of them without a minimum",
        **{name: f"{mark:.6g}" if np.isfinite(mark) else "unknown" for name, mark in marks.items()},
        "command": made(given, files[0]),
        **file_facts(files[:_NAMED]),
    }
    facts["files"] += f" and {len(files) - _NAMED:,} more" if files[_NAMED:] else ""
    panel = PagePanel(
        "Where descent ends from equilibrium",
        "Means over samples of the minima in which descents from planted points ended (dots, with "
        "standard errors), and the closed form at infinite n, which ends at T_SF (line). Dashed "
        "are the temperatures T_K, T_d and T_SF, where they are known.",
        typed("figure", "inherent", given.folder or files[0].path.parent),
        _plots(prefix, table, exact, marks),
        wide=True,
    )
    return PageSection(f"Inherent structures n = {attrs['n']}, {law.orders}", facts, (panel,))


def _plots(
    prefix: str, table: xr.Dataset, exact: xr.Dataset, marks: dict[str, float]
) -> tuple[Any, ...]:
    """Draw each quantity against the temperature, with the closed form and the temperatures."""
    rows = {str(name): known(table[name].values) for name in table if name not in ORDERS}
    fine, plots, place = exact["curve_temperature"].values, [], "temperature"
    for name, words in _QUANTITIES.items():
        drawn = plot(f"{prefix}-{name}", place, words, height=260)
        drawn.line(fine, exact[f"curve_{name}"].values, line_color=GREEN)
        ends = [table[name].values + sign * table[f"{name}_error"].values for sign in (-1, 1)]
        rows["low"], rows["high"] = map(known, ends)
        drawn.segment(place, "low", place, "high", source=dict(rows), line_color=BLUE)
        dots = drawn.scatter(place, name, source=dict(rows), size=8, color=BLUE)
        columns = (place, "samples", name, f"{name}_error", f"exact_{name}")
        add_hover(drawn, [dots], *((column, f"@{column}") for column in columns))
        for mark in filter(np.isfinite, marks.values()):
            drawn.add_layout(
                Span(location=mark, dimension="height", line_color=GREY, line_dash="dashed")
            )
        plots.append(drawn)
    return tuple(plots)
