"""JATS: words, blocks, tables and metadata of articles in the shapes of journals and PubMed Central."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from lxml import etree

from casenlp.documents import Article, SourceDocument
from casenlp.errors import DocumentError
from casenlp.readers import read
from casenlp.readers.jats import read_jats
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.records import Failure
from report_forms import corpus_reports, jats


def articles(xml: str) -> list[SourceDocument | Failure]:
    return list(read_jats(io.BytesIO(xml.encode()), Origin("a.xml", "a", None), ReadOptions()))


def article(body: str, meta: str = "", back: str = "", more: str = "") -> SourceDocument:
    front = f"<front><article-meta>{meta}</article-meta></front>"
    (found,) = articles(f"<article>{front}<body>{body}</body><back>{back}</back>{more}</article>")
    assert isinstance(found, SourceDocument)
    return found


def blocks(document: SourceDocument) -> list[tuple[str, str | None, str]]:
    return [(b.kind, b.section, document.text[b.start : b.end]) for b in document.blocks]


PARAGRAPHS = {
    "platelets 45 × 10<sup>9</sup>/L": "platelets 45 × 10⁹/L",
    "12 g/m<sup>2</sup> over 4 h": "12 g/m² over 4 h",
    "2 cells/mm<sup>3</sup>": "2 cells/mm³",
    "20 mL min<sup>−1</sup>": "20 mL min⁻¹",
    "PaO<sub>2</sub>, HbA<sub>1c</sub>": "PaO2, HbA1c",
    "CD4<sup>+</sup> and Ca<sup>2+</sup>": "CD4⁺ and Ca²⁺",
    "an <sup>18</sup>F-FDG scan": "an ¹⁸F-FDG scan",
    "38.5<sup>o</sup>C": "38.5°C",
    "on the 5<sup>th</sup> day": "on the 5th day",
    "phenytoin<sup>®</sup> and more": "phenytoin® and more",
    # citations and marks of footnotes
    'as shown.<sup><xref ref-type="bibr" rid="r1">1</xref>,<xref ref-type="bibr" rid="r2">2</xref></sup> Then': (
        "as shown. Then"
    ),
    'potassium <sup><xref ref-type="bibr" rid="r1">3</xref></sup> rose': "potassium rose",
    'as shown [<xref ref-type="bibr" rid="r1">1</xref>–<xref ref-type="bibr" rid="r3">3</xref>].': "as shown.",
    'as shown <xref ref-type="bibr" rid="r1">[12]</xref>, later': "as shown, later",
    'reported by <xref ref-type="bibr" rid="r1">Smith et al. (2001)</xref> before': (
        "reported by Smith et al. (2001) before"
    ),
    "in one review<sup>3</sup> of many": "in one review of many",
    "in 2015<sup>1,2</sup> it": "in 2015 it",
    "sodium<sup>a</sup> was 121": "sodium was 121",
    'see <xref ref-type="fig" rid="f1">Figure 1</xref>.': "see Figure 1.",
    # formulas, entities, white space
    "<inline-formula><mml:math xmlns:mml='m'><mml:msup><mml:mn>10</mml:mn><mml:mn>9</mml:mn></mml:msup></mml:math>"
    "</inline-formula>/L": "10⁹/L",
    r"<inline-formula><alternatives><tex-math>\documentclass{a}\begin{document}$$4\times 10^{9}$$\end{document}"
    "</tex-math></alternatives></inline-formula>": "4×10⁹",
    "5&#181;g and &lt;3": "5µg and <3",
    "He had\n   <italic>rash</italic>\n and\tfever": "He had rash and fever",
    "a thin\u2009space": "a thin\u2009space",
    "one<break/>two<!-- no --><?pi no?>": "one two",
}


@pytest.mark.parametrize("markup", PARAGRAPHS)
def test_words_of_a_paragraph(markup: str) -> None:
    assert article(f"<p>{markup}</p>").text == PARAGRAPHS[markup]


def test_entities_that_html_knows_are_their_characters() -> None:
    (found,) = articles('<!DOCTYPE article SYSTEM "x.dtd"><article><body><p>5 &mu;g &unknown; x</p></body></article>')
    assert isinstance(found, SourceDocument)
    assert found.text == "5 μg x"


def test_sections_have_paths_of_types_and_titles() -> None:
    body = """<sec sec-type="cases"><title>Case presentation</title><p>He came.</p>
      <sec><label>2.1</label><title>Treatment</title><p>He left.</p></sec></sec>
      <sec sec-type="discussion"><p>It is rare.</p></sec>"""
    meta = "<abstract><sec><title>Background</title><p>Rash.</p></sec></abstract>"
    assert blocks(article(body, meta)) == [
        ("heading", "Abstract > Background", "Background"),
        ("paragraph", "Abstract > Background", "Rash."),
        ("heading", "cases > Case presentation", "Case presentation"),
        ("paragraph", "cases > Case presentation", "He came."),
        ("heading", "cases > Case presentation > Treatment", "2.1 Treatment"),
        ("paragraph", "cases > Case presentation > Treatment", "He left."),
        ("paragraph", "discussion", "It is rare."),
    ]


def test_a_figure_stands_behind_the_sentence_that_it_interrupts() -> None:
    body = """<p>The rash <fig><label>Figure 1</label><caption><title>Trunk</title><p>Day 3.</p></caption></fig>
      healed.</p>"""
    assert blocks(article(body)) == [
        ("paragraph", None, "The rash healed."),
        ("caption", None, "Figure 1. Trunk. Day 3."),
    ]


def test_lists_and_boxes_part_a_paragraph() -> None:
    body = """<p>He took: <list><list-item><p>aspirin,</p></list-item><list-item><p>warfarin,</p></list-item></list>
      and rested.</p><boxed-text><caption><title>Key points</title></caption><p>Ask.</p></boxed-text>"""
    assert blocks(article(body)) == [
        ("paragraph", None, "He took:"),
        ("paragraph", None, "aspirin,"),
        ("paragraph", None, "warfarin,"),
        ("paragraph", None, "and rested."),
        ("heading", "Key points", "Key points"),
        ("paragraph", "Key points", "Ask."),
    ]


def test_tables_of_both_models() -> None:
    html = """<table-wrap><label>Table 1</label><caption><p>Results</p></caption><alternatives><graphic/><table>
      <thead><tr><th rowspan="2">Test</th><th colspan="2">2019</th></tr><tr><th>May</th><th>June</th></tr></thead>
      <tbody><tr><td>Sodium<sup>a</sup></td><td>121</td><td/></tr></tbody></table></alternatives>
      <table-wrap-foot><fn><p><sup>a</sup>In mmol/L.</p></fn></table-wrap-foot></table-wrap>"""
    cals = """<table-wrap><oasis:table xmlns:oasis="o"><oasis:tgroup cols="3"><oasis:colspec colname="c1"/>
      <oasis:colspec colname="c2"/><oasis:colspec colname="c3"/><oasis:thead><oasis:row><oasis:entry morerows="1">Test
      </oasis:entry><oasis:entry namest="c2" nameend="c3">2019</oasis:entry></oasis:row><oasis:row><oasis:entry
      colname="c2">May</oasis:entry><oasis:entry>June</oasis:entry></oasis:row></oasis:thead><oasis:tbody><oasis:row>
      <oasis:entry>Sodium</oasis:entry><oasis:entry>121</oasis:entry><oasis:entry/></oasis:row></oasis:tbody>
      </oasis:tgroup></oasis:table></table-wrap>"""
    document = article(html + cals)
    wanted = [
        ("Test", 0, 0, 2, 1, True), ("2019", 0, 1, 1, 2, True), ("May", 1, 1, 1, 1, True), ("June", 1, 2, 1, 1, True),
        ("Sodium", 2, 0, 1, 1, False), ("121", 2, 1, 1, 1, False), ("", 2, 2, 1, 1, False),
    ]  # fmt: skip
    for table in document.tables:
        assert [
            (document.text[c.start : c.end], c.row, c.column, c.row_span, c.column_span, c.header) for c in table.cells
        ] == wanted
    caption = document.tables[0].caption
    assert caption is not None
    assert document.text[slice(*caption)] == "Table 1. Results."
    assert [kind for kind, _, _ in blocks(document)] == ["caption", "table", "caption", "table"]


def test_what_stands_behind_the_body() -> None:
    back = """<ack><p>Thanks.</p></ack><glossary><def-list>
      <def-item><term>AKI</term><def><p>acute kidney injury</p></def></def-item>
      <def-item><term>HIT</term><def><p>heparin-induced thrombocytopenia</p></def></def-item></def-list>
      </glossary>
      <sec><title>Consent</title><p>Given.</p></sec><ref-list><title>References</title><ref><label>1</label>
      <element-citation><name><surname>Writer</surname></name><year>2001</year></element-citation></ref></ref-list>"""
    more = '<sub-article article-type="reviewer-report"><body><p>Well done.</p></body></sub-article>'
    assert blocks(article("<p>He left.</p>", back=back, more=more)) == [
        ("paragraph", None, "He left."),
        ("boilerplate", None, "Thanks."),
        ("paragraph", "Abbreviations", "AKI, acute kidney injury; HIT, heparin-induced thrombocytopenia"),
        ("boilerplate", "Consent", "Consent"),
        ("boilerplate", "Consent", "Given."),
        ("boilerplate", None, "References"),
        ("reference", None, "1 Writer 2001"),
        ("boilerplate", None, "Well done."),
    ]


def test_metadata() -> None:
    (found,) = articles(jats(corpus_reports()[0]).decode())
    assert isinstance(found, SourceDocument)
    assert found.article == Article(
        title="Pustular psoriasis unmasked by dupilumab in an adolescent with atopic dermatitis",
        journal="Invented Journal of Cases",
        year=2020,
        doi="10.9999/inv.2020.1",
        pmid="1234567",
        pmcid="PMC7654321",
        authors=("Ann B Writer",),
    )


def test_xpaths_lead_to_the_words() -> None:
    data = jats(corpus_reports()[0])
    (document,) = articles(data.decode())
    assert isinstance(document, SourceDocument)
    tree = etree.fromstring(data)
    assert len(document.blocks) > 10
    for block in document.blocks:
        assert block.place is not None
        (element,) = tree.xpath(block.place.xpath)
        words = document.text[block.start : block.end]
        if block.kind in ("paragraph", "heading", "title"):
            assert " ".join("".join(element.itertext()).split())[:40] == words[:40]


def test_several_articles_in_a_file(tmp_path: Path) -> None:
    one = "<article><front><article-meta>{}</article-meta></front><body><p>{}</p></body></article>"
    ids = '<article-id pub-id-type="pmc">12</article-id>'
    parts = [one.format(ids, "A."), one.format("", "B."), one.format("", ""), one.format(ids, "D.")]
    path = tmp_path / "set.nxml"
    path.write_text(f"<pmc-articleset>{''.join(parts)}</pmc-articleset>", encoding="utf-8")
    found = list(read(path))
    assert [(d.doc_id, d.text if isinstance(d, SourceDocument) else "failed") for d in found] == [
        ("set-PMC12", "A."), ("set-2", "B."), ("set-3", "failed"), ("set-4", "D."),
    ]  # fmt: skip
    tree = etree.parse(path)
    for document in found:
        if isinstance(document, SourceDocument):
            assert document.blocks[0].place is not None
            (element,) = tree.xpath(document.blocks[0].place.xpath)
            assert element.text == document.text


def test_reports_within_a_report_are_documents_of_their_own() -> None:
    sub = '<sub-article article-type="abstract"><front-stub/><body><p>{}</p></body></sub-article>'
    found = articles(f"<article><body><p>All.</p></body>{sub.format('One.')}{sub.format('Two.')}</article>")
    assert [d.text for d in found if isinstance(d, SourceDocument)] == ["All.", "One.", "Two."]


BROKEN = {
    "<article><body><p>He": "not well-formed",
    "<article><body/></article>": "is empty",
    "<pmc-articleset><error>no such</error></pmc-articleset>": "without an <article>",
}


@pytest.mark.parametrize("xml", BROKEN)
def test_bad_input_is_one_clear_line(xml: str) -> None:
    with pytest.raises(DocumentError, match=BROKEN[xml]) as caught:
        articles(xml)
    assert str(caught.value).startswith("a.xml: ")
    assert "\n" not in str(caught.value)
