"""Many machines: pieces as tasks of Dask distributed, which reassigns the tasks of dead workers.

All workers must see the folder under the same path: a piece written elsewhere is found to be
missing and counts as failed.
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
        Address, such as ``tcp://host:8786``; by default a local cluster is started and closed.
    workers : int
        Most processes of the local cluster, which share the threads.
    """

    def __init__(self, scheduler: str | None = None, workers: int = 1) -> None:
        if scheduler is None:
            check_spawning()
        self.scheduler, self.workers = scheduler, workers
        self.client: Any = None

    def run(self, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener) -> None:
        """Keep two pieces per thread of the workers submitted; stop only between pieces."""
        shares = [1] if self.scheduler else divide(thread_count(settings.threads), self.workers)
        # Dask logs lost connections at length; errors here say the essential in one line.
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

    A worker whose disk is full gets no more work, and others do its pieces: from then on each task
    is bound to the present workers that are not full, and cancelled if all of these go.
    """

    def __init__(
        self, client: Any, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener
    ) -> None:
        import distributed

        self._client, self._settings, self._listener = client, settings, listener
        self._left = list(reversed(pieces))
        self._flying: dict[Any, Piece] = {}
        self._lives: Counter[Piece] = Counter()
        self._full: dict[str, str] = {}  # messages of full workers, by address
        self._bound: dict[Any, set[str]] = {}
        self._tasks = distributed.as_completed(raise_errors=False)

    def run(self) -> None:
        """Submit tasks and handle answers until none are left, or the listener says stop."""
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
        """Wait for a task to end; meanwhile cancel tasks whose workers are all gone."""
        while self._bound and not self._tasks.has_ready() and self._client.status == "running":
            there = self._workers()
            stranded = [task for task, bound in self._bound.items() if not bound & there.keys()]
            if stranded:
                self._client.cancel(stranded)
            time.sleep(_LOOK_EVERY)
        return next(self._tasks)

    def _workers(self) -> dict[str, int]:
        """Return the threads of each worker by address; raise if the scheduler has died."""
        try:
            return dict(self._client.nthreads())
        except OSError as error:
            raise SpinglassError(_GONE) from error

    def _threads(self) -> int:
        """Return the total threads of the workers that are not full."""
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
        """Ask an ended task for its error or result, which is lost if its worker dies meanwhile.

        Raises
        ------
        CancelledError
            If none of the ``bound`` workers is left to do it again.
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
        """Give no more work to a worker whose disk is full, and its piece to another.

        Raises
        ------
        StorageError
            If all present workers are full.
        """
        words = f"{answer.worker}: {answer.full}"
        if answer.address not in self._full:
            self._full[answer.address] = words
            self._listener.said(f"No room, so it gets no more work: {words}")
        if not self._workers().keys() - self._full.keys():
            raise StorageError(f"no worker has room for results: {'; '.join(self._full.values())}")
        self._left.append(piece)

    def _hear_of_loss(self, piece: Piece) -> None:
        """Queue again a piece whose worker died with its answer, unless `ATTEMPTS` workers did."""
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
    """A worker's answer on a piece; ``failure`` and ``full`` are empty if all went well."""

    outcome: Outcome | None
    starts: int
    minima: int
    worker: str
    address: str
    failure: str
    full: str


def _do(piece: Piece, settings: WorkSettings) -> _Answer:
    """Do a piece; return errors as text, because not every exception can be pickled."""
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
