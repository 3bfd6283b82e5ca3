"""The corpus reports in every form that a reader reads, made by small builders, so that all can give the same rows.

A builder takes a Report and gives the bytes of a file; add a line to FORMS for a new reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from pdf_forms import Part, journal, resumed

CORPUS = Path(__file__).parents[1] / "corpus" / "reports"
_HEADING = re.compile(r"[A-Z][A-Za-z ]{2,40}(?: \d)?")
_WRAPPED = 100  # characters: no line of a wrapped report is longer
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_CITED = re.compile(r"(?<=[a-z)][.,;])(\d{1,2}(?:[,–-]\d{1,2})*)(?= [A-Z]|$)")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


@dataclass(frozen=True)
class Report:
    """A report as its author knows it: (kind, words) of title, headings and paragraphs; tables are left out."""

    name: str
    parts: tuple[tuple[str, str], ...]


def article_like(report: Report) -> Report:
    """A report as long as an article usually is, some 20,000 characters, for measuring speed."""
    length = sum(len(words) for _, words in report.parts)
    return Report(report.name, report.parts * max(1, round(20_000 / length)))


def corpus_reports() -> list[Report]:
    """The reports of corpus/reports, without their tables."""
    return [_parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted(CORPUS.glob("*.txt"))]


def _parse(name: str, text: str) -> Report:
    lines = text.replace("\r\n", "\n").split("\n")
    wrapped = max(map(len, lines)) < _WRAPPED
    paragraphs: list[str] = []
    open_paragraph = False
    for line in (line.strip() for line in lines):
        is_heading = bool(_HEADING.fullmatch(line)) and len(line) < 45
        if line and open_paragraph and wrapped and not is_heading and not _HEADING.fullmatch(paragraphs[-1]):
            stem = paragraphs[-1]
            broken = stem.endswith("-") and stem[-2:-1].islower() and line[0].islower()
            paragraphs[-1] = stem[:-1] + line if broken else f"{stem} {line}"
        elif line:
            paragraphs.append(line)
        open_paragraph = bool(line)
    paragraphs = _without_tables(paragraphs)
    titled = not _HEADING.fullmatch(paragraphs[0]) and paragraphs[0][-1] not in ".:" and len(paragraphs[0]) < 250
    parts = [
        ("title" if titled and not number else "heading" if _HEADING.fullmatch(words) else "paragraph", words)
        for number, words in enumerate(paragraphs)
    ]
    return Report(name, tuple(parts))


def _without_tables(paragraphs: list[str]) -> list[str]:
    kept, inside = [], False
    for words in paragraphs:
        inside = words.startswith("Table ") or (inside and (words.count(";") == 2 or "   " in words))
        if not inside:
            kept.append(words)
    return kept


def plain_text(report: Report) -> bytes:
    """Title, headings and paragraphs with an empty line between them."""
    return "\n\n".join(words for _, words in report.parts).encode()


def _marked(words: str, citation: str) -> str:
    """Words as markup, superscripts and citation numbers raised; `citation` is a template for a number."""
    marked = _CITED.sub(lambda m: f"\x02{m.group(1)}\x03", words)
    marked = _SUPERSCRIPT.sub(lambda m: f"<sup>{m.group().translate(_PLAIN)}</sup>", escape(marked, quote=False))
    return re.sub("\x02(.*?)\x03", lambda m: "<sup>" + _numbers(m.group(1), citation) + "</sup>", marked)


def _numbers(written: str, citation: str) -> str:
    return re.sub(r"\d+", lambda m: citation.format(m.group()), written)


def _sections(report: Report) -> tuple[str, list[tuple[str | None, list[str]]]]:
    """(title, [(heading, paragraphs)])."""
    title = ""
    sections: list[tuple[str | None, list[str]]] = [(None, [])]
    for kind, words in report.parts:
        if kind == "title":
            title = words
        elif kind == "heading":
            sections.append((words, []))
        else:
            sections[-1][1].append(words)
    return title, [s for s in sections if s[0] or s[1]]


_ABSTRACTS = ("abstract", "summary")
#: Articles have some thirty references; rows must come from none of them.
_REFERENCES = 15 * [
    "Writer A, Author B. A 30-year-old woman given warfarin 5 mg daily died. Invented J 2001;2:3.",
    "Scribe C. Potassium 7.1 mmol/L after spironolactone 50 mg. Made-up Med 1999;1:9-12.",
]


def _reference(number: int, words: str) -> str:
    """A reference as journals tag it: words between the tags, every second one without any."""
    if number % 2:
        return f'<ref id="R{number}"><label>{number}</label><mixed-citation>{words}</mixed-citation></ref>'
    names, title, source = words.split(". ", 2)
    return f"""<ref id="R{number}"><label>{number}</label><element-citation publication-type="journal">
