"""The store while a run writes to it: what is known of files and documents, and what takes their place.

One process writes. Everything between `begin` and `commit` of the database lasts as a whole or not at all, and a
document's rows go with its entry, so a run that is killed anywhere leaves whole documents only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from casenlp.batch import schema
from casenlp.batch.databases import Database
from casenlp.batch.rows import STORED, StoredRows


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: its file, the file's position among the inputs, its number within the file from 0."""

    file: int
    position: int
    number: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of an earlier run that was read to its end: `documents` is how many entries it then gave."""

    file: int
    stat: str | None
    content: str | None
    reading: str | None
    documents: int | None
    run: int


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """The document that owns a doc_id: `position` is that of its file, `run` the last run that came across it."""

    document: int
    place: Place
    state: str
    reason: str | None
    content: str | None
    engine: str | None
    run: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document: its rows, or the reason ("reading", "extraction", …) and message of its failure.

    `content` is the hash of what was read, None when nothing could be read; `number` counts within its task, from 0.
    """

    doc_id: str
    rows: StoredRows | None = None
    reason: str | None = None
    message: str | None = None
    content: str | None = None
    characters: int = 0
    seconds: float = 0.0
    source: str = ""
    number: int = 0


class Store:
    """A store open for writing, within one run."""

    def __init__(self, database: Database) -> None:
        self.database = database
        schema.create(database)
        self._documents = self._highest("document", "documents")
        self._files = self._highest("file", "files")
        self.is_new = not self._files
        self._inserts = {table: schema.insert(table) for table in STORED}
        self._changed = False
        self.run = 0
        self.engine = ""

    def _highest(self, column: str, table: str) -> int:
        return int(self.database.execute(f"SELECT coalesce(max({column}), 0) FROM {table}")[0][0])

    def begin_run(self, version: str, rules: str, engine: str, settings: Mapping[str, Any]) -> None:
        """Enter a new run; runs that were broken off are marked so."""
        self.run = self._highest("run", "runs") + 1
        self.engine = engine
        self.database.execute("UPDATE runs SET state = 'broken off' WHERE state = 'running'")
        self.database.execute(
            "INSERT INTO runs (run, started, state, version, rules, engine, settings) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.run, _now(), "running", version, rules, engine, json.dumps(settings, ensure_ascii=False)),
        )

    def end_run(self, state: str) -> None:
        """Enter how the run ended: "finished" or "stopped"."""
        order = hashlib.sha256()
        for (file,) in self.database.stream("SELECT file FROM files ORDER BY run, position"):
            order.update(b"%d " % file)
        entered = self.database.execute("SELECT value FROM about WHERE name = 'order'")
        if entered != [(order.hexdigest(),)]:
            self._changed = True
            self.database.execute(
                "INSERT INTO about VALUES ('order', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (order.hexdigest(),),
            )
        self.database.execute("UPDATE runs SET state = ?, finished = ? WHERE run = ?", (state, _now(), self.run))

    def expect(self, documents: int) -> None:
        """Enter how many documents the inputs hold, as far as was counted."""
        self.database.execute("UPDATE runs SET documents = ? WHERE run = ?", (documents, self.run))

    def commit(self) -> None:
        """Make what was done since `begin` last, and mark that tables written before are out of date."""
        if self._changed:
            self._changed = False
            self.database.execute(
                "INSERT INTO about VALUES ('changes', '1') "
                "ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(about.value AS INTEGER) + 1 AS TEXT)"
            )
        self.database.commit()

    # files

    def file(self, path: str) -> KnownFile | None:
        """What is known of the file at a path."""
        found = self.database.execute(
            "SELECT file, stat, content, reading, documents, run FROM files WHERE path = ?", (path,)
        )
        return KnownFile(*found[0]) if found else None

    def adopt(self, path: str, content: str, reading: str) -> KnownFile | None:
        """The file of another path that this run has not come across, if name and content are those of the new one.

        It is then known under the new path: a corpus that has moved is not done again.
        """
        found = self.database.execute(
            "SELECT path FROM files WHERE content = ? AND reading = ? AND run < ? ORDER BY file",
            (content, reading, self.run),
        )
        name = path.rpartition("/")[2]
        before = next((p for (p,) in found if p.rpartition("/")[2] == name), None)
        if before is None:
            return None
        self.database.execute("UPDATE files SET path = ? WHERE path = ?", (path, before))
        return self.file(path)

    def place_file(self, path: str, position: int, known: KnownFile | None) -> int:
        """The number of a file, which now is at this position among the inputs and about to be read."""
        if known is not None:
            self.database.execute(
                "UPDATE files SET position = ?, run = ?, documents = NULL WHERE file = ?",
                (position, self.run, known.file),
            )
            return known.file
        self._files += 1
        self._changed = True
        self.database.execute(
            "INSERT INTO files (file, path, position, run) VALUES (?, ?, ?, ?)",
            (self._files, path, position, self.run),
        )
        return self._files

    def may_skip(self, known: KnownFile, *, retry_failed: bool) -> tuple[int, int] | None:
        """How many documents an unread file has, done and failed, if all that it gave is there and of this engine.

        A file with a doc_id that another had given first is read again: the other may be gone.
        """
        total, current, duplicates, failed = self.database.execute(
            "SELECT count(*), count(CASE WHEN engine = ? THEN 1 END), "
            "count(CASE WHEN reason = 'duplicate' THEN 1 END), count(CASE WHEN state = 'failed' THEN 1 END) "
            "FROM documents WHERE file = ?",
            (self.engine, known.file),
        )[0]
        if known.documents is None or total != known.documents or current != total or duplicates:
            return None
        return None if retry_failed and failed else (int(total - failed), int(failed))

    def skip_file(self, known: KnownFile, position: int, stat: str | None) -> None:
        """A file that is as it was: it and its documents were come across, at this position."""
        self.database.execute(
            "UPDATE files SET position = ?, run = ?, stat = coalesce(?, stat) WHERE file = ?",
            (position, self.run, stat, known.file),
        )
        self.database.execute("UPDATE documents SET run = ? WHERE file = ?", (self.run, known.file))

    def finish_file(self, file: int, stat: str | None, content: str | None, reading: str, *, keep: bool) -> None:
        """A file was read to its end: what it gave in earlier runs and no longer gives is gone, unless `keep`."""
        if not keep:
            gone = "SELECT document FROM documents WHERE file = ? AND run < ?"
            self._drop([row[0] for row in self.database.execute(gone, (file, self.run))])
        self.database.execute(
            "UPDATE files SET stat = ?, content = ?, reading = ?, "
            "documents = (SELECT count(*) FROM documents WHERE documents.file = files.file) WHERE file = ?",
            (stat, content, reading, file),
        )

    def prune(self) -> int:
        """Take out the files and documents that this run did not come across; how many documents."""
        gone = [row[0] for row in self.database.execute("SELECT document FROM documents WHERE run < ?", (self.run,))]
        self._drop(gone)
        self.database.execute("DELETE FROM files WHERE run < ?", (self.run,))
        return len(gone)

    # documents

    def document(self, doc_id: str) -> KnownDocument | None:
        """The document that owns a doc_id."""
        found = self.database.execute(
            "SELECT d.document, d.file, f.position, d.number, d.state, d.reason, d.content, d.engine, d.run "
            "FROM documents d JOIN files f ON f.file = d.file WHERE d.doc_id = ? AND d.owner = 1",
            (doc_id,),
        )
        if not found:
            return None
        document, file, position, number, *rest = found[0]
        return KnownDocument(document, Place(file, position, number), *rest)

    def keep_document(self, known: KnownDocument, place: Place) -> None:
        """A document that is as it was, come across at a place."""
        if known.place != place:
            self._changed = True
        self.database.execute(
            "UPDATE documents SET run = ?, file = ?, number = ? WHERE document = ?",
            (self.run, place.file, place.number, known.document),
        )

    def put(self, outcome: Outcome, place: Place) -> tuple[Outcome, bool]:
        """Enter what became of a document; of two with one doc_id the first in input order has it, the other failed.

        Returns what was entered, which is a failure when the doc_id was taken, and whether it was there already.
        """
        if outcome.content is None:
            return outcome, self._enter_failure(outcome, place)
        known = self.document(outcome.doc_id)
        if known is not None and known.run == self.run and known.place != place:
            if (known.place.position, known.place.number) < (place.position, place.number):
                taken = self._duplicate(outcome.doc_id, outcome.source, known.place)
                return taken, self._enter_failure(taken, place)
            path = self._path(known.place.file)
            self._drop([known.document])
            self._enter(self._duplicate(outcome.doc_id, path, place), known.place, owner=False)
        elif known is not None:
            self._drop([known.document])
        self._enter(outcome, place, owner=True)
        return outcome, False

    def _enter_failure(self, outcome: Outcome, place: Place) -> bool:
        """Enter a failure that owns no doc_id; whether an earlier run had entered the same."""
        same = (
            "SELECT document FROM documents WHERE file = ? AND number = ? AND doc_id = ? AND message = ? AND engine = ?"
        )
        values = (place.file, place.number, outcome.doc_id, outcome.message, self.engine)
        found = self.database.execute(f"{same} AND owner = 0", values)
        if not found:
            self._enter(outcome, place, owner=False)
            return False
        self.database.execute("UPDATE documents SET run = ? WHERE document = ?", (self.run, found[0][0]))
        return True

    def _duplicate(self, doc_id: str, source: str, first: Place) -> Outcome:
        message = (
            f"{source}: doc_id {doc_id!r} was already given by {self._path(first.file)}; "
            "give every document its own doc_id or file name"
        )
        return Outcome(doc_id, reason="duplicate", message=message)

    def _path(self, file: int) -> str:
        return str(self.database.execute("SELECT path FROM files WHERE file = ?", (file,))[0][0])

    def _enter(self, outcome: Outcome, place: Place, *, owner: bool) -> None:
        again = "SELECT document FROM documents WHERE file = ? AND number = ? AND run = ?"
        self._drop([row[0] for row in self.database.execute(again, (place.file, place.number, self.run))])
        self._documents += 1
        self._changed = True
        self.database.execute(
            "INSERT INTO documents (document, doc_id, file, number, owner, state, reason, message, content, engine, "
            "characters, seconds, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._documents, outcome.doc_id, place.file, place.number, int(owner),
                "failed" if outcome.rows is None else "done", outcome.reason, outcome.message, outcome.content,
                self.engine, outcome.characters, outcome.seconds, self.run,
            ),
        )  # fmt: skip
        for table, rows in (outcome.rows or {}).items():
            if rows:
                self.database.many(self._inserts[table], _numbered(self._documents, rows))

    def _drop(self, documents: list[int]) -> None:
        for document in documents:
            self._changed = True
            for table in STORED:
                self.database.execute(f"DELETE FROM {table} WHERE document = ?", (document,))
            self.database.execute("DELETE FROM documents WHERE document = ?", (document,))


def _numbered(document: int, rows: Any) -> Iterator[tuple[Any, ...]]:
    return ((document, number, *row) for number, row in enumerate(rows, start=1))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
