"""The compiled reader of numbers finds what the grammar finds without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp import native
from casenlp.documents import lower_in_place
from casenlp.quantities import Quantity, QuantityGrammar
from casenlp.rules import load_rules

pytestmark = pytest.mark.skipif(native.numbers is None, reason="casenlp is installed without compiled parts")
CORPUS = Path(__file__).parents[1] / "corpus"
WORDS = [
    "a", "an", "single", "two", "Twenty", "twenty-one", "one-half", "one and a half", "half a", "several",
    "a couple of", "of", "the", "about", "more than", "less than", "or equal to", "up to", "from", "to", "or", "and",
    "vs", "per", "within", "mg", "mg/dL", "g", "m", "mm", "h", "d", "days", "day", "weeks", "year-old", "8 h", "C",
    "°C", "x10^9/L", "cells/mm3", "U", "IU", "units", "consecutive", "full", "oral", "cases", "É", "μg",
    "ng/mL", "minutes", "\u0130", "\u017fix", "\u03a3", "\u212a",
]  # fmt: skip
SIGNS = [
    "5", "12", "0.5", ".5", "1,200", "1,200,30", "12,3456", "1234,567", "2,500.75", "12 000", "٣", "½", "5½", "1/2",
    "-", "–", "~", "/", "±", "+/-", ":", "(", ")", "%", ".", ",", "^", "<", "≥", "<=", "\n", "\t", "\u00a0", "  ", "\0",
    "(1/2)",
]  # fmt: skip
#: Pieces of texts, with or without a space behind each.
TEXTS = st.lists(st.sampled_from(WORDS + SIGNS).flatmap(lambda p: st.sampled_from([p, p + " "])), max_size=12).map(
    "".join
)


@pytest.fixture(scope="module")
def grammar() -> QuantityGrammar:
    return load_rules().quantities


def both(grammar: QuantityGrammar, text: str) -> tuple[list[Quantity] | None, list[Quantity]]:
    lowered = lower_in_place(text)
    return grammar._reader.find(text, lowered, grammar._read, grammar._share_units), grammar._read_all(text, lowered)


@pytest.mark.parametrize("path", sorted(CORPUS.rglob("*.txt")), ids=lambda path: path.stem)
def test_a_report(grammar: QuantityGrammar, path: Path) -> None:
    compiled, plain = both(grammar, path.read_text(encoding="utf-8"))
    assert plain
    assert compiled == plain


@given(TEXTS)
def test_any_text(grammar: QuantityGrammar, text: str) -> None:
    compiled, plain = both(grammar, text)
    assert compiled is None or repr(compiled) == repr(plain)


@pytest.mark.parametrize("text", ["\u017fix days", "5 \u212a", "\u0130 5 mg", "\u03a3"])
def test_letters_that_only_expressions_know_are_left_to_them(grammar: QuantityGrammar, text: str) -> None:
    assert both(grammar, text)[0] is None
