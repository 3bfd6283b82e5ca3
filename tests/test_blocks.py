"""Blocks through repair and pipeline: sections from kinds and headings, nothing that crosses a block, silent kinds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.documents import BLOCK_KINDS, SILENT_KINDS, Block, Cell, SourceDocument, SourceTable
from casenlp.extractor import Extractor
from casenlp.pipeline.sections import Sectionizer
from casenlp.repair import normalize
from casenlp.rules import load_rules

RULES = load_rules()


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(RULES)


def document(*parts: tuple[str, str, str | None], gap: str = "\n\n", continued: Sequence[int] = ()) -> SourceDocument:
    """A document of (kind, text, section) blocks."""
    text, blocks = "", []
    for number, (kind, words, section) in enumerate(parts):
        if text:
            text += gap
        blocks.append(Block(len(text), len(text) + len(words), kind, section, continued=number in continued))
        text += words
    return SourceDocument("d", text, blocks=tuple(blocks))


def repaired(source: SourceDocument) -> list[str]:
    """The repaired words of each block that is left."""
    result = normalize(source.text, RULES.layout, source.blocks, source.tables)
    return [result.text[b.start : b.end] for b in result.blocks]


def test_a_block_is_one_line_and_short_lines_of_it_are_joined() -> None:
    source = document(("paragraph", "She had\nRash and neutro-\nphilia.", None), ("paragraph", "He left.", None))
    assert repaired(source) == ["She had Rash and neutrophilia.", "He left."]


def test_silent_kinds_are_left_out_and_what_stands_between_blocks_is_kept() -> None:
    source = document(("reference", "1. Rash. 2001.", None), ("paragraph", "He left.", None), gap=" loose words ")
    assert normalize(source.text, RULES.layout, source.blocks).text.split() == ["loose", "words", "He", "left."]
    assert repaired(source) == ["He left."]


def test_a_paragraph_goes_on_behind_a_page_break() -> None:
    source = document(
        ("paragraph", "He was given cipro-", None), ("paragraph", "floxacin 500 mg.", None), gap="\n", continued=[1]
    )
    assert repaired(source) == ["He was given ciprofloxacin 500 mg."]


@pytest.mark.parametrize("gap", ["\n\n", "\n", " ", ""])
def test_no_repair_reaches_into_another_block(gap: str) -> None:
    source = document(
        ("paragraph", "He had anti-", None), ("paragraph", "bodies [3", None), ("paragraph", "] x", None), gap=gap
    )
    assert repaired(source) == ["He had anti-", "bodies [3", "] x"]


def test_cells_of_a_table_are_lines() -> None:
    text = "Hb\t8.2 \n 9.1\nNa"
    cells = (Cell(0, 2, 0, 0), Cell(3, 6, 0, 1), Cell(9, 12, 0, 2), Cell(13, 15, 1, 0))
    source = SourceDocument(
        "d", text, blocks=(Block(0, len(text), "table"),), tables=(SourceTable(0, len(text), cells),)
    )
    assert normalize(text, RULES.layout, source.blocks, source.tables).text == "Hb\n8.2\n9.1\nNa"


HEADINGS = [
    ("Case presentation", "case report"),
    ("2. Case presentation and management", "case report"),
    ("Description of the case", "case report"),
    ("cases", "case report"),
    ("Case report > Discussion", "discussion"),
    ("Case report > Laboratory findings", "case report"),
    ("Discussion > Treatment", "discussion"),
    ("Discussion > Case 2", "case report"),
    ("discussion > A plea for caution", "discussion"),
    ("Discussion of similar cases", "other"),
    ("Results and discussion", "case report"),
    ("INTRO", "introduction"),
    ("materials|methods", "methods"),
    ("Patients and methods", "methods"),
    ("Abstract > Background", "introduction"),
    ("Patient consent", "back matter"),
    ("References > Case reports", "references"),
    ("A curious tale", "other"),
    (None, None),
]


@pytest.mark.parametrize(("path", "name"), HEADINGS, ids=lambda v: str(v)[:30])
def test_sections_of_headings(path: str | None, name: str | None) -> None:
    section = Sectionizer(RULES).section_of(path, None)
    assert (section.name if section else None) == name


@pytest.mark.parametrize(
    ("before", "name"),
    [("Case report", "case report"), ("Discussion", "discussion"), ("Introduction", "other"), ("Abstract", "other")],
)
def test_a_heading_that_says_nothing_goes_on_with_the_section_before(before: str, name: str) -> None:
    sectionizer = Sectionizer(RULES)
    section = sectionizer.section_of("Surgery of the hand", sectionizer.section_of(before, None))
    assert section is not None
    assert section.name == name


def test_rows_come_from_the_blocks_that_speak_of_patients(extractor: Extractor) -> None:
    source = document(
        ("boilerplate", "Related: aspirin 100 mg daily in gout", None),
        ("title", "Rash after phenytoin", None),
        ("heading", "Introduction", "Introduction"),
        ("paragraph", "Phenytoin can cause fever.", "Introduction"),
        ("heading", "Case report", "Case report"),
        ("paragraph", "A 40-year-old man took phenytoin 300 mg daily.", "Case report"),
        ("caption", "Figure 1. Rash of the trunk on ibuprofen 400 mg.", "Case report"),
        ("paragraph", "He recovered.", "Case report"),
        ("heading", "References", "References"),
        ("reference", "1. Smith J. A 30-year-old woman took warfarin 5 mg daily.", "References"),
    )
    rows = extractor.extract(source)
    told = [(r.drug_name, r.dose_text, r.subject, r.section) for r in rows.drugs]
    assert told == [
        ("phenytoin", None, "literature", "introduction"),
        ("phenytoin", "300 mg", "patient", "case report"),
        ("ibuprofen", "400 mg", "patient", "caption"),
    ]
    assert [(r.age_value, r.sex) for r in rows.cases] == [(40.0, "male")]


def test_a_table_among_published_cases_is_not_the_patients(extractor: Extractor) -> None:
    words = "Author\nDrug\nSmith\nwarfarin 5 mg daily"
    cells, at = [], 0
    for number, line in enumerate(words.split("\n")):
        cells.append(Cell(at, at + len(line), number // 2, number % 2))
        at += len(line) + 1
    blocks = (Block(0, len(words), "table", "Case report"),)
    source = SourceDocument("d", words, blocks=blocks, tables=(SourceTable(0, len(words), tuple(cells)),))
    assert [(r.drug_name, r.subject) for r in extractor.extract(source).drugs] == [("warfarin", "literature")]


WORDS = st.sampled_from(
    ["rash", "fever", "blood", "pressure", "potassium", "5", "mg", "mmol/L", "aspirin", "acute", "kidney", "injury",
     "A 40-year-old", "man", "was", "given", "with", "heparin-induced", "neutro-", "philia", "x 109/L", "[1]", ".", ","]
)  # fmt: skip
PARAGRAPHS = st.lists(st.one_of(WORDS, st.text(max_size=3)), max_size=12).map(" ".join)
BLOCKS = st.lists(
    st.tuples(st.sampled_from(BLOCK_KINDS), PARAGRAPHS, st.sampled_from(["Case report", "Discussion", None])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.sampled_from(["\n\n", "\n", " ", ""]))
def test_source_offsets_hold_and_nothing_crosses_a_block(
    extractor: Extractor, parts: list[tuple[str, str, str | None]], gap: str
) -> None:
    source = document(*parts, gap=gap)
    if not source.text.strip():
        return
    result = normalize(source.text, RULES.layout, source.blocks)
    pieces = [p for p in result.offsets.source_pieces() if p.source_end > p.source_start]
    assert "".join(source.text[p.source_start : p.source_end] for p in pieces) == source.text
    extraction = extractor.extract(source)
    tables = [extraction.cases, extraction.drugs, extraction.labs, extraction.diagnoses, extraction.reactions]
    spans = [(m.start, m.end) for m in extraction.mentions]
    spans += [(r.sentence_start, r.sentence_end) for rows in tables for r in rows if r.sentence_start is not None]
    for mention in extraction.mentions:
        assert source.text[mention.start : mention.end] == mention.text
    for start, end in spans:
        block = source.block_at(start)
        assert block is not None
        assert end <= block.end
        assert block.kind not in SILENT_KINDS


#: Words that no lexicon has, told by their shape, beside words that one has.
SILENT = [
    "Keywords: zelvotinib, aspirin, gastropathy, adolescent",
    "Acknowledgements\n\nWe thank the makers of zelvotinib 50 mg for an infant with gastropathy.",
    "References\n\n1. Doe J. Zelvotinib 50 mg and gastropathy in a 7-year-old girl. Made-up J. 2001;1:2.",
]


@pytest.mark.parametrize("silent", SILENT)
def test_what_is_told_by_its_shape_is_not_found_where_nothing_is_told(extractor: Extractor, silent: str) -> None:
    text = f"Case report\n\nThe patient was given heparin.\n\n{silent}\n"
    found = extractor.extract(SourceDocument("d", text))
    assert [mention.text for mention in found.mentions] == ["heparin"]
    assert [row.drug_name for row in found.drugs] == ["heparin"]
    assert (found.cases, found.diagnoses, found.reactions) == ((), (), ())
