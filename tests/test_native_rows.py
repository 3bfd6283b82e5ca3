"""Drafts, evidence, mentions and rows of native/rows.pyx are those that Python makes, and no odd input breaks it."""

from __future__ import annotations

import dataclasses
import gc
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import other_forms
import report_forms
from casenlp.documents import Block, OffsetMap, Piece, Place, SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.freezing import late
from casenlp.linking import quotes, rows
from casenlp.linking.quotes import Draft, Quotes, quotes_of
from casenlp.pipeline import annotations
from casenlp.pipeline.annotations import Item, in_groups
from casenlp.readers import read
from casenlp.records import TABLES, Evidence, Extraction, Mention
from casenlp.rules import Section
from casenlp.vocabulary import Entry

native = quotes.compiled_rows
pytestmark = pytest.mark.skipif(native is None, reason="casenlp is not compiled here")

ROOT = Path(__file__).parents[1]
REPORTS = [
    SourceDocument(p.stem, p.read_text(encoding="utf-8")) for p in sorted((ROOT / "corpus/reports").glob("*.txt"))
]

#: What the reports of the corpus do not have: name -> text.
FORMS = {
    "two patients": (
        "Case 1. A 50-year-old woman was given phenytoin 100 mg daily for epilepsy. ALT was 300 U/L.\n\n"
        "Case 2. A 61-year-old man was given phenytoin. A rash appeared after 3 days. In case 1 ALT was 31 U/L.\n"
    ),
    "a copied table": (
        "A 40-year-old man had hepatitis.\n\nTest\tDay 1\tDay 3\tReference\nALT (U/L)\t40\t700\t10-45\n"
        "AST (U/L)\t35\t500\t10-40\n\nHe recovered.\n"
    ),
    "words joined": "The pa-\ntient, a 30-year-old\nwoman, had hypo-\nkalemia (2.1\nmmol/L) on furo-\nsemide.\n",
    "wide letters": "𝔸 30-year-old man 𝔸 took ibuprofen 400 mg. 𝔸 rash began 2 hours later. CRP was 30 mg/L 𝔸.\n",
    "nothing to tell": "He came, and went.\n",
}


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


def in_python(extractor: Extractor, document: SourceDocument) -> Extraction:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quotes, "compiled_rows", None)
        assert isinstance(extractor.read(document)[0].quotes, Quotes)
        return extractor.extract(document)


def records(extraction: Extraction) -> Iterator[Any]:
    for row in (row for table in TABLES for row in extraction.rows(table)):
        yield row
        yield from row.evidence
    yield from extraction.mentions


def check(extractor: Extractor, document: SourceDocument) -> Extraction:
    """An extraction that is the same both ways, to the types of its values."""
    assert not isinstance(extractor.read(document)[0].quotes, Quotes)
    quick, plain = extractor.extract(document), in_python(extractor, document)
    assert quick == plain
    assert repr(quick) == repr(plain)
    for one, other in zip(records(quick), records(plain), strict=True):
        assert type(one) is type(other)
        assert hash(one) == hash(other)
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.rule = "other"
    assert pickle.loads(pickle.dumps(quick)) == quick
    return quick


def test_reports_have_the_same_rows(extractor: Extractor) -> None:
    made = [check(extractor, document) for document in REPORTS]
    assert sum(len(list(records(m))) for m in made) > 50 * len(REPORTS)


@pytest.mark.parametrize("name", FORMS)
def test_other_texts_have_the_same_rows(extractor: Extractor, name: str) -> None:
    check(extractor, SourceDocument("text", FORMS[name]))


class _Words(str):
    """A str as libraries have them (numpy.str_)."""

    __slots__ = ()


def test_words_of_another_class_are_as_good(extractor: Extractor) -> None:
    words = FORMS["words joined"]
    made = check(extractor, SourceDocument(_Words("text"), _Words(words)))
    assert made == extractor.extract(SourceDocument("text", words))
    assert {type(mention.text) for mention in made.mentions} == {str}


