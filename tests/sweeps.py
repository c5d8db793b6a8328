"""What the tests of sweeps share: a listener that remembers, and what it means to be the same."""

from pathlib import Path

from spinglass import open_result
from spinglass.control import Progress
from spinglass.files.toml import check_tables
from spinglass.sweep import Event, Job, Outcome, SweepConfig, job_state


class Quiet:
    """Says nothing; remembers what a sweep tells."""

    def __init__(self) -> None:
        self.to_do: list[Job] = []
        self.begun: list[Job] = []
        self.outcomes: list[Outcome] = []
        self.failures: list[tuple[Job, str]] = []
        self.words: list[str] = []
        self.starts = self.minima = 0

    def __call__(self, progress: Progress) -> None:
        event = progress.found
        account, job = event.account, event.job
        self.starts, self.minima = account.starts, account.minima
        match event.kind:
            case "planned":
                self.to_do = list(account.left)
            case "started":
                self.begun.append(job)
            case "finished":
                assert account.done[-1].path.name == job.file_name
                self.outcomes.append(account.done[-1])
            case "failed":
                self.failures.append((job, event.words))
            case "said":
                self.words.append(event.words)
        self.heard(event)

    def heard(self, event: Event) -> None:
        """Do more about an event."""


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
