"""Which panels a section has, and which module makes the sections of each kind of file."""

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
    "descents": "landscape_section",
    "inherent": "panels.inherent_panel",
    "census": "landscape_section",
    "connections": "landscape_section",
    "branches": "panels.branches_panel",
    "annealing": "panels.annealing_panel",
    "points": "panels.points_panel",
    "solutions": "panels.solutions_panel",
    "validation": "panels.validation_panel",
    "training": "panels.training_panel",
}
"""Module of `spinglass.report` that makes the sections of files, by their kind; ``inherent`` are
descents from planted points.

It has a function ``section``, which makes that of one file, or ``sections``, which makes those of
all files that belong together."""
