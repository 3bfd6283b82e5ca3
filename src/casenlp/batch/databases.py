"""The databases that can hold a store: one SQLite file, or a PostgreSQL server by SQLAlchemy.

Statements are written once, in the SQL that both understand, with `?` for a parameter.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from casenlp.errors import CasenlpError, UsageError

Values = Sequence[Any]

#: Bytes of a page of a new SQLite file: rows with their evidence have about a thousand, and several share a page.
_PAGE = 16_384
#: KiB of pages kept in memory.
_CACHE = 32_768


class StoreError(CasenlpError):
    """The database could not do what it was asked: disk full, server gone, file damaged. What was committed is safe."""


class Database(Protocol):
    """What a store needs of a database; all errors of its own are raised as StoreError."""

    #: Name of each kind of column, see batch.rows; and what makes a table lie in the order of its key.
    types: Mapping[str, str]
    clustered: str
    #: What makes text compare by its code points, as in Python, after a column's name.
    by_code_point: str

    def execute(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, if any."""

    def many(self, statement: str, rows: Iterable[Values]) -> None:
        """A statement once for each row of values."""

    def stream(self, statement: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query as they are needed."""

    def begin(self) -> None:
        """Begin a transaction."""

    def commit(self) -> None:
        """Make the transaction's changes last."""

    def rollback(self) -> None:
        """Forget the transaction's changes; nothing when there is none."""

    def lock(self) -> None:
        """Keep other runs out until this process ends; UsageError when one is at work."""

    def close(self) -> None:
        """Leave the database as one whole."""


class SQLiteDatabase:
    """One SQLite file. While it is written to it has a write-ahead log, so that others read it all the time.

    After a loss of power the last transactions may be gone, but each is there as a whole or not at all.
    """

    types: Mapping[str, str] = {
        "str": "TEXT", "int": "INTEGER", "float": "REAL", "bool": "INTEGER", "list": "TEXT",
    }  # fmt: skip
    clustered = " WITHOUT ROWID"
    by_code_point = ""

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        place = ":memory:" if path is None else f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        with self._errors():
            self._connection = sqlite3.connect(place, timeout=60, isolation_level=None, uri=path is not None)
            if not read_only:
                self._connection.execute(f"PRAGMA page_size = {_PAGE}")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
            else:
                self._connection.execute("SELECT count(*) FROM sqlite_master")
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE}")

    def execute(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, if any."""
        with self._errors():
            return self._connection.execute(statement, values).fetchall()

    def many(self, statement: str, rows: Iterable[Values]) -> None:
        """A statement once for each row of values."""
        with self._errors():
            self._connection.executemany(statement, rows)

    def stream(self, statement: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query as they are needed."""
        with self._errors():
            yield from self._connection.execute(statement, values)

    def begin(self) -> None:
        """Begin a transaction: one that may write, or one that sees the store as it is at its first look."""
        self.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make the transaction's changes last."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the transaction's changes; nothing when there is none."""
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def lock(self) -> None:
        """Nothing: the folder of the file has a lock of its own, see batch.lock."""

    def close(self) -> None:
        """Fold the log into the file, so that the file alone is the store; readers at that moment only put it off."""
        if not self._read_only and self._path is not None and not self._connection.in_transaction:
            try:
                self._connection.execute("PRAGMA busy_timeout = 0")
                self._connection.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error:
                pass  # the log stays beside the file and is read with it
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; {_remedy(str(error))}") from error


def _remedy(found: str) -> str:
    if "full" in found or "disk I/O" in found:
        return "what is committed is safe: make room on the disk and give the same command again"
    if "malformed" in found or "not a database" in found:
        return "name another folder, or take the file away and start anew"
    return "check that the folder exists, can be written and is on a disk of this machine"


def open_database(place: str | Path, *, read_only: bool = False) -> Database:
    """The database at a path, or of a URL such as postgresql://user@host/name; StoreError when it cannot be opened."""
    if isinstance(place, str) and "://" in place:
        if not place.startswith(("postgresql://", "postgresql+psycopg://")):
            raise UsageError(f"{place.partition('://')[0]}://: no such store; give a postgresql:// URL")
        from casenlp.batch.postgres import PostgresDatabase

        return PostgresDatabase(place, read_only=read_only)
    return SQLiteDatabase(Path(place), read_only=read_only)
