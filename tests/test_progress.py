"""What is said of work in progress is true: counts, rates, time left, what the dead take back."""

import json
import signal
import time
import weakref
from pathlib import Path

import pytest

from spinglass.control import Progress
from spinglass.sweep import Account, Event, EventKind, Job
from spinglass_cli.log import SweepLog
from spinglass_cli.progress import LINE_EVERY, Pace, shown

SMALL = Job(8, 3, 0, 0.0, "", 100, 0, "flow", 1e-10, 1000)
LARGE = Job(80, 3, 0, 0.0, "", 100, 0, "flow", 1e-10, 1000)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", made)
    return made


@pytest.fixture
def account() -> Account:
    made = Account(5, already=3, cost=lambda job: 9.0 if job is LARGE else 1.0)
    made.plan({SMALL: 100, LARGE: 100})
    return made


def test_the_work_weighs_large_jobs(account: Account) -> None:
    assert (account.work, account.work_done) == (1000.0, 0.0)
    account.advance(SMALL, 100, 89)
    assert account.work_done == 100.0
    account.finish(SMALL, None)  # type: ignore[arg-type]
    assert account.words == "4 of 5 jobs, 89 minima"
    account.advance(LARGE, 1, 1)
    assert account.work_done == 109.0


def test_what_a_dead_worker_had_is_taken_back(account: Account) -> None:
    account.advance(LARGE, 50, 50)
    account.advance(LARGE, -50, -50)
    account.advance(SMALL, 20, 19)
    assert (account.starts, account.minima, account.work_done) == (20, 19, 20.0)


def test_a_failed_job_leaves_the_account(account: Account) -> None:
    account.advance(LARGE, 10, 10)
    account.fail(LARGE, "why")
    account.advance(SMALL, 100, 100)
    assert account.jobs_done == 3
    assert account.work == account.work_done == 190.0


def test_the_pace_leaves_out_what_came_before_the_first_of_the_work(clock: Clock) -> None:
    pace = Pace()
    assert pace.rate(0.0) is None
    clock.now += 30.0  # compiling
    assert pace.rate(10.0) is None
    clock.now += 5.0
    assert pace.rate(60.0) == 10.0


def test_without_a_terminal_a_line_a_minute(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown() as show:
        for second in range(1, 151):
            clock.now += 1.0
            show(Progress(10 * second, 3000, "starts", "descending"))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "descending: 600 of 3,000 starts, 10.0 a second, 4 min 00 s left",
        "descending: 1,200 of 3,000 starts, 10.0 a second, 3 min 00 s left",
    ]


def test_a_budget_and_estimated_work_are_said_to_be_such(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown() as show:
        show(Progress(1, 100, "searches", "7 saddles", at_most=True))
        clock.now += LINE_EVERY
        show(Progress(31, 100, "searches", "9 saddles", at_most=True))
        show(Progress(1.0, 400.0, "work", "1 of 5 jobs"))
        clock.now += LINE_EVERY
        show(Progress(101.0, 400.0, "work", "2 of 5 jobs"))
    assert capsys.readouterr().err.splitlines() == [
        "9 saddles: 31 searches, 0.5 a second, at most 2 min 18 s left",
        "2 of 5 jobs: 25% of the work, 2 min 59 s left",
    ]


def test_a_bar_moves_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with shown() as show:
        show(Progress(1, 4, "fields", "nu=0 [a]"))
        show(Progress(4, 4, "fields", "nu=1 [b]"))
    said = capsys.readouterr().err
    assert "100 %" in said
    assert "nu=1 [b]: 4 of 4 fields" in said


def test_the_log_says_once_a_minute_where_a_sweep_stands(
    account: Account, clock: Clock, tmp_path: Path
) -> None:
    log = SweepLog(tmp_path)
    for _ in range(100):
        clock.now += 1.0
        account.advance(SMALL, 1, 1)
        log(
            Progress(
                account.work_done,
                account.work,
                "work",
                "",
                Event(EventKind.ADVANCED, account, SMALL),
            )
        )
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    noted = json.loads(line)
    assert noted["event"] == "progress"
    assert (noted["starts"], noted["minima"], noted["jobs_done"]) == (60, 60, 3)
    assert noted["minima_per_second"] == pytest.approx(1.0)
    assert noted["seconds_left"] == pytest.approx(940.0)


class Thing:
    """Something that can be referred to weakly."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("terminal", [False, True])
def test_a_lost_interrupt_ends_the_work_at_its_next_step(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thing: list[Thing] = [Thing()]
    _ = weakref.ref(thing[0], lambda _: signal.raise_signal(signal.SIGINT))
    try:
        with shown() as show:
            show(Progress(1, 3, "starts"))
            thing.clear()  # the callback cannot pass the interrupt on
            with pytest.raises(KeyboardInterrupt):
                show(Progress(2, 3, "starts"))
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_no_account_is_given_of_a_lost_interrupt_but_of_other_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost: list[type[BaseException]] = []
    monkeypatch.setattr("sys.unraisablehook", lambda account: lost.append(account.exc_type))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    things = [Thing(), Thing()]
    refs = [
        weakref.ref(things[0], lambda _: signal.raise_signal(signal.SIGINT)),
        weakref.ref(things[1], lambda _: [][0]),
    ]
    try:
        with shown():
            things.clear()
        assert lost == [IndexError]
        assert [ref() for ref in refs] == [None, None]
    finally:
        signal.signal(signal.SIGINT, before)


def test_who_is_deaf_to_interrupts_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with shown() as show:
            signal.raise_signal(signal.SIGINT)
            show(Progress(1, 3, "starts"))
    finally:
        signal.signal(signal.SIGINT, before)