<person-group person-group-type="author"><name><surname>{names}</surname><given-names>Q</given-names></name>
<name><surname>Other</surname><given-names>P</given-names></name></person-group>
<article-title>{title}</article-title><source>{source}</source><year>1999</year><volume>1</volume><fpage>9</fpage>
<lpage>12</lpage><pub-id pub-id-type="pmid">1000{number}</pub-id></element-citation></ref>"""


def jats(report: Report) -> bytes:
    """An article as PubMed Central gives it: DOCTYPE, metadata, abstract, sections, a figure, references."""
    title, sections = _sections(report)
    cite = '<xref rid="R{0}" ref-type="bibr">{0}</xref>'

    def paragraphs(several: list[str]) -> str:
        return "\n".join(f"<p>{_marked(words, cite)}</p>" for words in several)

    abstract = body = ""
    for heading, several in sections:
        if heading and heading.lower() in _ABSTRACTS and not abstract:
            abstract = f"<abstract><title>{heading}</title>{paragraphs(several)}</abstract>"
        elif heading is None:
            body += paragraphs(several)
        else:
            body += f"<sec><title>{heading}</title>\n{paragraphs(several)}</sec>\n"
    references = "\n".join(_reference(n, words) for n, words in enumerate(_REFERENCES, 1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.3//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"
  article-type="case-report" xml:lang="en">
<front><journal-meta><journal-id journal-id-type="nlm-ta">Inv J</journal-id>
<journal-title-group><journal-title>Invented Journal of Cases</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmid">1234567</article-id><article-id pub-id-type="pmc">7654321</article-id>
<article-id pub-id-type="doi">10.9999/inv.2020.1</article-id>
<title-group><article-title>{_marked(title, cite)}</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Writer</surname><given-names>Ann B</given-names></name>
<xref ref-type="aff" rid="A1">1</xref></contrib>
<contrib contrib-type="editor"><name><surname>Editor</surname><given-names>E</given-names></name></contrib>
</contrib-group><aff id="A1"><label>1</label>Department of Warfarin 5 mg, Invented Hospital</aff>
<pub-date pub-type="epub"><year>2019</year></pub-date><pub-date pub-type="ppub"><year>2020</year></pub-date>
<permissions><license><license-p>Use of aspirin 100 mg is licensed.</license-p></license></permissions>
{abstract}<kwd-group><title>Keywords</title><kwd>warfarin</kwd><kwd>rash</kwd></kwd-group></article-meta></front>
<body>{body}</body>
<back><ack><title>Acknowledgements</title><p>We thank a 40-year-old man on aspirin 75 mg daily.</p></ack>
<ref-list><title>References</title>{references}</ref-list></back></article>""".encode()


