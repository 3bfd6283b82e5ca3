"""A store on a PostgreSQL server, by SQLAlchemy and psycopg (`pip install "casenlp[postgres]"`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from casenlp.batch.databases import StoreError, Values
from casenlp.errors import UsageError

#: The key of the advisory lock that a run holds in its database: the first letters of the name, as a number.
_LOCK = int.from_bytes(b"casenlp", "big")


class PostgresDatabase:
    """One connection to a server. A NUL character, which PostgreSQL's text cannot hold, is stored as U+FFFD."""

    types: Mapping[str, str] = {
        "str": "TEXT", "int": "BIGINT", "float": "DOUBLE PRECISION", "bool": "BOOLEAN", "list": "JSON",
    }  # fmt: skip
    clustered = ""
    by_code_point = ' COLLATE "C"'

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        try:
            from psycopg.types.string import TextLoader
            from sqlalchemy import create_engine, event, make_url
        except ImportError as error:
            found = f"{error.name} is not installed, which --store needs"
            raise UsageError(f'{found}; install it with: pip install "casenlp[postgres]"') from None
        place = make_url(url).set(drivername="postgresql+psycopg")
        self._name = place.render_as_string(hide_password=True)
        self._read_only = read_only
        with self._errors():
            self._engine = create_engine(place, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0)

            @event.listens_for(self._engine, "connect")
            def json_as_it_stands(connection: Any, _: Any) -> None:
                connection.adapters.register_loader("json", TextLoader)

            self._connection = self._engine.connect()

    def execute(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, if any."""
        with self._errors():
            done = self._connection.exec_driver_sql(statement.replace("?", "%s"), _storable(values))
            return [tuple(row) for row in done] if done.returns_rows else []

    def many(self, statement: str, rows: Iterable[Values]) -> None:
        """A statement once for each row of values."""
        with self._errors():
            self._connection.exec_driver_sql(statement.replace("?", "%s"), [_storable(row) for row in rows])

    def stream(self, statement: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        yield from self.execute(statement, values)

    def begin(self) -> None:
        """Begin a transaction: one that may write, or one that sees the store as it is at its first look."""
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if self._read_only else "BEGIN")

    def commit(self) -> None:
        """Make the transaction's changes last."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Forget the transaction's changes; nothing when there is none, or when the server is gone."""
        from sqlalchemy.exc import SQLAlchemyError

        driver = self._connection.connection.dbapi_connection
        if driver is None or driver.closed or driver.info.transaction_status == 0:
            return
        try:
            self._connection.exec_driver_sql("ROLLBACK")
        except SQLAlchemyError:
            return  # what was not committed is forgotten by the server too

    def lock(self) -> None:
        """Keep other runs out of this database until the connection ends; UsageError when one is at work."""
        if self.execute("SELECT pg_try_advisory_lock(?)", (_LOCK,)) != [(True,)]:
            raise UsageError(f"{self._name}: another casenlp batch is writing there; wait for it, or name another one")

    def close(self) -> None:
        """End the connection."""
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            found = " ".join(str(getattr(error, "orig", None) or error).split())
            remedy = "what is committed is safe: see to the server and give the same command again"
            raise StoreError(f"{self._name}: {found}; {remedy}") from error


def _storable(values: Values) -> tuple[Any, ...]:
    return tuple(v.replace("\0", "\ufffd") if isinstance(v, str) and "\0" in v else v for v in values)
