"""Word documents (.docx): paragraphs, headings, lists, tables, notes; what is written, not how it looks.

Tracked insertions are read, tracked deletions are not; comments, headers, footers and macros are left alone. The words
of footnotes and endnotes follow behind the text. Source of the form: ECMA-376, part 1, WordprocessingML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zipfile import ZipFile

from casenlp.documents import Article, Cell, Place, SourceDocument, SourceTable
from casenlp.errors import DocumentError
from casenlp.readers.archive import open_member, open_zip
from casenlp.readers.composition import Composition, spaced
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.xml import SUPERSCRIPTS, child, children, local, parsed, path_of

_MAIN = "word/document.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_STYLES = "word/styles.xml"
#: The most bytes of markup of one part; in memory they are up to ten times as many.
_MARKUP = 64 * 2**20
#: Ids of styles in any language of Word ("heading 1" is their name in all), and styles that are a title.
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title", re.IGNORECASE)
#: Elements whose words are not part of a line: deletions, properties, field codes, the older twin of a drawing, and
#: text boxes, which are paragraphs of their own.
_UNSAID = frozenset("del moveFrom pPr rPr instrText delText delInstrText Fallback txbxContent".split())
_BREAKS: Mapping[str, str] = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
#: Spans that a table may claim; more is a mistake.
_SPAN = 1_000


def read_docx(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument]:
    """The one document of a Word file; DocumentError when it has none or its markup is broken or too much."""
    with open_zip(stream, origin) as archive:
        names = set(archive.namelist())
        body = child(_part(archive, _MAIN, origin), "body")
        if body is None:
            raise DocumentError(origin.name, "is a Word file without a text", "open it in Word and save it again")
        styles = _styles(_part(archive, _STYLES, origin)) if _STYLES in names else {}
        made = Composition()
        reading = _Reading(made, styles, options)
        reading.find_title(body)
        reading.blocks(body)
        for name in _NOTES:
            if name in names:
                for note in _part(archive, name, origin):
                    if note.get(_attribute(note, "type")) is None:  # separators have a type
                        reading.blocks(note)
    article = Article(title=reading.title) if reading.title else None
    yield made.document(origin.doc_id, origin, options, article)


class _Reading:
    """One pass through the body."""

    def __init__(self, made: Composition, styles: Mapping[str, str], options: ReadOptions) -> None:
        self._made = made
        self._styles = styles
        self._most = options.max_chars
        self._headings: list[str] = []
        self.title: str | None = None
        self._first: Any = None  # the heading that is the title of a file without a paragraph of that style

    def find_title(self, body: Any) -> None:
        """Where no paragraph is a title by its style, take the first heading for it, if it stands above all others."""
        styled = [(p, self._style(child(p, "pPr", "pStyle"))) for p in children(body, "p")]
        said_first = next((p for p, _ in styled if said(p).strip()), None)
        levels = [(int(m.group(1)), p) for p, named in styled if (m := _HEADING.fullmatch(named))]
        titled = any(_TITLE.fullmatch(named) for _, named in styled)
        if levels and not titled and levels[0][1] is said_first:
            self._first = said_first if all(level > levels[0][0] for level, _ in levels[1:]) else None

    def blocks(self, parent: Any) -> None:
        """Add the paragraphs and tables of an element; stop when the document is too long anyway."""
        for element in parent:
            name = local(element)
            if self._made.length > self._most:
                return
            if name == "p":
                self._paragraph(element)
            elif name == "tbl":
                self._table(element)
            elif name in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"):
                self.blocks(element)

    def _paragraph(self, element: Any) -> None:
        words = said(element).strip()
        kind = "paragraph"
        style = child(element, "pPr", "pStyle")
        named = self._style(style)
        level = _HEADING.fullmatch(named)
        if element is self._first:
            kind, self.title = "title", spaced(words)
        elif level and words:
            kind = "heading"
            depth = int(level.group(1)) - 1
            self._headings = [*self._headings[:depth], spaced(words)]
        elif _TITLE.fullmatch(named):
            kind = "title"
            self.title = self.title or spaced(words)
        elif named.lower() == "caption":
            kind = "caption"
        self._made.add(words, kind, self._section, Place(xpath=path_of(element)))
        for box in element.iter():
            if local(box) == "txbxContent" and not _is_twin(box):
                self.blocks(box)

    def _style(self, style: Any) -> str:
        identity = "" if style is None else style.get(_attribute(style, "val")) or ""
        return self._styles.get(identity, identity)

    @property
    def _section(self) -> str | None:
        return " > ".join(self._headings) or None

    def _table(self, element: Any) -> None:
        """A table as lines of cells with tabs between; a cell that goes on below is one cell."""
        rows: list[list[tuple[str, int, int]]] = []  # words, column, columns
        spans: dict[tuple[int, int], int] = {}
        heads: set[int] = set()
        above: dict[int, tuple[int, int]] = {}  # column -> the cell that goes on there
        for number, row in enumerate(children(element, "tr")):
            if child(row, "trPr", "tblHeader") is not None:
                heads.add(number)
            column, cells = _number(child(row, "trPr", "gridBefore")), []
            for cell in children(row, "tc"):
                width = _number(child(cell, "tcPr", "gridSpan")) or 1
                merge = child(cell, "tcPr", "vMerge")
                if merge is not None and merge.get(_attribute(merge, "val")) != "restart" and column in above:
                    spans[above[column]] = spans.get(above[column], 1) + 1
                else:
                    above.pop(column, None)
                    if merge is not None:
                        above[column] = (number, column)
                    cells.append((spaced(" ".join(said(p) for p in _paragraphs(cell))), column, width))
                column += width
            rows.append(cells)
        text = "\n".join("\t".join(words for words, _, _ in cells) for cells in rows)
        start = self._made.add(text, "table", self._section, Place(xpath=path_of(element)))
        if start is None:
            return
        found, at = [], start
        for number, cells in enumerate(rows):
            for words, column, width in cells:
                span = spans.get((number, column), 1)
                found.append(Cell(at, at + len(words), number, column, span, width, number in heads))
                at += len(words) + 1
            at += 0 if cells else 1
        self._made.tables.append(SourceTable(start, self._made.length, tuple(found)))


def said(element: Any) -> str:
    """The words of a paragraph or run: with tabs and breaks, without deletions, superscript figures as such."""
    parts: list[str] = []
    _say(element, parts, False)
    return "".join(parts)


def _say(element: Any, parts: list[str], raised: bool) -> None:
    for inner in element:
        name = local(inner)
        if name in _UNSAID:
            continue
        if name == "t":
            text = inner.text or ""
            parts.append(text.translate(SUPERSCRIPTS) if raised else text)
        elif name in _BREAKS:
            parts.append(_BREAKS[name])
        else:
            _say(inner, parts, raised or (name == "r" and _is_raised(inner)))


def _is_raised(run: Any) -> bool:
    """Whether a run is superscript: named so, or set smaller and higher by half-points, as LibreOffice writes it."""
    named, height = child(run, "rPr", "vertAlign"), child(run, "rPr", "position")
    if named is not None:
        return bool(named.get(_attribute(named, "val")) == "superscript")
    return child(run, "rPr", "sz") is not None and _number(height) > 0


def _is_twin(box: Any) -> bool:
    """Whether a text box is given a second time, in older markup."""
    return any(local(outer) == "Fallback" for outer in box.iterancestors())


def _paragraphs(cell: Any) -> Iterator[Any]:
    """The paragraphs of a cell, those of tables within it too."""
    return (p for p in cell.iter() if local(p) == "p")


def _part(archive: ZipFile, name: str, origin: Origin) -> Any:
    """The root element of one part of the file."""
    with open_member(archive, archive.getinfo(name), origin) as stream:
        return parsed(stream, origin, _MARKUP)


def _styles(root: Any) -> dict[str, str]:
    """Id of a style -> its name, or that of the style it is based on when only that is a heading."""
    names, bases = {}, {}
    for style in children(root, "style"):
        identity = style.get(_attribute(style, "styleId")) or ""
        name, base = child(style, "name"), child(style, "basedOn")
        names[identity] = "" if name is None else name.get(_attribute(name, "val")) or ""
        bases[identity] = "" if base is None else base.get(_attribute(base, "val")) or ""
    return {k: n if _HEADING.fullmatch(n) or not _HEADING.fullmatch(names.get(bases[k], "")) else names[bases[k]]
            for k, n in names.items()}  # fmt: skip


def _attribute(element: Any, name: str) -> str:
    """The name of an attribute in the element's own namespace."""
    space = element.tag.rpartition("}")[0]
    return f"{space}}}{name}" if space else name


def _number(element: Any) -> int:
    value = "" if element is None else element.get(_attribute(element, "val")) or ""
    return min(int(value), _SPAN) if value.isascii() and value.isdigit() and len(value) < 9 else 0
