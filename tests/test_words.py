"""Tokens without a Doc are those of the tokenizer, and extraction needs no spaCy."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scispacy.abbreviation import filter_matches, find_abbreviation
from spacy.language import Language
from spacy.matcher import Matcher

from casenlp.kept import FEW, Kept
from casenlp.patterns import Rule
from casenlp.pipeline import build
from casenlp.pipeline.abbreviations import Abbreviations, defined_by
from casenlp.pipeline.annotations import Annotations
from casenlp.pipeline.shapes import WordShapes, is_word_pattern
from casenlp.pipeline.words import Words, WordSplitter
from casenlp.rules import load_rules
from casenlp.scan import scanner

REPORTS = sorted((Path(__file__).parents[1] / "corpus" / "reports").glob("*.txt"))
#: Pieces in which affixes, exceptions, white space and brackets meet in all ways.
PIECES = (
    "She", "can't", "e.g.", "i.v.", "p.m.", "10", "mg", "5mg", "12.5", "TNF-α", "IL-2", "methotrexate", "MTX", "(", ")",
    "[", "]", "(MTX)", "f(x)y", ":)", "'s", "’s", '"', ",", ".", "...", ";", "/", "-", "–", "<", "=", "%", "°C", "°C.",
    "µg", "²", "$", "US$", "\n", "\t", " ", "  ", "\xa0", "é", "Dr.", "etc.", "vs.", "C++", "a.m", "w/o", "😀", "x×y",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=14).map("".join)


@pytest.fixture(scope="module")
def nlp() -> Language:
    return build(load_rules())


split = WordSplitter()


@pytest.mark.parametrize("path", REPORTS, ids=lambda p: p.stem)
def test_words_of_reports_are_those_of_the_tokenizer(nlp: Language, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert split(text) == Words.of_doc(nlp.make_doc(text))


def test_words_of_any_text_are_those_of_the_tokenizer(nlp: Language) -> None:
    @settings(max_examples=1500, deadline=None)
    @given(texts)
    def compare(text: str) -> None:
        assert split(text) == Words.of_doc(nlp.make_doc(text))

    compare()


def test_plain_words_and_the_signs_behind_them(nlp: Language) -> None:
    text = " ".join(path.read_text(encoding="utf-8") for path in REPORTS)
    plain = sorted(set(re.findall(r"[A-Za-z]+", text)) | set("aAzZ") | {"us", "vs", "cannot", "gonna", "dont"})
    for words in (plain, [word.upper() for word in plain], [word.capitalize() for word in plain]):
        for sign in ("", ",", ".", ";", ").", ".,", "'s", "-"):
            joined = " ".join(word + sign for word in words)
            assert split(joined) == Words.of_doc(nlp.make_doc(joined)), sign


def test_what_is_kept_of_words_stays_bounded() -> None:
    splitter = WordSplitter()

    def held() -> int:
        return sum(len(kept) for kept in vars(splitter).values() if isinstance(kept, dict | set))

    splitter("a:)")
    begun = held()
    for number in range(2 * FEW):
        splitter(f"a{number}:)")  # ends in an exception that is taken apart
    assert held() - begun < FEW


def test_what_lies_within_is_as_in_spacy(nlp: Language) -> None:
    @settings(max_examples=300, deadline=None)
    @given(texts, st.integers(0, 30), st.integers(0, 30))
    def compare(text: str, start: int, length: int) -> None:
        end = min(len(text), start + length)
        if start >= end:
            return
        first, stop = split(text).within(start, end)
        span = nlp.make_doc(text).char_span(start, end, alignment_mode="contract")
        assert (first, stop) == (span.start, span.end) if span is not None else first >= stop

    compare()


#: Words that make definitions of all kinds, right and wrong.
DEFINITIONS = (
    "tumor necrosis factor", "methotrexate", "(TNF)", "(MTX)", "TNF (tumor necrosis factor alpha)", "(MTX, 1 mg)",
    "magnetic resonance", "(MRI)", "MR (magnetic resonance (MR) of it)", "(", ")", "angio-oedema (AO)", "and", "10 mg",
    "(10 mg)", "Bell's palsy (BP)", "(BP; see text)", "non-steroidal drugs (NSAIDs)", "a/b (AB)", "x", ".", "(a (MRI))",
)  # fmt: skip


def test_what_brackets_define_is_as_in_scispacy(nlp: Language) -> None:
    found = 0

    @settings(max_examples=800, deadline=None)
    @given(st.lists(st.sampled_from(DEFINITIONS), min_size=1, max_size=8).map(" ".join), st.integers(1, 20))
    def compare(text: str, first: int) -> None:
        nonlocal found
        doc = nlp.make_doc(text)
        for end in range(first + 1, min(first + 10, len(doc) + 1)):
            expected = None
            for long_candidate, short_candidate in filter_matches([(0, first, end)], doc):
                short, long = find_abbreviation(long_candidate, short_candidate)
                if long is not None and len(long.text) > len(short.text):
                    expected = short.text, long.start_char, long.end_char
            found += expected is not None
            assert defined_by(Words.of_doc(doc), first, end) == expected

    compare()
    assert found > 20  # so that it has been put to the test


#: Pieces about brackets that the tokenizer treats in ways of its own.
ODD_BRACKETS = (
    "Figure 8)", "(8mg", "(o:", "10am (a big map)", "(Bcl)-2", "(IL-2)-dependent", "(RV):", "(RV): Right)", "30s.",
    "Ph.D.", "(p.R3 x)", "p (p. R)", "ΑΣ (αΑΣ βΣ)", "İL (İL il)", "He (he ate rice then)", ":)", "He's", "(Figure",
    "(Fig.3B) for",
)  # fmt: skip


def test_what_a_text_defines_is_what_each_of_its_brackets_defines() -> None:
    abbreviations = Abbreviations(split)
    found = 0

    @settings(max_examples=1500, deadline=None)
    @given(
        st.lists(st.sampled_from(DEFINITIONS + ODD_BRACKETS), min_size=1, max_size=9),
        st.sampled_from(("", " or" * 400)),  # with few brackets for its length a text is read in another way
    )
    def compare(parts: list[str], rest: str) -> None:
        nonlocal found
        text = " ".join(parts) + rest
        words = split(text)
        expected: dict[str, str] = {}
        for close in (i for i, letter in enumerate(text) if letter == ")"):
            for at in (i for i, letter in enumerate(text[:close]) if letter == "(" and close - i <= 160):
                defined = defined_by(words, *words.within(at + 1, close))
                if defined is not None:
                    short, start, end = defined
                    expected.setdefault(short, text[start:end])
        known = Annotations(text)
        abbreviations.annotate(known)
        assert known.abbreviations == expected
        found += len(expected)

    compare()
    assert found > 100


@pytest.mark.parametrize("part", ["(", "( ", "(a", "a)", "(a) ", "((a) ", "and it goes on\nas long lines(ab)\n"])
def test_time_for_brackets_grows_no_faster_than_the_text(part: str) -> None:
    known = Annotations(part * (30_000 // len(part)))
    begun = time.process_time()
    Abbreviations(split).annotate(known)
    assert time.process_time() - begun < 5  # seconds; it was a minute where each bracket looked at all others


#: Token patterns of one word, with every condition that is read without spaCy.
ENDINGS = (
    [{"LOWER": {"REGEX": "^[a-z]{2,}[xe]$"}}],
    [{"LOWER": {"REGEX": "^i"}, "ORTH": {"REGEX": "[A-Z]-2$"}}],
    [{"LOWER": {"REGEX": r"\.\d$"}}],
)
SHAPES = (
    *ENDINGS,
    [{"LOWER": {"REGEX": "^[a-z]{2,}x$", "NOT_IN": ["mtx"]}}],
    [{"ORTH": "MTX"}],
    [{"TEXT": {"IN": ["(", "e.g.", "10"]}, "LOWER": {"NOT_IN": ["10"]}}],
    [{"lower": "she"}],
)


@pytest.mark.parametrize("patterns", [SHAPES, ENDINGS, ENDINGS[:1]], ids=["all", "expressions only", "one expression"])
def test_shapes_of_words_match_as_in_spacy(nlp: Language, patterns: Sequence[list[dict[str, Any]]]) -> None:
    rules = [Rule(str(n), "", "", "", "FINDING", tokens=tuple(pattern)) for n, pattern in enumerate(patterns)]
    matcher = Matcher(nlp.vocab)
    for rule in rules:
        assert is_word_pattern(rule.tokens)
        matcher.add(rule.id, [list(rule.tokens)])
    shapes = WordShapes(rules, split)
    scan = scanner(b"\0", Kept(lambda word: (0, False, ())), {}, shapes.within)
    found = 0

    @settings(max_examples=500, deadline=None)
    @given(texts)
    def compare(text: str) -> None:
        nonlocal found
        doc = nlp.make_doc(text)
        spans = [(doc[i:j], nlp.vocab.strings[match]) for match, i, j in matcher(doc)]
        expected = [(span.start_char, span.end_char, rule) for span, rule in spans]
        found += len(expected)
        assert [(start, end, rule.id) for start, end, rule in scan(text)[1]] == expected

    compare()
    assert found > 20


@pytest.mark.parametrize(
    "pattern", [[{"LIKE_NUM": True}], [{"LOWER": "a"}, {"LOWER": "b"}], [{}], [{"LOWER": "a", "OP": "?"}]]
)
def test_other_patterns_are_left_to_spacy(pattern: list[dict[str, Any]]) -> None:
    assert not is_word_pattern(pattern)


def test_extraction_imports_neither_spacy_nor_numpy() -> None:
    code = (
        "import sys, casenlp\n"
        "document = casenlp.SourceDocument('a', 'He took methotrexate (MTX) 10 mg. MTX was stopped.')\n"
        "print(len(casenlp.load().extract(document).drugs), sorted({'spacy', 'numpy'} & set(sys.modules)))"
    )
    split("(MTX)")  # what the tokenizer goes by is in the cache folder from now on
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "[]"]


def test_a_short_form_behind_a_bracket_that_is_part_of_a_token() -> None:
    text = "magnetic resonance tumor necrosis factor (IL-2)-dependent magnetic resonance :)" + " or" * 400
    known = Annotations(text)
    Abbreviations(split).annotate(known)
    assert known.abbreviations == {"magnetic resonance": "magnetic resonance tumor necrosis factor"}
