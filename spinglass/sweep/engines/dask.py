"""Many machines: pieces as tasks of Dask distributed, which hands those of the dead out again.

All workers must see the folder under the same path: what one of them writes elsewhere is found to
be missing and counts as failed.
"""

import contextlib
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import Any

from spinglass.control import Progress, WorkUnit
from spinglass.errors import InputError, SpinglassError, StorageError
from spinglass.parallel import thread_count
from spinglass.quiet_logs import quiet
from spinglass.sweep.engines.engine import ATTEMPTS, Listener, divide, say
from spinglass.sweep.engines.spawning import GUARD, check_spawning
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import Outcome, WorkSettings, do_piece

_AHEAD = 2
_LOOK_EVERY = 0.1
_ASK_EVERY = 2.0
_ANSWER_WITHIN = 20.0
_GONE = "the scheduler is gone; what is done is kept, and the same sweep goes on from there"


class DaskEngine:
    """Does pieces on the workers of a scheduler, or of a cluster of processes on this machine.

    Parameters
    ----------
    scheduler : str, optional
        Address, as in ``tcp://host:8786``; without it, a local cluster is made and closed.
    workers : int
        Processes of the local cluster at most, the threads divided among them.
    """

    def __init__(self, scheduler: str | None = None, workers: int = 1) -> None:
        if scheduler is None:
            check_spawning()
        self.scheduler, self.workers = scheduler, workers
        self.client: Any = None

    def run(self, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener) -> None:
        """Keep two pieces a worker in flight; stop at the borders between pieces."""
        shares = [1] if self.scheduler else divide(thread_count(settings.threads), self.workers)
        # Its log tells of lost connections; what counts of them is said in a line.
        with quiet("distributed", logging.CRITICAL), self._connect(len(shares)) as client:
            self.client = client
            try:
                _Round(client, pieces, replace(settings, threads=shares[-1]), listener).run()
            finally:
                self.client = None

    def _connect(self, workers: int) -> Any:
        try:
            import distributed
        except ImportError as error:
            raise InputError(
                "engine dask needs the extra: pip install 'spinglass[cluster]'"
            ) from error
        if self.scheduler is None:
            return _local_client(workers)
        try:
            return distributed.Client(self.scheduler, timeout=_ANSWER_WITHIN)
        except (OSError, ValueError) as error:
            raise InputError(f"scheduler {self.scheduler!r} does not answer: {error}") from error


