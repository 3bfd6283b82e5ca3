"""JATS and NLM XML of journals and PubMed Central: one document an article, with blocks, tables and metadata.

Source of the form: NISO Z39.96, "JATS: Journal Article Tag Suite", and PubMed Central's tagging guidelines. Words
stand in reading order; a figure or table within a paragraph stands behind it. A section's path is made of sec-types
and titles. Bibliography is `reference`; keywords, acknowledgements and notes are `boilerplate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from casenlp.documents import SECTION_STEP, Article, Place, SourceDocument, SourceTable
from casenlp.errors import DocumentError
from casenlp.readers.composition import Composition, spaced
from casenlp.readers.grid import Field, lay_out, number_of
from casenlp.readers.markup import BREAK, FLOAT, LINK, MATH, SKIP, SPACE, SUB, SUP, TEX, Words, has_letters
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.xml import child, children, elements, local
from casenlp.records import Failure

_ABSTRACT = "Abstract"
_ABBREVIATIONS = "Abbreviations"
_APPENDIX = "Appendix"
#: Abstracts that are pictures or advertisements of the article.
_TEASERS = frozenset({"graphical", "teaser", "toc", "web-summary", "video", "executive-summary"})
#: Kinds of sub-article that are reports of their own: abstracts of a meeting, a series of cases.
_REPORTS = frozenset({"case-report", "abstract", "meeting-report"})
_FIRST_DATES = ("ppub", "collection", "epub", "epub-ppub", "pub")
_INDEX = re.compile(r"\[\d+\]$")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
#: Cross references whose numbers are no words of the text.
_MARKS = frozenset({"bibr", "fn", "table-fn", "aff", "corresp", "author-notes"})

_INLINE: dict[str, int] = {
    "sup": SUP, "sub": SUB, "xref": LINK, "math": MATH, "tex-math": TEX, "break": SPACE, "hr": SPACE,
    "graphic": SKIP, "inline-graphic": SKIP, "media": SKIP, "object-id": SKIP, "fn": SKIP, "index-term": SKIP,
    "alternatives": SPACE, "supplementary-material": SKIP, "inline-supplementary-material": SPACE, "alt-text": SKIP,
    "long-desc": SKIP, "textual-form": SKIP, "annotation": SKIP,
}  # fmt: skip
_FLOATS = ("fig", "fig-group", "table-wrap", "table-wrap-group", "boxed-text")
_BREAKS = ("list", "def-list", "disp-quote", "statement", "verse-group", "speech", "array", "preformat")
_IN_PARAGRAPH = {**_INLINE, **dict.fromkeys(_FLOATS, FLOAT), **dict.fromkeys(_BREAKS, BREAK)}
_IN_CELL = {**_INLINE, **dict.fromkeys(("p", "list-item", "title", "td", "th", "tr", "disp-formula"), SPACE)}
#: What a section or body may hold that is not read, or is read from its section.
_PASSED = frozenset(
    {"title", "label", "sec-meta", "supplementary-material", "graphic", "media", "object-id", "subtitle", "caption", ""}
)


def read_jats(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument | Failure]:
    """The articles of a JATS file, one at a time; in a file of several, one that has no text is a Failure.

    A single article has the doc_id of its file; of several each adds its PMCID, PMID, DOI or number.
    """
    waiting: _Reading | None = None
    number = articles = 0
    taken: set[str] = set()
    around: Any = None
    for element in elements(stream, origin, options, "article"):
        articles = articles + 1 if element.getparent() is around else 1
        around = element.getparent()
        for part in [element, *_reports_within(element)]:
            number += 1
            reading = _Reading(part, element, articles)
            if waiting is not None:
                yield _document(waiting, _name(waiting, origin, number - 1, taken), origin, options)
            waiting = reading
    if waiting is None:
        raise DocumentError(origin.name, "is XML without an <article>", "fetch the article again")
    if number > 1:
        yield _document(waiting, _name(waiting, origin, number, taken), origin, options)
    else:
        yield waiting.made.document(origin.doc_id, origin, options, waiting.article)


def _reports_within(element: Any) -> list[Any]:
    return [part for part in children(element, "sub-article") if part.get("article-type") in _REPORTS]


def _name(reading: _Reading, origin: Origin, number: int, taken: set[str]) -> str:
    article = reading.article
    identity = article.pmcid or article.pmid or article.doi
    name = f"{origin.doc_id}-{identity}"
    if identity is None or name in taken:
        name = f"{origin.doc_id}-{number}"
    taken.add(name)
    return name


def _document(reading: _Reading, doc_id: str, origin: Origin, options: ReadOptions) -> SourceDocument | Failure:
    try:
        return reading.made.document(doc_id, origin, options, reading.article)
    except DocumentError as error:
        return Failure(doc_id, str(error))


def _is_mark(element: Any, words: str) -> bool:
    return element.get("ref-type") in _MARKS and not has_letters(words)


_PARAGRAPH = Words(_IN_PARAGRAPH, _is_mark)
_CELL = Words(_IN_CELL, _is_mark)
_TITLE = Words(_INLINE, _is_mark)
_NOTES = Words({**_IN_CELL, "fn": SPACE}, _is_mark)


class _Reading:
    """One article on its way into a Composition."""

    def __init__(self, element: Any, root: Any, number: int) -> None:
        self.made = Composition()
        self._tree = element.getroottree()
        base: str = self._tree.getpath(root)
        self._base_length = len(base)
        # of several, those before it are gone and do not count in its path
        self._base = base if root.getparent() is None else f"{_INDEX.sub('', base)}[{number}]"
        self._silent = False
        front = child(element, "front")
        meta = child(front, "article-meta") if front is not None else child(element, "front-stub")
        self.article = self._published(meta, child(front, "journal-meta"))
        self._front(meta)
        self._flow(child(element, "body"), None)
        self._flow(child(element, "floats-group"), None)
        self._back(child(element, "back"))
        self._silent = True
        for name in ("sub-article", "response"):
            for part in children(element, name):
                if part.get("article-type") not in _REPORTS:
                    self._flow(child(part, "body"), None)

    def _add(self, words: str, kind: str, path: str | None, element: Any) -> int | None:
        if self._silent and kind != "reference":
            kind = "boilerplate"
        return self.made.add(words, kind, path, Place(xpath=self._xpath(element)))

    def _xpath(self, element: Any) -> str:
        path: str = self._tree.getpath(element)
        return self._base + path[self._base_length :]

    def _published(self, meta: Any, journal: Any) -> Article:
        ids: dict[str, str] = {}
        for stated in children(meta, "article-id"):
            ids.setdefault(str(stated.get("pub-id-type", "")).lower(), spaced(stated.text))
        pmcid = ids.get("pmcid") or ids.get("pmc") or ids.get("pmc-id")
        title = child(meta, "title-group", "article-title")
        name = child(journal, "journal-title-group", "journal-title")
        name = child(journal, "journal-title") if name is None else name
        return Article(
            title=(_TITLE.of(title) or None) if title is not None else None,
            journal=(spaced("".join(name.itertext())) or None) if name is not None else None,
            year=_year(meta),
            doi=ids.get("doi") or None,
            pmid=ids.get("pmid") or None,
            pmcid=(pmcid if pmcid.upper().startswith("PMC") else f"PMC{pmcid}") if pmcid else None,
            authors=tuple(_authors(meta)),
        )

    def _front(self, meta: Any) -> None:
        if meta is None:
            return
        group = child(meta, "title-group")
        title, subtitle = child(group, "article-title"), child(group, "subtitle")
        if title is not None:
            words = _TITLE.of(title)
            more = _TITLE.of(subtitle) if subtitle is not None else ""
            self._add(f"{words}: {more}" if words and more else words or more, "title", None, title)
        for abstract in children(meta, "abstract"):
            if abstract.get("abstract-type") not in _TEASERS:
                self._abstract(abstract)
        for group in children(meta, "kwd-group"):
            words = "; ".join(_TITLE.of(word) for word in children(group, "kwd"))
            definitions = child(group, "def-list")
            if definitions is not None:
                self._definitions(definitions, _ABBREVIATIONS)
            self._add(words, "boilerplate", None, group)

    def _abstract(self, abstract: Any) -> None:
        title = child(abstract, "title")
        words = _TITLE.of(title) if title is not None else ""
        if title is not None:
            self._add(words, "heading", words or _ABSTRACT, title)
        self._flow(abstract, words or _ABSTRACT)

    def _flow(self, element: Any, path: str | None) -> None:
        """Everything in a container, in order."""
        if element is None:
            return
        for part in element:
            reader = _READERS.get(part.tag) or _READERS.get(local(part))
            if reader is not None:
                reader(self, part, path)
            elif local(part) not in _PASSED:
                if any(local(c) in _READERS for c in part):
                    self._flow(part, path)
                else:
                    self._paragraph_of(part, path)

    def _section(self, section: Any, path: str | None) -> None:
        title, label = child(section, "title"), child(section, "label")
        words = _TITLE.of(title) if title is not None else ""
        kind = spaced(section.get("sec-type"))
        steps = [path, kind if kind.lower() != words.lower() else None, words.replace(SECTION_STEP, " ")]
        inner = SECTION_STEP.join(step for step in steps if step) or None
        if words:
            number = f"{_TITLE.of(label)} " if label is not None and _TITLE.of(label) else ""
            self._add(number + words, "heading", inner, title)
        self._flow(section, inner)

    def _paragraph_of(self, element: Any, path: str | None, kind: str = "paragraph") -> None:
        parts, breaks, floats = _PARAGRAPH.parts(element)
        for number, words in enumerate(parts):
            self._add(words, kind, path, element)
            if number < len(breaks):
                block = breaks[number]
                _READERS.get(local(block), _Reading._flow)(self, block, path)
        for block in floats:
            _READERS[local(block)](self, block, path)

    def _definitions(self, element: Any, path: str | None) -> None:
        """A list of terms as one paragraph in the form of a list of abbreviations."""
        pairs = []
        for item in children(element, "def-item"):
            term, meaning = child(item, "term"), child(item, "def")
            if term is not None and meaning is not None:
                pairs.append(f"{_CELL.of(term)}, {_CELL.of(meaning).rstrip(';.')}")
        self._add("; ".join(pairs), "paragraph", path, element)

    def _glossary(self, element: Any, path: str | None) -> None:
        silent, self._silent = self._silent, False
        self._flow(element, _ABBREVIATIONS)
        self._silent = silent

    def _caption(self, element: Any, path: str | None) -> tuple[int, int] | None:
        """The caption of a figure or table as one block; its offsets."""
        label, caption = child(element, "label"), child(element, "caption")
        words = [_TITLE.of(label)] if label is not None else []
        if caption is not None:
            words += [_CELL.of(part) for part in caption] or [spaced(caption.text)]
        stopped = [w if w[-1] in ".:?!;" else f"{w}." for w in words if w]
        start = self._add(" ".join(stopped), "caption", path, element if caption is None else caption)
        return None if start is None else (start, self.made.length)

    def _figure(self, element: Any, path: str | None) -> None:
        self._caption(element, path)
        if local(element) == "fig-group":
            for part in children(element, "fig"):
                self._figure(part, path)

    def _table_wrap(self, element: Any, path: str | None) -> None:
        caption = self._caption(element, path)
        for part in element.iter("{*}table", "{*}tgroup", "{*}table-wrap-foot"):
            name = local(part)
            if name == "table-wrap-foot":
                self._add(_NOTES.of(part), "caption", path, part)
            elif not _is_inner(part):
                self._table(part, path, caption)

    def _table(self, element: Any, path: str | None, caption: tuple[int, int] | None = None) -> None:
        before = self.made.length
        gap = 2 if before else 0
        words, cells = lay_out(self._rows(element), before + gap)
        start = self._add(words, "table", path, element)
        if start is not None and not self._silent:
            self.made.tables.append(SourceTable(start, self.made.length, cells, caption))

    def _rows(self, table: Any) -> Iterator[list[Field]]:
        """The fields of each row, in the table model of XHTML or of OASIS (CALS)."""
        names = {str(spec.get("colname")): number for number, spec in enumerate(table.iter("{*}colspec"))}
        for row in table.iter("{*}tr", "{*}row"):
            head = any(local(a) == "thead" for a in row.iterancestors("{*}thead"))
            yield [self._field(cell, head, names) for cell in row if local(cell) in ("td", "th", "entry")]

    def _field(self, cell: Any, head: bool, columns: Mapping[str, int]) -> Field:
        first = columns.get(cell.get("namest") or cell.get("colname") or "")
        last = columns.get(cell.get("nameend") or "")
        width = last - first + 1 if first is not None and last is not None else number_of(cell.get("colspan"))
        down = number_of(cell.get("morerows")) + 1 if cell.get("morerows") else number_of(cell.get("rowspan"))
        return Field(_CELL.of(cell), down, width, head or local(cell) == "th", first)

    def _box(self, element: Any, path: str | None) -> None:
        """Boxed text under the title of its box."""
        caption = child(element, "caption")
        title = child(element, "title") if caption is None else child(caption, "title")
        words = _TITLE.of(title) if title is not None else ""
        inner = SECTION_STEP.join(step for step in (path, words.replace(SECTION_STEP, " ")) if step) or None
        if words:
            self._add(words, "heading", inner, title)
        self._flow(caption, inner)
        self._flow(element, inner)

    def _footnote(self, element: Any, path: str | None) -> None:
        if element.get("fn-type") == "abbr":
            self._glossary(element, path)
        else:
            silent, self._silent = self._silent, True
            self._flow(element, path)
            self._silent = silent

    def _references(self, element: Any, path: str | None) -> None:
        title = child(element, "title")
        if title is not None:
            self._add(_TITLE.of(title), "boilerplate", None, title)
        for reference in element.iter("{*}ref"):
            mixed = child(reference, "mixed-citation")
            if mixed is None:
                words = spaced(" ".join(reference.itertext()))
            else:
                number = child(reference, "label")
                stated = number.text or "" if number is not None else ""
                words = spaced(f"{stated} {''.join(mixed.itertext())}")
            self._add(words, "reference", None, reference)

    def _back(self, back: Any) -> None:
        if back is None:
            return
        for part in back:
            name = local(part)
            self._silent = name not in ("app-group", "app", "glossary", "def-list", "floats-group")
            if name == "sec" and spaced(part.get("sec-type")).lower() == "glossary":
                self._silent = False
            if name in ("app-group", "app"):
                self._appendix(part)
            elif name in _READERS:
                _READERS[name](self, part, _ABBREVIATIONS if name == "def-list" else None)
            else:
                self._flow(part, None)
        self._silent = False

    def _appendix(self, element: Any) -> None:
        for part in children(element, "app") if local(element) == "app-group" else [element]:
            self._section(part, _APPENDIX)


_READERS: Mapping[str, Callable[[_Reading, Any, str | None], None]] = {
    "sec": _Reading._section,
    "p": _Reading._paragraph_of,
    "fig": _Reading._figure,
    "fig-group": _Reading._figure,
    "table-wrap": _Reading._table_wrap,
    "table-wrap-group": _Reading._flow,
    "table": _Reading._table,
    "array": _Reading._table,
    "boxed-text": _Reading._box,
    "list": _Reading._flow,
    "list-item": _Reading._flow,
    "def-list": _Reading._definitions,
    "glossary": _Reading._glossary,
    "fn-group": _Reading._flow,
    "fn": _Reading._footnote,
    "ref-list": _Reading._references,
    "disp-quote": _Reading._flow,
}


def _is_inner(table: Any) -> bool:
    """Whether a table is the shell of a CALS group, or stands in a cell, whose words it gives."""
    shell = local(table) == "table" and next(table.iter("{*}tgroup"), None) is not None
    return shell or any(local(a) in ("td", "th", "entry") for a in table.iterancestors())


def _year(meta: Any) -> int | None:
    """The year of the issue before that of the first appearance online."""
    years: dict[str, int] = {}
    for date in children(meta, "pub-date"):
        year = child(date, "year")
        found = _YEAR.search(spaced(year.text)) if year is not None else None
        if found:
            years.setdefault(str(date.get("pub-type") or date.get("date-type") or ""), int(found.group()))
    first = next((years[kind] for kind in _FIRST_DATES if kind in years), None)
    return first if first is not None else next(iter(years.values()), None)


def _authors(meta: Any) -> Iterator[str]:
    """Authors as "Given Surname", groups by their own name."""
    for group in children(meta, "contrib-group"):
        for person in children(group, "contrib"):
            if person.get("contrib-type", "author") != "author":
                continue
            name = child(person, "name")
            name = child(person, "name-alternatives", "name") if name is None else name
            whole = child(person, "string-name") if name is None else None
            whole = child(person, "collab") if name is None and whole is None else whole
            parts: Iterable[Any] = (child(name, "given-names"), child(name, "surname"), child(name, "suffix"))
            words = (spaced(p.text) for p in parts if p is not None)
            written = spaced(" ".join(words if whole is None else whole.itertext()))
            if written:
                yield written
