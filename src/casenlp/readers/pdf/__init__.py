"""PDF: the words of its pages in reading order, in blocks that know their page and box.

A PDF has no words, lines or paragraphs, only glyphs and where they stand. They are found again step by step, a module
a step: `pdfium` glyphs with their boxes; `segments` pieces of lines; `furniture` what stands on a page for the page's
sake; `columns` the order in which the columns are read; `tables` and `paragraphs`; `roles` what each piece is;
`joining` and `flow` the text; `article` what is said of the publication; `layout` the steps in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin

_MOST_BYTES = 500_000_000


def read_pdf(stream: BinaryIO, origin: Origin, max_chars: int) -> Iterator[SourceDocument]:
    """The one document of a PDF; DocumentError when it is locked, damaged, a scan without text, or too large."""
    data = stream.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        found = f"is a PDF of more than {_MOST_BYTES:,} bytes"
        raise DocumentError(origin.name, found, "split it into its reports, or save it with smaller pictures")
    from casenlp.readers.pdf.layout import document_of

    yield document_of(data, origin, max_chars)
