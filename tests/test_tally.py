"""What is said of a sweep in progress is true: rates, time left, what the dead take back."""

import pytest

from spinglass.sweep import Job
from spinglass_cli import reporter as shown
from spinglass_cli.reporter import LineReporter
from spinglass_cli.tally import Tally

SMALL = Job(8, 3, 0, 0.0, "", 100, 0, "flow", 1e-10, 1000)
LARGE = Job(80, 3, 0, 0.0, "", 100, 0, "flow", 1e-10, 1000)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def cost(job: Job) -> float:
    return 9.0 if job is LARGE else 1.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock: Clock) -> Tally:
    made = Tally(cost, clock)
    made.plan(5, {SMALL: 100, LARGE: 100})
    return made


def test_nothing_is_known_before_anything_has_happened(tally: Tally) -> None:
    assert (tally.share, tally.rate, tally.seconds_left) == (0.0, None, None)
    assert tally.words() == "3 of 5 jobs, 0 minima, - a second, - left"


def test_the_time_left_weighs_large_jobs(tally: Tally, clock: Clock) -> None:
    """The first report only starts the clock: what came before it includes compiling."""
    tally.advance(SMALL, 10, 8)
    assert (tally.rate, tally.seconds_left) == (None, None)
    clock.now += 45.0
    tally.advance(SMALL, 90, 81)
    assert tally.share == pytest.approx(100 / 1000)
    assert tally.rate == pytest.approx(81 / 45)
    assert tally.seconds_left == pytest.approx(45.0 / 90 * 900)
    assert tally.seconds_left != pytest.approx(45.0 / 90 * 100)  # counting starts alike
    tally.close(SMALL)
    assert tally.words() == "4 of 5 jobs, 89 minima, 2 a second, 7 min 30 s left"


def test_what_a_dead_worker_had_is_taken_back(tally: Tally, clock: Clock) -> None:
    tally.advance(SMALL, 10, 10)
    clock.now += 10.0
    tally.advance(LARGE, 50, 50)
    tally.advance(LARGE, -50, -50)
    tally.advance(SMALL, 20, 20)
    assert (tally.starts, tally.minima) == (30, 30)
    assert tally.seconds_left == pytest.approx(10.0 / 20 * 970)


def test_a_failed_job_leaves_the_account(tally: Tally, clock: Clock) -> None:
    tally.advance(LARGE, 10, 10)
    tally.drop(LARGE)
    clock.now += 10.0
    tally.advance(SMALL, 100, 100)
    tally.close(SMALL)
    assert tally.jobs_done == 4
    assert tally.share == 1.0
    assert tally.seconds_left == 0.0


def test_without_a_terminal_a_line_a_minute(
    tally: Tally, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = Clock()
    monkeypatch.setattr(shown.time, "monotonic", now)
    lines = LineReporter(tally)
    lines.planned([SMALL, LARGE], {SMALL: 100, LARGE: 100})
    for _ in range(150):
        now.now += 1.0
        lines.advanced(LARGE, 0, 1)
    said = capsys.readouterr()
    assert said.out == "2 jobs, 2 to do\n"
    assert said.err.splitlines()[0] == "0 of 2 jobs, 60 minima, - a second, - left"
    assert len(said.err.splitlines()) == 2
