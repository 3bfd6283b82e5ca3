"""Tables with one report a row: which column is the text, which names the report, and CSV and TSV themselves.

The text of a document is its cell as it stands, line ends within it too. A document without an id column is named
after its file and its row; rows are counted as a spreadsheet shows them, so that the header is row 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from casenlp.documents import Article, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.composition import spaced
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.streams import look, whole
from casenlp.readers.text import MARKS, check, decode, legacy_encoding
from casenlp.records import Failure

#: Names of columns, without blanks and signs and in lower case, the likeliest first.
TEXT_COLUMNS = (
    "text fulltext reporttext casetext reportbody body report casereport narrative casenarrative narrativetext"
    " narratives casedescription description abstract abstracttext content note notetext document patient"
).split()
ID_COLUMNS = (
    "docid documentid doc reportid caseid safetyreportid id pmcid pmid patientuid uid accession name filename"
).split()
ARTICLE_COLUMNS: Mapping[str, Sequence[str]] = {
    "title": ("title", "articletitle"),
    "journal": ("journal", "journaltitle", "journalbook"),
    "year": ("year", "publicationyear", "pubyear"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmedid"),
    "pmcid": ("pmcid", "pmc"),
    "authors": ("authors", "author"),
}
_DELIMITERS = ",\t;|"
#: How many columns an error lists, and how much of the name of each.
_LISTED, _NAME = 20, 40
_SURROGATE = re.compile("[\ud800-\udfff]")
_YEAR = re.compile(r"\d{4}")
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the text, the name and the article's data stand; `text_name` is for messages."""

    text: int
    text_name: str
    id: int | None
    article: Mapping[str, int]


def columns_of(header: Sequence[Any], name: str, options: ReadOptions) -> Columns:
    """The columns of a table by its header; DocumentError lists them when the text cannot be told."""
    names = [spaced(_shown(cell)) for cell in header]
    bare = [re.sub(r"[\W_]+", "", n).lower() for n in names]
    text = _named(names, options.text_column, "--text-column", name)
    if text is None:
        text = _first(bare, TEXT_COLUMNS)
    if text is None and len([n for n in names if n]) == 1:
        text = next(i for i, n in enumerate(names) if n)
    if text is None:
        found = f"has no column that is clearly the text ({_list(names)})"
        raise DocumentError(name, found, "name it with --text-column")
    named = _named(names, options.id_column, "--id-column", name)
    identity = named if named is not None else _first(bare, ID_COLUMNS)
    article = {k: i for k, known in ARTICLE_COLUMNS.items() if (i := _first(bare, known)) not in (None, text)}
    return Columns(text, names[text], None if identity == text else identity, article)


def document_of(
    row: Sequence[Any], number: int, columns: Columns, origin: Origin, options: ReadOptions
) -> SourceDocument | Failure:
    """The document of one row, or why it is none."""
    doc_id = f"{origin.doc_id}:{number}"
    place = f"{origin.name} row {number}"
    try:
        if columns.id is not None and (given := spaced(_shown(_cell(row, columns.id)))):
            check(given, f'{place} "doc_id"', options.max_chars)
            doc_id = given
        value = _cell(row, columns.text)
        if value is None or value == "":
            remedy = "fill it in, or take the row out"
            raise DocumentError(f"{place} (doc_id {doc_id})", f"has no text in column {columns.text_name!r}", remedy)
        text = value if isinstance(value, str) else _shown(value)
        check(text, f"{place} (doc_id {doc_id})", options.max_chars)
        return SourceDocument(doc_id, text, origin.path, article=_article(row, columns))
    except DocumentError as error:
        return Failure(doc_id, str(error))


