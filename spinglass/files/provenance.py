"""What made a file: its landscape, and the versions that the numbers depend on."""

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from spinglass.arrays import Array
from spinglass.checks import field_strength, integer_at_least
from spinglass.covariance import Covariance
from spinglass.errors import InputError
from spinglass.signals import SIGNAL_KEYS, signal_said_by
from spinglass.version import __version__

PACKAGE = Path(__file__).parents[1]
"""The folder of spinglass."""


FILE_CHECKSUMS = {"couplings_file_sha256": "couplings", "field_file_sha256": "field"}
"""What a file supplied by the user holds, by the attribute with the SHA-256 of that file."""

DETAILS = (*SIGNAL_KEYS, *FILE_CHECKSUMS, "field_sha256")
"""Attributes that only some landscapes have: those of a hidden point, and of couplings or a field
that the user supplied; the last is the SHA-256 of the field vector."""


class LandscapeOrigin(Protocol):
    """What a file records of its landscape; a `spinglass.landscape.Landscape` provides it."""

    @property
    def n(self) -> int:
        """Number of spins."""

    @property
    def covariance(self) -> Covariance:
        """Orders, weights and field."""

    @property
    def seed(self) -> int | None:
        """Seed of the landscape."""

    @property
    def details(self) -> dict[str, Any]:
        """What else identifies the landscape: attributes among `DETAILS`."""

    @property
    def hidden(self) -> Array | None:
        """The point hidden in it, shape (n,); None if there is none."""

    def checksum(self) -> str:
        """Return the SHA-256 of the packed couplings."""


def origin(source: LandscapeOrigin) -> dict[str, Any]:
    """Return the attributes that identify the landscape of a file; seed -1 if it has no seed."""
    law = source.covariance
    return {
        "n": source.n,
        **law.named,
        "nu": law.nu,
        "critical_field": law.critical_field,
        "seed": -1 if source.seed is None else source.seed,
        "couplings_sha256": source.checksum(),
        **source.details,
    }


def check_origin(attributes: Mapping[str, Any], sites: int | None) -> None:
    """Raise `InputError` unless attributes name a landscape, of as many spins as there are sites.

    ``sites`` is None where a file holds no positions.
    """
    n = integer_at_least("n", attributes["n"], 2)
    Covariance.said_by(attributes)
    field_strength(attributes.get("nu", 0.0))
    integer_at_least("seed", attributes["seed"], -1)
    if sites not in (None, n):
        raise InputError(f"positions must have as many sites as spins, {n}, got {sites}")


def with_parameters(
    known: Mapping[str, object], parameters: Mapping[str, object]
) -> dict[str, object]:
    """Return the attributes of a result together with what else the caller says of it.

    `InputError` if the caller contradicts the result.
    """
    for name, value in parameters.items():
        if name in known and known[name] != value:
            raise InputError(f"{name} must be that of the result, {known[name]!r}, got {value!r}")
    return {**known, **parameters}


def details(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that describe a landscape beyond its orders, field and seed."""
    return {key: attributes[key] for key in DETAILS if attributes.get(key) is not None}


def landscape_row(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a table row that identify the landscape; seed None if it has none."""
    return {
        "n": attributes["n"],
        **Covariance.said_by(attributes).named,
        "nu": attributes["nu"],
        "seed": None if attributes["seed"] < 0 else attributes["seed"],
        **details(attributes),
    }


def is_drawn(attributes: Mapping[str, Any]) -> bool:
    """Say whether a landscape is a plain random sample, to which the exact means apply."""
    return attributes.get("seed", -1) >= 0 and not details(attributes)


def landscape_words(attributes: Mapping[str, Any]) -> str:
    """Describe the landscape in one line; files are named by the start of their checksums."""
    law, signal = Covariance.said_by(attributes), signal_said_by(attributes)
    words = [f"n={attributes['n']} {law.label} nu={attributes['nu']:g}"]
    seed = attributes["seed"]
    if seed is not None and seed >= 0:
        words.append(f"seed={seed}")
    words += [signal.label] if signal else []
    for key, what in FILE_CHECKSUMS.items():
        if key in attributes:
            words.append(f"{what} file sha256={attributes[key][:12]}")
    return " ".join(words)


def package_versions() -> dict[str, str]:
    """Return the versions of everything that the numbers depend on."""
    names = ("numpy", "numba", "scipy", "xarray")
    return {
        "spinglass": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in names},
    }


def git_commit(package: Path = PACKAGE) -> str:
    """Return the commit of the checkout that a package runs from; empty if there is none.

    A package merely installed inside a checkout, as in the ``.venv`` of a project, does not count:
    git must track its files.  ``-dirty`` is appended if they differ from the commit, or if git
    does not track one of the modules.
    """
    untracked = _git(package, "ls-files", "--others", "--", "*.py")
    if untracked is None or "__init__.py" in untracked.splitlines():
        return ""
    commit = _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    if not commit:
        return ""
    return commit if not untracked or commit.endswith("-dirty") else f"{commit}-dirty"


def _git(folder: Path, *words: str) -> str | None:
    """Return what git prints about the repository that contains a folder; None if git fails."""
    named = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # git sets these in hooks
    environment = {name: value for name, value in os.environ.items() if name not in named}
    try:
        found = subprocess.run(
            ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
