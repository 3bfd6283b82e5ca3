"""From a path to source documents; the formats are in the table of `formats`.

An input is a file, a folder or "-" for standard input. A folder is searched recursively, in sorted order, for files
whose suffix has a reader and for files without a suffix whose content has one; hidden files and folders are passed
over, links to folders are followed, each folder once. What cannot be read gives a Failure in its place, and reading
goes on. Offsets of everything that follows count code points of the document's text: in plain text line ends stay as
they are in the file; only a byte order mark, which is no part of the text, is taken off.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.formats import FORMATS, SUFFIXES, Format, count_stream, read_stream, recognised
from casenlp.readers.origin import MAX_CHARS, Origin, ReadOptions
from casenlp.readers.recognition import Sample
from casenlp.readers.streams import HEAD
from casenlp.records import Failure

__all__ = [
    "FORMATS",
    "MANY",
    "MAX_CHARS",
    "Format",
    "ReadOptions",
    "count",
    "files_of",
    "holds_many",
    "read",
    "read_all",
]

STDIN = "-"
#: Suffixes of files that may hold very many documents: a batch streams them, and gives other files whole to a worker.
MANY = frozenset(s for s in SUFFIXES if all(format.many for format in FORMATS if s in format.suffixes))


def read(
    path: str | Path, *, max_chars: int = MAX_CHARS, options: ReadOptions | None = None, unchecked: bool = False
) -> Iterator[SourceDocument | Failure]:
    """The documents of one input, in order; what cannot be read is a Failure that says why.

    With `unchecked` a doc_id may come twice: who sees to that already need not have all of them in memory here.
    """
    if unchecked:
        return _read_input(str(path), options or ReadOptions(max_chars))
    return read_all([path], max_chars=max_chars, options=options)


def read_all(
    inputs: Iterable[str | Path], *, max_chars: int = MAX_CHARS, options: ReadOptions | None = None
) -> Iterator[SourceDocument | Failure]:
    """The documents of several inputs, in order; a doc_id given twice is a Failure the second time.

    `options`, when given, hold the limit in characters too.
    """
    options = options or ReadOptions(max_chars)
    seen: dict[str, str] = {}
    for source in inputs:
        for item in _read_input(str(source), options):
            if isinstance(item, SourceDocument):
                place = Origin.of(Path(item.path)).name if item.path else "standard input"
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
        if str(source) == STDIN:
            total += 1
            continue
        for found in files_of(str(source)):
            total += _count_file(found) if isinstance(found, Path) else 1
    return total


def holds_many(path: Path) -> bool:
    """Whether a file may hold very many documents: by its suffix, and where formats share that, by its content."""
    suffix = path.suffix.lower()
    if suffix in MANY or not any(format.many for format in FORMATS if suffix in format.suffixes):
        return suffix in MANY
    try:
        with path.open("rb") as stream:
            found = recognised(Sample(stream.read(HEAD), stream))
    except OSError:
        return False
    return found is not None and found.many


def _count_file(path: Path) -> int:
    try:
        if not path.is_file():
            return 1
        with path.open("rb") as stream:
            return count_stream(stream, Origin.of(path))
    except OSError:
        return 1


def _read_input(source: str, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    if source == STDIN:
        yield from _guarded(sys.stdin.buffer, Origin("standard input", "stdin", None), options)
        return
    for found in files_of(source):
        if isinstance(found, Failure):
            yield found
        else:
            yield from _read_file(found, options)


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
    visited = {_identity(path)}
    for folder, names, files in os.walk(path, onerror=unreadable, followlinks=True):
        names[:] = [n for n in sorted(names) if not n.startswith(".") and _is_new(Path(folder, n), visited)]
        for name in sorted(files):
            found = Path(folder, name)
            if not name.startswith((".", "~$")) and _is_report(found):
                empty = False
                yield _waiting(found) or found
    yield from failures
    if empty and not failures:
        origin = Origin.of(path)
        found_none = f"is a folder without a report ({', '.join(SUFFIXES)})"
        yield _failure(
            origin.doc_id, DocumentError(origin.name, found_none, "put reports into it or name another folder")
        )


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _is_new(folder: Path, visited: set[tuple[int, int]]) -> bool:
    """Whether a folder was not searched before, under another name or above itself."""
    try:
        identity = _identity(folder)
    except OSError:
        return True  # the walk says what is wrong with it
    new = identity not in visited
    visited.add(identity)
    return new


def _waiting(path: Path) -> Failure | None:
    """The failure of a pipe or device in a folder, which nobody may be writing to; None for what can be opened."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None  # opening it says what is wrong
    if stat.S_ISREG(mode):
        return None
    origin = Origin.of(path)
    found = "is a pipe or a device, not a file"
    return _failure(origin.doc_id, DocumentError(origin.name, found, "name it itself if it is to be read"))


def _is_report(path: Path) -> bool:
    """Whether a file in a folder is worth reading: by its suffix, or by sure signs in it when it has none."""
    if path.suffix:
        return path.suffix.lower() in SUFFIXES
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            stream.seek(0)
            return recognised(Sample(head, stream)) is not None
    except OSError:
        return False


def _read_file(path: Path, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of one file, the last of them held back until it is sure that the file stood still."""
    origin = Origin.of(path)
    try:
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode):
                yield from _guarded(stream, origin, options)
                return
            held: SourceDocument | Failure | None = None
            single = True
            for item in _guarded(stream, origin, options):
                if held is not None:
                    single = False
                    yield held
                held = item
            after = os.fstat(stream.fileno())
            changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
            if held is not None and not (changed and single):
                yield held
            if changed:
                found = "changed while it was read"
                yield _failure(origin.doc_id, DocumentError(origin.name, found, "read it again when it is finished"))
    except OSError as error:
        yield _os_failure(path, error)


def _guarded(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    try:
        yield from read_stream(stream, origin, options)
    except DocumentError as error:
        yield _failure(origin.doc_id, error)
    except OSError:
        raise
    except Exception as error:
        # The boundary of one file: whatever a library does with a broken one, the other files are read.
        found = f"{type(error).__name__} inside its reader ({' '.join(str(error).split()) or 'no message'})"
        yield _failure(origin.doc_id, DocumentError(origin.name, found, "save it in another format, and report it"))


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
