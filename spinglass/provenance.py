"""What made a file: names of the schemas, and the versions that the numbers depend on."""

import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spinglass.version import __version__

LANDSCAPE_SCHEMA = "spinglass-landscape-1"
PART_SCHEMA = "spinglass-part-1"
SWEEP_SCHEMA = "spinglass-sweep-2"
VALIDATION_SCHEMA = "spinglass-validation-1"


def package_versions() -> dict[str, str]:
    """Return the versions of everything that the numbers depend on."""
    names = ("numpy", "numba", "scipy", "xarray")
    return {
        "spinglass": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def is_ours(attributes: Mapping[str, Any], schema: str) -> bool:
    """Say whether attributes are those of a file of this version and of a schema."""
    try:
        made_by = json.loads(str(attributes.get("versions", "{}")))["spinglass"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(attributes.get("schema") == schema and made_by == __version__)


def git_commit() -> str:
    """Return the commit of the checkout this package runs from; empty where there is none."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