class _Round:
    """The tasks of one run, from the first to the last.

    A worker that has no room for a result gets no more work, and others do its pieces: from then on
    each task is bound to the workers that are there and not full, and taken back if they all go.
    """

    def __init__(
        self, client: Any, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener
    ) -> None:
        import distributed

        self._client, self._settings, self._listener = client, settings, listener
        self._left = list(reversed(pieces))
        self._flying: dict[Any, Piece] = {}
        self._lives: Counter[Piece] = Counter()
        self._full: dict[str, str] = {}  # what is said of each, by its address
        self._bound: dict[Any, set[str]] = {}
        self._tasks = distributed.as_completed(raise_errors=False)

    def run(self) -> None:
        """Submit and hear until nothing is left or the listener said stop."""
        try:
            if not self._threads():
                self._listener.said("The scheduler has no workers yet; waiting for one.")
            self._submit()
            while self._flying:
                task = self._next()
                bound = self._bound.pop(task, set())
                self._hear(task, self._flying.pop(task), bound)
                self._submit()
        except (OSError, RuntimeError, StopIteration) as error:
            if self._client.status == "running":
                raise
            raise SpinglassError(_GONE) from error

    def _next(self) -> Any:
        """Wait for a task that has ended; take back those whose workers are all gone."""
        while self._bound and not self._tasks.has_ready() and self._client.status == "running":
            there = self._workers()
            stranded = [task for task, bound in self._bound.items() if not bound & there.keys()]
            if stranded:
                self._client.cancel(stranded)
            time.sleep(_LOOK_EVERY)
        return next(self._tasks)

    def _workers(self) -> dict[str, int]:
        """Return the threads of each worker, from a scheduler that may have died a moment ago."""
        try:
            return dict(self._client.nthreads())
        except OSError as error:
            raise SpinglassError(_GONE) from error

    def _threads(self) -> int:
        """Return the threads of all workers that have room."""
        return sum(n for address, n in self._workers().items() if address not in self._full)

    def _submit(self) -> None:
        room = _AHEAD * max(1, self._threads())
        able = self._workers().keys() - self._full.keys()
        while self._left and len(self._flying) < room and self._listener.may_begin():
            piece = self._left.pop()
            self._listener.began(piece)
            bound = sorted(able) if self._full else None
            task = self._client.submit(
                _do, piece, self._settings, pure=False, retries=0, workers=bound
            )
            self._flying[task] = piece
            if bound:
                self._bound[task] = set(bound)
            self._tasks.add(task)

    def _hear(self, task: Any, piece: Piece, bound: set[str]) -> None:
        try:
            error = self._ask(task.exception, bound)
            answer = None if error else self._ask(task.result, bound)
        except CancelledError:
            self._hear_of_loss(piece)
            return
        if answer is not None:
            if answer.full:
                self._hear_of_no_room(piece, answer)
                return
            self._listener.advanced(piece, answer.starts, answer.minima)
            if answer.failure:
                self._listener.failed(piece, f"{answer.failure} ({answer.worker})")
            else:
                self._listener.ended(piece, answer.outcome, answer.worker)
            return
        self._listener.failed(piece, say(error))

    def _ask(self, question: Callable[..., Any], bound: set[str]) -> Any:
        """Ask a task that has ended; its worker may die with the answer, and all it is bound to.

        Raises
        ------
        CancelledError
            If there is nobody left who could do it again.
        """
        while True:
            try:
                return question(timeout=_ASK_EVERY)
            except TimeoutError:
                if self._client.status != "running":
                    raise SpinglassError(_GONE) from None
                if bound and not bound & self._workers().keys():
                    raise CancelledError from None

    def _hear_of_no_room(self, piece: Piece, answer: "_Answer") -> None:
        """Give no more work to a worker that has no room, and its piece to another.

        Raises
        ------
        StorageError
            If no worker that is there has room.
        """
        words = f"{answer.worker}: {answer.full}"
        if answer.address not in self._full:
            self._full[answer.address] = words
            self._listener.said(f"No room, so it gets no more work: {words}")
        if not self._workers().keys() - self._full.keys():
            raise StorageError(f"no worker has room for results: {'; '.join(self._full.values())}")
        self._left.append(piece)

    def _hear_of_loss(self, piece: Piece) -> None:
        """Hand out again what was done, or to be done, by a worker that died with the answer."""
        if self._client.status != "running":
            raise SpinglassError(_GONE)
        self._lives[piece] += 1
        if self._lives[piece] < ATTEMPTS:
            self._left.append(piece)
        else:
            self._listener.failed(piece, f"{ATTEMPTS} workers died with its answer")


@contextlib.contextmanager
def _local_client(workers: int) -> Iterator[Any]:
    import dask
    import distributed

    settings = {"distributed.scheduler.allowed-failures": ATTEMPTS}
    with (
        dask.config.set(settings),
        _local_cluster(workers) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _local_cluster(workers: int) -> Any:
    import distributed

    try:
        return distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
    except RuntimeError as error:
        raise SpinglassError(f"Dask's processes did not start ({error}); {GUARD}") from None


@dataclass(frozen=True)
class _Answer:
    """What a worker has to say of a piece."""

    outcome: Outcome | None
    starts: int
    minima: int
    worker: str
    address: str
    failure: str
    full: str


def _do(piece: Piece, settings: WorkSettings) -> _Answer:
    """Do a piece; an error is returned in words, because not every one survives the way back."""
    from distributed import get_worker

    told = [Progress(0, piece.count, WorkUnit.STARTS, found=0)]
    outcome, failure, full = None, "", ""
    try:
        outcome = do_piece(piece, settings, lambda progress: told.__setitem__(0, progress))
    except StorageError as error:
        full = str(error)
    except Exception as error:
        failure = say(error)
    return _Answer(
        outcome,
        int(told[0].done),
        told[0].found,
        f"worker {get_worker().name} on {socket.gethostname()}",
        get_worker().address,
        failure,
        full,
    )
