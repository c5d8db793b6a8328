"""Long work stops between two steps when its control says so, and keeps what it has found."""

from dataclasses import replace

import numpy as np
import pytest

from spinglass import PSpin, find_stationary_points, take_census
from spinglass.connections import connect_minima
from spinglass.control import Control, Progress
from spinglass.errors import InputError
from spinglass.following import follow_landscape
from spinglass.following.annealing import compare_annealing
from spinglass.machine import core_count
from spinglass.parallel import map_threads, thread_count, thread_share
from spinglass.validation import Point, validate_point

SPENT = Control(max_seconds=0.0)


def test_a_control_says_when_to_stop(monkeypatch):
    now, asked = [100.0], []
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    control = Control(max_seconds=5.0)
    assert (control.left, control.spent) == (5.0, False)
    now[0] = 105.0
    assert (replace(control, threads=1).left, control.spent) == (0.0, True)
    assert Control().left == float("inf")
    control = Control(stop=lambda: bool(asked))
    assert not control.spent
    asked.append(1)
    assert control.spent


def test_a_part_is_told_as_words_of_the_whole():
    heard = []
    whole = Control(2, 1.0, stop=lambda: True, tell=heard.append)
    part = whole.part(3, 7, "fields")
    part.tell(Progress(10, 99, "starts", "words", "found", at_most=True))
    assert heard == [Progress(3, 7, "fields", "words", "found")]
    assert (part.threads, part.spent) == (2, True)
    assert (part.began, part.max_seconds) == (whole.began, 1.0)


def test_a_share_is_in_force_where_no_number_is_given():
    with thread_share(3):
        assert thread_count() == 3
        assert thread_count(5) == 5
        assert map_threads(lambda _: thread_count(), [0]) == [3]  # a piece alone may use them
        with Control(2).in_force():
            assert thread_count() == 2
        with Control().in_force():
            assert thread_count() == 3
    assert thread_count() == core_count()


@pytest.mark.parametrize(
    "bad", [{"threads": 0}, {"threads": 1.5}, {"max_seconds": -1.0}, {"max_seconds": float("nan")}]
)
def test_a_bad_control_is_named(bad):
    (name, value), *_ = bad.items()
    with pytest.raises(InputError, match=f"{name} must be .*, got {value}"):
        Control(**bad)


def test_a_search_for_all_points_ends_after_a_round():
    whole = find_stationary_points(PSpin(6, 3), method="search", sweep=64)
    found = find_stationary_points(PSpin(6, 3), method="search", sweep=64, control=SPENT)
    assert (found.starts, found.complete) == (128, False)
    assert whole.complete
    assert whole.starts > 128


def test_branches_end_at_the_field_they_have_come_to():
    model, grid = PSpin(6, 3), [0.0, 0.4, 0.8]
    found = follow_landscape(model, grid, 0.05, control=SPENT)
    assert found.nu.tolist() == [0.0]
    rest = follow_landscape(model, grid, 0.05, known=found)
    assert np.array_equal(rest.energy, follow_landscape(model, grid, 0.05).energy, equal_nan=True)


def test_samples_end_where_they_have_come_to():
    found = compare_annealing(6, 3, 3.5, 3, starts=5, control=SPENT)
    assert found.annealed.size == 1
    found = validate_point(Point("stationary", 4, 3, 1.0, 5), control=replace(SPENT, threads=1))
    assert found.samples == 1


def test_searches_tell_how_far_they_are():
    heard = []
    control = Control(tell=heard.append)
    find_stationary_points(PSpin(5, 3), method="search", sweep=64, control=control)
    take_census(PSpin(6, 3), 0.05, control=control)
    connect_minima(PSpin(6, 3), unseen=0.05, unseen_saddles=0.1, control=control)
    for unit in ("starts", "searches"):
        told = [event for event in heard if event.unit == unit]
        assert told
        assert all(0 <= event.done <= event.total and event.at_most for event in told)
        assert told[-1].done > 0
        assert all(event.words for event in told)