def read_csv(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The documents of a CSV or TSV file, one a row; a bad row is a Failure with its number, and the rest is read.

    DocumentError when there is no header or no row, or when no column is clearly the text.
    """
    head, stream = look(stream, origin)
    longest = max(12 * options.max_chars, 2**20)
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), "utf-8-sig")
    if marked != "utf-8-sig":  # what spreadsheets call Unicode text
        text = decode(whole(stream, origin, options.max_bytes), origin.name)
        yield from _csv_documents(_Lines(io.StringIO(text, newline=""), longest), origin, options)
        return
    wrapped = _text_stream(head, stream, origin.name)
    try:
        yield from _csv_documents(_Lines(wrapped, longest), origin, options)
    except UnicodeDecodeError as error:
        raise DocumentError(origin.name, f"is not {error.encoding} throughout", "save it as UTF-8") from error
    finally:
        wrapped.detach()  # whoever opened the stream closes it


def _csv_documents(lines: _Lines, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    csv.field_size_limit(2**31 - 1)  # the limit of a row is ours, which knows where the next row begins
    rows = csv.reader(lines, delimiter=_delimiter(lines.first, origin))
    columns: Columns | None = None
    number = empty = 0
    while True:
        number += 1
        lines.new_row()
        place = f"{origin.name} row {number}"
        try:
            raw = next(rows)  # what the stream itself raises ends the file
        except StopIteration:
            break
        except _RowTooLongError:
            found = f"has more than {lines.most:,} characters, or a quote that is not closed"
            failure = DocumentError(place, found, "mend it, or raise the limit with --max-chars")
            yield Failure(f"{origin.doc_id}:{number}", str(failure))
            continue
        except csv.Error as error:
            failure = DocumentError(place, f"is not valid CSV ({error})", "mend the row")
            yield Failure(f"{origin.doc_id}:{number}", str(failure))
            continue
        if not any(raw):
            empty += 1
        elif columns is None:
            header = [_decoded(cell, origin.name) for cell in raw]
            columns, width = columns_of(header, origin.name, options), len(header)
        else:
            try:
                cells = [_decoded(cell, place) for cell in raw]
                if any(cells[width:]):
                    found = f"has {len(cells)} cells, the header has {width}"
                    raise DocumentError(place, found, "put texts with commas into quotes")
            except DocumentError as error:
                yield Failure(f"{origin.doc_id}:{number}", str(error))
            else:
                yield document_of(cells, number, columns, origin, options)
    if number - empty <= 2:
        raise DocumentError(origin.name, "holds no row under a header", "write one report a row, with a header")


def count_rows(stream: BinaryIO) -> int:
    """About how many rows a CSV file has: its lines, quoted line ends left out."""
    rows = 0
    quoted = False
    for line in iter(lambda: stream.readline(_PIECE), b""):
        quoted ^= line.count(b'"') % 2 == 1
        rows += line.endswith(b"\n") and not quoted and bool(line.strip())
    return max(1, rows - 1)


class _RowTooLongError(Exception):
    """A row has more characters than a document can have."""


class _Lines:
    """Lines for csv.reader, which asks for as many as make a row; a row that is too long is skipped to its end."""

    def __init__(self, stream: TextIO, most: int) -> None:
        self._stream = stream
        self.most = most
        self._taken = 0
        self._quotes = 0
        self.first = stream.readline(most)
        self._ahead: str | None = self.first

    def new_row(self) -> None:
        """Begin to count anew."""
        self._taken = self._quotes = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self.most + 1) if self._ahead is None else self._ahead
        self._ahead = None
        if not line:
            raise StopIteration
        self._taken += len(line)
        self._quotes += line.count('"')
        if self._taken > self.most:
            while line and (self._quotes % 2 or line[-1] not in "\r\n"):
                line = self._stream.readline(_PIECE)
                self._quotes += line.count('"')
            raise _RowTooLongError
        return line


def _text_stream(head: bytes, stream: BinaryIO, name: str) -> io.TextIOWrapper:
    """The stream as text: as UTF-8, whose bad bytes are kept for `_decoded`, or as legacy text."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character may be cut off at the end of the head
    except UnicodeDecodeError:
        return io.TextIOWrapper(stream, encoding=legacy_encoding(head, name), newline="")
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _decoded(cell: str, name: str) -> str:
    """A cell whose bytes were not UTF-8, by the rule for plain text; others as they are."""
    return decode(cell.encode("utf-8", "surrogateescape"), name) if _SURROGATE.search(cell) else cell


def _delimiter(line: str, origin: Origin) -> str:
    """What parts the cells of the header: a tab in a .tsv file, else what stands most often outside of quotes."""
    if origin.suffix in (".tsv", ".tab"):
        return "\t"
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_DELIMITERS, key=bare.count)


def _named(names: Sequence[str], wanted: str | None, option: str, name: str) -> int | None:
    """The column that the user names; DocumentError lists the columns when there is none of that name."""
    if wanted is None:
        return None
    for same in (str, str.casefold):
        if same(wanted) in (given := [same(n) for n in names]):
            return given.index(same(wanted))
    raise DocumentError(name, f"has no column {wanted!r} ({_list(names)})", f"name one of them with {option}")


def _first(bare: Sequence[str], known: Sequence[str]) -> int | None:
    return next((bare.index(name) for name in known if name in bare), None)


def _list(names: Sequence[str]) -> str:
    shown = [n if len(n) <= _NAME else n[: _NAME - 1] + "…" for n in names if n]
    more = f", … and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return f"columns: {', '.join(shown[:_LISTED])}{more}" if shown else "its header is empty"


def _cell(row: Sequence[Any], column: int) -> Any:
    return row[column] if column < len(row) else None


def _shown(value: Any) -> str:
    """A cell as text: a whole number without a decimal point, as spreadsheets show it."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def _article(row: Sequence[Any], columns: Columns) -> Article | None:
    if not columns.article:
        return None
    said = {k: spaced(_shown(_cell(row, i))) or None for k, i in columns.article.items()}
    year, authors = _YEAR.search(said.pop("year", None) or ""), said.pop("authors", None) or ""
    names = tuple(filter(None, (n.strip() for n in authors.split(";" if ";" in authors else ","))))
    article = Article(**said, year=int(year.group()) if year else None, authors=names)
    return article if article != Article() else None
