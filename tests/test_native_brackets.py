"""The compiled reader of brackets finds what the Python beside it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp import native
from casenlp.pipeline.abbreviations import Abbreviations

pytestmark = pytest.mark.skipif(native.brackets is None, reason="casenlp is installed without compiled parts")
CORPUS = Path(__file__).parents[1] / "corpus"
DETECTOR = Abbreviations()

#: Words, brackets and definitions of them, made of the first letters of what stands before.
WORDS = [
    "acute", "kidney", "injury", "AKI", "magnetic", "tumour", "necrosis", "factor", "alpha", "TNF-α", "with", "T-cell",
    "word(s)", "(s)he", "8)", ":)", "(o:", "x=3", "e.g.", "Fig.", "1", "n", "=", "kinase", "CK;", "ΑΣ", "Σ", "\u0130l",
    "interleukin-2", "IL-2", "IL", "2", "of", "the", ",", ".", "don't", "U.S.", "(", ")", "(", ")", "\0",
]  # fmt: skip
PLAIN = st.sampled_from(WORDS)
DEFINED = st.lists(st.sampled_from(WORDS[:12]), min_size=2, max_size=4).map(
    lambda words: f"{' '.join(words)} ({''.join(word[0] for word in words)})"
)
LONG_BEHIND = st.lists(st.sampled_from(WORDS[:12]), min_size=3, max_size=5).map(
    lambda words: f"{''.join(word[0] for word in words).upper()} ({' '.join(words)})"
)
SPACES = st.sampled_from([" ", " ", " ", "", "  ", "\n", " \n", "\t", "\u00a0"])
TEXTS = st.lists(st.tuples(PLAIN | DEFINED | LONG_BEHIND, SPACES).map("".join), max_size=16).map("".join)


def compiled(text: str) -> list[tuple[str, tuple[int, int]]]:
    return list(DETECTOR._brackets.define(text, DETECTOR._defined_at).items())


@pytest.mark.parametrize("path", sorted(CORPUS.rglob("*.txt")), ids=lambda path: path.stem)
def test_a_report(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert compiled(text) == list(DETECTOR._look_through(text, dense=False).items())


@given(TEXTS)
def test_any_text(text: str) -> None:
    assert compiled(text) == list(DETECTOR._look_through(text, dense=False).items())


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("an acute kidney injury (AKI) was seen", "AKI", "acute kidney injury"),
        ("AKI (acute kidney injury of both)", "AKI", "acute kidney injury of both"),
        ("of tumour\nnecrosis factor (TNF), then", "TNF", "tumour\nnecrosis factor"),
    ],
)
def test_what_is_defined(text: str, short: str, long: str) -> None:
    ((found, (start, end)),) = compiled(text)
    assert (found, text[start:end]) == (short, long)
