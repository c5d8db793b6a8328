"""From starts to stationary points: methods by name, one record of results."""

from spinglass.descent.methods import METHODS, descend
from spinglass.descent.record import Descent, Status

__all__ = ["METHODS", "Descent", "Status", "descend"]