_MENU = """<nav class="site-nav"><ul><li><a href="/">Home</a></li><li><a href="/warfarin">Warfarin 5 mg daily</a></li>
<li><a href="/about">About</a></li></ul></nav>"""
_COOKIES = """<div id="cookie-banner"><p>We use cookies to make the reading of case reports easier for a 50-year-old
woman on aspirin 100 mg daily, and for everybody else who takes part. Accept?</p><button>Accept</button></div>"""
_RELATED = """<aside><h3>Related articles</h3><ul>
<li><a href="/1">A 60-year-old man with rash after phenytoin 300 mg</a></li>
<li><a href="/2">Digoxin 0.25 mg and bradycardia in a 70-year-old woman</a></li></ul></aside>"""
_SHARE = """<div class="share-buttons"><a href="https://example.org/share">Share</a> <a href="#">Tweet</a></div>"""


def _page(report: Report, head: str, before: str, after: str, levels: tuple[str, str], cite: str) -> bytes:
    title, sections = _sections(report)
    top, inner = levels
    body = ""
    for heading, several in sections:
        words = "\n".join(f"<p>{_marked(w, cite)}</p>" for w in several)
        body += f"<section><{inner}>{heading}</{inner}>\n{words}</section>\n" if heading else words
    references = "".join(f'<li id="ref-{n}">{words}</li>' for n, words in enumerate(_REFERENCES, 1))
    meta = f'<meta name="citation_title" content="{escape(title)}">' if title else ""
    name = f"<{top}>{_marked(title, cite)}</{top}>" if title else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Invented Journal</title>{head}{meta}
<script>var drug = "aspirin 75 mg daily";</script><style>p {{ margin: 0 }}</style></head>
<body>{before}{name}{body}
<section id="references"><{inner}>References</{inner}><ol>{references}</ol></section>{after}</body></html>""".encode()


_HIGHWIRE = """<meta name="citation_journal_title" content="Invented Journal of Cases">
<meta name="citation_publication_date" content="2020/03/04"><meta name="citation_doi" content="10.9999/inv.2020.1">
<meta name="citation_author" content="Writer, Ann B"><meta name="citation_pmid" content="1234567">"""


def pmc_page(report: Report) -> bytes:
    """A page in the shape of PubMed Central's: menus and a notice before an <article>, references, related articles."""
    before = f"<header>{_MENU}</header>{_COOKIES}<main><article>{_SHARE}"
    after = f"</article></main>{_RELATED}<footer><p>Supported by the makers of ibuprofen 400 mg.</p></footer>"
    return _page(report, _HIGHWIRE, before, after, ("h1", "h2"), '<a href="#ref-{0}" class="usa-link">{0}</a>')


def journal_page(report: Report) -> bytes:
    """A page of a journal that knows no HTML5: nested divs with classes, headings of any level."""
    before = (
        f'<div class="page"><div class="menu">{_MENU}</div>{_COOKIES}<div class="content-sidebar"><div class="text">'
    )
    after = f'</div></div><div class="recommended">{_RELATED}</div>{_SHARE}</div>'
    cite = '<a class="xref-bibr" href="/article/1#R{0}">{0}</a>'
    return _page(report, _HIGHWIRE, before, after, ("h1", "h3"), cite)


def printed(report: Report, columns: int) -> bytes:
    """A PDF as a journal sets it."""
    return journal(resumed([Part(kind, words) for kind, words in report.parts]), columns)


@dataclass(frozen=True)
class Form:
    """A form: the suffix of its file, what builds it, and whether it is XML or HTML."""

    suffix: str
    build: Callable[[Report], bytes]
    is_markup: bool = False


FORMS: Mapping[str, Form] = {
    "JATS": Form(".xml", jats, is_markup=True),
    "HTML as of PubMed Central": Form(".html", pmc_page, is_markup=True),
    "HTML of a journal": Form(".htm", journal_page, is_markup=True),
    "PDF in one column": Form(".pdf", partial(printed, columns=1)),
    "PDF in two columns": Form(".pdf", partial(printed, columns=2)),
    "PDF in three columns": Form(".pdf", partial(printed, columns=3)),
}
