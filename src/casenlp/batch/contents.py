"""What a store holds, read while a run writes to it or afterwards: extractions in input order, failures, counts."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from casenlp.batch.databases import Database
from casenlp.batch.rows import STORED, extraction_of, stored_columns
from casenlp.batch.schema import quoted
from casenlp.records import TABLES, Extraction

#: Documents whose rows are fetched together; entries of one file that are fetched together.
_TOGETHER = 200
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class FailedDocument:
    """A document that gave no rows; `reason` is reading, duplicate, extraction, memory, timeout or crash."""

    doc_id: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the store knows it; `documents` is how many its inputs hold, None when they were not counted."""

    number: int
    started: str
    finished: str | None
    state: str
    version: str
    rules: str
    engine: str
    settings: dict[str, Any]
    documents: int | None


def extractions(database: Database, tables: Sequence[str] = STORED, *, by_name: bool = False) -> Iterator[Extraction]:
    """Every document that is done, with the rows of the tables that are named; in input order, or by doc_id."""
    if by_name:
        entries = _by_name(database)
    else:
        entries = ((document, doc_id) for document, doc_id, state, *_ in _documents(database) if state == "done")
    while chunk := list(islice(entries, _TOGETHER)):
        marks = ", ".join("?" * len(chunk))
        found: dict[int, dict[str, list[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(list))
        for table in tables:
            names = ", ".join(quoted(name) for name, _ in stored_columns(table))
            query = f"SELECT document, {names} FROM {table} WHERE document IN ({marks}) ORDER BY document, number"
            for document, *values in database.execute(query, [document for document, _ in chunk]):
                found[document][table].append(tuple(values))
        for document, doc_id in chunk:
            yield extraction_of(doc_id, found.get(document, {}))


def failures(database: Database) -> Iterator[FailedDocument]:
    """Every document that failed, in input order."""
    if not database.execute("SELECT 1 FROM documents WHERE state = 'failed' LIMIT 1"):
        return
    for _, doc_id, state, reason, message in _documents(database):
        if state == "failed":
            yield FailedDocument(doc_id, reason, message)


def _documents(database: Database) -> Iterator[tuple[int, str, str, str, str]]:
    """(document, doc_id, state, reason, message) in input order, a page at a time."""
    query = (
        "SELECT document, doc_id, state, reason, message, number FROM documents "
        f"WHERE file = ? AND number > ? ORDER BY number LIMIT {_PAGE}"
    )
    for (file,) in database.execute("SELECT file FROM files ORDER BY run, position"):
        last = -1
        while page := database.execute(query, (file, last)):
            for row in page:
                yield row[0], row[1], row[2], row[3], row[4]
            last = page[-1][5]
            if len(page) < _PAGE:
                break


def _by_name(database: Database) -> Iterator[tuple[int, str]]:
    """(document, doc_id) of every document that is done, by doc_id, a page at a time."""
    name = f"doc_id{database.by_code_point}"
    query = (
        "SELECT document, doc_id FROM documents "
        f"WHERE owner = 1 AND state = 'done' AND {name} > ? ORDER BY {name} LIMIT {_PAGE}"
    )
    last = ""
    while page := database.execute(query, (last,)):
        yield from ((int(document), str(doc_id)) for document, doc_id in page)
        last = page[-1][1]


def counts(database: Database, run: int | None = None) -> dict[str, int]:
    """How many documents are in each state: of all, or of those that a run has come across."""
    where, values = ("", ()) if run is None else (" WHERE run = ?", (run,))
    found = dict(database.execute(f"SELECT state, count(*) FROM documents{where} GROUP BY state", values))
    return {"done": int(found.get("done", 0)), "failed": int(found.get("failed", 0))}


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each of the six tables has, and how many mentions there are."""
    return {table: int(database.execute(f"SELECT count(*) FROM {table}")[0][0]) for table in (*TABLES, "mentions")}


def commonest_failures(database: Database, most: int = 5) -> list[tuple[int, str]]:
    """The commonest failures with how often they occur; numbers and names of documents are left out."""
    found: Counter[str] = Counter()
    for doc_id, message in database.stream("SELECT doc_id, message FROM documents WHERE state = 'failed'"):
        kind = message.partition(": ")[2].partition("; ")[0].replace(doc_id, "…")
        found[re.sub(r"'[^']*'|\d[\d.,]*", "…", kind)] += 1
    return [(n, kind) for kind, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]]


def slowest(database: Database, most: int = 5) -> list[tuple[str, float, int]]:
    """(doc_id, seconds, characters) of the documents that took longest."""
    query = "SELECT doc_id, seconds, characters FROM documents ORDER BY seconds DESC, doc_id LIMIT ?"
    return [(str(d), float(s), int(c)) for d, s, c in database.execute(query, (most,))]


def last_run(database: Database) -> Run | None:
    """The last run, if there was one."""
    names = "run, started, finished, state, version, rules, engine, settings, documents"
    found = database.execute(f"SELECT {names} FROM runs ORDER BY run DESC LIMIT 1")
    if not found:
        return None
    number, started, finished, state, version, rules, engine, settings, documents = found[0]
    return Run(number, started, finished, state, version, rules, engine, json.loads(settings), documents)


def mark(database: Database, name: str) -> str | None:
    """A value of the table about, such as the count of changes."""
    found = database.execute("SELECT value FROM about WHERE name = ?", (name,))
    return str(found[0][0]) if found else None
