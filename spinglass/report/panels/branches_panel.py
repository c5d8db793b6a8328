"""Branches of minima over the field: their energies, and how many there are."""

from dataclasses import replace
from typing import Any

import numpy as np

from spinglass.covariance import Covariance
from spinglass.figures.branches_figure import (
    branches_in,
    exact_numbers,
    interpolated,
    number_of_minima,
)
from spinglass.files.provenance import is_drawn
from spinglass.following.branches import Branches
from spinglass.report.given import Given, ReadFile
from spinglass.report.origins import file_facts, made, typed
from spinglass.report.panel import (
    BLUE,
    GREEN,
    GREY,
    HIGHLIGHT,
    PagePanel,
    PageSection,
    add_hover,
    plot,
)

_PIECES = 12


def section(given: Given, file: ReadFile, prefix: str) -> PageSection:
    """Make the section of a file of branches.

    Raises
    ------
    InputError
        If the file holds fewer than two fields.
    """
    attrs, branches = file.data.attrs, branches_in(file.data, str(file.path))
    command = made(given, file)
    law = Covariance.said_by(attrs)
    panels = (_energies(branches, prefix, command), _numbers(branches, attrs, prefix, command))
    facts = {
        "n": f"{attrs['n']:,}",
        "covariance": law.orders,
        "disorder": f"sample {attrs['seed']}",
        "fields": f"{branches.nu.size} from {branches.nu.min():.6g} to {branches.nu.max():.6g}",
        "branches": f"{len(branches.ending):,}",
        **file_facts([file]),
    }
    paper = typed("figure", "branches", file.path)
    drawn = tuple(replace(panel, paper=paper) for panel in panels)
    return PageSection(
        f"Branches of n = {attrs['n']}, {law.orders}, sample {attrs['seed']}", facts, drawn
    )


def curves(branches: Branches) -> dict[str, list[Any]]:
    """Return columns with a row per branch: fields and energies along it, number, birth, end.

    Between visited fields the energy is a cubic through the computed energies with their slopes.
    """
    rows: dict[str, list[Any]] = {
        name: [] for name in ("nu", "energy", "branch", "born", "ended", "colour")
    }
    alive = branches.present[:, int(np.argmax(branches.nu))]
    for branch in range(len(branches.ending)):
        nu, energy = interpolated(branches, branch, _PIECES)
        rows["nu"].append(nu.tolist())
        rows["energy"].append(energy.tolist())
        rows["branch"].append(branch)
        rows["born"].append(_fold(branches.birth[branch, 0]))
        rows["ended"].append(_fold(branches.death[branch, 0]))
        rows["colour"].append(BLUE if alive[branch] else GREY)
    return rows


def _fold(nu: float) -> str:
    return f"{nu:.6f}" if np.isfinite(nu) else "not between the fields"


def _energies(branches: Branches, prefix: str, command: str) -> PagePanel:
    made_plot = plot(f"{prefix}-branches", "field strength", "energy per spin H/n", height=420)
    lines = made_plot.multi_line(
        "nu",
        "energy",
        source=curves(branches),
        line_color="colour",
        line_width=1.4,
        hover_line_color=HIGHLIGHT,
        hover_line_width=3,
    )
    add_hover(
        made_plot, [lines], ("branch", "@branch"), ("born at", "@born"), ("ended at", "@ended")
    )
    for folds, marker in ((branches.birth, "circle"), (branches.death, "x")):
        here = folds[np.isfinite(folds[:, 0])]
        if len(here):
            made_plot.scatter(
                here[:, 0], here[:, 1], marker=marker, size=6, fill_color=None, line_color=HIGHLIGHT
            )
    return PagePanel(
        "Branches of minima",
        "Every minimum followed over the field: blue those left in the strongest field, a circle "
        "where a branch is born at a fold, a cross where it ends at one.",
        command,
        (made_plot,),
        wide=True,
    )


def _numbers(branches: Branches, attrs: dict[str, Any], prefix: str, command: str) -> PagePanel:
    made_plot = plot(f"{prefix}-numbers", "field strength", "minima", y_axis_type="log")
    events, number = number_of_minima(branches)
    made_plot.step(events, np.where(number > 0, number, np.nan), mode="after", line_color=GREY)
    counts = branches.counts()["census"]
    rows = {"nu": branches.nu.tolist(), "minima": counts.tolist()}
    dots = made_plot.scatter("nu", "minima", source=rows, size=8, color=BLUE)
    add_hover(made_plot, [dots], ("nu", "@nu{0.0000}"), ("fresh census", "@minima"))
    words = "Grey: branches alive at each field; blue dots: what a fresh census met"
    if is_drawn(attrs):
        fine = np.linspace(branches.nu.min(), branches.nu.max(), 60)
        made_plot.line(fine, exact_numbers(attrs, fine), line_color=GREEN, line_width=2)
        words += "; green: the exact mean number over disorder"
    return PagePanel(
        "How many there are",
        f"{words}.",
        command,
        (made_plot,),
    )
