"""A worker: a process of its own that loads the pipeline once and turns documents into rows until it is told no more.

It talks with the run over a socket (multiprocessing's Connection). The run sends a Setup, the worker says that it is
Ready, the run sends Tasks; for each come back an Outcome a document and one End. A worker never outlives what it works
on: it leaves when the socket closes, and the system ends it when a document takes far longer than the timeout.

spaCy keeps every word that it has seen. Documents are therefore read in memory zones, after each of which spaCy
forgets the words that came new with it; a worker that has grown all the same retires, and the run starts another.
"""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from casenlp.batch.rows import rows_of
from casenlp.batch.single import DocumentExtractor, extract_all
from casenlp.batch.stamps import hash_document, hash_file, stat_of
from casenlp.batch.store import Outcome
from casenlp.documents import SourceDocument
from casenlp.errors import CasenlpError, DocumentError
from casenlp.readers import ReadOptions, read
from casenlp.records import Failure

#: The loader of the extractor: module and function, called with the rules folder and the lexicons.
LOADER = "casenlp.extractor:load"

#: Documents, and characters, after which spaCy forgets new words: a zone's words cost memory, a new zone costs time.
_ZONE_DOCUMENTS = 500
_ZONE_CHARS = 5_000_000
#: Seconds beyond the timeout after which the system ends a worker that the run did not end.
_GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker has to know; `memory` is the most bytes of data it may hold (None: no limit)."""

    rules: Path | None = None
    lexicons: tuple[Path, ...] = ()
    reading: ReadOptions = field(default_factory=ReadOptions)
    timeout: float | None = None
    memory: int | None = None
    retire_documents: int = 50_000
    retire_growth: int = 500_000_000
    loader: str = LOADER


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read (`path`) or a document that has been read; `identity` is the run's own number for it."""

    identity: int
    path: str | None = None
    document: SourceDocument | None = None


@dataclass(frozen=True, slots=True)
class End:
    """A task is done; of a file: its stat and hash as read. `retiring` means that the worker takes no more tasks."""

    stat: str | None = None
    content: str | None = None
    retiring: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """The pipeline is loaded."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """The worker cannot work at all, for this reason."""

    message: str


def serve(socket: int) -> None:
    """Work for the run at the other end of a socket until that closes or it is time to retire."""
    with Connection(socket) as connection:
        try:
            _work(connection)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return  # the run is over, or gone


def _work(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides: it lets documents in hand be finished
    setup: Setup = connection.recv()
    try:
        extractor = _load(setup)
    except CasenlpError as error:
        connection.send(Fatal(str(error)))
        return
    except (ImportError, AttributeError, OSError) as error:
        connection.send(Fatal(f"the pipeline cannot be loaded ({error}); check the installation"))
        return
    if setup.memory is not None:
        _limit_memory(setup.memory)
    connection.send(Ready())
    base = _memory()
    documents = 0
    while True:
        zone_documents = characters = 0
        with _zone(extractor):
            while zone_documents < _ZONE_DOCUMENTS and characters < _ZONE_CHARS:
                task: Task = connection.recv()
                begun, exhausted = time.perf_counter(), False
                _alarm(setup)
                before = None if task.path is None else (stat_of(Path(task.path)), _hash(Path(task.path)))
                for number, item in enumerate(_items(task, setup)):
                    outcome = replace(_outcome(extractor, item, task, setup, begun), number=number)
                    exhausted = exhausted or outcome.reason == "memory"
                    connection.send(outcome)
                    zone_documents += 1
                    documents += 1
                    characters += outcome.characters
                    begun = time.perf_counter()
                    _alarm(setup)
                signal.setitimer(signal.ITIMER_REAL, 0)
                retiring = exhausted or documents >= setup.retire_documents
                if retiring or zone_documents >= _ZONE_DOCUMENTS or characters >= _ZONE_CHARS:
                    retiring |= _memory() > base + setup.retire_growth
                stat, content = before or (None, None)
                if task.path is not None and stat_of(Path(task.path)) != stat:
                    stat = None  # changed while it was read: to be looked at again
                connection.send(End(stat, content, retiring))
                if retiring:
                    return


def _load(setup: Setup) -> DocumentExtractor:
    module, _, function = setup.loader.partition(":")
    extractor: DocumentExtractor = getattr(importlib.import_module(module), function)(setup.rules, setup.lexicons)
    return extractor


def _zone(extractor: DocumentExtractor) -> AbstractContextManager[Any]:
    zone = getattr(extractor, "memory_zone", nullcontext)
    held: AbstractContextManager[Any] = zone()
    return held


def _items(task: Task, setup: Setup) -> Iterator[SourceDocument | Failure]:
    if task.document is not None:
        yield task.document
    elif task.path is not None:
        try:
            yield from read(task.path, options=setup.reading)
        except MemoryError:
            raise
        except Exception as error:
            # The boundary of one file: whatever a library that reads it does, the other files go on.
            found = " ".join(f"{type(error).__name__} while it was read ({error})".split())
            yield Failure(Path(task.path).stem, f"{task.path}: {found}; save it in another format, and report it")


def _outcome(
    extractor: DocumentExtractor, item: SourceDocument | Failure, task: Task, setup: Setup, begun: float
) -> Outcome:
    if isinstance(item, Failure):
        return Outcome(item.doc_id, reason="reading", message=item.message, source=task.path or "")
    known = Outcome(
        item.doc_id, content=hash_document(item), characters=len(item.text), source=item.path or item.doc_id
    )
    (result,) = extract_all(extractor, [item])
    if isinstance(result, Failure):
        reason, message = "extraction", result.message
        if "MemoryError inside" in message:
            found = f"needs more than the {(setup.memory or 0) / 1e6:,.0f} MB of memory that a worker may use"
            remedy = "split it, or take fewer --workers and --retry-failed"
            reason, message = "memory", str(DocumentError(item.path or item.doc_id, found, remedy))
        return replace(known, reason=reason, message=message, seconds=time.perf_counter() - begun)
    rows = rows_of(result)
    return replace(known, rows=rows, seconds=time.perf_counter() - begun)


def _hash(path: Path) -> str | None:
    try:
        return hash_file(path)
    except OSError:
        return None  # its reader says why


def _alarm(setup: Setup) -> None:
    """Have the system end this process when the run did not: it may have been killed, and left this one alone."""
    if setup.timeout is not None:
        signal.setitimer(signal.ITIMER_REAL, setup.timeout + _GRACE)


def _limit_memory(limit: int) -> None:
    """A document that wants more gets a MemoryError, which is its failure; where the system has no such limit, none."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    except (ValueError, OSError):
        return


def _memory() -> int:
    """Bytes that this process holds in memory now (Linux), or has held at most (elsewhere)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
