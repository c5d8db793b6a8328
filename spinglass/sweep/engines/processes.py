"""Several processes on this machine: idle workers get pieces, dead workers are replaced.

Workers are started afresh (spawn), inherit no lock and share nothing but the folder.  Each has a
pipe of its own, so that the death of one, at any moment, closes only its own pipe and cannot block
the others.  A worker whose client is gone finds its pipe closed and ends.
"""

import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from spinglass.control import Progress
from spinglass.errors import InputError, StorageError
from spinglass.parallel import thread_count
from spinglass.sweep.engines.engine import ATTEMPTS, Listener, divide, say
from spinglass.sweep.engines.spawning import GUARD, UNGUARDED, check_spawning
from spinglass.sweep.parts import Piece
from spinglass.sweep.work import WorkSettings, do_piece

_TELL_EVERY = 0.25


class _Message(StrEnum):
    """The kinds of message that workers send; all but ``SAID`` concern the worker's piece."""

    SAID = "said"
    ADVANCED = "advanced"
    ENDED = "ended"
    FULL = "full"
    FAILED = "failed"


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    threads: int
    piece: Piece | None = None


class ProcessEngine:
    """Does pieces in at most ``workers`` processes, which share the threads.

    There are never more processes than threads: they would slow each other down.

    Attributes
    ----------
    processes : list of int
        Process numbers of the live workers.
    """

    def __init__(self, workers: int) -> None:
        check_spawning()
        self.workers = workers
        self._team: list[_Worker] = []

    @property
    def processes(self) -> list[int]:
        """Process numbers of the live workers."""
        return [w.process.pid for w in self._team if w.process.pid and w.process.is_alive()]

    def run(self, pieces: Sequence[Piece], settings: WorkSettings, listener: Listener) -> None:
        """Hand out the pieces, and once more the piece of any worker that dies."""
        team = min(self.workers, len(pieces))
        self._shares = divide(thread_count(settings.threads), team) if team else []
        self._settings = settings
        self._queue = deque(pieces)
        self._lives: dict[Piece, int] = {}
        self._said: set[str] = set()
        try:
            while True:
                self._hand_out(listener)
                if not any(worker.piece for worker in self._team):
                    return
                pipes = {worker.pipe: worker for worker in self._team}
                for pipe in wait(list(pipes), timeout=1.0):
                    assert isinstance(pipe, Connection)
                    self._hear(pipes[pipe], listener)
        finally:
            self._dismiss()

    def _hand_out(self, listener: Listener) -> None:
        while self._queue and listener.may_begin():
            idle = next((worker for worker in self._team if worker.piece is None), None)
            if idle is None:
                if not self._shares:
                    return
                idle = self._hire()
            piece = self._queue.popleft()
            idle.piece = piece
            try:
                idle.pipe.send(piece)
            except OSError:
                self._bury(idle, listener)
                continue
            self._lives.setdefault(piece, 0)
            listener.began(piece)

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        threads = self._shares.pop(0)
        settings = replace(self._settings, threads=threads)
        process = context.Process(target=_work, args=(theirs, settings), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, threads)
        self._team.append(worker)
        return worker

    def _hear(self, worker: _Worker, listener: Listener) -> None:
        try:
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker, listener)
            return
        piece = worker.piece
        assert piece is not None
        if kind == _Message.SAID:
            if value not in self._said:  # workers repeat each other's warnings
                self._said.add(value)
                listener.said(value)
            return
        if kind == _Message.ADVANCED:
            listener.advanced(piece, *value)
            return
        worker.piece = None
        if kind == _Message.FULL:
            raise StorageError(value)
        if kind == _Message.FAILED:
            listener.failed(piece, value)
        else:
            listener.ended(piece, value, f"process {worker.process.pid}")

    def _bury(self, worker: _Worker, listener: Listener) -> None:
        """Remove a dead worker; queue its piece again, unless `ATTEMPTS` workers died of it."""
        self._team.remove(worker)
        self._shares.append(worker.threads)
        worker.pipe.close()
        worker.process.join()
        if worker.process.exitcode == UNGUARDED:
            raise InputError(GUARD) from None  # the closed pipe is not the cause
        piece = worker.piece
        if piece is None:
            return
        self._lives[piece] = self._lives.get(piece, 0) + 1
        if self._lives[piece] < ATTEMPTS:
            self._queue.appendleft(piece)
        else:
            code = worker.process.exitcode
            listener.failed(piece, f"{ATTEMPTS} workers died of it (last exit code {code})")

    def _dismiss(self) -> None:
        """End all workers: idle ones by closing their pipes, busy ones by killing them."""
        for worker in self._team:
            worker.pipe.close()
            if worker.piece is not None:
                worker.process.kill()
        for worker in self._team:
            worker.process.join(timeout=5.0)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._team.clear()


def _work(pipe: Connection, settings: WorkSettings) -> None:
    """Do pieces until the client is gone, ignoring interrupts, which the client handles."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    tell = _PipeTeller(pipe)
    warnings.showwarning = tell.warning
    while True:
        try:
            piece = pipe.recv()
        except (EOFError, OSError):
            return
        answer: tuple[_Message, Any]
        try:
            answer = (_Message.ENDED, do_piece(piece, settings, tell.advanced))
        except StorageError as error:
            answer = (_Message.FULL, str(error))
        except Exception as error:
            answer = (_Message.FAILED, say(error))
        tell.flush()
        tell.send(answer)


class _PipeTeller:
    """Reports ended starts a few times a second; ends the process when the client is gone."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._told = pipe, time.monotonic()
        self._news: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def advanced(self, progress: Progress) -> None:
        with self._lock:
            self._news = (int(progress.done), progress.found)
            if time.monotonic() - self._told > _TELL_EVERY:
                self._tell()

    def warning(self, message: Warning | str, *_: Any, **__: Any) -> None:
        with self._lock:
            self.send((_Message.SAID, f"Warning: {message}"))

    def flush(self) -> None:
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        if self._news:
            self.send((_Message.ADVANCED, self._news))
        self._news = None

    def send(self, message: tuple[_Message, Any]) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            os._exit(1)
