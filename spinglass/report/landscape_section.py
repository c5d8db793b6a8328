"""Sections for descents, censuses and graphs: one per landscape, over all its fields."""

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from spinglass.contents.kind_name import KindName
from spinglass.control import Control
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.figures.style import special_label
from spinglass.report.branching import has_all
from spinglass.report.explorer import Explorer, as_data, look_at
from spinglass.report.field_minima import FieldMinima, most_minima, read_minima
from spinglass.report.given import Given, ReadFile
from spinglass.report.hessians import drawn_again
from spinglass.report.origins import file_facts, made, typed
from spinglass.report.panel import PagePanel, PageSection
from spinglass.report.panel_registry import LANDSCAPE_PANELS
from spinglass.report.panels import counts_panel

MOST_FIELDS = 24
"""Most fields of one landscape that a page shows; of more, it takes evenly spaced ones."""

_NOUNS = {
    KindName.DESCENTS: "Descents on",
    KindName.CENSUS: "Census of",
    KindName.CONNECTIONS: "Minima and saddles of",
}


def sections(
    given: Given, everything: Sequence[Given], prefix: str, seed: int | None, control: Control
) -> list[PageSection]:
    """Make the sections of files that hold minima.

    Parameters
    ----------
    given : Given
        The files.
    everything : sequence of Given
        All files of the page, whose graphs also provide the trees for minima of other files.
    prefix : str
        Prefix of the names of the models of the sections.
    seed : int, optional
        Which landscape of a folder to show; by default that of the first file.
    control : Control
        Sets the threads, and is told of the work.

    Raises
    ------
    InputError
        If the files of a landscape hold no minimum, or the folder has no landscape of the seed.
    DamagedFileError
        If a file is damaged, or its couplings are not those of its seed.
    """
    files = given.files if given.folder is None else _chosen(given.files, seed)
    return [
        _section(given, group, everything, f"{prefix}-{place}", control)
        for place, group in enumerate(_apart(files))
    ]


def _chosen(files: Sequence[ReadFile], seed: int | None) -> list[ReadFile]:
    """Choose the files of one landscape of a folder, and of several sizes the largest."""
    wanted = files[0].data.attrs["seed"] if seed is None else seed
    same = [file for file in files if file.data.attrs["seed"] == wanted]
    if not same:
        known = sorted({int(file.data.attrs["seed"]) for file in files})
        raise InputError(f"seed must be one of {known}, got {wanted}")
    last = max(_landscape(file)[0] for file in same)
    return [file for file in same if _landscape(file)[0] == last]


def _landscape(file: ReadFile) -> tuple[Any, ...]:
    attrs = file.data.attrs
    law = Covariance.said_by(attrs)
    kind = (int(attrs["n"]), law.weights, special_label(attrs))
    return kind, attrs["seed"], attrs.get("couplings_sha256", "")


def _apart(files: Sequence[ReadFile]) -> list[list[ReadFile]]:
    """Group files by landscape; a second file of the same field goes to another group."""
    groups: dict[tuple[Any, ...], list[ReadFile]] = {}
    for file in sorted(files, key=_field):
        key, again = _landscape(file), 0
        while any(_field(other) == _field(file) for other in groups.get((*key, again), [])):
            again += 1
        groups.setdefault((*key, again), []).append(file)
    return list(groups.values())


def _field(file: ReadFile) -> float:
    return float(file.data.attrs["nu"])


def _section(
    given: Given,
    files: list[ReadFile],
    everything: Sequence[Given],
    prefix: str,
    control: Control,
) -> PageSection:
    shown = [file for file in files if file.data.sizes["minimum"]]
    if not shown:
        raise InputError(f"{files[0].path} must hold a minimum to draw, got none")
    if len(shown) > MOST_FIELDS:
        places = np.linspace(0, len(shown) - 1, MOST_FIELDS).round().astype(int)
        shown = [shown[place] for place in places]
    most = most_minima(len(shown))
    minima = [read_minima(given.kind, file, most) for file in shown]
    graphs = [_graph(file, field, everything) for file, field in zip(shown, minima, strict=True)]
    model = drawn_again(shown[0].data.attrs, shown[0].path)
    explorer = look_at(list(zip(minima, graphs, strict=True)), model, prefix, control)
    n, law = minima[0].n, minima[0].law
    return PageSection(
        f"{_NOUNS[given.kind]} n = {n}, {law.orders}, {_sample(shown[0])}",
        _facts(given, files, shown, minima),
        tuple(_panels(given, shown, explorer)),
        as_data(explorer),
    )


