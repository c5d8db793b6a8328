"""The state of each job's result in a folder, told from its file alone."""

from pathlib import Path
from typing import Any

from spinglass.errors import DamagedFileError
from spinglass.files.provenance import LANDSCAPE_SCHEMA, is_ours
from spinglass.files.seal import Seal, read_seal
from spinglass.sweep.job import Job

STATES = ("done", "missing", "damaged", "foreign")


def job_state(job: Job, folder: Path) -> str:
    """Return the state of the result of a job.

    ``done``: whole, and what this version of the package would write.  ``missing``: no file.
    ``damaged``: truncated, changed, or not the result of this job.  ``foreign``: whole, but written
    by another version of the package or in another schema.
    """
    path = folder / job.file_name
    try:
        attributes = sealed_attributes(path, "job", "schema", "versions")
    except FileNotFoundError:
        return "missing"
    except (DamagedFileError, OSError):
        return "damaged"
    if attributes.get("job") != job.canonical():
        return "damaged"
    return "done" if is_ours(attributes, LANDSCAPE_SCHEMA) else "foreign"


def sealed_attributes(path: Path, *names: str) -> dict[str, Any]:
    """Read attributes of a file by name, where it has them, after its seal has been found whole.

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
        with h5py.File(path, "r", locking=False) as file:
            there = file.attrs
            return {name: _plain(there[name]) for name in names if name in there}
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path} is not a readable data file: {error}") from error


def _plain(value: Any) -> Any:
    """Return an attribute without the array of one that NetCDF puts around numbers."""
    return value.item() if getattr(value, "size", 0) == 1 else value
