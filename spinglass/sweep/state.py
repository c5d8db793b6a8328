"""The state of each job's result in a folder, told from its file alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.store import read_attributes
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import Job

STATES = ("done", "missing", "damaged", "foreign")


def job_state(job: Job, folder: Path, *, whole: bool = True) -> str:
    """Return the state of the result of a job.

    ``done``: whole, and what this version of the package would write.  ``missing``: no file.
    ``damaged``: truncated, changed, or not the result of this job.  ``foreign``: whole, but written
    by another version of the package or in another schema.

    Parameters
    ----------
    job, folder
        Which result.
    whole : bool
        Whether every byte is checked; else only the length and the attributes, at once however
        large the file is.
    """
    try:
        return state_of(job, read_attributes(folder / job.file_name, whole=whole))
    except InputError:
        return "missing"
    except (DamagedFileError, OSError):
        return "damaged"


def state_of(job: Job, attributes: Mapping[str, Any]) -> str:
    """Return the state of a whole file with these attributes, as `job_state` does."""
    if attributes.get("job") != job.canonical():
        return "damaged"
    return "done" if DESCENTS.is_current(attributes) else "foreign"
