"""What a sweep has done so far, how much is left, and the events that it reports on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spinglass.sweep.job import Job
from spinglass.sweep.sweep_cost import start_seconds
from spinglass.sweep.work import Outcome


@dataclass(frozen=True)
class Failure:
    """A job that failed, and why."""

    job: Job
    words: str


@dataclass
class Account:
    """What a sweep has done and what is left.

    The work of a start is estimated from its landscape, so that a large one counts for more than a
    small one.

    Attributes
    ----------
    jobs, already, foreign : int
        Jobs planned, done before this run, and kept although another version of the package made
        them; of one shard, only jobs of which it has a part.
    elsewhere : int
        Jobs planned of which only other shares have parts.
    done : list of Outcome
        Results of the jobs done in this run.
    failed : list of Failure
        Jobs that raised an error; the others went on.
    stopped : bool
        Whether the run stopped between two pieces with work left.
    starts, minima : int
        Starts that ended in this run, and those of them that ended in certified minima.
    work, work_done : float
        Work planned and work done, in estimated seconds of one core of the machine of the fit.
    left : dict
        Starts left to do, by job.
    """

    jobs: int = 0
    already: int = 0
    foreign: int = 0
    elsewhere: int = 0
    done: list[Outcome] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    stopped: bool = False
    starts: int = 0
    minima: int = 0
    work: float = 0.0
    work_done: float = 0.0
    left: dict[Job, int] = field(default_factory=dict, repr=False)
    cost: Callable[[Job], float] = field(default=start_seconds, repr=False)

    def plan(self, left: Mapping[Job, int]) -> None:
        """Note how many starts of which jobs are left."""
        self.left = dict(left)
        self.work = sum(starts * self.cost(job) for job, starts in left.items())

    def advance(self, job: Job, starts: int, minima: int) -> None:
        """Count starts that have ended; negative numbers take some back."""
        self.left[job] -= starts
        self.starts += starts
        self.minima += minima
        self.work_done += starts * self.cost(job)

    def finish(self, job: Job, outcome: Outcome) -> None:
        """Count a job as done, and drop what is left of it."""
        self.done.append(outcome)
        self._drop(job)

    def fail(self, job: Job, words: str) -> None:
        """Count a job as failed, and drop what is left of it."""
        self.failed.append(Failure(job, words))
        self._drop(job)

    def _drop(self, job: Job) -> None:
        self.work -= self.left.get(job, 0) * self.cost(job)
        self.left[job] = 0

    @property
    def jobs_done(self) -> int:
        """Jobs that are done, in this run or before."""
        return self.already + self.foreign + len(self.done)

    @property
    def waiting(self) -> int:
        """Jobs neither done nor failed: when a share is finished, those that wait for others."""
        return self.jobs - self.jobs_done - len(self.failed)

    @property
    def planned(self) -> int:
        """Jobs of all shares together."""
        return self.jobs + self.elsewhere

    @property
    def words(self) -> str:
        """Where the sweep stands, in a line."""
        return f"{self.jobs_done:,} of {self.jobs:,} jobs, {self.minima:,} minima"


class EventKind(StrEnum):
    """What has happened: work is planned, a job has come further, or an engine says something."""

    PLANNED = "planned"
    STARTED = "started"
    ADVANCED = "advanced"
    FINISHED = "finished"
    FAILED = "failed"
    SAID = "said"


@dataclass(frozen=True)
class Event:
    """Something that has happened in a sweep, sent as part of a `spinglass.control.Progress`.

    Attributes
    ----------
    kind : EventKind
        What has happened.
    account : Account
        Where the sweep stands; after ``FINISHED`` the last of ``done`` is the result of ``job``.
    job : Job, optional
        The job, unless the event concerns the whole sweep.
    words : str
        Why a job has failed, or what an engine has said.
    """

    kind: EventKind
    account: Account
    job: Job | None = None
    words: str = ""
