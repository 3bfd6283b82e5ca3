"""What has to hold of whatever a reader gives, for any bytes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from pathlib import PurePosixPath

from casenlp.documents import BLOCK_KINDS, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.formats import count_stream, read_stream
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.records import Failure

#: Characters that a document of a fuzzed file may have: small, so that limits are met.
OPTIONS = ReadOptions(max_chars=200_000)


class Pipe(io.RawIOBase):
    """A stream that cannot go back, as standard input."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._inner.readinto(buffer[:997])


def check(name: str, data: bytes) -> int:
    """Read a file both ways and check what comes; the number of documents. AssertionError says what does not hold.

    Errors other than DocumentError are let through: a reader has no business with them.
    """
    path = PurePosixPath(name)
    origin = Origin(name, path.stem, None, path.suffix.lower())
    from_file = list(_items(io.BytesIO(data), origin))
    from_pipe = list(_items(io.BufferedReader(Pipe(data)), origin))
    assert from_file == from_pipe, "a pipe gives something else than the file"
    assert count_stream(io.BytesIO(data), origin) >= 1
    assert from_file, "neither a document nor a failure"
    for item in from_file:
        _check_failure(item) if isinstance(item, Failure) else _check_document(item)
    return sum(isinstance(item, SourceDocument) for item in from_file)


def _items(stream: io.BufferedIOBase, origin: Origin) -> Iterable[SourceDocument | Failure]:
    try:
        yield from read_stream(stream, origin, OPTIONS)  # type: ignore[arg-type]
    except DocumentError as error:
        yield Failure(origin.doc_id, str(error))


def _check_failure(failure: Failure) -> None:
    assert len(failure.message.splitlines()) == 1, f"not one line: {failure.message!r}"
    assert ": " in failure.message, f"no place: {failure.message!r}"
    assert "; " in failure.message, f"no remedy: {failure.message!r}"
    assert len(failure.message) < 2_000, f"too long: {failure.message!r}"
    failure.message.encode()
    failure.doc_id.encode()


def _check_document(document: SourceDocument) -> None:
    text = document.text
    text.encode()
    document.doc_id.encode()
    assert document.doc_id.strip()
    assert text.strip()
    assert len(text) <= OPTIONS.max_chars
    assert all(0 <= b.start < b.end <= len(text) for b in document.blocks), "a block outside of the text"
    assert all(b.kind in BLOCK_KINDS for b in document.blocks)
    assert all(a.end <= b.start for a, b in itertools.pairwise(document.blocks)), "blocks overlap"
    for table in document.tables:
        assert 0 <= table.start <= table.end <= len(text)
        assert all(table.start <= c.start <= c.end <= table.end for c in table.cells), "a cell outside of its table"
        assert all(c.row >= 0 and c.column >= 0 and c.row_span > 0 and c.column_span > 0 for c in table.cells)