def _sample(file: ReadFile) -> str:
    attrs = file.data.attrs
    sample = "couplings without a seed" if attrs["seed"] < 0 else f"sample {attrs['seed']}"
    special = special_label(attrs)
    return f"{sample}, {special}" if special else sample


def _graph(file: ReadFile, field: FieldMinima, everything: Sequence[Given]) -> Any:
    """Return the graph of a field from its file or another of the same landscape, or None."""
    if field.graph is not None:
        return field.graph
    for given in everything:
        for other in given.files if given.kind == KindName.CONNECTIONS else ():
            if _landscape(other) == _landscape(file) and _field(other) == _field(file):
                graph = read_minima(KindName.CONNECTIONS, other).graph
                if graph is not None and has_all(field, graph):
                    return graph
    return None


def _panels(given: Given, shown: list[ReadFile], explorer: Explorer) -> list[PagePanel]:
    command = made(given, shown[0])
    papers = _papers(given, shown)
    panels = []
    for name in LANDSCAPE_PANELS:
        panel = import_module(f"spinglass.report.panels.{name}").draw(explorer, command)
        if panel is not None:
            panels.append(replace(panel, paper=papers.get(name, "")))
    if given.kind == KindName.DESCENTS and explorer.views[0].minima.plain:
        alike = [file for file in given.files if _landscape(file)[0] == _landscape(shown[0])[0]]
        panel = counts_panel.draw(explorer.prefix, alike, explorer.views[0].minima.nu, command)
        fields = {_field(file) for file in alike}
        folder = given.folder if len(fields) > 1 else None
        paper = typed("figure", "trivialization", folder) if folder else ""
        panels.insert(len(panels) - 1, replace(panel, paper=paper))
    return panels


def _papers(given: Given, shown: list[ReadFile]) -> dict[str, str]:
    """Return the commands that draw panels for print, by the names of their modules."""
    if given.kind == KindName.DESCENTS and given.folder is not None:
        seed = shown[0].data.attrs["seed"]
        return {"map_panel": typed("figure", "landscape", given.folder, "--seed", seed)}
    paths = [file.path for file in shown]
    if given.kind == KindName.CENSUS:
        return {"ranks_panel": typed("figure", "ranks", *paths)}
    if given.kind == KindName.CONNECTIONS:
        return {"tree_panel": typed("figure", "disconnectivity", paths[0])}
    return {}


def _facts(
    given: Given, files: list[ReadFile], shown: list[ReadFile], minima: list[FieldMinima]
) -> dict[str, str]:
    attrs = shown[0].data.attrs
    law = minima[0].law
    facts = {
        "n": f"{minima[0].n:,}",
        "covariance": _covariance(law),
        "disorder": _sample(shown[0]),
        "fields": ", ".join(f"{field.nu:.6g}" for field in minima),
        "critical field": f"{law.critical_field:.6g}" if law.critical_field else "none",
        "descents": f"{sum(field.starts for field in minima):,}",
    }
    for name, words in (("method", "method"), ("tol", "tolerance"), ("start_seed", "start seed")):
        if attrs.get(name) not in (None, ""):
            facts[words] = str(attrs[name])
    if len(files) > len(shown):
        facts["fields left out"] = (
            f"{len(files) - len(shown):,} of {len(files):,}, without minima or for their number"
        )
    if short := [field for field in minima if field.found > len(field.energy)]:
        worst = max(short, key=lambda field: field.found)
        facts["minima drawn"] = (
            f"the {len(worst.energy):,} with the largest basins of up to {worst.found:,} found"
        )
    facts["couplings, SHA-256"] = str(attrs.get("couplings_sha256", "not kept"))
    facts["commands"] = "; ".join(dict.fromkeys(made(given, file) for file in shown))
    return facts | file_facts(shown)


def _covariance(law: Covariance) -> str:
    terms = [("" if c == 1.0 else f"{c:.6g} ") + f"q^{p}" for p, c in law.weights]
    return f"xi(q) = {' + '.join(terms)} + nu^2 q"
