"""One offset story: for any text and any reader that gives its words back, quotes are where they are said to be."""

from __future__ import annotations

import io
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor
from casenlp.readers.formats import read_stream
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.rules import load_rules

PIECES = st.sampled_from(
    [
        "Case report\n", "Discussion\n", "\n\n", "Figure 1. Rash of the\n", "Abstract: ", "References\n", ". ", " ",
        "A 40-year-old man", "was given", "aspirin 100 mg daily", "potassium", "of 5.9 mmol/L", "heparin-induced\n",
        "acute kidney injury", "blood", "pressure", "120/80", "mm", "Hg", "neutro-\nphilia", "× 10⁹/L", "[12]",
        "3 days", "after starting", "warfarin", "no", "rash", "Case 2", "µg", "ﬁ", "(HIT)", "Conclusion: ",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=5)), min_size=1, max_size=25).map(" ".join)
#: What XML can hold and no reader takes for white space or a mark.
WORDS = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=12,
)
PARAGRAPHS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_no_mention_crosses_a_section_or_a_sentence(extractor: Extractor, text: str) -> None:
    if not text.strip():
        return
    source = SourceDocument("d", text)
    reading, normalized = extractor.read(source)
    bounds = {start for start, _, _ in reading.known.sections} | {end for _, end, _ in reading.known.sections}
    for item in reading.known.items:
        assert not any(item.start < bound < item.end for bound in bounds)
    pieces = [p for p in normalized.offsets.source_pieces() if p.source_end > p.source_start]
    assert "".join(text[p.source_start : p.source_end] for p in pieces) == text
    extraction = extractor.extract(source)
    for mention in extraction.mentions:
        assert text[mention.start : mention.end] == mention.text
    for rows in (extraction.drugs, extraction.labs, extraction.diagnoses, extraction.reactions, extraction.latencies):
        for row in rows:
            assert all(text[e.start : e.end] == e.text for e in row.evidence)


def as_jats(paragraphs: list[str]) -> tuple[bytes, str]:
    body = "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
    return f"<article><body><sec>{body}</sec></body></article>".encode(), ".xml"


def as_html(paragraphs: list[str]) -> tuple[bytes, str]:
    body = "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode(), ".html"


@settings(max_examples=150, deadline=None)
@given(PARAGRAPHS, st.sampled_from([as_jats, as_html]))
def test_readers_give_back_the_words_and_their_place(paragraphs: list[str], build: object) -> None:
    assert callable(build)
    data, suffix = build(paragraphs)
    (document,) = read_stream(io.BytesIO(data), Origin("x", "x", None, suffix), ReadOptions())
    assert isinstance(document, SourceDocument)
    blocks = [b for b in document.blocks if b.kind == "paragraph"]
    assert [document.text[b.start : b.end] for b in blocks] == paragraphs
    parser = etree.HTMLParser(encoding="utf-8") if suffix == ".html" else etree.XMLParser()
    tree = etree.fromstring(data, parser)
    for block, words in zip(blocks, paragraphs, strict=True):
        assert block.place is not None
        (element,) = tree.xpath(block.place.xpath)
        assert element.text == words
