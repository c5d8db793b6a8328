"""The energy landscape of spherical p-spin glasses in a magnetic field."""

from spinglass.errors import DamagedFileError, InputError, MemoryLimitError, SpinglassError
from spinglass.version import __version__

__all__ = [
    "DamagedFileError",
    "InputError",
    "MemoryLimitError",
    "SpinglassError",
    "__version__",
]
