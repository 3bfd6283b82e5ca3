"""The input formats in one table, and the choice among them: by content first, then by suffix.

To add a format, write a reader and add its line. A reader gets a binary stream at its start, where it comes from, and
the user's options; it yields documents and Failures, and raises DocumentError for what stops it. The stream of a ZIP,
Parquet or PDF file can go back, others need not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casenlp.documents import SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers import archive
from casenlp.readers.bioc import count_bioc, read_bioc_json, read_bioc_xml
from casenlp.readers.docx import read_docx
from casenlp.readers.html import read_html
from casenlp.readers.jats import read_jats
from casenlp.readers.jsonl import count_jsonl, read_jsonl
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.pdf import read_pdf
from casenlp.readers.pubmed import ARTICLES, count_articles, read_nbib, read_pubmed_xml
from casenlp.readers.recognition import Recognise, Sample, begins, holds, is_html, root, shows, within
from casenlp.readers.spreadsheet import count_parquet, count_xlsx, read_parquet, read_xlsx
from casenlp.readers.streams import look
from casenlp.readers.tabular import count_rows, read_csv
from casenlp.readers.text import read_text
from casenlp.records import Failure

Reader = Callable[[BinaryIO, Origin, ReadOptions], Iterator[SourceDocument | Failure]]


@dataclass(frozen=True, slots=True)
class Format:
    """An input format.

    `recognise` tells it by its first bytes, None where nothing in them does. A file of another content is given to it
    by its suffix only when it has no sure signs (`by_suffix`). `count` tells how many documents a file will give.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Recognise | None
    read: Reader
    by_suffix: bool = False
    count: Callable[[BinaryIO], int] | None = None

    @property
    def many(self) -> bool:
        """Whether a file may hold very many documents."""
        return self.count is not None or self.read is _read_gzip


