"""Ensembles of samples are compared with exact means: points of every index, or minima."""

from spinglass.validation.compare import (
    Comparison,
    Counted,
    Quantity,
    compare,
    scores_by_quantity,
    usual_rms,
)
from spinglass.validation.point import Point
from spinglass.validation.samples import Record, read_folder, read_record, write_record
from spinglass.validation.validation_config import ValidationConfig, plan_points
from spinglass.validation.validation_run import validate_point

__all__ = [
    "Comparison",
    "Counted",
    "Point",
    "Quantity",
    "Record",
    "ValidationConfig",
    "compare",
    "plan_points",
    "read_folder",
    "read_record",
    "scores_by_quantity",
    "usual_rms",
    "validate_point",
    "write_record",
]
