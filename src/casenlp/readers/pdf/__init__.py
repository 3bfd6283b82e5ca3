"""PDF: the words of its pages in reading order, in blocks that know their page and box.

A PDF has no words, lines or paragraphs, only glyphs and where they stand. They are found again step by step, a module
a step: `pdfium` glyphs with their boxes; `segments` pieces of lines; `furniture` what stands on a page for the page's
sake; `columns` the order in which the columns are read; `tables` and `paragraphs`; `roles` what each piece is;
`joining` and `flow` the text; `article` what is said of the publication; `layout` the steps in their order;
`isolation` and `helper` the process in which all this happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.origin import Origin, ReadOptions


def read_pdf(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument]:
    """The one document of a PDF; DocumentError when it is locked, damaged, a scan without text, or too large."""
    data = stream.read(options.max_bytes + 1)
    if len(data) > options.max_bytes:
        found = f"is a PDF of more than {options.max_bytes:,} bytes"
        raise DocumentError(origin.name, found, "split it into its reports, or save it with smaller pictures")
    from casenlp.readers.pdf.isolation import read_apart

    yield read_apart(data, origin, options.max_chars)
