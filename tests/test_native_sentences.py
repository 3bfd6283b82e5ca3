"""The compiled loops over sentences give what the Python beside them gives, on our corpus and on random texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.kept import MOST
from casenlp.native import phrases, sentences
from casenlp.patterns import SYMBOLS
from casenlp.pipeline.phrases import PhraseFinder
from casenlp.rules import load_rules
from casenlp.sieve import Sieve

pytestmark = pytest.mark.skipif(sentences is None or phrases is None, reason="casenlp is not compiled here")

CORPUS = sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt"))
PHRASES = [
    "no",
    "no sign of",
    "no sign",
    "sign of relief",
    "of relief",
    "et al.",
    "non-smoker",
    ", a guess",
    "nó",
    "a" * 90,
]
RULES = load_rules()
SIEVE = Sieve([rule.ways for rule in RULES.compiled])
FINDER = PhraseFinder([*PHRASES, *(term.lower() for cue in RULES.cues for term in cue.terms)])
#: What separates words for str.split, for the rules, or for neither; a letter that grows in lower case; a wide one
APART = [" ", "  ", "\t", "\xa0", "\u2003", "\x1f", ".", ",", "-", "_", "/", "(", "", "İ", "𝒳", "²", "٣"]
WORDS = [
    *(word for phrase in PHRASES for word in phrase.split()),
    "was",
    "diagnosed",
    "mg",
    "day",
    "12",
    "3rd",
    *SYMBOLS.values(),
]
texts = st.lists(st.sampled_from(WORDS) | st.sampled_from(APART) | st.text(max_size=5), max_size=30).map("".join)


def compare(text: str) -> None:
    assert SIEVE.met(text) == SIEVE._met(text)
    assert SIEVE.may_end(text) == SIEVE._may_end(text)
    assert FINDER.find(text) == FINDER._find(text)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_both_read_our_reports_alike(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").lower().splitlines():
        for words in (line, *line.split(". ")):
            compare(words)


@settings(max_examples=1500, deadline=None)
@given(texts)
def test_both_read_random_texts_alike(text: str) -> None:
    compare(text)
    compare(text.lower())


def test_both_read_more_words_alike_than_are_kept() -> None:
    for number in range(2 * MOST + 10):
        text = f"no sign of x{number} was diagnosed with x{number // 3}, {number} mg"
        assert FINDER.find(text) == [(0, 10)]
        if number % 97 == 0:
            compare(text)
