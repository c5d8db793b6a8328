"""What the tests of sweeps share: a listener that remembers, and what it means to be the same."""

from collections.abc import Mapping
from pathlib import Path

from spinglass.control import Progress
from spinglass.files.toml import check_tables
from spinglass.search.results import open_result
from spinglass.sweep import Job, Outcome, SweepConfig, job_state
from spinglass.sweep.account import Advanced, Failed, Finished, Planned, Said, Started


class Quiet:
    """Says nothing; remembers what a sweep tells."""

    def __init__(self) -> None:
        self.planned_jobs: list[Job] = []
        self.to_do: list[Job] = []
        self.begun: list[Job] = []
        self.outcomes: list[Outcome] = []
        self.failures: list[tuple[Job, str]] = []
        self.words: list[str] = []
        self.left: dict[Job, int] = {}
        self.starts = self.minima = 0

    def __call__(self, progress: Progress) -> None:
        match progress.found:
            case Planned(_, jobs, left):
                self.planned(jobs, left)
            case Started(_, job):
                self.started(job)
            case Advanced(_, job, starts, minima):
                self.advanced(job, starts, minima)
            case Finished(_, job, outcome):
                self.finished(job, outcome)
            case Failed(_, failure):
                self.failures.append((failure.job, failure.words))
            case Said(_, words):
                self.words.append(words)

    def planned(self, jobs: list[Job], left: Mapping[Job, int]) -> None:
        self.planned_jobs, self.to_do, self.left = list(jobs), list(left), dict(left)

    def started(self, job: Job) -> None:
        self.begun.append(job)

    def advanced(self, job: Job, starts: int, minima: int) -> None:
        self.starts += starts
        self.minima += minima
        self.left[job] -= starts

    def finished(self, job: Job, outcome: Outcome) -> None:
        assert outcome.path.name == job.file_name
        self.outcomes.append(outcome)


def small_sweep(**sections: object) -> SweepConfig:
    """Return a sweep of tiny jobs; sections replace those of the same name."""
    tables = {
        "landscape": {"n": 8, "p": 3, "seeds": [0, 1]},
        "field": {"nu": [0.0, 0.7]},
        "descent": {"starts": 40, "start_seed": 3},
    }
    return check_tables(tables | sections, SweepConfig, "test.toml")


def assert_same_results(jobs: list[Job], folder: Path, other: Path) -> None:
    """Assert that two folders hold the results of all jobs, with the same bytes of data."""
    for job in jobs:
        assert job_state(job, folder) == job_state(job, other) == "done"
        ours, theirs = (open_result(place / job.file_name) for place in (folder, other))
        assert ours.identical(theirs)
        for name in theirs.variables:
            assert ours[name].values.tobytes() == theirs[name].values.tobytes(), name
