"""Web pages: the article found, what is none of it left out, sections, tables, metadata, encodings."""

from __future__ import annotations

import io

import pytest
from lxml import etree

from casenlp.documents import Article, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers.html import read_html
from casenlp.readers.origin import Origin, ReadOptions
from report_forms import corpus_reports, journal_page, pmc_page

LONG = "He was seen again after many months, when he said that all was well and that he had not come for nothing."


def page(html: str | bytes) -> SourceDocument:
    data = html if isinstance(html, bytes) else html.encode()
    (found,) = read_html(io.BytesIO(data), Origin("a.html", "a", None), ReadOptions())
    return found


def blocks(document: SourceDocument) -> list[tuple[str, str | None, str]]:
    return [(b.kind, b.section, document.text[b.start : b.end]) for b in document.blocks]


def told(document: SourceDocument) -> list[tuple[str, str]]:
    """The blocks that rows can come from."""
    return [(kind, words) for kind, _, words in blocks(document) if kind not in ("boilerplate", "reference")]


def test_headings_are_sections() -> None:
    html = f"""<h1>Rash</h1><h2>Case report</h2><p>{LONG}</p><h3>Treatment</h3><p>None.</p>
      <h2>Discussion</h2><p>Rare.</p>"""
    assert blocks(page(html)) == [
        ("title", None, "Rash"),
        ("heading", "Case report", "Case report"),
        ("paragraph", "Case report", LONG),
        ("heading", "Case report > Treatment", "Treatment"),
        ("paragraph", "Case report > Treatment", "None."),
        ("heading", "Discussion", "Discussion"),
        ("paragraph", "Discussion", "Rare."),
    ]


#: What is around or in an article and none of it.
NO_ARTICLE = [
    '<nav><a href="/">Home</a> warfarin 5 mg</nav>',
    '<div class="cookie-notice"><p>We use cookies for warfarin 5 mg. Do you accept them?</p></div>',
    '<div id="share"><span>Share warfarin 5 mg</span></div>',
    "<aside><p>Warfarin 5 mg.</p></aside>",
    '<div role="complementary">Warfarin 5 mg.</div>',
    "<h2>Related articles</h2><ul><li>Warfarin 5 mg in gout.</li></ul>",
    '<ul><li><a href="/w">Warfarin 5 mg in an old man</a></li></ul>',
    '<p style="display: none">Warfarin 5 mg.</p>',
    '<span class="visually-hidden">Warfarin 5 mg.</span>',
    "<script>warfarin 5 mg</script><noscript>warfarin 5 mg</noscript>",
    '<section class="ref-list"><p>1. Warfarin 5 mg. 2001.</p></section>',
    "<h2>References</h2><ol><li>Warfarin 5 mg. 2001.</li></ol>",
    "<footer><p>Warfarin 5 mg.</p></footer>",
]


@pytest.mark.parametrize("markup", NO_ARTICLE)
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_no_article_is_left_out_or_labelled(markup: str, inside: bool) -> None:
    article = f"<article><h1>Rash</h1><p>{LONG}</p><p>{LONG}</p>{markup if inside else ''}</article>"
    html = f"<html><body>{article}{'' if inside else markup}</body></html>"
    assert [words for kind, words in told(page(html)) if kind != "heading"] == ["Rash", LONG, LONG]


def test_a_sidebar_that_holds_the_article_is_the_article() -> None:
    html = f'<div class="content with-sidebar"><p>{LONG}</p></div><div class="sidebar"><p>Warfarin.</p></div>'
    assert told(page(html)) == [("paragraph", LONG)]


def test_sections_beside_a_long_one_belong_to_the_article() -> None:
    html = (
        f"<div><section><h2>Case</h2><p>{LONG * 9}</p></section><section><h2>Comment</h2><p>{LONG}</p></section></div>"
    )
    assert [kind for kind, _ in told(page(html))] == ["heading", "paragraph"] * 2


PARAGRAPHS = {
    "45 × 10<sup>9</sup>/L": "45 × 10⁹/L",
    'as shown.<sup><a href="#r1">1</a>,<a href="/x#r2">2</a></sup> Then': "as shown. Then",
    'as shown [<a href="#r1">1</a>, <a href="#r2">2</a>].': "as shown.",
    'see Table <a href="#Tab1">1</a> and <a href="#f1">Figure 1</a>': "see Table 1 and Figure 1",
    "one<br>two &micro;g &lt; 3": "one two µg < 3",
    "a <b>bold</b> <i>rash</i>\n  here": "a bold rash here",
}


