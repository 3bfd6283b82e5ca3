"""Web pages of an article, as a browser saves them: the article found in the page, with blocks, tables and metadata.

The article is the deepest element that holds most of the page's running text (Kohlschütter 2010 finds text by its
density likewise). Within it, menus, share buttons, notes on cookies and lists of links are `boilerplate`, told by the
names of their elements and classes, and the bibliography is `reference`. Parsing is lxml's, without a network.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from casenlp.documents import SECTION_STEP, Article, Place, SourceDocument, SourceTable
from casenlp.errors import DocumentError
from casenlp.readers.composition import GAP, Composition, spaced
from casenlp.readers.grid import Field, lay_out, number_of
from casenlp.readers.markup import BREAK, LINK, MATH, SKIP, SPACE, SUB, SUP, Words, has_letters
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.readers.streams import whole
from casenlp.readers.text import MARKS, decode

#: Bytes of a page that may be read at least; its tree in memory is some thirty times as large.
_MARKUP = 16 * 2**20
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}?\bcharset|\?xml[^>]{0,100}?\bencoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_WESTERN = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"})
_LIMITS = ("Excessive depth", "limit exceeded")

_UNSEEN = (
    "script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed", "video", "audio", "map",
    "button", "select", "input", "textarea", "form", "dialog", "head", "link", "meta", "img", "picture", "source",
)  # fmt: skip
_BLOCKS = (
    "p", "div", "section", "article", "main", "header", "hgroup", "footer", "aside", "nav", "ul", "ol", "li",
    "dl", "dt",
    "dd", "table", "figure", "figcaption", "blockquote", "pre", "address", "details", "summary", "fieldset", "center",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "body", "menu",
)  # fmt: skip
_INLINE = {"sup": SUP, "sub": SUB, "a": LINK, "br": SPACE, "math": MATH, **dict.fromkeys(_UNSEEN, SKIP)}
_ASIDE_TAGS = frozenset({"nav", "aside", "footer", "menu"})
_ASIDE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alert", "menu", "toolbar", "tablist"}
)
_ASIDE_NAMES = re.compile(
    r"(?<![a-z])(?:nav(?:bar|igation)?|menu|cookies?|gdpr|banner|share|sharing|social|related|recommend\w*|sidebar"
    r"|side-bar|breadcrumbs?|footer|masthead|advert\w*|ads?|promo\w*|newsletter|subscribe|login|sign-?in|toolbar|toolbox|metrics"
    r"|altmetric|download\w*|comment-?(?:list|form|area|thread)|popup|modal|overlay|skip|pagination|pager|toc|permissions|licen[cs]e|copyright"
    r"|affiliations?|authors?-?(?:info\w*|list|notes)?|contrib\w*|correspondence|article-tools|see-also|sponsor\w*)(?![a-z])"
)
_REFERENCE_NAMES = re.compile(
    r"(?<![a-z])(?:ref-?list|references?|bibliograph\w*|citation-list|cited-refs|literature-cited)(?![a-z])"
)
_HIDDEN_NAMES = re.compile(r"(?<![a-z])(?:visually-?hidden|sr-only|screen-?reader\w*|hidden|offscreen)(?![a-z])")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_ASIDE_HEADING = re.compile(
    r"(?:related|recommended|similar|more|other|popular"
    r"|latest|trending) (?:articles?|content|reading|from|in|stories|posts)\b.*"
    r"|share\b.*|cookies?\b.*|about this article|rights (?:and|&) permissions|cite this.*|metrics|downloads?.*"
    r"|newsletter.*|comments? \(\d+\)|(?:leave|post|add) a comment"
    r"|advertisement.*|navigation|menu|search|sign (?:up|in).*|subscribe.*"
    r"|access options.*|cited by.*|author information|actions|resources|on this page|in this article"
    r"|article (?:menu|tools)|follow us.*|quick links",
    re.I,
)
_REFERENCE_HEADING = re.compile(
    r"(?:[\divx.]+ )?(?:references?(?: cited)?|bibliography|literature cited|works cited)", re.I
)
_TO_FIGURE = re.compile(r"#(?:.*[_-])?(?:fig|f|tab|t|tbl|table|sec|s|eq|scheme|box|supp\w*|app\w*|mmc)[_-]?\d", re.I)
_LONG = 80  # characters of a paragraph that is running text
_MOST = 0.8  # share of the running text that the article's element holds
_MUCH = 0.3  # share of it that no menu has
_LINKED = 0.7  # share of a block's words that are links, from which it is a list of links
_WIDE_CELL = 150  # mean characters of a cell from which a table only lays out the page
_DATES = (
    "citation_publication_date", "citation_date", "citation_year", "citation_online_date", "prism.publicationdate",
    "dc.date",
)  # fmt: skip
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_PMCID = re.compile(r"PMC\d+")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def read_html(stream: BinaryIO, origin: Origin, options: ReadOptions) -> Iterator[SourceDocument]:
    """The one article of a page; DocumentError when it is too large, too deep, or has no text."""
    from lxml import etree

    data = whole(stream, origin, max(_MARKUP, 16 * options.max_chars))
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = etree.fromstring(_decoded(data, origin.name).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    found = next((e.message for e in parser.error_log if any(limit in e.message for limit in _LIMITS)), None)
    if found is not None:
        depth = (
            "nests elements more than 256 levels deep" if "depth" in found else "holds an element beyond all measure"
        )
        raise DocumentError(origin.name, f"is HTML that {depth}", "it is no article; save the page again, or as text")
    if root is None:
        raise DocumentError(origin.name, "is HTML without an element", "save the page again")
    page = _Page(root)
    yield page.made.document(origin.doc_id, origin, options, page.article)


def _decoded(data: bytes, name: str) -> str:
    """The text of a page: by byte order mark, else as it declares itself, else as plain text is decoded."""
    if not any(data.startswith(mark) for mark, _ in MARKS):
        declared = _DECLARED.search(data[:4096])
        if declared:
            encoding = declared.group(1).decode("ascii").lower()
            try:
                known = codecs.lookup("cp1252" if encoding in _WESTERN else encoding).name
                if not known.startswith("utf-16"):  # a page that says so in single bytes is not
                    return data.decode(known)
            except (LookupError, UnicodeError):
                pass
    return decode(data, name)


def _is_mark(element: Any, words: str) -> bool:
    href = element.get("href") or ""
    return "#" in href and bool(words.strip()) and not has_letters(words) and not _TO_FIGURE.search(href)


class _Page:
    """One page on its way into a Composition."""

    def __init__(self, root: Any) -> None:
        self.made = Composition()
        self._tree = root.getroottree()
        hidden = frozenset(element for element in root.iter() if _is_hidden(element))
        self._words = Words({**_INLINE, **dict.fromkeys(_BLOCKS, BREAK)}, _is_mark, hidden)
        self._line = Words({**_INLINE, **dict.fromkeys(_BLOCKS, SPACE)}, _is_mark, hidden)
        self._steps: list[tuple[int, str]] = []
        self._aside = 0  # level of the heading under which all is boilerplate; 0 where it is not
        self._references = 0
        self._titled = False
        _part_lines(root)
        self.article = _published(root)
        self._mass = _running_text(root)
        self._total = self._mass.get(root, 0)
        top = self._top(root)
        if not any(True for _ in top.iter("h1")):
            self._title_of(root)
        self._flow(top)

    def _top(self, root: Any) -> Any:
        """The deepest element that holds most of the running text; the body of a page that has none."""
        top = root
        body = next(root.iter("body"), None)
        if body is not None:
            top = body
        while self._total:
            heir = next((c for c in top if self._mass.get(c, 0) >= _MOST * self._total), None)
            if heir is None or heir.tag in ("p", "li", "td", "blockquote", "pre"):
                break
            beside = any(c is not heir and self._mass.get(c, 0) and not self._is_aside(c) for c in top)
            if beside or (top.text or "").strip() or any((c.tail or "").strip() for c in top):
                break  # words beside it belong to the article too
            top = heir
        return top

    def _title_of(self, root: Any) -> None:
        heading = next(root.iter("h1"), None)
        if heading is not None and self._line.of(heading):
            self._add(self._line.of(heading), "title", heading)
            self._titled = True
            return
        for element in root.iter("meta", "title"):
            words = element.get("content") if _is_meta(element, "citation_title") else None
            if words or (element.tag == "title" and not self.article.title and element.text):
                self._add(spaced(words or element.text), "title", element)
                self._titled = True
                return

    def _path(self) -> str | None:
        return SECTION_STEP.join(words for _, words in self._steps) or None

    def _add(self, words: str, kind: str, element: Any) -> int | None:
        if self._aside and kind != "reference":
            kind = "boilerplate"
        path = None if kind == "title" else self._path()
        return self.made.add(words, kind, path, Place(xpath=self._tree.getpath(element)))

    def _flow(self, element: Any, kind: str = "paragraph") -> None:
        """Everything in an element, in order."""
        parts, blocks, _ = self._words.parts(element)
        for number, words in enumerate(parts):
            if words:
                linked = kind == "paragraph" and self._is_links(element, words)
                self._add(words, "boilerplate" if linked else kind, element)
            if number < len(blocks):
                self._block(blocks[number], kind)

    def _block(self, element: Any, kind: str) -> None:
        tag = element.tag
        if self._is_aside(element):
            self._silently(element)
        elif tag[0] == "h" and tag[1:].isdigit():
            self._heading(element, int(tag[1:]))
        elif self._is_references(element):
            self._flow(element, "reference")
        elif tag == "table":
            self._table(element, kind)
        elif tag == "figcaption":
            self._add(self._line.of(element), "caption", element)
        elif tag == "dl":
            self._definitions(element, kind)
        else:
            self._flow(element, "reference" if self._references and kind == "paragraph" else kind)

    def _silently(self, element: Any) -> None:
        aside, self._aside = self._aside, 9
        words = self._line.of(element)
        self._add(words, "boilerplate", element)
        self._aside = aside

    def _heading(self, element: Any, level: int) -> None:
        words = self._line.of(element)
        if not words:
            return
        if level == 1 and not self._titled:
            self._titled = True
            self._add(words, "title", element)
            return
        self._steps = [step for step in self._steps if step[0] < level]
        self._aside = 0 if self._aside >= level else self._aside
        self._references = 0 if self._references >= level else self._references
        if _ASIDE_HEADING.fullmatch(words):
            self._aside = level
        if _REFERENCE_HEADING.fullmatch(words):
            self._references = level
        self._steps.append((level, words.replace(SECTION_STEP, " ")))
        self._add(words, "heading", element)

    def _definitions(self, element: Any, kind: str) -> None:
        """A list of terms as one paragraph in the form of a list of abbreviations."""
        pairs: list[list[str]] = []
        for part in element.iter("dt", "dd"):
            if part.tag == "dt" or not pairs:
                pairs.append([])
            pairs[-1].append(self._line.of(part).rstrip(";."))
        self._add("; ".join(", ".join(pair) for pair in pairs), kind, element)

    def _table(self, element: Any, kind: str) -> None:
        rows = [[c for c in row if c.tag in ("td", "th")] for row in element.iter("tr")]
        cells = [c for row in rows for c in row]
        nested = next((t for t in element.iter("table") if t is not element), None) is not None
        wide = sum(len(spaced("".join(c.itertext()))) for c in cells) > _WIDE_CELL * len(cells)
        if nested or wide or len(cells) < 4 or element.get("role") == "presentation" or kind == "reference":
            self._flow(element, kind)
            return
        caption = next(element.iter("caption"), None)
        stated = None
        if caption is not None:
            start = self._add(self._line.of(caption), "caption", caption)
            stated = None if start is None else (start, self.made.length)
        start = self.made.length + (len(GAP) if self.made.length else 0)
        words, placed = lay_out(([self._field(cell) for cell in row] for row in rows), start)
        if self._add(words, "table", element) is not None and not self._aside:
            self.made.tables.append(SourceTable(start, self.made.length, placed, stated))

    def _field(self, cell: Any) -> Field:
        spans = number_of(cell.get("rowspan")), number_of(cell.get("colspan"))
        return Field(self._line.of(cell), *spans, cell.tag == "th")

    def _is_aside(self, element: Any) -> bool:
        """Whether an element by its name is no part of the article; never one that holds much running text."""
        named = element.tag in _ASIDE_TAGS or element.get("role") in _ASIDE_ROLES
        named = named or _ASIDE_NAMES.search(_names(element)) is not None
        return named and self._mass.get(element, 0) < _MUCH * max(self._total, 1)

    def _is_references(self, element: Any) -> bool:
        return _REFERENCE_NAMES.search(_names(element)) is not None and self._mass.get(element, 0) < max(
            _MOST * self._total, 1
        )

    def _is_links(self, element: Any, words: str) -> bool:
        """Whether the words of a block are links for the most part, and no sentence."""
        if words[-1] in ".!?" or element.tag not in ("li", "p", "div", "ul", "span"):
            return False
        linked = sum(len(spaced("".join(link.itertext()))) for link in element.iter("a") if link.get("href"))
        return linked >= _LINKED * len(words)


def _is_hidden(element: Any) -> bool:
    """Whether the reader of the page does not see an element."""
    if not element.attrib:
        return False
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    hidden = hidden or _HIDDEN_STYLE.search(element.get("style") or "") is not None
    return hidden or _HIDDEN_NAMES.search((element.get("class") or "").lower()) is not None


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def _running_text(root: Any) -> dict[Any, int]:
    """Characters of long paragraphs in each element; bibliographies do not count."""
    mass: dict[Any, int] = {}
    for paragraph in root.iter("p", "li", "td", "div", "section", "blockquote"):
        if paragraph.tag in ("p", "blockquote"):
            words = "".join(paragraph.itertext())
        else:
            words = (paragraph.text or "") + "".join(child.tail or "" for child in paragraph)
        size = len(spaced(words))
        if size < _LONG:
            continue
        around = [paragraph, *paragraph.iterancestors()]
        if any(_REFERENCE_NAMES.search(_names(e)) or e.tag in _ASIDE_TAGS for e in around if e.tag != "body"):
            continue
        for element in around:
            mass[element] = mass.get(element, 0) + size
    return mass


def _part_lines(root: Any) -> None:
    """Two line breaks in a row part paragraphs: the second becomes a rule."""
    for line in list(root.iter("br")):
        following = line.getnext()
        if following is not None and following.tag == "br" and not (line.tail or "").strip():
            line.tag = "hr"


def _is_meta(element: Any, *names: str) -> bool:
    stated = element.get("name") or element.get("property") or ""
    return element.tag == "meta" and stated.lower() in names and bool(spaced(element.get("content")))


def _published(root: Any) -> Article:
    """The metadata that journals give to search engines (Highwire, Dublin Core, PRISM)."""

    def first(*names: str) -> str | None:
        for name in names:
            for element in root.iter("meta"):
                if _is_meta(element, name):
                    return spaced(element.get("content"))
        return None

    date = first(*_DATES)
    year = _YEAR.search(date or "")
    doi = _DOI.search(first("citation_doi", "prism.doi", "dc.identifier") or "")
    place = first("ncbi_pcid", "citation_pmcid", "citation_public_url", "og:url", "citation_fulltext_html_url")
    pmcid = _PMCID.search(place or "")
    authors = [spaced(e.get("content")) for e in root.iter("meta") if _is_meta(e, "citation_author", "dc.creator")]
    return Article(
        title=first("citation_title", "dc.title", "og:title"),
        journal=first("citation_journal_title", "prism.publicationname", "dc.source"),
        year=int(year.group()) if year else None,
        doi=doi.group() if doi else None,
        pmid=first("citation_pmid"),
        pmcid=pmcid.group() if pmcid else None,
        authors=tuple(dict.fromkeys(_in_order(author) for author in authors)),
    )


def _in_order(name: str) -> str:
    """ "Surname, Given" as "Given Surname"."""
    surname, comma, given = name.partition(", ")
    return f"{given} {surname}" if comma and ", " not in given else name
