"""Tables of results: layouts in, rows out."""

from __future__ import annotations

from typing import Any

import pytest

from casenlp.documents import Block, SourceDocument, SourceTable
from casenlp.extractor import Extractor
from casenlp.readers.grid import Field, lay_out
from casenlp.records import LabRow
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


def document(table: str, before: str = "A 45-year-old man was admitted.") -> SourceDocument:
    """A report of a paragraph and a table, whose cells are split by "|"; "=3" before words spans three columns."""
    rows = [[field(words.strip()) for words in line.split("|")] for line in table.strip().split("\n")]
    start = len(before) + 2
    words, cells = lay_out(rows, start)
    end = start + len(words)
    blocks = (Block(0, len(before), section="Case report"), Block(start, end, "table", "Case report"))
    return SourceDocument("d", f"{before}\n\n{words}", blocks=blocks, tables=(SourceTable(start, end, cells),))


def field(words: str) -> Field:
    return Field(words[2:].strip(), column_span=int(words[1])) if words.startswith("=") else Field(words)


def rows_of(extractor: Extractor, table: str, *columns: str) -> list[tuple[Any, ...]]:
    labs: tuple[LabRow, ...] = extractor.extract(document(table)).labs
    return [tuple(getattr(row, column) for column in columns) for row in labs]


def test_tests_down_and_times_across(extractor: Extractor) -> None:
    table = """
        Parameter | Normal range | Day 1 | Day 3 | At discharge
        Haemoglobin (g/dL) | 12–16 | 8.2 ↓ | 9.1 L | 12.3
        White cells, ×10⁹/L | 4.0–11.0 | 15.2 (H) | ND |
        CRP (mg/L) | <5 | 264* | – | <0.1"""
    got = rows_of(
        extractor,
        table,
        "test_name",
        "comparator",
        "value",
        "unit",
        "flag",
        "reference_low",
        "reference_high",
        "date_text",
    )
    assert got == [
        ("hemoglobin", None, 8.2, "g/dL", "low", 12, 16, "Day 1"),
        ("hemoglobin", None, 9.1, "g/dL", "low", 12, 16, "Day 3"),
        ("hemoglobin", None, 12.3, "g/dL", None, 12, 16, "At discharge"),
        ("leukocytes", None, 15.2, "10*9/L", "high", 4, 11, "Day 1"),
        ("C-reactive protein", None, 264, "mg/L", "high", None, 5, "Day 1"),
        ("C-reactive protein", "<", 0.1, "mg/L", None, None, 5, "At discharge"),
    ]


def test_times_down_and_tests_across(extractor: Extractor) -> None:
    table = """
        Date | Creatinine (mg/dL) | ALT | Vitamin D (ng/mL)
        8 June | 1.2 | 742 | 12
        12 June | 3.1 | 88 |
        Unit | | U/L |
        Normal | 0.6-1.2 | <50 | 30–100"""
    got = rows_of(extractor, table, "test_name", "value", "unit", "reference_high", "date_text")
    assert got == [
        ("creatinine", 1.2, "mg/dL", 1.2, "8 June"),
        ("creatinine", 3.1, "mg/dL", 1.2, "12 June"),
        ("alanine aminotransferase", 742, "U/L", 50, "8 June"),
        ("alanine aminotransferase", 88, "U/L", 50, "12 June"),
        ("25-hydroxyvitamin D", 12, "ng/mL", 100, "8 June"),
    ]


