"""The state of the result of a job in a folder, read from its file alone."""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.store import read_attributes
from spinglass.search.results import DESCENTS
from spinglass.sweep.job import Job


class JobState(StrEnum):
    """The state of the result of a job.

    ``DONE``: whole, and what this version of the package would write.  ``MISSING``: no file.
    ``DAMAGED``: truncated, changed, not the result of this job, not a regular file, a link that
    leads nowhere, or unreadable.  ``FOREIGN``: whole, but written by another version of the package
    or in another schema.  ``WRONG``: done, but its numbers do not fit the landscape, which only
    `verify_job` finds out.
    """

    DONE = "done"
    MISSING = "missing"
    DAMAGED = "damaged"
    FOREIGN = "foreign"
    WRONG = "wrong"


STATES = (JobState.DONE, JobState.MISSING, JobState.DAMAGED, JobState.FOREIGN)
"""The states that `job_state` returns."""


def job_state(job: Job, folder: Path, *, whole: bool = True) -> JobState:
    """Return the state of the result of a job, one of `STATES`.

    Parameters
    ----------
    job, folder
        Which result.
    whole : bool
        Whether to check every byte; else only the length and the attributes, which takes no longer
        for large files.
    """
    try:
        return state_of(job, read_attributes(folder / job.file_name, whole=whole))
    except InputError:
        there = os.path.lexists(folder / job.file_name)
        return JobState.DAMAGED if there else JobState.MISSING
    except DamagedFileError:
        return JobState.DAMAGED


def state_of(job: Job, attributes: Mapping[str, Any]) -> JobState:
    """Return the state of an undamaged file with these attributes, one of `STATES`."""
    if attributes.get("job") != job.canonical():
        return JobState.DAMAGED
    return JobState.DONE if DESCENTS.is_current(attributes) else JobState.FOREIGN
