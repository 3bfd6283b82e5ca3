"""The store's schema: what each table is for, and the statements that make it.

    about      name, value: the version of the schema, and what was exported when
    runs       one row a run: when, with which settings, versions and rules, and how it ended
    files      one row an input file: its place in the order of inputs, and by what it is known again
    documents  one row a document: where it stands, whether it is done or failed and why, and by what it is known again
    mentions, cases, drugs, labs, latencies, diagnoses, reactions
               what the documents say, see batch.rows; key (document, number)

A row of documents with `owner` 1 is the document of its doc_id; one with 0 is something that could not be read, or a
doc_id given a second time. Documents are in input order by files.run, files.position, documents.number.
"""

from __future__ import annotations

from casenlp.batch.databases import Database
from casenlp.batch.rows import STORED, stored_columns
from casenlp.errors import UsageError

#: Raised when the tables change: a store of another version is not written to.
VERSION = "1"

_BOOKS = {
    "about": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "runs": "run {int} PRIMARY KEY, started TEXT NOT NULL, finished TEXT, state TEXT NOT NULL, version TEXT NOT NULL, "
    "rules TEXT NOT NULL, engine TEXT NOT NULL, settings TEXT NOT NULL, documents {int}",
    "files": "file {int} PRIMARY KEY, path TEXT NOT NULL UNIQUE, position {int} NOT NULL, run {int} NOT NULL, "
    "stat TEXT, content TEXT, reading TEXT, documents {int}",
    "documents": "document {int} PRIMARY KEY, doc_id TEXT NOT NULL, file {int} NOT NULL, number {int} NOT NULL, "
    "owner {int} NOT NULL, state TEXT NOT NULL, reason TEXT, message TEXT, content TEXT, engine TEXT, "
    "characters {int}, seconds {float}, run {int} NOT NULL",
}
_BOOK_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS documents_owner ON documents (doc_id) WHERE owner = 1",
    "CREATE INDEX IF NOT EXISTS documents_file ON documents (file, number)",
    "CREATE INDEX IF NOT EXISTS files_content ON files (content)",
    "CREATE INDEX IF NOT EXISTS documents_failed ON documents (state) WHERE state = 'failed'",
)


def create(database: Database) -> None:
    """Make what is missing of the tables; UsageError when the store is of another version of the schema."""
    words = {"int": database.types["int"], "float": database.types["float"]}
    database.begin()
    for name, columns in _BOOKS.items():
        database.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns.format(**words)})")
    for statement in _BOOK_INDEXES:
        database.execute(statement)
    for table in STORED:
        columns = ", ".join(f"{quoted(name)} {database.types[kind]}" for name, kind in stored_columns(table))
        key = "document {int} NOT NULL, number {int} NOT NULL".format(**words)
        parts = f"{key}, {columns}, PRIMARY KEY (document, number)"
        database.execute(f"CREATE TABLE IF NOT EXISTS {table} ({parts}){database.clustered}")
    database.execute("INSERT INTO about VALUES ('schema', ?) ON CONFLICT (name) DO NOTHING", (VERSION,))
    database.commit()
    check(database, "the store")


def check(database: Database, name: str) -> None:
    """UsageError when a store is of another version of the schema, or no store of ours."""
    ((found,),) = database.execute("SELECT value FROM about WHERE name = 'schema'") or [("none",)]
    if found != VERSION:
        raise UsageError(
            f"{name}: holds tables of form {found}, this casenlp writes form {VERSION}; name another place"
        )


def index(database: Database) -> None:
    """Indexes on the names by which people ask, made when a run has ended: that is quicker than keeping them up.

    Where text has another order than that of its code points, there is one on doc_id in that order, for the export.
    """
    if database.by_code_point:
        name = f"doc_id{database.by_code_point}"
        database.execute(f"CREATE INDEX IF NOT EXISTS documents_by_name ON documents ({name}) WHERE owner = 1")
    for table in STORED:
        for name, _ in stored_columns(table):
            if name.endswith("_name"):
                database.execute(f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} ({quoted(name)})")


def insert(table: str) -> str:
    """The statement that adds a row to a stored table."""
    names = ["document", "number", *(quoted(name) for name, _ in stored_columns(table))]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def quoted(name: str) -> str:
    """A column's name as SQL has it: some, such as `end`, are words of the language."""
    return f'"{name}"'