def test_documents_with_places_have_the_same_rows(extractor: Extractor, tmp_path: Path) -> None:
    report = report_forms.corpus_reports()[0]
    forms = {
        "a.xml": report_forms.jats(report),
        "a.pdf": report_forms.printed(report, 2),
        "a.docx": other_forms.word(report),
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        (document,) = read(tmp_path / name)
        assert isinstance(document, SourceDocument)
        made = check(extractor, document)
        places = [e.page or e.xpath for row in made.drugs for e in row.evidence]
        assert places
        assert all(places) or name == "a.docx"


words = st.sampled_from(sorted({word for document in REPORTS for word in document.text.split()}))
gaps = st.sampled_from([" ", " ", " ", ". ", ", ", "\n", "-\n", "\n\n", "\t", ": "])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.tuples(words, gaps), min_size=1, max_size=60))
def test_shuffled_words_have_the_same_rows(extractor: Extractor, parts: list[tuple[str, str]]) -> None:
    check(extractor, SourceDocument("text", "".join(map("".join, parts))))


@st.composite
def maps(draw: st.DrawFn) -> OffsetMap:
    """Pieces of all kinds: kept, deleted, replaced by words of another length, moved."""
    lengths = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
    places = draw(st.permutations(range(len(lengths))))
    source_starts: dict[int, int] = {}
    at = 0
    for number in places:
        source_starts[number] = at
        at += lengths[number][1]
    pieces, start = [], 0
    for number, (length, source_length) in enumerate(lengths):
        first = source_starts[number]
        pieces.append(Piece(start, start + length, first, first + source_length, length == source_length))
        start += length
    return OffsetMap.of(pieces)


SECTIONS = (None, Section("case", (), "patient"), Section("menu", (), "none"))


@st.composite
def some_items(draw: st.DrawFn) -> list[Item]:
    made = []
    for start, length, sentence, section, subject in draw(
        st.lists(
            st.tuples(st.integers(0, 70), st.integers(0, 9), st.integers(-2, 1), st.sampled_from(SECTIONS), words),
            max_size=12,
        )
    ):
        item = Item("drug", start, start + length, f"rule.{start}", None, None, sentence, section)
        item.subject = subject
        made.append(item)
    return made


TEXT = "".join(chr(97 + n % 26) for n in range(90))
BLOCKS = (
    Block(5, 20, "paragraph", place=Place(page=2, box=(1.0, 2.0, 3.0, 4.0))),
    Block(20, 40, "paragraph"),
    Block(41, 60, "paragraph", place=Place(xpath="/p[1]")),
)


@settings(max_examples=400, deadline=None)
@given(
    offsets=maps(),
    items=some_items(),
    blocks=st.sampled_from([(), BLOCKS]),
    cases=st.sampled_from([[(0, "1")], [(0, "1"), (20, "2"), (50, "1")]]),
)
def test_both_quote_the_same(
    offsets: OffsetMap, items: list[Item], blocks: tuple[Block, ...], cases: list[tuple[int, str]]
) -> None:
    source = SourceDocument("a", TEXT, blocks=blocks)
    spans = [(0, 30), (30, 90)]
    quick, plain = quotes_of(source, offsets, spans), Quotes(source, offsets, spans)
    quick.cases = plain.cases = cases
    for item in items:
        assert (quick.surface(item), quick.case_of(item)) == (plain.surface(item), plain.case_of(item))
    parts = {f"part {n}": item for n, item in enumerate(items)}
    assert quick.evidence(parts, "a.rule") == plain.evidence(parts, "a.rule")
    if items:
        sparse: dict[str, Item | None] = {"none": None, **parts, "nobody": None}
        values = {"a": 1}
        one, other = quick.draft(values, sparse, "a.rule"), plain.draft(values, sparse, "a.rule")
        assert type(one) is Draft
        assert one.values is values
        assert [getattr(one, f.name) for f in dataclasses.fields(Draft)] == [
            getattr(other, f.name) for f in dataclasses.fields(Draft)
        ]
        assert list(one.parts) == list(other.parts)
        assert quick.draft(values, sparse, "a.rule", "family").subject == "family"


