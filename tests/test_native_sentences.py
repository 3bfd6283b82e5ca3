"""The compiled loops over sentences give what the Python beside them gives, on our corpus and on random texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.kept import MOST
from casenlp.native import phrases, sentences, shadows
from casenlp.patterns import SYMBOLS
from casenlp.pipeline import shadow
from casenlp.pipeline.annotations import Item
from casenlp.pipeline.phrases import PhraseFinder
from casenlp.rules import load_rules
from casenlp.sieve import Sieve

pytestmark = pytest.mark.skipif(None in (sentences, phrases, shadows), reason="casenlp is not compiled here")

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
    for word in text.split(" "):
        assert not word.strip() or SIEVE.may_begin(word) == SIEVE._may_begin(word)
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


def compare_shadows(text: str, start: int, end: int, items: list[Item], compiled: bool | None = None) -> None:
    plain, made = shadow._make(text, start, end, items), shadow.make_shadow(text, start, end, items)
    assert (made.text, made.source, made.end) == (plain.text, plain.source, plain.end)
    assert list(made.items.items()) == list(plain.items.items())
    assert hash(made.text) == hash(plain.text)
    assert made.text.isascii() == plain.text.isascii()
    for position in range(len(plain.text) + 2):
        assert made.text_start(position) == plain.text_start(position), position
        assert made.text_end(position) == plain.text_end(position), position
    assert [made.words(item) for item in made.items.values()] == [plain.words(item) for item in plain.items.values()]
    if compiled is not None:
        assert isinstance(made, shadow.Shadow) is not compiled


@pytest.mark.parametrize(
    ("text", "spans", "compiled"),
    [
        ("He took Aspirin daily.", [("drug", 8, 15)], True),
        ("Aspirin", [("drug", 0, 7)], True),
        ("Aspirin, ibuprofen", [("drug", 0, 7), ("drug", 9, 18)], True),
        ("ABaB", [("drug", 0, 1), ("test", 1, 2), ("drug", 2, 4)], True),
        ("A severe rash", [("modifier", 2, 8), ("finding", 9, 13)], True),
        ("µg of ΑΣ – ÉTÉ", [("drug", 11, 14)], True),
        ("No items", [], True),
        ("", [], True),
        ("a rash", [("finding", 2, 2)], True),
        ("two  spaces", [("drug", 0, 3)], False),
        (" first", [], False),
        ("a\nline", [], False),
        ("İt is", [("drug", 3, 5)], False),
        ("a 😀 rash", [("finding", 4, 8)], False),
        ("overlap", [("drug", 0, 4), ("test", 3, 7)], False),
    ],
)
def test_both_make_the_same_shadow(text: str, spans: list[tuple[str, int, int]], compiled: bool) -> None:
    items = [Item(kind, start, end, "") for kind, start, end in spans]
    compare_shadows(text, 0, len(text), items, compiled)
    moved = [Item(kind, start + 3, end + 3, "") for kind, start, end in spans]
    compare_shadows(f"So {text} it was", 3, len(text) + 3, moved, compiled)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(texts, st.sampled_from(sorted(SYMBOLS)), st.integers(0, 9)), max_size=6), texts)
def test_both_make_the_same_shadow_of_random_sentences(parts: list[tuple[str, str, int]], rest: str) -> None:
    text, items = "Before. ", []
    for words, kind, length in parts:
        text += words
        items.append(Item(kind, max(8, len(text) - length), len(text), ""))
    apart = [item for item, before in zip(items[1:], items, strict=False) if item.start >= before.end]
    for chosen in (items[:1] + apart, items):
        compare_shadows(text + rest, 8, len(text + rest), chosen)


def test_an_item_that_changed_since_ends_where_it_ends_now() -> None:
    item = Item("drug", 2, 6, "")
    made = shadow.make_shadow("a drug now", 0, 10, [item])
    item.end = 5
    assert (made.text_end(3), made.text_start(3)) == (5, 6)


def test_an_unknown_kind_is_an_error_in_both() -> None:
    for make in (shadow.make_shadow, shadow._make):
        with pytest.raises(KeyError):
            make("a thing", 0, 7, [Item("thing", 2, 7, "")])
