"""The names of the kinds of files, and the schemas that files of each kind carry."""

from enum import StrEnum


class KindName(StrEnum):
    """What a file holds; the module ``<name>_contents`` reads it.

    ``INHERENT`` are the descents from planted points that a report averages; no schema names them.
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
"""Kinds of results, by schema."""

DRAWN = {"spinglass-figure-1": KindName.FIGURE}
"""Kinds that are opened like results but are none, by schema."""
