"""An outline lets every place of a text through at which its expression matches, and few others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp import outlines
from casenlp.outlines import Network, Screens, network
from casenlp.rules import load_rules

native = outlines.compiled_outlines
compiled = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
#: Letters of all widths and kinds, few so that expressions often match; the last but one is the symbol of an item.
LETTERS = "ab1_- \n.é–α٣\u2003\ue000\U0001d400"

atoms = st.sampled_from(
    [
        "a", "b", "1", "-", " ", "é", "–", "\ue000", r"\.", ".", "[ab]", "[^a]", "[^\ue000.]", "[a-é]", r"[\w-]",
        r"\w", r"\d", r"\s", r"\W", r"\D", r"\S", r"[^\w\s]", r"\b", r"\B", "^", "$", r"\A", r"\Z", "",
    ]
)  # fmt: skip


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    opening = st.sampled_from(["(?:", "(", "(?=", "(?!", "(?<!a", "(?<=b"])
    counted = st.sampled_from(["?", "*", "+", "??", "*?", "+?", "{2}", "{1,3}", "{0,2}?", "{2,}", "{0,30}?", "{3,9}"])
    groups = st.tuples(opening, inner).map(lambda g: f"{g[0]})" if "<" in g[0] else f"{g[0]}{g[1]})")
    return (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map("|".join)
        | groups
        | st.tuples(inner, counted).map(lambda r: f"(?:{r[0]}){r[1]}")
    )


patterns = st.recursive(atoms, _larger, max_leaves=12)


def _agrees(outline: Any, expression: re.Pattern[str], text: str, start: int) -> bool:
    """Whether an outline lets a text through from before where its expression matches, if it does."""
    m = expression.search(text, start)
    return m is None or start <= outline.first(text, start) <= m.start()


@compiled
@settings(max_examples=1000, deadline=None)
@given(pattern=patterns, texts=st.lists(st.text(LETTERS, max_size=20), max_size=6), start=st.integers(0, 5))
def test_no_match_is_lost(pattern: str, texts: list[str], start: int) -> None:
    expression = re.compile(pattern)
    drawn = network(expression.pattern)
    if drawn is None:
        return
    outline = native.Outline(drawn)
    for text in texts * 2:  # the second time from what was kept
        assert _agrees(outline, expression, text, 0)
        assert _agrees(outline, expression, text, start)


@compiled
@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        (
            r"\bon (?:the |a )?\ue000",
            ["on \ue000", "went on a \ue000."],
            ["upon \ue000", "on his \ue000", "\ue000 on", ""],
        ),
        (r"a[^;]{0,9}?b", ["a" + 20 * "x" + "b", "b ab"], ["ba", "a;b", "a", "b"]),  # long counts are left out
        ("a[^;]*b", ["a" + 500 * "x"], ["a" + 300 * "x"]),  # nothing is followed for long
        (r"a(?:x ){1,3}b", ["ax x x b"], ["ab", "ax x x x b"]),
        (r"a(?:(?!\ue000|not)[^.])*b", ["a x b", "a not b"], ["a\ue000b", "a.b"]),  # one letter ahead is looked at
        (r"a(?=,|$)", ["ba", "a,"], ["a b"]),
        (r"(?<![\w-])a", ["a", " a"], ["ba", "-a"]),
        (r"^a|b$", ["ax", "xb", "b\n"], ["xa", "bx"]),
        (r"\d{2}\s\w", ["12 a", "٣٣\u2003é"], ["1 a", "12  ", "12–a"]),
        (r"[α-ω] –", ["x α –", "א –"], ["a –", "α -"]),  # which letters are between those, is not known
    ],
)
def test_what_is_let_through(pattern: str, allowed: list[str], refused: list[str]) -> None:
    drawn = network(pattern)
    assert drawn is not None
    outline = native.Outline(drawn)
    assert [text for text in (*allowed, *refused) if outline.first(text, 0) >= 0] == allowed


@pytest.mark.parametrize("pattern", [r"(a)\1", "a*", "(?i)a", "(?i:a)b", "(?m)^a", "(?a)\\w", "a" * 30_000])
def test_what_has_no_outline(pattern: str) -> None:
    assert network(pattern) is None


@compiled
def test_rules_match_nothing_that_is_not_let_through() -> None:
    rules = load_rules()
    texts = [p.read_text(encoding="utf-8").lower() for p in sorted((ROOT / "corpus" / "reports").glob("*.txt"))]
    sentences = [sentence for text in texts[::4] for sentence in re.split(r"(?<=[.;\n]) ?", text)]
    matched = stopped = 0
    for name in sorted(rules.macros)[::3]:
        expression = rules.macro(name)
        drawn = network(expression.pattern)
        if drawn is None:  # it may match no letter
            continue
        outline = native.Outline(drawn)
        for sentence in sentences:
            allowed = outline.first(sentence, 0) >= 0
            stopped += not allowed
            if expression.search(sentence):
                matched += 1
                assert allowed, (name, sentence)
    assert matched > len(sentences)
    assert stopped > len(sentences)


@compiled
def test_what_is_kept_stays_bounded() -> None:
    """Of this expression every stretch of eleven letters leads to another set of states."""
    expression = re.compile("[ab]*a(?:[ab]{6}){2}c")
    drawn = network(expression.pattern)
    assert drawn is not None
    outline = native.Outline(drawn)
    for number in range(3000):
        text = f"{number * 2654435761 % 2**32:032b}".translate({48: "a", 49: "b"})
        assert (outline.first(text + "c", 0) >= 0) is (expression.search(text + "c") is not None)
        assert outline.first(text, 0) == -1


#: What rules are of, which never match no letter, and what has no outline.
EXPRESSIONS = (
    r"\b(?:on|with) (?:the )?\ue000", r"\ue000(?:(?!\ue001)[^;]){0,5}?\ue001", "(a)b?", "a(?=b)", "aa", r"(b)\1",
    "^a|b$", "x*", r"(?<!a)b", r"(?:a b){2,}", "[^a]",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(["a", "b", "on ", "with the ", " ", ";", "\ue000", "\ue001", "–", "x"])).map("".join),
        min_size=2 * outlines._WORTH,
        max_size=3 * outlines._WORTH,
    ),
    low=st.integers(0, 4),
    high=st.integers(5, len(EXPRESSIONS)),
)
def test_screens_find_what_regular_expressions_find(texts: list[str], low: int, high: int) -> None:
    screens: Screens[tuple[int, int | None], int] = Screens(
        lambda key: (key[0], re.compile(EXPRESSIONS[key[0]])), lambda key: network(EXPRESSIONS[key[0]])
    )
    keys: list[tuple[int, int | None]] = [(number, None) for number in range(len(EXPRESSIONS))]

    def spans(found: tuple[int, list[re.Match[str]]]) -> tuple[int, list[tuple[int, int]]]:
        return found[0], [m.span() for m in found[1]]

    for text in texts:
        expected = [(number, list(re.finditer(EXPRESSIONS[number], text))) for number in range(low, high)]
        expected = [found for found in expected if found[1]]
        assert [*map(spans, screens.all(keys, low, high, text))] == [*map(spans, expected)]
        first = screens.first(keys, low, high, text)
        assert (first and spans(first)) == (spans(expected[0]) if expected else None)


@compiled
@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 9}, {"start": -1}, {"operations": b"\x00\x07"}, {"operations": b""},
        {"numbers": b"\x00\x00\x09\x00"}, {"firsts": b"\x00\x00\x05\x00\x01\x00"}, {"firsts": b""},
        {"ways": b"\x09\x00"}, {"ways": b""}, {"sets": b"\x00"}, {"sets": b""}, {"kinds": b""},
        {"kinds": bytes([9] * 516)}, {"named": b"\x00\x02\x00\x00\x09\x00\x00\x00"},
    ],
)  # fmt: skip
def test_what_is_no_network_is_an_error(wrong: dict[str, Any]) -> None:
    drawn = network("a")
    assert drawn is not None
    with pytest.raises(ValueError, match=r"states|sets"):
        native.Outline(drawn._replace(**wrong))


@pytest.mark.parametrize("pattern", ["a", "[^\\W\\d]{2}–|\ue000", "(?:the|a){0,9}b$"])
def test_a_network_is_read_as_it_was_packed(pattern: str) -> None:
    drawn = network(pattern)
    assert drawn is not None
    assert Network.unpacked(drawn.packed()) == drawn
    with pytest.raises(ValueError, match="incomplete"):
        Network.unpacked(drawn.packed()[:-8])
