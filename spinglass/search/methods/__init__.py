"""From starts to stationary points: methods by name, one record of results."""

from spinglass.search.descent import Descent, Status
from spinglass.search.methods.descend import METHODS, descend

__all__ = ["METHODS", "Descent", "Status", "descend"]
