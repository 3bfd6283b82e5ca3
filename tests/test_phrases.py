"""Fixed phrases in a sentence: word borders, the longest of several, none that overlap."""

from __future__ import annotations

import pytest

from casenlp.pipeline.phrases import PhraseFinder

PHRASES = ["no", "no sign of", "no sign", "sign of relief", "of relief", "denied", "et al.", "non-smoker", ", a guess"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("there was no pain", ["no"]),
        ("no sign of harm", ["no sign of"]),
        ("no sign, no relief", ["no sign", "no"]),
        ("no sign of relief", ["no sign of"]),
        ("a sign of relief", ["sign of relief"]),
        ("a signal of relief", ["of relief"]),
        ("(no) pain/no relief", ["no", "no"]),
        ("he denied, she denied.", ["denied", "denied"]),
        ("nobody unno no_one", []),
        ("smith et al. wrote", ["et al."]),
        ("smith et al.x", []),
        ("a non-smoker.", ["non-smoker"]),
        ("\ue000, a guess", [", a guess"]),
        ("no sign", ["no sign"]),
        ("no \ue000 sign of", ["no"]),
        ("", []),
    ],
)
def test_the_longest_phrases_are_found_in_order(text: str, found: list[str]) -> None:
    spans = PhraseFinder(PHRASES).find(text)
    assert [text[start:end] for start, end in spans] == found
