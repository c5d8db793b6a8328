"""What made a file: its landscape, and the versions that the numbers depend on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from spinglass.covariance import Covariance
from spinglass.version import __version__

PACKAGE = Path(__file__).parents[1]
"""The folder of spinglass."""


class Source(Protocol):
    """What a file says of its landscape; a `spinglass.Landscape`, or what is known of one."""

    @property
    def n(self) -> int:
        """Sites."""

    @property
    def covariance(self) -> Covariance:
        """Orders, weights and field."""

    @property
    def seed(self) -> int | None:
        """Seed of the landscape."""

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""


def origin(source: Source) -> dict[str, Any]:
    """Return the attributes that say which landscape a file is of; seed -1 where there is none."""
    law = source.covariance
    return {
        "n": source.n,
        **law.named,
        "nu": law.nu,
        "critical_field": law.critical_field,
        "seed": -1 if source.seed is None else source.seed,
        "couplings_sha256": source.checksum(),
    }


def package_versions() -> dict[str, str]:
    """Return the versions of everything that the numbers depend on."""
    names = ("numpy", "numba", "scipy", "xarray")
    return {
        "spinglass": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def git_commit(package: Path = PACKAGE) -> str:
    """Return the commit of the checkout this package runs from; empty where there is none.

    A package that is merely installed inside a checkout, as into ``.venv`` of a project, is no part
    of it: its own files must be tracked there.  ``-dirty`` follows where they differ from the
    commit, or a module is not part of it.

    Parameters
    ----------
    package : Path
        Folder of the package.
    """
    untracked = _git(package, "ls-files", "--others", "--", "*.py")
    if untracked is None or "__init__.py" in untracked.splitlines():
        return ""
    commit = _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    if not commit:
        return ""
    return commit if not untracked or commit.endswith("-dirty") else f"{commit}-dirty"


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says about the repository that a folder lies in; None where it fails."""
    named = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # set in hooks, of any repository
    environment = {name: value for name, value in os.environ.items() if name not in named}
    try:
        found = subprocess.run(
            ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
