"""The names of the kinds of files."""

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
