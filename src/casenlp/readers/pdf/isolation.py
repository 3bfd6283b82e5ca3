"""PDFs are taken apart in a process of their own, which can be stopped: a hostile file can keep PDFium busy for ever.

A drawing that draws another ten times, which does so again, ten levels deep, is a few kilobytes that no limit within
this process would stop, for the work is done in C. The helper is started with the first PDF and kept for the next; it
tells of its progress after each page, and is ended when nothing comes for PATIENCE seconds. Its memory is limited where
the system can do so, and when it dies of a file, that is one error like any other.
"""

from __future__ import annotations

import json
import os
import queue
import struct
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import IO, Any

from casenlp.documents import Article, Block, Cell, Place, SourceDocument, SourceTable
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin

PATIENCE = 60.0
_LENGTH = struct.Struct("<Q")
_RETRY = "get the file again, or save it as plain text"


def read_apart(data: bytes, origin: Origin, max_chars: int) -> SourceDocument:
    """The document in the bytes of a PDF, read by the helper; DocumentError for whatever goes wrong."""
    with _LOCK:
        helper = _helper()
        try:
            answer = helper.ask({"name": origin.name, "max_chars": max_chars}, data)
        except queue.Empty:
            helper.stop()
            found = f"is a PDF that keeps its reader busy for more than {PATIENCE:.0f} seconds with one page"
            raise DocumentError(origin.name, found, "do not trust it; save it as plain text if you must") from None
        except (EOFError, OSError):
            helper.stop()
            found = "is a PDF that ends its reader (it is broken, or needs too much memory)"
            raise DocumentError(origin.name, found, _RETRY) from None
    if "found" in answer:
        raise DocumentError(origin.name, answer["found"], answer["remedy"])
    return _unpacked(answer, origin)


class _Helper:
    """The other process, from this side."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "casenlp.readers.pdf.helper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked, by this process."""
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(self, question: dict[str, Any], data: bytes) -> dict[str, Any]:
        """The answer to a question; queue.Empty when none comes in time, EOFError or OSError when it dies."""
        pipe = self._process.stdin
        assert pipe is not None
        writer = threading.Thread(target=_send, args=(pipe, question, data), daemon=True)
        writer.start()  # a helper that hangs does not read, and must not make this process wait
        while True:
            answer = self._answers.get(timeout=PATIENCE)
            if answer is None:
                raise EOFError
            if answer:
                return answer

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue

    def _listen(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        try:
            while True:
                self._answers.put(json.loads(receive(pipe)))
        except (EOFError, OSError, ValueError):
            self._answers.put(None)


def _send(pipe: IO[bytes], question: dict[str, Any], data: bytes) -> None:
    try:
        send(pipe, json.dumps(question).encode())
        send(pipe, data)
    except (OSError, ValueError):
        return  # it died: the listener says so


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write one message, its length first."""
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read one message; EOFError when there is no whole one."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    if len(message) < length:
        raise EOFError
    return message


def packed(document: SourceDocument) -> dict[str, Any]:
    """A document as JSON can have it; `_unpacked` is the way back."""
    return {
        "text": document.text,
        "blocks": [
            (b.start, b.end, b.kind, b.section, b.continued, b.place and (b.place.page, b.place.box))
            for b in document.blocks
        ],
        "tables": [
            (
                t.start,
                t.end,
                t.caption,
                [(c.start, c.end, c.row, c.column, c.row_span, c.column_span, c.header) for c in t.cells],
            )
            for t in document.tables
        ],
        "article": document.article and asdict(document.article),
    }


def _unpacked(answer: dict[str, Any], origin: Origin) -> SourceDocument:
    blocks = tuple(
        Block(start, end, kind, section, Place(place[0], place[1] and tuple(place[1])) if place else None, continued)
        for start, end, kind, section, continued, place in answer["blocks"]
    )
    tables = tuple(
        SourceTable(start, end, tuple(Cell(*cell) for cell in cells), caption and tuple(caption))
        for start, end, caption, cells in answer["tables"]
    )
    known = dict(answer["article"] or {})
    article = Article(**{**known, "authors": tuple(known["authors"])}) if known else None
    return SourceDocument(origin.doc_id, answer["text"], origin.path, blocks, tables, article)


def _helper() -> _Helper:
    """The helper of this process; a process that was forked from another starts its own."""
    global _CURRENT
    if _CURRENT is None or not _CURRENT.is_alive:
        _CURRENT = _Helper()
    return _CURRENT


_LOCK = threading.Lock()
_CURRENT: _Helper | None = None
