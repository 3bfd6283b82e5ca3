"""What there is to do: the inputs against what the store knows of them.

Files are gone through in input order. One that is as it was is passed over; one that holds very many documents is
streamed here and compared document by document; any other goes whole to a worker, which reads it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from casenlp.batch.pool import Ended
from casenlp.batch.stamps import hash_document, hash_file, settled, stat_of
from casenlp.batch.store import KnownFile, Outcome, Place, Store
from casenlp.batch.worker import Task
from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers import STDIN, ReadOptions, files_of, holds_many, read
from casenlp.records import Failure

#: Documents or files that are passed over before the run gets a turn.
_TURN = 200


@dataclass(slots=True)
class Tally:
    """What a run has come to so far, in documents: `failed` and `kept_failed` failed now and before."""

    done: int = 0
    failed: int = 0
    kept: int = 0
    kept_failed: int = 0
    characters: int = 0

    @property
    def total(self) -> int:
        """Documents that were gone through."""
        return self.done + self.failed + self.kept + self.kept_failed


@dataclass(slots=True)
class _Open:
    """A file that is being read: what of it is still with workers, and whether all of it was given out."""

    file: int
    position: int
    path: str
    stat: str | None
    content: str | None = None
    given_out: int = 0
    exhausted: bool = False
    entries: int = 0


@dataclass
class Plan:
    """Tasks for workers, and where what they bring belongs."""

    store: Store
    inputs: Sequence[str]
    reading: ReadOptions
    timeout: float | None = None
    retry_failed: bool = False
    tell: Callable[[Outcome], None] = lambda outcome: None
    tally: Tally = field(default_factory=Tally)
    new: int = 0
    changed: int = 0

    def __post_init__(self) -> None:
        self._given: dict[int, tuple[_Open, Place | None]] = {}
        self._identity = 0
        self._position = 0
        self._reading_key = repr(self.reading)

    def tasks(self) -> Iterator[Task | None]:
        """What workers have to do, in input order; None when a while has passed without a task."""
        quiet = 0
        for source in self.inputs:
            if source == STDIN:
                yield from self._stream(STDIN, None)
                continue
            for found in files_of(source):
                if isinstance(found, Failure):
                    self._unreadable(source, found)
                    continue
                task = yield from self._file(found)
                quiet = 0 if task else quiet + 1
                if quiet % _TURN == _TURN - 1:
                    yield None

    def receive(self, task: Task, outcome: Outcome) -> None:
        """Enter what a worker brings."""
        opened, place = self._given[task.identity]
        if place is None:
            place = Place(opened.file, opened.position, outcome.number)
            opened.entries = outcome.number + 1
        self._put(outcome, place)

    def end(self, ended: Ended) -> None:
        """A task is over; when it did not come to its own end, its document's failure is entered."""
        opened, place = self._given.pop(ended.task.identity)
        if ended.end is None:
            self._lost(ended, opened, place)
        if place is None:
            opened.exhausted = True
            if ended.end is not None:
                opened.stat, opened.content = ended.end.stat, ended.end.content
        else:
            opened.given_out -= 1
        self._close(opened)

    def _put(self, outcome: Outcome, place: Place) -> None:
        entered, was_there = self.store.put(outcome, place)
        self.tally.characters += entered.characters
        if entered.rows is not None:
            self.tally.done += 1
        elif was_there:
            self.tally.kept_failed += 1
        else:
            self.tally.failed += 1
            self.tell(entered)

    def _file(self, path: Path) -> Generator[Task | None, None, bool]:
        """The task of a file, or its documents' tasks; whether it had to be read."""
        name = _name(path)
        known = self.store.file(name)
        if known is not None and known.run == self.store.run:
            return False  # named twice
        self._position += 1
        adopted = False
        if known is None and not self.store.is_new and (content := _content(str(path))):
            known = self.store.adopt(name, content, self._reading_key)
            adopted = known is not None
        if known is not None and self._unchanged(known, path, adopted=adopted):
            return False
        if holds_many(path):
            yield from self._stream(str(path), known)
            return True
        if known is None:
            self.new += 1
        else:
            self.changed += 1
        opened = _Open(self.store.place_file(name, self._position, known), self._position, str(path), None)
        yield self._task(opened, None, Task(self._next(), path=str(path)))
        return True

    def _next(self) -> int:
        self._identity += 1
        return self._identity

    def _task(self, opened: _Open, place: Place | None, task: Task) -> Task:
        self._given[task.identity] = (opened, place)
        return task

    def _unchanged(self, known: KnownFile, path: Path, *, adopted: bool) -> bool:
        """Whether a file need not be read again; then it is entered as come across."""
        if known.reading != self._reading_key:
            return False
        counted = self.store.may_skip(known, retry_failed=self.retry_failed)
        if counted is None or (adopted and counted[1]):  # what is said of a failure names the path
            return False
        stat = stat_of(path)
        if stat is None:
            return False
        if stat != known.stat:
            now = time.time()
            if known.content is None or hash_file(path) != known.content:
                return False
            self.store.skip_file(known, self._position, settled(stat, now))
        else:
            self.store.skip_file(known, self._position, None)
        done, failed = counted
        self.tally.kept += done
        self.tally.kept_failed += failed
        return True

    def _stream(self, source: str, known: KnownFile | None) -> Iterator[Task | None]:
        """The documents of a file that may hold very many: a task for each that is new or has changed."""
        name = _name(Path(source)) if source != STDIN else STDIN
        if source == STDIN:
            known = self.store.file(name)
            self._position += 1
        now, stat = time.time(), None if source == STDIN else stat_of(Path(source))
        opened = _Open(self.store.place_file(name, self._position, known), self._position, source, settled(stat, now))
        quiet = 0
        for number, item in enumerate(read(source, options=self.reading, unchecked=True)):
            place = Place(opened.file, opened.position, number)
            if isinstance(item, Failure):
                self._put(Outcome(item.doc_id, reason="reading", message=item.message), place)
            elif self._as_it_was(item, place):
                quiet += 1
                if quiet % _TURN == 0:
                    yield None
            else:
                opened.given_out += 1
                yield self._task(opened, place, Task(self._next(), document=item))
        if source != STDIN and stat_of(Path(source)) != stat:
            opened.stat = None
        opened.exhausted = True
        self._close(opened)

    def _as_it_was(self, document: SourceDocument, place: Place) -> bool:
        """Whether a document need not be done again: it is as it was, or its doc_id is taken."""
        known = self.store.document(document.doc_id)
        if known is None:
            self.new += 1
            return False
        if known.run == self.store.run:
            if known.place == place:
                return False
            source = document.path or "standard input"
            self._put(Outcome(document.doc_id, content="taken", source=source), place)
            return True
        wanted = known.state == "done" or not self.retry_failed
        if known.engine != self.store.engine or known.content != hash_document(document) or not wanted:
            self.changed += 1
            return False
        self.store.keep_document(known, place)
        self.tally.kept += known.state == "done"
        self.tally.kept_failed += known.state == "failed"
        return True

    def _close(self, opened: _Open) -> None:
        if opened.exhausted and not opened.given_out:
            stat, keep = settled(opened.stat, time.time()), opened.path == STDIN
            self.store.finish_file(opened.file, stat, opened.content, self._reading_key, keep=keep)

    def _unreadable(self, source: str, failure: Failure) -> None:
        """An input, or a folder in it, of which no file can be had."""
        name = f"{_name(Path(source))}: {failure.doc_id}"
        self._position += 1
        file = self.store.place_file(name, self._position, self.store.file(name))
        place = Place(file, self._position, 0)
        self._put(Outcome(failure.doc_id, reason="reading", message=failure.message), place)
        self.store.finish_file(file, None, None, self._reading_key, keep=False)

    def _lost(self, ended: Ended, opened: _Open, place: Place | None) -> None:
        """Enter the failure of a document that ended its worker, or took too long."""
        document = ended.task.document
        if document is None:
            doc_id, name, content = Path(opened.path).stem, opened.path, _content(opened.path)
        else:
            doc_id, content = document.doc_id, hash_document(document)
            name = f"{document.path} (doc_id {doc_id})" if document.path else doc_id
        if ended.lost == "timeout":
            found, remedy = f"took longer than {self.timeout:g} s", "raise --timeout and add --retry-failed"
        else:
            found = f"its worker {ended.detail}, twice"
            remedy = "the other documents go on; report it with the text that shows it, or try --retry-failed"
        message = str(DocumentError(name, found, remedy))
        if place is None:
            place = Place(opened.file, opened.position, opened.entries)
        opened.content = content if document is None else None
        lost = Outcome(doc_id, reason=ended.lost, message=message, content=content, source=opened.path)
        self._put(lost, place)


def _name(path: Path) -> str:
    """By what a file is known: its absolute path; bytes that are not UTF-8 are written out."""
    return os.fsencode(Path.cwd() / path).decode("utf-8", "backslashreplace")


def _content(path: str) -> str | None:
    try:
        return hash_file(Path(path))
    except OSError:
        return None