@pytest.mark.parametrize("markup", PARAGRAPHS)
def test_words_of_a_paragraph(markup: str) -> None:
    assert told(page(f"<p>{markup}</p><p>{LONG}</p>"))[0] == ("paragraph", PARAGRAPHS[markup])


def test_two_line_breaks_part_paragraphs_and_words_without_one_are_one() -> None:
    assert told(page(f"<div>He came.<br><br>He left.<div>{LONG}</div>Late.</div>")) == [
        ("paragraph", "He came."), ("paragraph", "He left."), ("paragraph", LONG), ("paragraph", "Late."),
    ]  # fmt: skip


def test_tables_with_and_without_data() -> None:
    html = f"""<p>{LONG}</p><figure><table><caption>Table 1. Results</caption>
      <tr><th>Test</th><th colspan=2>May</th></tr><tr><td>Sodium</td><td>121</td><td>122</td></tr></table>
      <figcaption>Figure 1. Rash</figcaption></figure>
      <table role="presentation"><tr><td><p>He left.</p></td><td>x</td></tr><tr><td>y</td><td>z</td></tr></table>"""
    document = page(html)
    (table,) = document.tables
    assert [(document.text[c.start : c.end], c.row, c.column, c.column_span, c.header) for c in table.cells] == [
        ("Test", 0, 0, 1, True), ("May", 0, 1, 2, True), ("Sodium", 1, 0, 1, False), ("121", 1, 1, 1, False),
        ("122", 1, 2, 1, False),
    ]  # fmt: skip
    assert table.caption is not None
    assert document.text[slice(*table.caption)] == "Table 1. Results"
    kinds = [kind for kind, _ in told(document)]
    assert kinds == ["paragraph", "caption", "table", "caption", "paragraph", "paragraph", "paragraph", "paragraph"]


def test_metadata() -> None:
    assert page(pmc_page(corpus_reports()[0])).article == Article(
        title="Pustular psoriasis unmasked by dupilumab in an adolescent with atopic dermatitis",
        journal="Invented Journal of Cases",
        year=2020,
        doi="10.9999/inv.2020.1",
        pmid="1234567",
        authors=("Ann B Writer",),
    )


@pytest.mark.parametrize("build", [pmc_page, journal_page])
def test_xpaths_lead_to_the_words(build: object) -> None:
    assert callable(build)
    data = build(corpus_reports()[0])
    document = page(data)
    tree = etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
    assert len(document.blocks) > 8
    for block in document.blocks:
        assert block.place is not None
        (element,) = tree.xpath(block.place.xpath)
        if block.kind in ("paragraph", "heading", "title"):
            words = document.text[block.start : block.end]
            assert " ".join("".join(element.itertext()).split())[:40] == words[:40]


ENCODED = [
    ("<meta charset=windows-1252><p>5 µg, 38 °C</p>", "cp1252"),
    ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>5 µg, 38 °C – “so”</p>', "cp1252"),
    ('<meta charset="gb2312"><p>5 μg 热</p>', "gb2312"),
    ("<p>5 µg, 38 °C</p>", "utf-8"),
    ("<p>5 µg, 38 °C</p>", "utf-16"),
    ('<?xml version="1.0" encoding="utf-8"?><html><body><p>5 µg</p></body></html>', "utf-8"),
    ('<meta charset="no-such"><p>5 µg</p>', "utf-8"),
    ('<meta charset="utf-8"><p>5 µg and a good deal of other words</p>', "cp1252"),
]


@pytest.mark.parametrize(("html", "encoding"), ENCODED)
def test_encodings(html: str, encoding: str) -> None:
    words = html[html.index("<p>") + 3 : html.index("</p>")]
    assert page(html.encode(encoding)).text == words


BROKEN = {
    "<div>" * 300 + "x": "256 levels deep",
    "<html><body></body></html>": "is empty",
    "": "without an element",
}


@pytest.mark.parametrize("html", BROKEN, ids=lambda h: h[:20])
def test_bad_input_is_one_clear_line(html: str) -> None:
    with pytest.raises(DocumentError, match=BROKEN[html]) as caught:
        page(html)
    assert str(caught.value).startswith("a.html: ")
    assert "\n" not in str(caught.value)
