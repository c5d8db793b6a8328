"""The panels of sections of minima, and the module that makes sections for each kind of file."""

from spinglass.contents.kind_name import KindName

LANDSCAPE_PANELS = (
    "map_panel",
    "chosen_panel",
    "energies_panel",
    "ranks_panel",
    "overlaps_panel",
    "spectrum_panel",
    "tree_panel",
    "minima_table_panel",
)
"""Modules of `spinglass.report.panels` that draw minima, in the order of the page."""

SECTIONS = {
    KindName.DESCENTS: "landscape_section",
    KindName.INHERENT: "panels.inherent_panel",
    KindName.CENSUS: "landscape_section",
    KindName.CONNECTIONS: "landscape_section",
    KindName.BRANCHES: "panels.branches_panel",
    KindName.ANNEALING: "panels.annealing_panel",
    KindName.POINTS: "panels.points_panel",
    KindName.SOLUTIONS: "panels.solutions_panel",
    KindName.VALIDATION: "panels.validation_panel",
    KindName.TRAINING: "panels.training_panel",
}
"""The modules of `spinglass.report` that make the sections of files, by kind.

A module has a function ``section``, which makes the section of one file, or ``sections``, which
makes those of all files that belong together."""
