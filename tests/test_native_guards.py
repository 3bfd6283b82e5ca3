"""The guards of native/guards.pyx let through the texts that those in Python let through."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp import guards
from casenlp.guards import Words
from casenlp.patterns import symbols_of
from casenlp.rules import load_rules

native = guards.compiled_guards
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
#: Few letters, so that words are often there and often nearly; letters of all widths.
LETTERS = "ab \ue00a\U0001d400"

words = st.text(LETTERS, max_size=4) | st.text("ab", min_size=20, max_size=40)
ways = st.lists(st.lists(st.lists(words, max_size=3).map(tuple), max_size=3).map(tuple), max_size=3).map(tuple)


@settings(max_examples=600, deadline=None)
@given(ways=ways, text=st.text(LETTERS, max_size=60))
def test_both_let_the_same_texts_through(ways: Words, text: str) -> None:
    pattern = re.compile("ab?")
    quick, plain = native.Guard(pattern, ways), guards._Guard(pattern, ways)
    assert quick.holds(text) is plain.holds(text)
    one, other = quick.search(text), plain.search(text)
    assert (one and one.span()) == (other and other.span())


def test_the_macros_find_the_same_in_reports() -> None:
    rules = load_rules()
    texts = [p.read_text(encoding="utf-8").lower() for p in sorted((ROOT / "corpus" / "reports").glob("*.txt"))]
    pieces = [sentence for text in texts for sentence in re.split(r"(?<=[.;\n]) ?", text)]
    passed = stopped = 0
    for name in rules.macros:
        guarded = rules.guarded(name)
        plain = guards._Guard(guarded.pattern, guards.words_of(rules.macros[name], rules.macros, symbols_of))
        for piece in pieces:
            match = guarded.search(piece)
            other = plain.search(piece)
            assert (match and match.span()) == (other and other.span())
            passed, stopped = passed + plain.holds(piece), stopped + (not plain.holds(piece))
    assert passed > len(pieces)
    assert stopped > len(pieces)


@pytest.mark.parametrize("text", [None, 3, b"word"])
def test_no_text_is_an_error(text: Any) -> None:
    with pytest.raises(TypeError):
        native.Guard(re.compile("a"), ((("a",),),)).search(text)
