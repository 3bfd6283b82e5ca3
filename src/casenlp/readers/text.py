"""Plain text: bytes to a string by a fixed rule, and the checks that every document's text has to pass.

The encoding is, in this order: what a byte order mark says (UTF-8, UTF-16, UTF-32); UTF-8 if the bytes are valid
UTF-8; Windows-1252, which contains the printable part of Latin-1, if at most 5 % of the bytes are not ASCII; what
charset-normalizer finds, which is a guess. Nothing is replaced or dropped in decoding.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from io import UnsupportedOperation
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin, ReadOptions

#: Byte order marks, longest first: the one of UTF-32 begins with the one of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Share of bytes that are not ASCII up to which Windows-1252 is believed, and of control characters that text may have.
_WESTERN_SHARE = 0.05
_CONTROL_SHARE = 0.01

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_VISIBLE = re.compile(r"[^\s\x00-\x1f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def read_text(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument]:
    """The one document of a text file; DocumentError when it is no text or too much of it."""
    max_chars = options.max_chars
    most = 4 * max_chars + 4  # four bytes a character in the widest encodings, and a byte order mark
    data = stream.read(most + 1)
    if len(data) > most:
        raise too_long(origin.name, f"holds {_size(stream, len(data))} bytes", max_chars)
    text = decode(data, origin.name)
    check(text, origin.name, max_chars)
    yield SourceDocument(origin.doc_id, text, origin.path)


def decode(data: bytes, name: str) -> str:
    """The text of a file's bytes, by the rule above; DocumentError naming `name` when there is none."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                found = f"has the byte order mark of {encoding} but byte {error.start} does not fit it"
                raise DocumentError(name, found, "save it again as UTF-8") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(legacy_encoding(data, name))


def legacy_encoding(data: bytes, name: str) -> str:
    """The encoding of bytes that are not UTF-8: Windows-1252, or the best guess; DocumentError when there is none."""
    if data.count(0):
        raise _binary(name, f"{data.count(0)} NUL bytes and no valid UTF-8")
    if len(data.translate(None, bytes(range(128)))) <= _WESTERN_SHARE * len(data):
        try:
            data.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise DocumentError(name, "is in no encoding that could be recognised", "save it as UTF-8")
    return best.encoding


def check(text: str, name: str, max_chars: int) -> None:
    """Raise DocumentError when a document's text is empty, blank, too long, binary, or not Unicode."""
    if not text:
        raise DocumentError(name, "is empty", "give a report with text in it")
    if len(text) > max_chars:
        raise too_long(name, f"holds {len(text):,} characters", max_chars)
    controls = sum(1 for _ in _CONTROL.finditer(text))
    if controls > _CONTROL_SHARE * len(text):
        raise _binary(name, f"{controls} control characters among {len(text)}")
    if half := _SURROGATE.search(text):
        found = f"holds half a character (U+{ord(half.group()):04X}) at offset {half.start()}"
        raise DocumentError(name, found, "write characters beyond U+FFFF as a pair of escapes, or as themselves")
    if not _VISIBLE.search(text):
        raise DocumentError(name, "holds only white space", "give a report with text in it")


def _binary(name: str, evidence: str) -> DocumentError:
    return DocumentError(name, f"looks binary, not text ({evidence})", "save it as plain text in UTF-8")


def too_long(name: str, found: str, max_chars: int) -> DocumentError:
    """The error of a document that is over the limit; `found` says how much it holds."""
    remedy = "split it into its reports, or raise the limit with --max-chars"
    return DocumentError(name, f"{found}, more than the limit of {max_chars:,} characters", remedy)


def _size(stream: BinaryIO, read: int) -> str:
    try:
        size = os.fstat(stream.fileno()).st_size
    except (OSError, UnsupportedOperation):
        size = 0
    return f"{size:,}" if size > read else f"at least {read:,}"
