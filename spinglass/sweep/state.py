"""What is in a folder: the manifest of a sweep, and the state of each job's result."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spinglass.errors import DamagedFileError, InputError
from spinglass.results import SCHEMA, package_versions
from spinglass.seal import Seal, read_seal
from spinglass.store import write_text
from spinglass.sweep.config import SweepConfig
from spinglass.sweep.plan import Job
from spinglass.version import __version__

MANIFEST = "sweep.json"
STATES = ("done", "missing", "damaged", "foreign")


def job_state(job: Job, folder: Path) -> str:
    """Return the state of the result of a job.

    ``done``: whole, and what this version of the package would write.  ``missing``: no file.
    ``damaged``: truncated, changed, or not the result of this job.  ``foreign``: whole, but written
    by another version of the package or in another schema.
    """
    path = folder / job.file_name
    try:
        attributes = sealed_attributes(path)
    except FileNotFoundError:
        return "missing"
    except (DamagedFileError, OSError):
        return "damaged"
    if attributes.get("job") != job.canonical():
        return "damaged"
    return "done" if is_ours(attributes, SCHEMA) else "foreign"


def sealed_attributes(path: Path) -> dict[str, Any]:
    """Read the attributes of a file, after its seal has been found whole.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    DamagedFileError
        If its seal is broken or absent, or it is not a data file.
    """
    import h5py

    if read_seal(path) is not Seal.WHOLE:
        raise DamagedFileError(f"{path} is damaged: its checksum is missing or does not match")
    try:
        with h5py.File(path, "r") as file:
            return {name: _plain(value) for name, value in file.attrs.items()}
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path} is not a readable data file: {error}") from error


def _plain(value: Any) -> Any:
    """Return an attribute without the array of one that NetCDF puts around numbers."""
    return value.item() if getattr(value, "size", 0) == 1 else value


def is_ours(attributes: Mapping[str, Any], schema: str) -> bool:
    """Say whether attributes are those of a file of this version and of a schema."""
    try:
        version = json.loads(str(attributes.get("versions", "{}")))["spinglass"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(attributes.get("schema") == schema and version == __version__)


def write_manifest(config: SweepConfig, jobs: Iterable[Job], folder: Path) -> None:
    """Write the resolved configuration, what made it and the jobs beside the results."""
    text = json.dumps(
        {
            "schema": "spinglass-sweep-1",
            "versions": package_versions(),
            "git": git_commit(),
            "config": config.model_dump(mode="json", exclude_none=True),
            "jobs": [json.loads(job.canonical()) for job in jobs],
        },
        indent=1,
    )
    write_text(text + "\n", folder / MANIFEST)


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


def read_manifest(folder: Path) -> tuple[SweepConfig, list[Job]]:
    """Read what was planned in a folder.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    DamagedFileError
        If the manifest cannot be understood.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} holds no sweep: there is no {MANIFEST} in it")
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        config = SweepConfig.model_validate(plan["config"])
        return config, [Job(**job) for job in plan["jobs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{path} is not a sweep manifest: {error}") from error
