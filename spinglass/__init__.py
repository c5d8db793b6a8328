"""The energy landscape of spherical p-spin glasses in a magnetic field.

The public names are imported when they are first used, so that ``import spinglass`` and the help of
the command line stay light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spinglass.errors import (
    DamagedFileError,
    InputError,
    MemoryLimitError,
    SpinglassError,
    SpinglassWarning,
    StorageError,
)
from spinglass.version import __version__

if TYPE_CHECKING:
    from spinglass.connections import Connections, connect_minima, disconnectivity_tree
    from spinglass.control import Control, Progress
    from spinglass.following.annealing import anneal_field
    from spinglass.following.branches import Branches
    from spinglass.following.continuation import Course, follow_minima
    from spinglass.following.whole_landscape import follow_landscape
    from spinglass.landscape.geometry import check_gradient, check_hessian, random_points
    from spinglass.landscape.model import Mixed, PSpin
    from spinglass.search.census import Census, take_census
    from spinglass.search.methods import Descent, Status, descend
    from spinglass.search.minima import Minima, distinct_minima
    from spinglass.search.proofs.certificates import Certificate, prove_minima, prove_stationary
    from spinglass.search.results import open_result
    from spinglass.search.stationary import StationaryPoints, find_stationary_points
    from spinglass.sweep.dataset import open_sweep

_HOMES = {
    "Census": "spinglass.search.census",
    "Certificate": "spinglass.search.proofs.certificates",
    "Connections": "spinglass.connections",
    "connect_minima": "spinglass.connections",
    "Control": "spinglass.control",
    "Progress": "spinglass.control",
    "disconnectivity_tree": "spinglass.connections",
    "StationaryPoints": "spinglass.search.stationary",
    "find_stationary_points": "spinglass.search.stationary",
    "prove_minima": "spinglass.search.proofs.certificates",
    "prove_stationary": "spinglass.search.proofs.certificates",
    "take_census": "spinglass.search.census",
    "Branches": "spinglass.following.branches",
    "Course": "spinglass.following.continuation",
    "anneal_field": "spinglass.following.annealing",
    "follow_landscape": "spinglass.following.whole_landscape",
    "follow_minima": "spinglass.following.continuation",
    "Descent": "spinglass.search.methods",
    "Minima": "spinglass.search.minima",
    "Mixed": "spinglass.landscape.model",
    "PSpin": "spinglass.landscape.model",
    "Status": "spinglass.search.methods",
    "check_gradient": "spinglass.landscape.geometry",
    "check_hessian": "spinglass.landscape.geometry",
    "descend": "spinglass.search.methods",
    "distinct_minima": "spinglass.search.minima",
    "open_result": "spinglass.search.results",
    "open_sweep": "spinglass.sweep.dataset",
    "random_points": "spinglass.landscape.geometry",
}

__all__ = [
    "Branches",
    "Census",
    "Certificate",
    "Connections",
    "Control",
    "Course",
    "DamagedFileError",
    "Descent",
    "InputError",
    "MemoryLimitError",
    "Minima",
    "Mixed",
    "PSpin",
    "Progress",
    "SpinglassError",
    "SpinglassWarning",
    "StationaryPoints",
    "Status",
    "StorageError",
    "__version__",
    "anneal_field",
    "check_gradient",
    "check_hessian",
    "connect_minima",
    "descend",
    "disconnectivity_tree",
    "distinct_minima",
    "find_stationary_points",
    "follow_landscape",
    "follow_minima",
    "open_result",
    "open_sweep",
    "prove_minima",
    "prove_stationary",
    "random_points",
    "take_census",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spinglass' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
