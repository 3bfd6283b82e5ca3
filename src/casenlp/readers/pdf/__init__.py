"""PDF: the words of its pages in reading order, in blocks that know their page and box.

A PDF has no words, lines or paragraphs, only glyphs and where they stand. They are found again step by step, a module
a step: `pdfium` glyphs with their boxes; `segments` pieces of lines; `furniture` what stands on a page for the page's
sake; `columns` the order in which the columns are read; `tables` and `paragraphs`; `roles` what each piece is;
`joining` and `flow` the text; `article` what is said of the publication; `layout` the steps in their order;
`isolation` and `helper` the process in which all this happens.

Why PDFium (pypdfium2; BSD and Apache licences, kept up with the Chromium browser): on 48 dense pages in two columns of
4,810 characters, on one core, it gives glyphs with their boxes at 150 pages a second through ctypes, and its bare text
at 710; pdfminer.six reads 16 pages a second and pdfplumber, which stands on it, 7. Of the pairs of words that stand
side by side in our reports, 99.8 % do so in our text of these pages, 99.5 % in PDFium's, 97.8 % in pdfplumber's and
97.4 % in pdfminer.six's. Glyphs and layout together: 75 of these pages a second, 110 of as dense ones in one column,
180 of a double-spaced manuscript. The first is short of 100 because every glyph costs a call through ctypes, and lines
stretched to a narrow column fall into many segments (benchmarks/readers_pdf.py).
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
