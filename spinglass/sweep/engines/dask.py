"""Many machines: pieces as tasks of Dask distributed, which hands those of the dead out again.

All workers must see the folder under the same path.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from spinglass.errors import InputError, SpinglassError, StorageError
from spinglass.sweep.engines.base import ATTEMPTS, Listener, say
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import Order, do_piece

_AHEAD = 2


class DaskEngine:
    """Does pieces on the workers of a scheduler, or of a cluster of processes on this machine.

    Parameters
    ----------
    scheduler : str, optional
        Address, as in ``tcp://host:8786``; without it, a local cluster is made and closed.
    workers : int
        Processes of the local cluster, one thread each.
    """

    def __init__(self, scheduler: str | None = None, workers: int = 1) -> None:
        self.scheduler, self.workers = scheduler, workers
        self.client: Any = None

    def run(self, pieces: Sequence[Piece], order: Order, listener: Listener) -> None:
        """Keep two pieces a worker in flight; stop at the borders between pieces."""
        with self._connect() as client:
            self.client = client
            try:
                self._work_off(client, list(pieces), replace(order, threads=1), listener)
            finally:
                self.client = None

    def _connect(self) -> Any:
        try:
            import distributed
        except ImportError as error:
            raise InputError(
                "engine dask needs the extra: pip install 'spinglass[cluster]'"
            ) from error
        if self.scheduler is None:
            return _local_client(self.workers)
        try:
            return distributed.Client(self.scheduler, timeout=20)
        except (OSError, ValueError) as error:
            raise InputError(f"scheduler {self.scheduler!r} does not answer: {error}") from error

    def _work_off(self, client: Any, pieces: list[Piece], order: Order, listener: Listener) -> None:
        import distributed

        pieces.reverse()
        flying: dict[Any, Piece] = {}
        tasks = distributed.as_completed(raise_errors=False)

        def submit() -> None:
            room = _AHEAD * max(1, sum(client.nthreads().values()))
            while pieces and len(flying) < room and listener.may_begin():
                piece = pieces.pop()
                listener.began(piece)
                task = client.submit(_do, piece, order, pure=False, retries=0)
                flying[task] = piece
                tasks.add(task)

        submit()
        while flying:
            task = next(tasks)
            piece = flying.pop(task)
            self._hear(task, piece, listener)
            submit()

    def _hear(self, task: Any, piece: Piece, listener: Listener) -> None:
        if task.status == "finished":
            listener.advanced(piece.count)
            listener.ended(piece, task.result())
            return
        if task.status in ("lost", "cancelled"):
            raise SpinglassError("the scheduler is gone; what is done is kept")
        error = task.exception()
        if isinstance(error, StorageError):
            raise error
        listener.failed(piece, say(error))


@contextlib.contextmanager
def _local_client(workers: int) -> Any:
    import dask
    import distributed

    settings = {"distributed.scheduler.allowed-failures": ATTEMPTS}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _do(piece: Piece, order: Order) -> Any:
    return do_piece(piece, order, lambda starts: None)
