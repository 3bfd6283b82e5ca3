"""What a file is, by its first bytes: signatures, the root element of XML, the names in a ZIP, the first keys of JSON.

Nothing is decided by a suffix here. The predicates at the end are what the table of formats is written in.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import cached_property
from typing import BinaryIO

from casenlp.readers.archive import zip_names
from casenlp.readers.text import MARKS

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PROLOG = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s[^\[>]*(?:\[(?:[^\]\"']|\"[^\"]*\"|'[^']*')*\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
_HTML = re.compile(r"<!DOCTYPE\s+html\b|<(?:html|head|body)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Sample:
    """The first bytes of a stream, and for a ZIP archive the stream, whose directory is at its end."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self.head = head
        self._stream = stream

    @cached_property
    def text(self) -> str:
        """The first bytes as text, for looking only: what does not decode is replaced; blanks in front are off."""
        encoding = next((encoding for mark, encoding in MARKS if self.head.startswith(mark)), "utf-8")
        return self.head.decode(encoding, "replace").lstrip("\ufeff \t\r\n\f")

    @cached_property
    def root(self) -> str | None:
        """Name of the root element of XML, without its prefix; None where the text begins otherwise."""
        if not self.text.startswith("<"):
            return None
        at = 0
        while m := _PROLOG.match(self.text, at):
            at = m.end()
        found = _ELEMENT.match(self.text, at)
        return found.group(1) if found else None

    @property
    def is_xml(self) -> bool:
        """Whether the text says itself that it is XML."""
        return self.text.startswith("<?xml")

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the members of a ZIP archive; empty when it is none or its directory cannot be read."""
        return zip_names(self._stream) if self.head.startswith(_ZIP) else frozenset()

    @cached_property
    def is_text(self) -> bool:
        """Whether the first bytes are text beyond doubt: Unicode without control characters that text has not."""
        marked = any(self.head.startswith(mark) for mark, _ in MARKS)
        if not marked:
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                decoder.decode(self.head)  # a character cut off at the end of the sample is no error
            except UnicodeDecodeError:
                return False
        return len(_CONTROL.findall(self.text)) <= len(self.text) // 100


Recognise = Callable[[Sample], bool]


def begins(*signatures: bytes) -> Recognise:
    """Whose first bytes are one of these."""
    return lambda sample: sample.head.startswith(signatures)


def within(signature: bytes, first: int) -> Recognise:
    """Which has the signature within its first bytes."""
    return lambda sample: signature in sample.head[: first + len(signature)]


def root(*names: str) -> Recognise:
    """XML whose root element has one of these names, whatever its namespace prefix."""
    return lambda sample: sample.root in names


def holds(*names: str) -> Recognise:
    """A ZIP archive with a member of one of these names."""
    return lambda sample: not sample.names.isdisjoint(names)


def shows(pattern: str) -> Recognise:
    """Text whose beginning matches a regular expression; blanks and a byte order mark in front do not count."""
    compiled = re.compile(pattern)
    return lambda sample: compiled.match(sample.text) is not None


def is_html(sample: Sample) -> bool:
    """HTML, by its document type or one of its outer elements; XHTML is XML with that root."""
    return sample.root in ("html", "HTML") or _HTML.match(_past_prolog(sample.text)) is not None


def _past_prolog(text: str) -> str:
    """The text without XML declaration and comments in front."""
    at = 0
    while (m := _PROLOG.match(text, at)) and not m.group().upper().startswith("<!DOCTYPE"):
        at = m.end()
    return text[at : at + 200]