def _read_gzip(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    inner, place = archive.gunzipped(stream, origin)
    try:
        yield from read_stream(inner, place, options)
    except DocumentError as error:
        yield Failure(place.doc_id, str(error))


def _read_zip(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    for member in archive.unzipped(stream, origin, SUFFIXES):
        if isinstance(member, Failure):
            yield member
            continue
        inner, place = member
        try:
            yield from read_stream(inner, place, options, sure=not place.suffix)
        except DocumentError as error:
            yield Failure(place.doc_id, str(error))


#: A collection, or a document of it, by its keys; and a first line that can be a whole object.
_BIOC_JSON = r'(?s)[\[{](?!\s*"(?:doc_id|text)").{0,20000}?"(?:documents|passages)"\s*:\s*\['
_JSON_LINE = r'\{\s*["}](?:[^\n]*\}\s*(?:\n|\Z)|[^\n]*\Z)'

#: The input formats; of several that recognise a file, the first reads it.
FORMATS: tuple[Format, ...] = (
    Format("gzip", (".gz",), begins(b"\x1f\x8b"), _read_gzip),
    Format("Word", (".docx", ".docm"), holds("word/document.xml"), read_docx),
    Format("Excel", (".xlsx", ".xlsm"), holds("xl/workbook.xml"), read_xlsx, count=count_xlsx),
    Format("ZIP", (".zip",), begins(b"PK\x03\x04", b"PK\x05\x06"), _read_zip, count=archive.count_members),
    Format("PDF", (".pdf",), within(b"%PDF-", 1024), read_pdf),
    Format("Parquet", (".parquet",), begins(b"PAR1"), read_parquet, count=count_parquet),
    Format("JATS", (".xml", ".nxml"), root("article", "pmc-articleset", "OAI-PMH", "articles"), read_jats),
    Format("BioC XML", (".xml",), root("collection"), read_bioc_xml, count=count_bioc),
    Format("PubMed XML", (".xml",), root("PubmedArticleSet", *ARTICLES), read_pubmed_xml, count=count_articles),
    Format("HTML", (".html", ".htm", ".xhtml"), is_html, read_html, by_suffix=True),
    Format("BioC JSON", (".json",), shows(_BIOC_JSON), read_bioc_json, by_suffix=True, count=count_bioc),
    Format("MEDLINE", (".nbib",), shows(r"PMID *- \d"), read_nbib, by_suffix=True, count=count_articles),
    Format("JSON Lines", (".jsonl", ".ndjson"), shows(_JSON_LINE), read_jsonl, by_suffix=True, count=count_jsonl),
    Format("CSV", (".csv", ".tsv", ".tab"), None, read_csv, by_suffix=True, count=count_rows),
    Format("plain text", (".txt", ".text"), None, read_text, by_suffix=True),
)

#: What is recognised only to say that it is not read: what it is, how it begins, what to do.
_UNREADABLE: tuple[tuple[str, Recognise, str], ...] = (
    ("an old Office document (.doc, .xls) or an encrypted new one", begins(b"\xd0\xcf\x11\xe0"),
     "save it as .docx or .xlsx without a password"),
    ("a PowerPoint file", holds("ppt/presentation.xml"), "save its text as .docx or as plain text"),
    ("an OpenDocument file", holds("content.xml"), "save it as .docx, .xlsx or .csv"),
    ("an EPUB book", holds("META-INF/container.xml"), "give the article as HTML, PDF or plain text"),
    ("a rich text (RTF) file", begins(b"{\\rtf"), "save it as .docx or as plain text"),
    ("a PNG picture", begins(b"\x89PNG"), "give the text, by OCR if need be"),
    ("a JPEG picture", begins(b"\xff\xd8\xff"), "give the text, by OCR if need be"),
    ("a TIFF picture", begins(b"II*\0", b"MM\0*"), "give the text, by OCR if need be"),
    ("a 7-Zip archive", begins(b"7z\xbc\xaf\x27\x1c"), "unpack it and give the folder"),
    ("a RAR archive", begins(b"Rar!\x1a\x07"), "unpack it and give the folder"),
    ("an archive of bzip2", begins(b"BZh"), "unpack it and give the files"),
    ("an archive of xz", begins(b"\xfd7zXZ\0"), "unpack it and give the files"),
    ("a program", begins(b"\x7fELF", b"MZ\x90"), "give a report"),
)  # fmt: skip

_XML_SUFFIXES = (".xml", ".nxml")
SUFFIXES: tuple[str, ...] = tuple(dict.fromkeys(suffix for format in FORMATS for suffix in format.suffixes))


def read_stream(
    stream: BinaryIO, origin: Origin, options: ReadOptions, *, sure: bool = False
) -> Iterator[SourceDocument | Failure]:
    """The documents of one stream, by the reader that its content or suffix chooses; DocumentError when none does.

    With `sure`, nothing is given when the content itself does not show what it is.
    """
    head, looked = look(stream, origin)
    sample = Sample(head, looked)
    try:
        if not sure or recognised(sample):
            yield from choose(sample, origin).read(looked, origin, options)
    finally:
        if looked is not stream:
            looked.close()


def choose(sample: Sample, origin: Origin) -> Format:
    """The format of a document; DocumentError says what it is when nothing here reads it."""
    for kind, recognise, remedy in _UNREADABLE:
        if recognise(sample):
            raise DocumentError(origin.name, f"is {kind}, which is not read", remedy)
    found = recognised(sample)
    if found is not None:
        return found
    for format in FORMATS:
        if format.by_suffix and origin.suffix in format.suffixes and format.read is not read_text:
            return format
    if sample.is_xml or (sample.root and origin.suffix in _XML_SUFFIXES):
        found_root = f"is XML with the root element <{sample.root}>, for which there is no reader"
        raise DocumentError(origin.name, found_root, "give the article as JATS, BioC or PubMed XML, HTML or plain text")
    plain = FORMATS[-1]
    if not sample.head or sample.is_text or not origin.suffix or origin.suffix in plain.suffixes:
        return plain
    named = next((format.name for format in FORMATS if origin.suffix in format.suffixes), None)
    suffix = f"the suffix of {named}" if named else f"a suffix without a reader ({origin.suffix})"
    found_none = f"has {suffix}, and its content is of no known kind"
    raise DocumentError(origin.name, found_none, f"give a report as one of {', '.join(SUFFIXES)}")


def recognised(sample: Sample) -> Format | None:
    """The format that the content itself shows, None when it could be anything."""
    return next((format for format in FORMATS if format.recognise and format.recognise(sample)), None)


def count_stream(stream: BinaryIO, origin: Origin) -> int:
    """How many documents a stream is about to give, bad ones included, without decoding them; 1 where nobody knows."""
    try:
        head, looked = look(stream, origin)
        format = choose(Sample(head, looked), origin)
        if format.read is _read_gzip:
            return count_stream(*archive.gunzipped(looked, origin))
        number = format.count(looked) if format.count else 1
        if looked is not stream:
            looked.close()
        return number
    except DocumentError:
        return 1
