"""From starts to stationary points: methods by name, one record of results.

The names are imported when they are first used: to know which methods there are needs no compiled
code.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spinglass.search.descent import Descent, Status
    from spinglass.search.methods.entry import descend
    from spinglass.search.methods.method_registry import METHODS

_HOMES = {
    "METHODS": "spinglass.search.methods.method_registry",
    "Descent": "spinglass.search.descent",
    "Status": "spinglass.search.descent",
    "descend": "spinglass.search.methods.entry",
}

__all__ = ["METHODS", "Descent", "Status", "descend"]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spinglass.search.methods' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