def test_wrong_input_is_an_error_and_no_crash() -> None:
    quick: Any = quotes_of(SourceDocument("a", "word"), OffsetMap.of([]), [(0, 4)])
    item = Item("drug", 0, 4, "a")
    item.sentence = 7
    assert quick.surface(Item("drug", 0, 4, "a")) == ""  # no pieces: no place
    for call in (
        lambda: quick.surface("no item"),
        lambda: quick.evidence({"drug": None}, "a"),
        lambda: quick.evidence({"drug": item}, "a"),
        lambda: quick.draft({}, {}, "a"),
        lambda: quick.mentions([3], {}),
        lambda: quick.surface(Item("drug", "one", 4, "a")),  # type: ignore[arg-type]  # a fault of the program
        lambda: rows._quick_columns("labs").rows(quick, "a", [None], {}),
    ):
        with pytest.raises((TypeError, IndexError, ValueError, AttributeError)):
            call()


@dataclasses.dataclass
class _WithoutSlots:
    kind: str = ""


@late("text")
@dataclasses.dataclass(frozen=True, slots=True)
class _LateEvidence:
    field: str
    start: int
    end: int
    text: str
    rule: str
    section: str | None
    sentence_start: int
    sentence_end: int
    page: int | None
    box: None
    xpath: str | None


@pytest.mark.parametrize(("item", "evidence"), [(_WithoutSlots, Evidence), (Item, _LateEvidence), (Item, Mention)])
def test_a_class_made_otherwise_is_left_to_python(item: type, evidence: type) -> None:
    with pytest.raises(TypeError):
        native.Layout(item, Entry, Draft, Mention, evidence)


def test_what_was_made_is_let_go(extractor: Extractor) -> None:
    def living() -> int:
        gc.collect()
        return sum(isinstance(thing, (Mention, Evidence, Draft, *TABLES.values())) for thing in gc.get_objects())

    extractor.extract(REPORTS[0])
    before = living()
    held = [extractor.extract(REPORTS[0]) for _ in range(3)]
    assert living() > before + 100
    held.clear()
    assert living() == before


some_evidence = st.builds(
    Evidence,
    field=st.sampled_from(["dose", "drug", "a"]),
    start=st.integers(0, 3),
    end=st.integers(3, 5),
    text=st.just("word"),
    rule=st.sampled_from(["one", "other"]),
    xpath=st.sampled_from([None, "/p[1]"]),
)


@settings(max_examples=300, deadline=None)
@given(evidence=st.lists(some_evidence, max_size=12))
def test_both_order_evidence_alike(evidence: list[Evidence]) -> None:
    ordered = rows._quick_order()
    assert ordered is not rows._in_order
    assert [id(one) for one in ordered(evidence)] == [id(one) for one in rows._in_order(evidence)]


@pytest.mark.parametrize("evidence", [[None], [3, 4], ["word", Mention], None, 3])
def test_what_is_no_evidence_is_not_ordered(evidence: Any) -> None:
    with pytest.raises(TypeError):
        rows._quick_order()(evidence)


@settings(max_examples=200, deadline=None)
@given(items=some_items(), field_name=st.sampled_from(["sentence", "kind", "subject", "section", "start"]))
def test_both_group_the_same(items: list[Item], field_name: str) -> None:
    groups = in_groups(items, field_name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(annotations, "compiled_groups", None)
        plain = in_groups(items, field_name)
    assert groups == plain
    assert list(groups) == list(plain)


KIND = Item.__dict__["kind"]


@pytest.mark.parametrize(
    ("things", "member"),
    [
        ([3], Item.__dict__["kind"]),
        ([None], Item.__dict__["kind"]),
        ([], Item.label),
        ([], "kind"),
        (3, Item.__dict__["end"]),
    ],
)
def test_what_has_no_slot_is_not_grouped(things: Any, member: Any) -> None:
    with pytest.raises(TypeError):
        annotations.compiled_groups.grouped(things, member)  # type: ignore[union-attr]  # compiled here, see above
