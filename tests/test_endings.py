"""Macros at the end of a text: the test of the last word loses no match and makes none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp.rules import RuleSet, load_rules

MACROS = ("reference_cue", "reference_cue_of_range", "not_a_value_before", "no_result_before", "dose_cue")
WORDS = [
    "normal", "range", "reference", "of", "was", "for", "n", "rr", "case", "figure", "the", "last", "(", ":", "=", ",",
    "<", "-", "no.", "p", "history", "dose", "doses", "to", "level", "limit", "upper", "é", "\ue005", "\ue012", "x",
]  # fmt: skip


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


ENDS = {"normal range: ": True, "the normal range was seen": False, "(reference": True, "rr 12": False, "": False}


@pytest.mark.parametrize("text", ENDS)
def test_ending(rules: RuleSet, text: str) -> None:
    assert (rules.ending("reference_cue").search(text) is not None) is ENDS[text]


@pytest.mark.parametrize("name", MACROS)
@given(text=st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", " ", "  "]))))
def test_the_last_word_decides_nothing_that_the_pattern_does_not(
    rules: RuleSet, name: str, text: list[tuple[str, str]]
) -> None:
    words = "".join(map("".join, text))
    found = re.search(rules.macro(name).pattern + r"\s*$", words)
    ending = rules.ending(name).search(words)
    assert (ending and ending.span()) == (found and found.span())
    assert rules.ending(name).ends(words) == (found is not None)
