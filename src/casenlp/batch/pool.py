"""Worker processes under one roof: tasks to whoever is free, what comes back, and what becomes of those who fall.

Each worker is a fresh process (no fork: threads and locks of this one cannot harm it, and it works alike on Linux and
macOS) that shares the compiled lexicons with the others by memory mapping. A worker has a few small tasks waiting
beside the one it works on, so that it never waits for this process, and this process never waits for a worker.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from casenlp.batch.store import Outcome
from casenlp.batch.worker import End, Fatal, Ready, Setup, Task
from casenlp.errors import CasenlpError

#: Tasks that wait with a worker, and the characters they may have in all: they must fit into a socket's buffer, so
#: that sending never blocks. A task of more goes to a worker that has none and so is reading.
_WAITING = 2
_WAITING_CHARS = 16_000
_BUFFER = 262_144
#: How often a document that ended its worker is tried.
_TRIES = 2
#: Workers in a row that may die before they have loaded the pipeline.
_STARTS = 3
#: The longest that waiting goes on before the caller is asked again (seconds).
_PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that is over: `lost` tells why, when it ended its worker or was ended ("timeout" or "crash")."""

    task: Task
    end: End | None = None
    lost: str | None = None
    detail: str = ""


#: A worker is one thread: it needs none of the threads that numpy's libraries would start.
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Event = tuple[Task, Outcome] | Ended | None


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    tasks: deque[Task] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False
    retiring: bool = False

    @property
    def load(self) -> int:
        return sum(_weight(task) for task in self.tasks)


class Pool:
    """Workers that are started when there is work and replaced when they fall or retire."""

    def __init__(self, setup: Setup, size: int) -> None:
        self.setup = setup
        self.size = size
        self.stopping = False
        self._workers: list[_Worker] = []
        self._again: deque[Task] = deque()
        self._tries: dict[int, int] = {}
        self._false_starts = 0

    def run(self, tasks: Iterator[Task | None]) -> Iterator[Event]:
        """What becomes of the tasks, as it comes; None now and then, so that the caller can look after other things.

        `tasks` is asked for the next only when a worker can take it; it may give None when it has none yet. With
        `stopping` set no new task is taken, and those that are not begun are left.
        """
        exhausted = False
        task: Task | None = None
        while True:
            if self.stopping:
                self._leave_waiting()
                exhausted, task = True, None
            while not exhausted or self._again or task:
                if task is None and self._again:
                    task = self._again.popleft()
                if task is None:
                    worker = self._free(0)
                    if worker is None:
                        break
                    try:
                        task = next(tasks)
                    except StopIteration:
                        exhausted = True
                        continue
                    if task is None:
                        yield from self._listen(0)
                        yield None
                        if self.stopping:
                            break
                        continue
                worker = self._free(_weight(task))
                if worker is None:
                    break
                yield from self._give(worker, task)
                task = None
            if self.stopping and not exhausted:
                continue
            if not any(worker.tasks for worker in self._workers):
                if exhausted and not self._again and task is None:
                    return
                continue
            yield from self._listen(_PAUSE)
            yield None

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.connection.close()
            worker.process.wait()
        self._workers.clear()

    def in_hand(self) -> int:
        """How many documents are being worked on."""
        return sum(1 for worker in self._workers if worker.tasks)

    def _free(self, weight: int) -> _Worker | None:
        """The worker that should get a task of a weight, started if need be; None when all have enough to do."""
        for worker in [w for w in self._workers if not w.tasks and w.process.poll() is not None]:
            self._retire(worker)
        able = [w for w in self._workers if not w.retiring]
        idle = next((w for w in able if not w.tasks), None)
        if idle is not None:
            return idle
        if len(able) < self.size:
            return self._start()
        waiting = [w for w in able if len(w.tasks) <= _WAITING and w.load + weight <= _WAITING_CHARS]
        return min(waiting, key=lambda w: len(w.tasks), default=None)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        with theirs:
            program = f"from casenlp.batch.worker import serve; serve({theirs.fileno()})"
            process = subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip
        worker = _Worker(process, Connection(ours.detach()))
        worker.connection.send(self.setup)
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker, task: Task) -> Iterator[Event]:
        if not worker.tasks:
            worker.since = time.monotonic()
        worker.tasks.append(task)
        try:
            worker.connection.send(task)
        except OSError:
            yield from self._fallen(worker)

    def _leave_waiting(self) -> None:
        """Of the tasks that were given out, keep those that may be in hand; the workers are to end after them."""
        self._again.clear()
        for worker in self._workers:
            worker.retiring = True
            while len(worker.tasks) > 1:
                worker.tasks.pop()

    def _listen(self, pause: float) -> Iterator[Event]:
        """Wait a while for workers to say something; then look for those that take too long."""
        known = {worker.connection: worker for worker in self._workers if worker.tasks}
        for connection in wait(list(known), pause) if known else ():
            yield from self._hear(known[connection])  # type: ignore[index]  # wait gives back what it was given
        if self.setup.timeout is None:
            return
        for worker in list(self._workers):
            overdue = worker.ready and worker.tasks and time.monotonic() - worker.since > self.setup.timeout
            if overdue and not worker.connection.poll():
                worker.process.kill()
                yield from self._fallen(worker, timed_out=True)

    def _hear(self, worker: _Worker) -> Iterator[Event]:
        try:
            while worker.tasks and worker.connection.poll():
                message: Any = worker.connection.recv()
                worker.since = time.monotonic()
                task = worker.tasks[0]
                if isinstance(message, Fatal):
                    raise CasenlpError(message.message)
                if isinstance(message, Ready):
                    worker.ready, self._false_starts = True, 0
                elif isinstance(message, End):
                    worker.tasks.popleft()
                    self._tries.pop(task.identity, None)
                    yield Ended(task, message)
                    if message.retiring:
                        self._retire(worker)
                else:
                    yield task, message
        except (EOFError, OSError):
            yield from self._fallen(worker)

    def _retire(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._again.extend(worker.tasks)
        worker.tasks.clear()
        worker.connection.close()
        worker.process.wait()

    def _fallen(self, worker: _Worker, *, timed_out: bool = False) -> Iterator[Event]:
        """A worker is gone: its first task has ended it, or gets another try; the others are given out again."""
        self._workers.remove(worker)
        worker.connection.close()
        status = worker.process.wait()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _STARTS:
                raise CasenlpError(f"a worker {_how(status)} while it was loading; see if extract works on one report")
            self._again.extend(worker.tasks)
            return
        lost, *others = worker.tasks
        self._again.extend(others)
        tries = self._tries[lost.identity] = self._tries.get(lost.identity, 0) + 1
        if timed_out:
            yield Ended(lost, lost="timeout")
        elif tries < _TRIES:
            self._again.appendleft(lost)
        else:
            yield Ended(lost, lost="crash", detail=_how(status))


def _weight(task: Task) -> int:
    return 1000 if task.document is None else 1000 + len(task.document.text) + 200 * len(task.document.blocks)


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    reason = " (out of memory?)" if name == "SIGKILL" else ""
    return f"was ended by signal {name}{reason}"
