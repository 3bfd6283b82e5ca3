"""Quantities: text -> (comparator, low, high, second, unit) of each, and the words that each covers."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp.quantities import Quantity, QuantityGrammar, parse_number
from casenlp.rules import load_rules


@pytest.fixture(scope="module")
def grammar() -> QuantityGrammar:
    return load_rules().quantities


NUMBERS = {"33,040": 33040, "1.26": 1.26, "1,6": 1.6, "0,125": 0.125, "12 000": 12000, ".5": 0.5}


@pytest.mark.parametrize("text", NUMBERS)
def test_parse_number(text: str) -> None:
    assert parse_number(text) == NUMBERS[text]


FOUND: dict[str, list[tuple[str, str | None, float | None, float | None, float | None, str | None]]] = {
    "6010IU/mL": [("6010IU/mL", None, 6010, None, None, "[IU]/mL")],
    "< 0.5 ng/mL": [("< 0.5 ng/mL", "<", 0.5, None, None, "ng/mL")],
    "more than 8 weeks": [("more than 8 weeks", ">", 8, None, None, "wk")],
    "up  to 5 mg": [("up  to 5 mg", "<=", 5, None, None, "mg")],
    "as low\nas 5 mg": [("as low\nas 5 mg", ">=", 5, None, None, "mg")],
    "104/68 mmHg": [("104/68 mmHg", None, 104, None, 68, "mm[Hg]")],
    "a titre of 1:640": [("1:640", None, 1, None, 640, None)],
    "1:1,280, then 1:80,, and": [("1:1,280", None, 1, None, 1280, None), ("1:80", None, 1, None, 80, None)],
    "8-16 mg": [("8-16 mg", None, 8, 16, None, "mg")],
    "2 to 6 weeks": [("2 to 6 weeks", None, 2, 6, None, "wk")],
    "4 and 7 days": [("4", None, 4, None, None, "d"), ("7 days", None, 7, None, None, "d")],
    "day 5 and 60 mg": [("5", None, 5, None, None, None), ("60 mg", None, 60, None, None, "mg")],
    "shot up to 40.1 °C": [("40.1 °C", None, 40.1, None, None, "Cel")],
    "from 60 to 40 mg": [("60", None, 60, None, None, "mg"), ("40 mg", None, 40, None, None, "mg")],
    "three weeks": [("three weeks", None, 3, None, None, "wk")],
    "three patients": [],
    "base excess -11 mmol/L": [("-11 mmol/L", None, -11, None, None, "mmol/L")],
    "12 000/mm3": [("12 000/mm3", None, 12000, None, None, "/mm3")],
    "day 12 500 mg": [("12", None, 12, None, None, None), ("500 mg", None, 500, None, None, "mg")],
}


@pytest.mark.parametrize("text", FOUND)
def test_find(grammar: QuantityGrammar, text: str) -> None:
    found = [(text[q.start : q.end], q.comparator, q.low, q.high, q.second, q.unit) for q in grammar.find(text)]
    assert found == FOUND[text]


def test_rates_of_dosing(grammar: QuantityGrammar) -> None:
    (quantity,) = grammar.find("1 mg/kg/day")
    assert (quantity.unit, quantity.per, quantity.per_count) == ("mg/kg", "day", 1)


DAYS = {"10 days": 10, "3 weeks": 21, "6 months": 182.625, "36 hours": 1.5, "5 mg": None}


@pytest.mark.parametrize("text", DAYS)
def test_times_in_days(grammar: QuantityGrammar, text: str) -> None:
    (quantity,) = grammar.find(text)
    assert quantity.days == DAYS[text]


@given(st.text(alphabet="0123456789 .,-–/:<>mgLudaysto%()×^", max_size=40))
def test_quantities_are_in_order_inside_the_text_and_apart(text: str) -> None:
    found: list[Quantity] = load_rules_once().find(text)
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


_KEPT: list[QuantityGrammar] = []


def load_rules_once() -> QuantityGrammar:
    if not _KEPT:
        _KEPT.append(load_rules().quantities)
    return _KEPT[0]
