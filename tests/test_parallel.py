"""Threads over pieces: order, errors, nesting, and that nothing is left running."""

import sys
import threading
import time

import numpy as np
import pytest
import threadpoolctl

import spinglass.parallel
from spinglass.errors import InputError
from spinglass.machine import core_count
from spinglass.parallel import (
    limited_blas,
    map_threads,
    single_threaded_blas,
    stream_threads,
    thread_count,
)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("mapped", [map_threads, stream_threads])
def test_results_come_in_the_order_of_the_pieces(mapped, threads):
    def slowest_first(k: int) -> int:
        time.sleep(0.002 * (10 - k))
        return k * k

    assert list(mapped(slowest_first, range(10), threads)) == [k * k for k in range(10)]
    assert list(mapped(slowest_first, [], threads)) == []


def test_the_caller_works_too_and_no_thread_is_one_too_many():
    meet = threading.Barrier(3)
    seen = map_threads(lambda _: (meet.wait(10), threading.get_ident()), range(3), 3)
    assert threading.get_ident() in {ident for _, ident in seen}
    assert len({ident for _, ident in seen}) == 3


@pytest.mark.parametrize("fault", [IndexError, KeyboardInterrupt, StopIteration, InputError])
@pytest.mark.parametrize("where", [0, 1, 7])
def test_an_error_stops_the_rest_and_reaches_the_caller(fault, where):
    done, running = [], []

    def work(k: int) -> None:
        running.append(k)
        try:
            if k == where:
                raise fault("broken")
            time.sleep(0.001)
            done.append(k)
        finally:
            running.remove(k)

    with pytest.raises(fault):
        map_threads(work, range(1000), 2)
    assert len(done) < 500
    assert not running


def test_maps_inside_maps_do_not_wait_for_each_other():
    def inner(k: int) -> int:
        return sum(map_threads(lambda j: k * j, range(20), 2))

    assert map_threads(inner, range(30), 2) == [190 * k for k in range(30)]


def test_a_stream_that_is_left_drops_what_has_not_begun():
    begun = []

    def work(k: int) -> int:
        begun.append(k)
        if k > 3:
            time.sleep(0.05)
        return k

    stream = stream_threads(work, range(1000), 2)
    assert [next(stream) for _ in range(4)] == [0, 1, 2, 3]
    stream.close()
    assert len(begun) < 500  # all would take 25 s


@pytest.mark.parametrize("threads", [0, -1, 1.5])
def test_numbers_of_threads_are_checked(threads):
    with pytest.raises(InputError, match="threads"):
        thread_count(threads)


@pytest.mark.parametrize("mapped", [map_threads, stream_threads])
def test_a_piece_beside_others_starts_no_threads(mapped):
    assert list(mapped(lambda _: thread_count(), range(6), 3)) == [1] * 6
    assert thread_count() == core_count()


def blas_threads() -> set[int]:
    """Return what the BLAS libraries of this process are limited to."""
    return {
        library["num_threads"]
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    }


def test_limits_of_blas_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    np.linalg.inv(np.eye(2))  # the library is loaded
    looked = []
    controller = spinglass.parallel.ThreadpoolController
    monkeypatch.setattr(
        spinglass.parallel, "ThreadpoolController", lambda: looked.append(1) or controller()
    )
    spinglass.parallel._libraries.cache_clear()
    with limited_blas(2):
        before = blas_threads()
        with limited_blas(1), single_threaded_blas(), single_threaded_blas():
            assert blas_threads() == {1}
            assert len(looked) == 1
        assert blas_threads() == before
        with single_threaded_blas():
            assert blas_threads() == {1}


def test_libraries_are_looked_for_again_where_modules_have_come(monkeypatch) -> None:
    looked = []
    controller = spinglass.parallel.ThreadpoolController
    monkeypatch.setattr(
        spinglass.parallel, "ThreadpoolController", lambda: looked.append(1) or controller()
    )
    spinglass.parallel._libraries.cache_clear()
    for wanted in (1, 1, 2):
        if wanted == 2:
            monkeypatch.setitem(sys.modules, "a_module_with_a_library", sys)
        with limited_blas(1):
            assert len(looked) == wanted