#: layout -> (test, value, unit, reference_low, date or case) of its rows
LAYOUTS = {
    "unit and range in columns": (
        """Test | Result | Unit | Reference range
           Haemoglobin | 78 | g/L | 130–175
           ALT | 88 | U/L | M <50, F <35""",
        [("hemoglobin", 78, "g/L", 130, None), ("alanine aminotransferase", 88, "U/L", None, None)],
    ),
    "two halves side by side": (
        """Test | Result | Reference | Test | Result | Reference
           Sodium (mmol/L) | 121 | 135-145 | ALT (U/L) | 70 | 5-40
           Potassium (mmol/L) | 4.1 | 3.5-5.0 | AST (U/L) | 66 | 5-40""",
        [
            ("sodium", 121, "mmol/L", 135, None), ("alanine aminotransferase", 70, "U/L", 5, None),
            ("potassium", 4.1, "mmol/L", 3.5, None), ("aspartate aminotransferase", 66, "U/L", 5, None),
        ],
    ),
    "heads of two levels, a group of tests": (
        """Test | =2 2019 | 2020
           | May | June | May
           =4 Liver
           ALT (U/L) | 70 | 66 | 30
           Sodium (mmol/L) | 130 | | 140""",
        [
            ("alanine aminotransferase", 70, "U/L", None, "2019 May"),
            ("alanine aminotransferase", 66, "U/L", None, "2019 June"),
            ("alanine aminotransferase", 30, "U/L", None, "2020 May"),
            ("sodium", 130, "mmol/L", None, "2019 May"), ("sodium", 140, "mmol/L", None, "2020 May"),
        ],
    ),
    "days as bare numbers, the unit once": (
        """Day | 1 | 3
           Platelets (K/µL) | 251 | 142
           Creatinine | 1.1 mg/dL | 1.2""",
        [
            ("platelets", 251, "10*3/uL", None, "Day 1"), ("platelets", 142, "10*3/uL", None, "Day 3"),
            ("creatinine", 1.1, "mg/dL", None, "Day 1"), ("creatinine", 1.2, "mg/dL", None, "Day 3"),
        ],
    ),
    "ranges beside the values": (
        """Test | Value
           Sodium, mmol/L | 121 (135–145)
           Potassium (3.5–5.1 mmol/L) | 5.9""",
        [("sodium", 121, "mmol/L", 135, None), ("potassium", 5.9, "mmol/L", 3.5, None)],
    ),
    "a test that no lexicon has": (
        """Test | Value
           Zonulin (ng/mL) | 86
           Sodium (mmol/L) | 121
           Potassium (mmol/L) | 4""",
        [
            ("zonulin", 86, "ng/mL", None, None), ("sodium", 121, "mmol/L", None, None),
            ("potassium", 4, "mmol/L", None, None),
        ],
    ),
    "new heads further down": (
        """Test | May | June
           Sodium (mmol/L) | 121 | 125
           Potassium (mmol/L) | 3 | 4
           | July | August
           Sodium (mmol/L) | 130 | 140""",
        [
            ("sodium", 121, "mmol/L", None, "May"), ("sodium", 125, "mmol/L", None, "June"),
            ("potassium", 3, "mmol/L", None, "May"), ("potassium", 4, "mmol/L", None, "June"),
            ("sodium", 130, "mmol/L", None, "July"), ("sodium", 140, "mmol/L", None, "August"),
        ],
    ),
    "what is no table of results": (
        """Drug | Day
           Prednisolone | 3
           Platelet transfusion | 4""",
        [],
    ),
    "prose, controls and p values": (
        """Test | Patient | Controls | P value | Comment
           Sodium (mmol/L) | 121 | 140 | 0.01 | Fell after the second dose of the medicine, when 118 was measured again
           Potassium (mmol/L) | 4.4 | 4.1 | 0.5 | none""",
        [("sodium", 121, "mmol/L", None, None), ("potassium", 4.4, "mmol/L", None, None)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(extractor: Extractor, name: str) -> None:
    table, wanted = LAYOUTS[name]
    assert rows_of(extractor, table, "test_name", "value", "unit", "reference_low", "date_text") == wanted


def test_patients_across(extractor: Extractor) -> None:
    table = """
        Test | Case 1 | Case 2 | Mother
        Sodium (mmol/L) | 121 | 133 | 140
        ANA | Positive (1:160) | Negative |"""
    got = rows_of(extractor, table, "case_id", "subject", "test_name", "value", "flag")
    assert got == [
        ("1", "patient", "sodium", 121, None),
        ("1", "family", "sodium", 140, None),
        ("1", "patient", "antinuclear antibody", 160, "positive"),
        ("2", "patient", "sodium", 133, None),
        ("2", "patient", "antinuclear antibody", None, "negative"),
    ]


def test_patients_down_with_other_things_than_results(extractor: Extractor) -> None:
    table = """
        Patient | Age | Sex | Time to onset | Medicine | Sodium (mmol/L) | Outcome
        1 | 45 | M | 9 days | sertraline | 121 | recovered
        2 | 77 | F | 3 weeks | sertraline | 118 | died"""
    assert rows_of(extractor, table, "case_id", "test_name", "value", "date_text") == [
        ("1", "sodium", 121, None),
        ("2", "sodium", 118, None),
    ]


def test_one_test_across(extractor: Extractor) -> None:
    table = """
        Case | Sodium (mmol/L)
        1 | 121
        2 | 118"""
    assert rows_of(extractor, table, "case_id", "test_name", "value") == [("1", "sodium", 121), ("2", "sodium", 118)]


def test_every_word_of_a_row_stands_in_its_cell(extractor: Extractor) -> None:
    source = document("Test | Unit | Normal | Day 1\nSodium | mmol/L | 135–145 | 121 L\nPotassium | mmol/L | | 3")
    extraction = extractor.extract(source)
    evidence = [(e.field, e.text) for e in extraction.labs[0].evidence]
    assert evidence == [
        ("date", "Day 1"), ("test", "Sodium"), ("unit", "mmol/L"), ("reference", "135–145"), ("value", "121"),
    ]  # fmt: skip
    assert all(source.text[e.start : e.end] == e.text for row in extraction.labs for e in row.evidence)
    names = {m.id: m.text for m in extraction.mentions}
    assert names[str(extraction.labs[0].test_mention)] == "Sodium"
    assert names[str(extraction.labs[0].value_mention)] == "121"


def test_a_table_of_published_cases_gives_no_row_of_the_patient(extractor: Extractor) -> None:
    table = """
        Author | Sodium (mmol/L) | ALT (U/L)
        Smith 2001 | 121 | 66
        Jones 2002 | 122 | 77"""
    assert {row[0] for row in rows_of(extractor, table, "subject")} == {"literature"}


OURS = """{caption}
Test\tPatient 1\tPatient 2
Creatinine (mg/dL)\t2.3\t4.1
Potassium (mmol/L)\t5.9\t6.2
"""


@pytest.mark.parametrize(
    ("caption", "subject"),
    [
        ("Table 1. Results of both patients", "patient"),
        ("Table 1. Previously reported cases", "literature"),
    ],
)
def test_a_table_of_the_numbered_patients_is_theirs_wherever_it_stands(
    extractor: Extractor, caption: str, subject: str
) -> None:
    rows = [[Field(words) for words in line.split("\t")] for line in OURS.split("\n")[1:-1]]
    parts = ["Patient 1", "A 54-year-old man had urticaria.", "Patient 2", "A 23-year-old woman was ill.", caption]
    kinds = ["heading", "paragraph", "heading", "paragraph", "caption", "table"]
    headings = ["Patient 1", "Patient 1", "Patient 2", "Patient 2", "Discussion", "Discussion"]
    text = "\n\n".join(parts) + "\n\n"
    words, cells = lay_out(rows, len(text))
    blocks, at = [], 0
    for part, kind, heading in zip([*parts, words], kinds, headings, strict=True):
        blocks.append(Block(at, at + len(part), kind, heading))
        at += len(part) + 2
    table = SourceTable(len(text), len(text) + len(words), cells, (blocks[4].start, blocks[4].end))
    labs = extractor.extract(SourceDocument("d", text + words, blocks=tuple(blocks), tables=(table,))).labs
    wanted = {("1", subject, 2.3), ("1", subject, 5.9), ("2", subject, 4.1), ("2", subject, 6.2)}
    assert {(row.case_id, row.subject, row.value) for row in labs} == wanted


COPIED = "Case report\n\nA 45-year-old man was ill.\n\nTable 1\nResults\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (
            ["Test\tDay 1\tDay 4\tNormal", "ALT (U/L)\t842\t77\t<40", "INR\t1.8\t1.1\t0.8–1.2"],
            [
                ("alanine aminotransferase", 842, "Day 1", 40),
                ("alanine aminotransferase", 77, "Day 4", 40),
                ("international normalized ratio", 1.8, "Day 1", 1.2),
                ("international normalized ratio", 1.1, "Day 4", 1.2),
            ],
        ),
        (
            ["\tUnit\t2 May\t9 May", "Creatinine\tmg/dL\t2.3\t", "Potassium\tmmol/L\t5.9\t4.4"],
            [("creatinine", 2.3, "2 May", None), ("potassium", 5.9, "2 May", None), ("potassium", 4.4, "9 May", None)],
        ),
    ],
)
def test_a_table_copied_into_plain_text_keeps_its_columns(
    extractor: Extractor, lines: list[str], wanted: list[tuple[str, float, str, float | None]], end: str
) -> None:
    text = (COPIED + "\n".join(lines) + "\n\nHe recovered.\n").replace("\n", end)
    labs = extractor.extract(SourceDocument("d", text)).labs
    assert [(row.test_name, row.value, row.date_text, row.reference_high) for row in labs] == wanted
    for row in labs:
        for evidence in row.evidence:
            assert text[evidence.start : evidence.end] == evidence.text


