"""The compiled passes over items that look at the words beside them, or at kinds and places, do what Python does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casenlp import native
from casenlp.pipeline import annotations, components
from casenlp.pipeline.annotations import Annotations, Component, Item
from casenlp.pipeline.context import Context
from casenlp.pipeline.neighbours import BEFORE, BEHIND, BOUNDS, FIRST, SPACED, Neighbours
from casenlp.repair import normalize
from casenlp.rules import RuleSet, Section, load_rules

pytestmark = pytest.mark.skipif(native.neighbours is None, reason="casenlp is installed without compiled parts")
CORPUS = sorted((Path(__file__).parents[1] / "corpus").rglob("*.txt"))
KINDS = ("drug", "test", "finding")
WORDS = ["and", "Non-", "SEVERE", "virus", "of", "Ä", "\u0130x", "\U0001f600", "x" * 71, ",", "s"]
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", " ", "  ", "\n", "\u2003"])), max_size=12).map(
    lambda parts: "".join(map("".join, parts))
)


class Table(dict[str, bool]):
    """Tells of every word the same as of others of its length."""

    def __missing__(self, word: str) -> bool:
        return len(word) % 2 == 0


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


def placed(data: st.DataObject, text: str) -> list[Item]:
    """Items anywhere in a text, in order of their starts."""
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    ends = [data.draw(st.integers(start, len(text))) for start in starts]
    return [
        Item(data.draw(st.sampled_from((*KINDS, "age"))), start, end, "rule")
        for start, end in zip(starts, ends, strict=True)
    ]


@given(text=TEXTS, data=st.data())
def test_words_beside_items(text: str, data: st.DataObject) -> None:
    kinds = {kind: data.draw(st.integers(0, BEFORE | FIRST | BEHIND | SPACED | BOUNDS)) for kind in KINDS}
    reaches = data.draw(st.tuples(st.integers(0, 90), st.integers(0, 90)))
    beside = Neighbours(kinds, Table(), Table(), Table(), *reaches)
    items = placed(data, text)
    assert beside.told is not beside._told
    assert list(beside.told(items, text)) == beside._told(items, text)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_words_of_a_report(rules: RuleSet, path: Path) -> None:
    known = Annotations(normalize(path.read_text(encoding="utf-8"), rules.layout).text)
    for _, component in components(rules):
        if isinstance(component, Context):
            break
        assert isinstance(component, Component)
        component.annotate(known)
    context = Context(rules)
    for beside in (context._severities._beside, context._coordination._beside):
        assert list(beside.told(known.items, known.text)) == beside._told(known.items, known.text)


@given(text=TEXTS, data=st.data(), bounds=st.lists(st.integers(0, 60), max_size=6))
def test_kinds_and_places(text: str, data: st.DataObject, bounds: list[int]) -> None:
    items = placed(data, text)
    kinds = frozenset(data.draw(st.sets(st.sampled_from(KINDS))))
    assert annotations.of_kinds is not annotations._of_kinds
    assert annotations.of_kinds(items, kinds) == annotations._of_kinds(items, kinds)
    starts = sorted(bounds)
    sections = [(start, start + 5, Section(f"part {start}", (), "patient")) for start in starts[1:]]
    found = []
    for place in (annotations._placed, annotations._place):
        for item in items:
            item.sentence, item.section = -1, None
        place(items, starts, sections)
        found.append([(item.sentence, item.section) for item in items])
    assert found[0] == found[1]


@pytest.mark.parametrize("items", [["word"], [None], None, ("word",), [object()]])
def test_what_is_no_item(items: Any) -> None:
    for call in (
        lambda: Neighbours({"drug": BEFORE}, Table()).told(items, "text"),
        lambda: annotations.of_kinds(items, frozenset()),
        lambda: annotations._placed(items, [0], []),
    ):
        with pytest.raises(TypeError):
            call()


def test_an_item_outside_the_text() -> None:
    with pytest.raises(ValueError, match="an item from 3 to 9 of 4"):
        Neighbours({"drug": BEFORE}, Table()).told([Item("drug", 3, 9, "rule")], "text")
