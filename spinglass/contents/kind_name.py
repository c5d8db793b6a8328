"""The kinds of files by name, and the schema by which a file says that it is of one."""

from enum import StrEnum


class KindName(StrEnum):
    """What a file holds; ``<name>_contents`` is the module that knows it.

    ``INHERENT`` are the descents from planted points that a report averages; no file says that.
    """

    DESCENTS = "descents"
    INHERENT = "inherent"
    CENSUS = "census"
    POINTS = "points"
    SOLUTIONS = "solutions"
    CONNECTIONS = "connections"
    BRANCHES = "branches"
    ANNEALING = "annealing"
    VALIDATION = "validation"
    TRAINING = "training"
    FIGURE = "figure"


RESULTS = {
    "spinglass-landscape-1": KindName.DESCENTS,
    "spinglass-census-1": KindName.CENSUS,
    "spinglass-points-1": KindName.POINTS,
    "spinglass-solutions-1": KindName.SOLUTIONS,
    "spinglass-connections-1": KindName.CONNECTIONS,
    "spinglass-branches-1": KindName.BRANCHES,
    "spinglass-annealing-1": KindName.ANNEALING,
    "spinglass-validation-1": KindName.VALIDATION,
    "spinglass-training-1": KindName.TRAINING,
}
"""Schemas of results."""

DRAWN = {"spinglass-figure-1": KindName.FIGURE}
"""The schema of what is opened as well, and is no result."""
