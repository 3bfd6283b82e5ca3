"""The compiled scan of native/words.pyx finds what the one in Python finds, and no input breaks it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp import vocabulary
from casenlp.kept import Kept
from casenlp.lexicon_arrays import Compiled
from casenlp.rules import load_rules
from casenlp.spellings import Folding
from casenlp.vocabulary import Vocabulary

native = vocabulary.compiled_words
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "corpus").rglob("*.txt"))]


def both(folding: Folding, arrays: Compiled) -> tuple[Vocabulary, Vocabulary]:
    """A vocabulary in its compiled form and in Python."""
    compiled = Vocabulary(folding, arrays)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "compiled_words", None)
        plain = Vocabulary(folding, arrays)
    assert isinstance(compiled._phrases.__self__, native.Scan)
    assert plain._phrases.__self__ is plain
    return compiled, plain


@pytest.fixture(scope="module")
def forms() -> tuple[Vocabulary, Vocabulary]:
    words = load_rules().vocabulary
    arrays = Compiled(words._hashes, words._rows, words._offsets, words._table, words._blob)
    return both(words.folding, arrays)


def test_both_find_the_same_in_reports(forms: tuple[Vocabulary, Vocabulary]) -> None:
    compiled, plain = forms
    found = [compiled.phrases(text) for text in TEXTS]
    assert found == [plain.phrases(text) for text in TEXTS]
    assert sum(map(len, found)) > 20 * len(TEXTS)


#: Pieces of our reports, with gaps between them that join, part and mislead.
pieces = st.sampled_from(sorted({word for text in TEXTS for word in text.split()}))
gaps = st.sampled_from(
    [" ", "  ", "\n", " \n", ". ", ".", "-", " - ", "/", "'s ", "'", ", ", "\t", "\u00a0", "_", "% ", ""]
)
mixed = st.lists(st.tuples(pieces, gaps), max_size=40).map(lambda parts: "".join(map("".join, parts)))


@settings(max_examples=400, deadline=None)
@given(text=mixed)
def test_both_find_the_same_in_shuffled_words(forms: tuple[Vocabulary, Vocabulary], text: str) -> None:
    compiled, plain = forms
    assert compiled.phrases(text) == plain.phrases(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(), max_size=60) | st.text("aE.' -\n/s\ud800\U0001d400", max_size=60))
def test_both_find_the_same_in_any_text(forms: tuple[Vocabulary, Vocabulary], text: str) -> None:
    compiled, plain = forms
    try:
        expected = plain.phrases(text)
    except UnicodeEncodeError:  # a lone half of a pair, which no document holds
        with pytest.raises(UnicodeEncodeError):
            compiled.phrases(text)
        return
    assert compiled.phrases(text) == expected


@pytest.mark.parametrize("says", [0x00, 0x11, 0xF0, 0xFF])
@pytest.mark.parametrize("places", [1, 8])
def test_any_number_of_phrases_may_be_open(says: int, places: int) -> None:
    """A table that says of every word that phrases go on with it, as a broken one might."""
    compiled, plain = both(
        Folding({"hyphen": {"letters": 1, "digits": 1}}), Compiled([], [0], [0], bytes([says]) * places, b"")
    )
    text = "word " * 500 + "and-" * 100 + "end. Then " * 3
    assert compiled.phrases(text) == plain.phrases(text) == []


def test_a_phrase_is_kept_open_however_long_it_is() -> None:
    """Entries for every hash, so that each of 300 words ends a phrase with each word before it."""
    stretches = Kept(lambda piece: native.Stretch(len(piece) + 1, 0, [(0, True, (), (0, len(piece), 7 * len(piece)))]))
    entries = Kept(lambda value: ("entry",))
    found = native.Scan(bytes([0xFF]) * 4, stretches, entries, lambda text, start: False).phrases("x " * 299 + "x")
    assert found == [(2 * i, 2 * j + 1, ("entry",)) for i in range(300) for j in range(i + 1, 300)]


@pytest.mark.parametrize("table", [b"", b"abc", bytes(6)])
def test_a_table_of_another_length_is_refused(table: bytes) -> None:
    with pytest.raises(ValueError, match=f"{len(table)} places"):
        native.Scan(table, {}, {}, None)


@pytest.mark.parametrize(
    ("stretches", "error"),
    [
        (Kept(lambda piece: None), TypeError),
        (Kept(lambda piece: piece), TypeError),
        (Kept(lambda piece: {}[piece]), KeyError),
        (Kept(lambda piece: native.Stretch(2, 0, [(0, True, ())])), ValueError),
        (Kept(lambda piece: native.Stretch(2, 0, [(0, True, (), (0, 1, 1 << 64))])), OverflowError),
        ([], TypeError),
    ],
)
def test_what_is_not_as_it_should_be_is_an_error(stretches: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        native.Scan(bytes(4), stretches, {}, None).phrases("a b")


def test_an_error_within_leaves_nothing_behind() -> None:
    def fails(text: str, start: int) -> bool:
        raise RuntimeError("within")

    stretches = Kept(lambda piece: native.Stretch(len(piece) + 1, 1, [(1, True, (), (0, 1, 1))]))
    scan = native.Scan(bytes([0xFF]) * 4, stretches, {}, fails)
    for _ in range(1000):
        with pytest.raises(RuntimeError, match="within"):
            scan.phrases("a b c")


def test_what_is_kept_stays_bounded_and_goes() -> None:
    made: list[str] = []

    def read(piece: str) -> object:
        made.append(piece)
        return native.Stretch(len(piece) + 1, 0, [])

    stretches = Kept(read, most=8)
    scan = native.Scan(bytes(4), stretches, {}, None)
    for n in range(100):
        assert scan.phrases(f"w{n} w{n + 1}") == []
    assert len(stretches) <= 8
    assert len(made) == 101  # each but once, as it was met lately
    gc.collect()
    alive = sum(type(thing) is native.Stretch for thing in gc.get_objects())
    del scan
    stretches.clear()
    stretches._old.clear()
    gc.collect()
    assert alive - sum(type(thing) is native.Stretch for thing in gc.get_objects()) in range(8, 17)
