"""The scan of a text, as compiled and in Python: both find the same, and no input breaks the compiled one."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp import scan
from casenlp.kept import MOST, Kept
from casenlp.rules import load_rules
from casenlp.scan import Scanner, scanner

native = scan.compiled_words
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "corpus").rglob("*.txt"))]
MARKED = re.compile("[sx]")


def mark(stretch: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((m.start(), m.end(), m.group()) for m in MARKED.finditer(stretch))


def both(make: Callable[[], Scanner]) -> tuple[Scanner, Scanner]:
    """What is made, compiled and in Python."""
    compiled = make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "compiled_words", None)
        plain = make()
    assert isinstance(compiled.__self__, native.Scan)
    assert isinstance(plain.__self__, scan._Scan)
    return compiled, plain


@pytest.fixture(scope="module")
def forms() -> tuple[Scanner, Scanner]:
    vocabulary = load_rules().vocabulary
    return both(lambda: vocabulary.scanner(mark))


def test_both_find_the_same_in_reports(forms: tuple[Scanner, Scanner]) -> None:
    compiled, plain = forms
    found = [compiled(text) for text in TEXTS]
    assert found == [plain(text) for text in TEXTS]
    assert sum(len(phrases) for phrases, _ in found) > 20 * len(TEXTS)
    assert [len(marks) for _, marks in found] == [len(MARKED.findall(text)) for text in TEXTS]


#: Words of our reports, with gaps between them that join, part and mislead.
words = st.sampled_from(sorted({word for text in TEXTS for word in text.split()} | {"E", "5", "p", "s", "S", "é", "_"}))
gaps = st.sampled_from(
    [" ", "  ", "\n", " \n ", ". ", ".", "-", " - ", "/", "'s ", "'s.", "'", ", ", "\t", "\u00a0", "_", "% ", ""]
)
shuffled = st.lists(st.tuples(words, gaps), max_size=40).map(lambda parts: "".join(map("".join, parts)))


@settings(max_examples=500, deadline=None)
@given(text=shuffled)
def test_both_find_the_same_in_shuffled_words(forms: tuple[Scanner, Scanner], text: str) -> None:
    compiled, plain = forms
    assert compiled(text) == plain(text)


@settings(max_examples=500, deadline=None)
@given(text=st.text(st.characters(), max_size=60) | st.text("aEs5.'_ -\n/\t²\ud800\U0001d400", max_size=60))
def test_both_find_the_same_in_any_text(forms: tuple[Scanner, Scanner], text: str) -> None:
    compiled, plain = forms
    assert compiled(text) == plain(text)


def hashed(word: str) -> tuple[int, bool, tuple[str, ...]]:
    return 0x9E3779B97F4A7C15 * len(word) % 2**64, True, (word,) if len(word) == 3 else ()


@pytest.mark.parametrize("says", [0x00, 0x11, 0xF0, 0x0F, 0xFF])
@pytest.mark.parametrize("places", [1, 8])
def test_any_number_of_phrases_may_be_open(says: int, places: int) -> None:
    """A table that says of every word that phrases end or go on with it, as a broken one might."""
    entries = Kept(lambda value: (value,) if value % 3 else ())
    compiled, plain = both(lambda: scanner(bytes([says]) * places, Kept(hashed), entries, None))
    text = "word " * 300 + "and-" * 100 + "end. Then a " * 3
    assert compiled(text) == plain(text)


def test_a_phrase_stays_open_however_long_it_is() -> None:
    """Entries for every hash, so that each of 300 words ends a phrase with each word before it."""
    (compiled, _) = both(lambda: scanner(b"\xff" * 4, Kept(hashed), Kept(lambda value: ("entry",)), None))
    found, _ = compiled("x " * 299 + "x")
    assert found == [(2 * i, 2 * j + 1, ("entry",)) for i in range(300) for j in range(i + 1, 300)]


@pytest.mark.parametrize("table", [b"", b"abc", bytes(6)])
def test_a_table_of_another_length_is_refused(table: bytes) -> None:
    with pytest.raises(ValueError, match=f"{len(table)} places"):
        scanner(table, {}, {}, None)


def fails(*_: object) -> Any:
    raise RuntimeError("within")


WRONG = {
    "words are no dict": ([], {}, None, TypeError),
    "a word is missing": ({}, {}, None, KeyError),
    "a word is nothing": (Kept(lambda word: None), {}, None, TypeError),
    "a word lacks its entries": (Kept(lambda word: (0, True)), {}, None, ValueError),
    "a hash is too large": (Kept(lambda word: (1 << 64, True, ())), {}, None, OverflowError),
    "a hash is below 0": (Kept(lambda word: (-1, True, ())), {}, None, OverflowError),
    "entries are missing": (Kept(hashed), {}, None, KeyError),
    "a word fails": (Kept(fails), {}, None, RuntimeError),
    "entries fail": (Kept(hashed), Kept(fails), None, RuntimeError),
    "a mark fails": (Kept(hashed), {}, fails, RuntimeError),
    "marks are no tuple": (Kept(hashed), {}, lambda stretch: [1], TypeError),
    "a mark is too short": (Kept(hashed), {}, lambda stretch: ((1, 2),), ValueError),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_as_it_should_be_is_an_error(what: str) -> None:
    words, entries, mark, error = WRONG[what]
    for _ in range(100):
        with pytest.raises(error):
            scanner(b"\xff" * 4, words, entries, mark)("ab c ab")


def compiled_scan(words: Any, mark: Any = None, most: int = 8) -> Any:
    def never(*_: object) -> int:
        return 0

    return native.Scan(bytes(4), words, {}, mark, (never, never, never, never), most)


@given(st.lists(st.integers(0, 40)))
def test_stretches_are_kept_in_two_generations(numbers: list[int]) -> None:
    """Those among the last eight are not read again; more than twice as many are never kept."""
    read: list[str] = []
    form = compiled_scan(Kept(hashed), lambda stretch: read.append(stretch) or ((0, 1, stretch),))
    lately: list[str] = []
    for word in (f"w{number}" for number in numbers):
        before = len(read)
        assert form.scan(word)[1] == [(0, 1, word)]
        assert (len(read) == before) >= (word in lately[-8:])
        lately = [w for w in lately if w != word] + [word]
        assert len(form) <= 16


def test_long_stretches_are_not_kept() -> None:
    form = compiled_scan(Kept(hashed))
    for length, kept in ((2, 2), (80, 4), (82, 4), (100_000, 4)):
        assert form.scan("a" * length) == form.scan("a-" * (length // 2)) == ([], [])
        assert len(form) == kept


def test_memory_stays_bounded() -> None:
    """Whatever is read: some 4 MB a generation."""
    form = compiled_scan(Kept(hashed), most=MOST)
    for n in range(3 * MOST):
        form.scan(f"{n:08}" + "-a" * 35)
    assert len(form) <= 2 * MOST
    assert sys.getsizeof(form) < 10_000_000


def test_what_was_kept_is_let_go() -> None:
    class Thing:
        pass

    thing = Thing()
    before = sys.getrefcount(thing)
    form = compiled_scan(Kept(lambda word: (1, True, (thing,)), 8), lambda stretch: ((0, 1, thing),))
    for n in range(1000):
        found, marked = form.scan(f"w{n} w{n}")
        assert len(found) == len(marked) == 2
    del found, marked
    assert before < sys.getrefcount(thing) <= before + 2 * 16 + 16
    del form
    gc.collect()
    assert sys.getrefcount(thing) == before


def test_a_scan_within_a_scan() -> None:
    """Whatever is asked for may scan too, so that what is kept is forgotten meanwhile."""
    depth = 0

    def word(written: str) -> tuple[int, bool, tuple[str, ...]]:
        nonlocal depth
        if depth < 2:
            depth += 1
            form.scan(" ".join(f"{depth}x{n}" for n in range(12)))
            depth -= 1
        return hashed(written)

    form = compiled_scan(Kept(word, 4), lambda stretch: ((0, 1, stretch),))
    text = " ".join(f"{'abc'[: n % 3 + 1]}-{n}" for n in range(60))
    expected = [(m.start(), m.start() + 1, m.group()) for m in re.finditer(r"\S+", text)]
    for _ in range(3):
        assert form.scan(text)[1] == expected