def test_tabs_in_a_bibliography_make_no_table(extractor: Extractor) -> None:
    lines = "Test\tDay 1\nCreatinine (mg/dL)\t2.3\nPotassium (mmol/L)\t5.9\n"
    assert not extractor.extract(SourceDocument("d", f"Case report\n\nHe was ill.\n\nReferences\n\n{lines}")).labs


@pytest.mark.parametrize(
    ("caption", "names"),
    [
        ("Table 2. Cerebrospinal fluid", ["cerebrospinal fluid protein", "cerebrospinal fluid glucose"]),
        ("Table 2. CSF findings over time", ["cerebrospinal fluid protein", "cerebrospinal fluid glucose"]),
        ("Table 2. Results of serum and CSF", ["total protein", "glucose"]),
        ("Table 2. Results", ["total protein", "glucose"]),
    ],
)
def test_the_caption_says_what_the_results_are_of(extractor: Extractor, caption: str, names: list[str]) -> None:
    lines = "Test\tDay 1\tDay 4\nProtein (g/L)\t\t0.51\nGlucose (mmol/L)\t\t3.4\n"
    labs = extractor.extract(SourceDocument("d", f"Case report\n\nHe was ill.\n\n{caption}\n{lines}")).labs
    assert [row.test_name for row in labs] == names
    assert all(row.warning is None for row in labs) == ("cerebrospinal" in names[0])
