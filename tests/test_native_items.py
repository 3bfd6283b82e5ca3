"""The compiled forms of making and settling items do what those in Python do, and no input breaks them."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casenlp.kept import Kept
from casenlp.pipeline import rulers
from casenlp.pipeline.annotations import Annotations, Choice, Item
from casenlp.rules import load_rules
from casenlp.vocabulary import Entry, Vocabulary

native = rulers.compiled_items
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "corpus").rglob("*.txt"))]
FIELDS = Item.__slots__


def entry(label: str = "DRUG", guards: tuple[str, ...] = (), rank: int = 0) -> Entry:
    return Entry(label, "word", "concept", "", "", frozenset(guards), "file.tsv:1", rank)


def fields(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in FIELDS}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_rules().vocabulary


def proposed(propose: Any, text: str, hits: list[Any]) -> tuple[list[dict[str, Any]], list[Choice]]:
    """What is proposed where every third judged phrase is decided against."""
    items: list[Item] = []
    choices: list[Choice] = []
    asked: list[object] = []

    def judge(start: int, end: int, entry: Entry) -> str:
        asked.append(entry)
        return f"reason {len(asked)}" if len(asked) % 3 == 0 else ""

    places = {label: (label.lower(), items, choices) for label in ("DRUG", "DIAGNOSIS", "LAB_TEST", "ROUTE")}
    propose(text, hits, places, judge)
    return [fields(item) for item in items], choices


def test_the_same_items_are_proposed_in_reports(vocabulary: Vocabulary) -> None:
    scan = vocabulary.scanner()
    total = 0
    for text in TEXTS:
        hits, _ = scan(text)
        made = proposed(rulers._compiled().propose, text, hits)
        assert made == proposed(rulers._propose, text, hits)
        total += len(made[0])
    assert total > 20 * len(TEXTS)


@settings(max_examples=500)
@given(st.text("iv.A1é ", max_size=12), st.data())
def test_a_name_of_letters_with_stops_keeps_its_last(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    hits = [(start, data.draw(st.integers(start, len(text))), (entry(guards=("never",)), entry("OTHER")))]
    assert proposed(rulers._compiled().propose, text, hits) == proposed(rulers._propose, text, hits)


def test_items_have_dicts_of_their_own_and_go_when_they_are_let_go() -> None:
    first: list[Item] = []
    places = {"DRUG": ("drug", first, [])}
    of = entry()
    made = rulers._compiled()
    gc.collect()  # what other tests left
    before = sys.getrefcount(of), sys.getrefcount(Item)
    made.propose("word " * 50, [(5 * i, 5 * i + 4, (of,)) for i in range(50)], places, None)
    first[0].values["a"] = first[0].why["b"] = "c"
    assert [(item.values, item.why) for item in first[1:]] == [({}, {})] * 49
    assert all(item.entry is of and gc.is_tracked(item) for item in first)
    first.clear()
    gc.collect()
    assert (sys.getrefcount(of), sys.getrefcount(Item)) == before


WRONG_HITS = {
    "behind the text": ([(0, 9, (entry(),))], ValueError),
    "before the text": ([(-1, 2, (entry(),))], ValueError),
    "end before start": ([(2, 1, (entry(),))], ValueError),
    "no offsets": ([("a", 1, (entry(),))], TypeError),
    "no entry": ([(0, 1, ("entry",))], TypeError),
    "no entries": ([(0, 1, None)], TypeError),
    "no hit": ([1], TypeError),
    "no place": ([(0, 1, (entry("LAB_TEST"),))], TypeError),
    "no judge": ([(0, 1, (entry(guards=("defined",)),))], TypeError),
}


@pytest.mark.parametrize("what", WRONG_HITS)
def test_wrong_phrases_are_an_error(what: str) -> None:
    hits, error = WRONG_HITS[what]
    with pytest.raises(error):
        rulers._compiled().propose("text", hits, {"DRUG": ("drug", [], []), "LAB_TEST": 1}, None)


def test_a_class_without_slots_is_refused() -> None:
    class Loose(Item):
        pass

    class Other:
        kind = start = end = rule = entry = values = None
        __slots__ = ("a",)

    item, choice = Item("", 0, 0, ""), Choice(0, 0, "", "", "", "")
    for model in (Loose("", 0, 0, ""), Other(), 1):
        for one, other in ((model, choice), (item, model)):
            with pytest.raises((TypeError, AttributeError)):
                native.Items(one, other, Entry, (), "never", "", {})
    with pytest.raises(TypeError, match="no slot"):
        native.Items(item, choice, Annotations, (), "never", "", {})


ENTRIES = [None, *(entry(rank=rank) for rank in (-3, -1, 0, 1))]
VALUES: list[dict[str, Any]] = [{}, {"never": True}, {"short_form": "a"}, {"never": "", "shared": 1}]
pieces = st.tuples(
    st.sampled_from(["drug", "test", "relative", "none"]),
    st.integers(0, 20),
    st.integers(1, 6),
    st.sampled_from(ENTRIES),
    st.sampled_from(VALUES),
)
many = st.lists(pieces, max_size=15).map(
    lambda parts: [Item(kind, at, at + size, "rule", of, values=dict(said)) for kind, at, size, of, said in parts]
)


@settings(max_examples=500)
@given(many)
def test_the_same_items_stand(made: list[Item]) -> None:
    ranks = {"drug": 1, "test": 0}
    text = "an 'odd' \"text\" of letters"
    plain = [Item(i.kind, i.start, i.end, i.rule, i.entry, values=dict(i.values)) for i in made]
    number = {id(item): n for items in (made, plain) for n, item in enumerate(items)}
    choices: list[Choice] = []
    expected_choices: list[Choice] = []
    kept = rulers._compiled().settle(made, ranks, text, choices)
    expected = rulers._settle(plain, ranks, text, expected_choices)
    assert [number[id(item)] for item in kept] == [number[id(item)] for item in expected]
    assert choices == expected_choices
    for items in (made, plain):
        for item in items:
            item.values["readings"] = [number[id(other)] for other in item.values.get("readings", ())]
    assert [item.values for item in made] == [item.values for item in plain]


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (2, 1), (1, 11), (-5, -3)])
def test_items_outside_of_the_text_are_left_to_python(start: int, end: int) -> None:
    made = [Item("drug", 0, 1, "rule"), Item("drug", start, end, "rule")]
    assert rulers._compiled().settle(made, {}, "ten digits", []) is None


@pytest.mark.parametrize("wrong", ["item", Item("drug", 2**70, 2**71, "rule"), Item("drug", 0, 1, "rule", "entry")])
def test_what_is_no_item_is_an_error(wrong: object) -> None:
    with pytest.raises((TypeError, OverflowError, AttributeError)):
        rulers._compiled().settle([Item("drug", 0, 1, "rule"), wrong], {}, "ten digits", [])


def test_the_same_items_are_made_of_quantities() -> None:
    rules = load_rules()
    once = frozenset(rules.settings["exposures"]["one_is_no_count"])
    total = 0
    for text in [*TEXTS, "a dose of 5 mg", "one dose of 120/80 mmHg and 3/4, two doses, a titre of 1:640"]:
        quantities = rules.quantities.find(text)
        lists: list[list[Item]] = [[], []]
        for measure, items in zip((rulers._measure, rulers._compiled().measure), lists, strict=True):
            measure(quantities, items, Kept(rulers._names), once)
        plain, compiled = ([fields(item) for item in items] for items in lists)
        assert compiled == plain
        total += len(plain)
    assert total


@pytest.mark.parametrize("quantities", [[None], [()], [tuple("not a quantity")[:13]]])
def test_what_is_no_quantity_is_refused(quantities: list[Any]) -> None:
    with pytest.raises(TypeError):
        rulers._compiled().measure(quantities, [], Kept(rulers._names), frozenset())
