"""From a path to source documents: one reader an input format, in one table by file suffix.

An input is a file, a folder (searched recursively, in sorted order, for files whose suffix has a reader; hidden
files and folders are passed over) or "-" for standard input. What cannot be read gives a Failure in its place, and
reading goes on. Offsets of everything that follows count code points of the decoded text: line ends stay as they are
in the file; only a byte order mark, which is no part of the text, is taken off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.jsonl import count_jsonl, read_jsonl
from casenlp.readers.origin import Origin
from casenlp.readers.text import read_text
from casenlp.records import Failure

Reader = Callable[[BinaryIO, Origin, int], Iterator[SourceDocument | Failure]]

#: The input formats. A reader gets an open binary stream, where it comes from, and the limit in characters.
READERS: Mapping[str, Reader] = {
    ".txt": read_text,
    ".jsonl": read_jsonl,
}

#: Suffixes of files that may hold very many documents: a batch streams them, and gives other files whole to a worker.
MANY = frozenset({".jsonl"})

#: The most characters of one document that are read unless the caller says otherwise: about 300 printed pages.
MAX_CHARS = 1_000_000

STDIN = "-"


def read(path: str | Path, *, max_chars: int = MAX_CHARS) -> Iterator[SourceDocument | Failure]:
    """The documents of one input, in order; what cannot be read is a Failure that says why."""
    return read_all([path], max_chars=max_chars)


def read_all(inputs: Iterable[str | Path], *, max_chars: int = MAX_CHARS) -> Iterator[SourceDocument | Failure]:
    """The documents of several inputs, in order; a doc_id given twice is a Failure the second time."""
    seen: dict[str, str] = {}
    for source in inputs:
        for item in _read_input(str(source), max_chars):
            if isinstance(item, SourceDocument):
                place = item.path or "standard input"
                if item.doc_id in seen:
                    found = f"doc_id {item.doc_id!r} was already given by {seen[item.doc_id]}"
                    yield _failure(
                        item.doc_id, DocumentError(place, found, "give every document its own doc_id or file name")
                    )
                    continue
                seen[item.doc_id] = place
            yield item


def count(inputs: Iterable[str | Path]) -> int:
    """How many documents the inputs are about to give, bad ones included, without decoding them; "-" counts as one."""
    total = 0
    for source in inputs:
        for found in files_of(str(source)):
            is_lines = isinstance(found, Path) and found.suffix.lower() == ".jsonl"
            total += count_jsonl(found) if is_lines and isinstance(found, Path) else 1
    return total


def _read_input(source: str, max_chars: int) -> Iterator[SourceDocument | Failure]:
    if source == STDIN:
        yield from _read_stdin(max_chars)
        return
    for found in files_of(source):
        if isinstance(found, Failure):
            yield found
        else:
            yield from _read_file(found, max_chars)


def files_of(source: str) -> Iterator[Path | Failure]:
    """The files behind one input; a file that is named is taken whatever its suffix, so that its reader can object."""
    path = Path(source)
    if not path.is_dir():
        yield path
        return
    failures: list[Failure] = []

    def unreadable(error: OSError) -> None:
        failures.append(_os_failure(Path(error.filename or source), error))

    empty = True
    for folder, names, files in os.walk(path, onerror=unreadable):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in READERS:
                empty = False
                yield Path(folder, name)
    yield from failures
    if empty and not failures:
        origin = Origin.of(path)
        found = f"is a folder without a report ({', '.join(READERS)})"
        yield _failure(origin.doc_id, DocumentError(origin.name, found, "put reports into it or name another folder"))


def _read_file(path: Path, max_chars: int) -> Iterator[SourceDocument | Failure]:
    origin = Origin.of(path)
    suffix = path.suffix.lower()
    reader = READERS.get(suffix) if suffix else read_text
    if reader is None and path.exists():
        found = f"has a suffix without a reader ({suffix}; known: {', '.join(READERS)})"
        yield _failure(origin.doc_id, DocumentError(origin.name, found, "save it as plain text with the suffix .txt"))
        return
    try:
        with path.open("rb") as stream:
            yield from (reader or read_text)(stream, origin, max_chars)
    except DocumentError as error:
        yield _failure(origin.doc_id, error)
    except OSError as error:
        yield _os_failure(path, error)


def _read_stdin(max_chars: int) -> Iterator[SourceDocument | Failure]:
    """Standard input: JSON Lines when it begins with "{", plain text otherwise."""
    origin = Origin("standard input", "stdin", None)
    stream = sys.stdin.buffer
    head = bytes(getattr(stream, "peek", lambda _: b"")(64))
    reader = read_jsonl if head.lstrip().startswith(b"{") and not head.startswith(b"{\\rtf") else read_text
    try:
        yield from reader(stream, origin, max_chars)
    except DocumentError as error:
        yield _failure(origin.doc_id, error)


def _failure(doc_id: str, error: DocumentError) -> Failure:
    return Failure(doc_id, str(error))


def _os_failure(path: Path, error: OSError) -> Failure:
    origin = Origin.of(path)
    if isinstance(error, FileNotFoundError):
        found, remedy = "no such file or folder", "check the path"
    elif isinstance(error, PermissionError):
        found, remedy = "permission to read it is denied", "make it readable (chmod +r) or run as its owner"
    else:
        found, remedy = f"cannot be read ({error.strerror or error})", "check the file and the disk it is on"
    return _failure(origin.doc_id, DocumentError(origin.name, found, remedy))
