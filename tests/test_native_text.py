"""The compiled work on letters gives what the Python beside it gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp import letters, native
from casenlp.pipeline.sentences import SentenceSplitter
from casenlp.rules import load_rules

pytestmark = pytest.mark.skipif(native.text is None, reason="casenlp is installed without compiled parts")
CORPUS = sorted((Path(__file__).parents[1] / "corpus").rglob("*.txt"))
REPORTS = pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
SPLITTER = SentenceSplitter(dict(load_rules().sentence_settings))
PLAIN = bytes(range(0x20, 0x7F)) + b"\n"

PIECES = [
    "The", "patient", "was", "seen", "at", "Dr", "e.g", "J", "A", "No", "Fig", "she", "É", "ß", "10", "3", "٣", "_",
    "²", ".", ".", "?", "!", "...", ";", ":", ",", '"', "'", ")", "]", "(", "/", "-", "\u201d", "\0", "\ud800", "😀",
    "a long line of words that goes on and on", "and it is no heading at all", "Case report", "\t", "\u2028", "\u00a0",
]  # fmt: skip
SPACES = ["", "", " ", " ", " ", "\n", "\n", "\n ", "  ", "\n\n", "\x1c", "\r\n"]
TEXTS = st.lists(st.sampled_from(PIECES).flatmap(lambda p: st.sampled_from(SPACES).map(p.__add__)), max_size=40).map(
    "".join
)


def check_line_ends(text: str) -> None:
    asked = (text, ",(/", 40, 0.75)
    assert list(native.text.line_ends(*asked)) == list(letters._line_ends(*asked))


def check_sentences(text: str) -> None:
    assert SPLITTER.split(text) == SPLITTER._split(text)


def check_survey(text: str) -> None:
    for longest in (6, 500):
        assert native.text.survey(text, longest) == letters._survey(text, longest)


def check_letters_outside(text: str) -> None:
    assert native.text.letters_outside(text, PLAIN) == letters._letters_outside(text, PLAIN)


CHECKS = [check_line_ends, check_sentences, check_survey, check_letters_outside]


@REPORTS
@pytest.mark.parametrize("check", CHECKS)
def test_a_report(check: object, path: Path) -> None:
    assert callable(check)
    check(path.read_text(encoding="utf-8"))


@given(TEXTS)
def test_any_text(text: str) -> None:
    for check in CHECKS:
        check(text)


@given(st.text(max_size=30))
def test_any_letters(text: str) -> None:
    for check in CHECKS:
        check(text)


@pytest.mark.parametrize("text", ["", " ", "\n", "One. Two.", "word " * 700, "One; Two three. " + "x, " * 900 + "end."])
def test_short_and_long(text: str) -> None:
    for check in CHECKS:
        check(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("seen.3 Then", [4]), ("(CT).12", [4]), ("1.5", []), ("_.5", []), ("of 10,5", []), ("a:5;b,6", [1, 5])],
)
def test_glued_numbers(text: str, found: list[int]) -> None:
    assert native.text.survey(text, 500)[0] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2 x 10 9/L", (True, False, False, False)),
        ("10 mg of it", (False, False, False, False)),
        ("one \n\n two", (False, True, False, False)),
        ("a   b", (False, False, False, False)),
        ("x" * 501, (False, False, True, False)),
        ("x" * 500, (False, False, False, False)),
        ("well- known", (False, False, False, True)),
    ],
)
def test_survey(text: str, found: tuple[bool, ...]) -> None:
    assert native.text.survey(text, 500)[1:] == found
