"""Tables of medicines and of the course: layouts in, rows out."""

from __future__ import annotations

from typing import Any

import pytest

from casenlp.extractor import Extractor
from casenlp.rules import load_rules
from test_lab_tables import document


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


def drugs(extractor: Extractor, table: str) -> list[tuple[Any, ...]]:
    rows = extractor.extract(document(table)).drugs
    return [(r.drug_name, r.dose_text, r.route, r.frequency_text, r.duration_text) for r in rows]


def test_a_drug_a_row(extractor: Extractor) -> None:
    table = """
        Drug | Dose | Route | Duration
        Prednisolone | 40 mg daily | oral | 2 weeks
        Vancomycin | 1 g every 12 hours | IV | 10 days
        Ibuprofen | | oral |"""
    assert drugs(extractor, table) == [
        ("prednisolone", "40 mg", "oral", "daily", "2 weeks"),
        ("vancomycin", "1 g", "intravenous", "every 12 hours", "10 days"),
        ("ibuprofen", None, "oral", None, None),
    ]


def test_a_cell_that_says_all_is_read_as_a_sentence(extractor: Extractor) -> None:
    table = """
        Treatment | Response
        Prednisolone 40 mg daily | none
        Vancomycin 1 g | 500 mg were enough"""
    assert drugs(extractor, table) == [
        ("prednisolone", "40 mg", None, "daily", None),
        ("vancomycin", "1 g", None, None, None),
    ]


def test_doses_beside_something_else_are_nobodys(extractor: Extractor) -> None:
    table = """
        Finding | Prednisolone | Dose
        Rash | yes | 40 mg
        Fever | no | 20 mg"""
    assert [row[:2] for row in drugs(extractor, table)] == [("prednisolone", None)]


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (
            """Date | Event
               Day 1 | Vancomycin 1 g was started; creatinine was 1.1 mg/dL.
               12 June | Creatinine was 3.1 mg/dL and rash appeared, so that vancomycin was stopped at once.
               Outcome | Creatinine was 1.0 mg/dL.""",
            [(1.1, "Day 1"), (3.1, "12 June"), (1.0, None)],
        ),
        (
            """Hospital day | Course
               1 | Creatinine was 1.1 mg/dL.
               4 | Creatinine was 3.1 mg/dL on 12 June.""",
            [(1.1, "Hospital day 1"), (3.1, "12 June")],
        ),
    ],
)
def test_results_have_the_time_of_their_row(
    extractor: Extractor, table: str, wanted: list[tuple[float, str | None]]
) -> None:
    source = document(table)
    labs = extractor.extract(source).labs
    assert [(r.value, r.date_text) for r in labs] == wanted
    assert all(source.text[e.start : e.end] == e.text for row in labs for e in row.evidence)
