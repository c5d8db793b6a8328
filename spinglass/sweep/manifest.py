"""The manifest of a sweep: configuration, versions and jobs, beside the results.

Like every file of a sweep it carries a checksum of its content, so that a changed digit in a job
is detected.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinglass.errors import DamagedFileError, InputError
from spinglass.files.places import check_folder, check_regular, reading
from spinglass.files.provenance import git_commit, package_versions
from spinglass.files.store import replacing
from spinglass.sweep.job import Job

if TYPE_CHECKING:
    from spinglass.sweep.sweep_config import SweepConfig

MANIFEST = "sweep.json"
SCHEMA = "spinglass-sweep-2"


def write_manifest(config: "SweepConfig", jobs: Iterable[Job], folder: Path | str) -> None:
    """Write the resolved configuration, the versions and the jobs beside the results."""
    plan = {
        "schema": SCHEMA,
        "versions": package_versions(),
        "git": git_commit(),
        "config": config.model_dump(mode="json", exclude_none=True),
        "jobs": [json.loads(job.canonical()) for job in jobs],
    }
    text = json.dumps(plan | {"sha256": _checksum(plan)}, indent=1)
    with replacing(Path(folder) / MANIFEST) as temporary:  # never into a device or a pipe
        temporary.write_text(text + "\n", encoding="utf-8", newline="")


def check_same_sweep(jobs: Iterable[Job], folder: Path) -> None:
    """Raise `InputError` if the manifest in a folder plans jobs that are not among ``jobs``.

    `DamagedFileError` if the manifest cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        return
    planned = read_jobs(folder)
    if left := set(planned) - set(jobs):
        raise InputError(
            f"{folder} must hold no other sweep, got one of {len(planned):,} jobs, of which "
            f"{len(left):,} are not in this sweep: choose another folder"
        )


def read_manifest(folder: Path | str) -> tuple["SweepConfig", list[Job]]:
    """Read what was planned in a folder.

    Raises
    ------
    InputError
        If the folder holds no sweep.
    DamagedFileError
        If the manifest is not what was written.
    """
    from spinglass.sweep.sweep_config import SweepConfig

    folder = Path(folder)
    plan = _read(folder)
    with _understood(folder):
        return SweepConfig.model_validate(_renamed(plan["config"])), _jobs(plan)


def _renamed(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with today's keys; 0.1.0 called ``descent.start_seed`` ``seed``."""
    descent = dict(config["descent"])
    if "seed" in descent:
        descent["start_seed"] = descent.pop("seed")
    return {**config, "descent": descent}


def read_jobs(folder: Path) -> list[Job]:
    """Read the jobs that were planned in a folder; errors as for `read_manifest`."""
    plan = _read(folder)
    with _understood(folder):
        return _jobs(plan)


@contextmanager
def _understood(folder: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(f"{folder / MANIFEST} is not a sweep manifest: {error}") from error


def _jobs(plan: dict[str, Any]) -> list[Job]:
    return [Job.of(job) for job in plan["jobs"]]


def _read(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    check_folder(folder)
    check_regular(path)
    if not path.is_file():
        raise InputError(f"{folder} holds no sweep: there is no {MANIFEST} in it")
    try:
        with reading(path):
            text = path.read_text(encoding="utf-8")
        plan = json.loads(text)
        told = plan.pop("sha256")
        schema = plan["schema"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedFileError(
            f"{path} is not a sweep manifest (without it the sweep is planned anew): {error}"
        ) from error
    if told != _checksum(plan):
        raise DamagedFileError(
            f"{path} is damaged: its checksum does not match; without it the sweep is planned anew"
        )
    if schema != SCHEMA:
        raise DamagedFileError(f"{path} has the schema {schema!r}, not {SCHEMA!r}")
    return plan


def _checksum(plan: dict[str, Any]) -> str:
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
