"""A reporter that keeps what it is told."""

from spinglass.sweep import Job, Outcome


class Quiet:
    """Says nothing; remembers."""

    def __init__(self) -> None:
        self.begun: list[Job] = []
        self.outcomes: list[Outcome] = []
        self.failures: list[tuple[Job, str]] = []
        self.starts = 0

    def planned(self, jobs: list[Job], to_do: list[Job]) -> None:
        pass

    def started(self, job: Job) -> None:
        self.begun.append(job)

    def advanced(self, starts: int) -> None:
        self.starts += starts

    def finished(self, job: Job, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def failed(self, job: Job, words: str) -> None:
        self.failures.append((job, words))
