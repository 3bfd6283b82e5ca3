"""What scoring compares: spans, relations between them, and gold documents.

Predictions are documents in the contract's form (dicts); gold of any format is brought to the same types.
Offsets are half-open counts of code points in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from casenlp.documents import SourceDocument
from casenlp.errors import GoldError
from casenlp.records import LABELS, TABLES

Prediction = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the source with a label; `pieces` has several parts where the words do not adjoin.

    Two spans overlap when any of their pieces share a character, and are the same only when all pieces are.
    """

    label: str
    pieces: tuple[tuple[int, int], ...]
    text: str
    negated: bool = False
    id: str = ""
    rule: str = ""
    ended: bool = False

    @property
    def start(self) -> int:
        """First character."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Behind the last character."""
        return self.pieces[-1][1]

    def shared(self, other: Span) -> int:
        """How many characters both hold."""
        return sum(max(0, min(b, d) - max(a, c)) for a, b in self.pieces for c, d in other.pieces)


@dataclass(frozen=True, slots=True)
class Relation:
    """Spans that belong together, e.g. drug and dose; each end lists all places that name the same thing."""

    kind: str
    ends: tuple[tuple[Span, ...], ...]
    rule: str = ""

    @property
    def text(self) -> str:
        """The first place of each end, joined."""
        return " | ".join(places[0].text for places in self.ends)

    def agreement(self, other: Relation) -> int:
        """Characters shared by the ends, 0 unless every end overlaps its counterpart."""
        shared = [
            max((a.shared(b) for a in x for b in y), default=0) for x, y in zip(self.ends, other.ends, strict=True)
        ]
        return sum(shared) if all(shared) else 0


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How one reported label counts: which gold and which predicted labels it takes.

    `also`: predicted labels that may match gold left over (a match, never a false positive).
    `excused_by`: gold labels that excuse an unmatched prediction overlapping them (neither right nor wrong).
    """

    name: str
    gold: frozenset[str]
    predicted: frozenset[str]
    also: frozenset[str] = frozenset()
    excused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scheme:
    """What can be scored against a gold format."""

    labels: tuple[LabelRule, ...]
    relations: tuple[str, ...] = ()
    #: one relation for each place of a row rather than for each row
    relations_by_place: bool = False
    #: reported labels on whose matched spans negation is scored; empty where the gold has none
    negation: tuple[str, ...] = ()
    #: the gold calls negated what is said to be over ("the rash resolved", "heparin was stopped"); we call that ended
    ended_is_negated: bool = False
    tables: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


def same_labels(*names: str) -> tuple[LabelRule, ...]:
    """A rule for each label that takes the same label on both sides."""
    return tuple(LabelRule(name, frozenset({name}), frozenset({name})) for name in names)


#: Reported name of diseases and findings taken as one, where annotators draw the line differently.
JOINT = "DIAGNOSIS+FINDING"
JOINT_RULE = LabelRule(JOINT, frozenset({"DIAGNOSIS", "FINDING"}), frozenset({"DIAGNOSIS", "FINDING"}))


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """The annotations of one document.

    `group` is the report it comes from (bootstrap draws reports); `record` is set when the gold has tables,
    `arguments` when it has the argument lists of PHEE.
    """

    doc_id: str
    text: str | None
    spans: tuple[Span, ...] = ()
    relations: tuple[Relation, ...] = ()
    group: str = ""
    record: Prediction | None = None
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Gold documents of one format; `notes` are oddities met while reading."""

    format: str
    scheme: Scheme
    golds: tuple[GoldDocument, ...]
    path: str = ""
    notes: tuple[str, ...] = ()

    def documents(self) -> Iterator[SourceDocument]:
        """The source documents to extract from; GoldError at one whose text is not there."""
        for gold in self.golds:
            if gold.text is None:
                raise GoldError(
                    f"{self.path}: no text of '{gold.doc_id}' (looked for reports/{gold.doc_id}.txt beside the gold); "
                    "put it there or give the predictions"
                )
            yield SourceDocument(gold.doc_id, gold.text)

    def subset(self, doc_ids: set[str]) -> GoldSet:
        """The same set with these documents only."""
        return replace(self, golds=tuple(g for g in self.golds if g.doc_id in doc_ids))


def predicted_spans(document: Prediction) -> list[Span]:
    """The mentions of a document in the contract's form, in its order; GoldError names a malformed one."""
    spans = []
    for number, mention in enumerate(document.get("mentions") or ()):
        try:
            label, start, end = mention["label"], mention["start"], mention["end"]
            if label not in LABELS:
                raise ValueError(f"unknown label {label!r}")
            if not (type(start) is int and type(end) is int and 0 <= start < end):
                raise ValueError(f"offsets {start!r}, {end!r} are no half-open span")
        except (KeyError, TypeError, ValueError) as error:
            what = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise GoldError(
                f"document '{document.get('doc_id')}', mention {number + 1}: {what}; expected the contract's form"
            ) from error
        spans.append(
            Span(
                label,
                ((start, end),),
                str(mention.get("text") or ""),
                bool(mention.get("negated")),
                str(mention.get("id") or ""),
                str(mention.get("rule") or ""),
                bool(mention.get("ended")),
            )
        )
    return spans


#: kind of relation -> table it is read off, and the parts of its rows; the last part is the one that modifies.
RELATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "drug-dose": ("drugs", ("drug", "dose")),
    "drug-frequency": ("drugs", ("drug", "frequency")),
    "drug-route": ("drugs", ("drug", "route")),
    "test-value": ("labs", ("test", "value")),
    "drug-event": ("reactions", ("drug", "event")),
    "drug-event-time": ("latencies", ("drug", "event", "latency")),
}
#: Suffix of a kind whose heads may be named by any coreferent words; counted beside the kind itself.
COREFERENT = ", any name"
#: part of a row -> labels of the mentions that can fill it
PART_LABELS: Mapping[str, frozenset[str]] = {
    "drug": frozenset({"DRUG"}),
    "dose": frozenset({"DOSE"}),
    "frequency": frozenset({"FREQUENCY"}),
    "route": frozenset({"ROUTE"}),
    "duration": frozenset({"DURATION"}),
    "test": frozenset({"LAB_TEST", "FINDING", "DIAGNOSIS"}),
    "value": frozenset({"LAB_VALUE"}),
    "event": frozenset({"FINDING", "DIAGNOSIS"}),
    "latency": frozenset({"LATENCY", "DURATION"}),
    "diagnosis": frozenset({"DIAGNOSIS", "FINDING"}),
    "age": frozenset({"AGE"}),
    "sex": frozenset({"SEX"}),
}


#: part of a row -> further fields of its evidence that are the same part: "raised" beside the number of a result
_SAID_AGAIN: Mapping[str, tuple[str, ...]] = {"value": ("flag",)}


@dataclass(frozen=True, slots=True)
class _Place:
    span: Span
    sentence: int | None


def _places(row: Mapping[str, Any], part: str, mentions: Mapping[str, Span]) -> list[_Place]:
    """Where a row's part stands: its mention, then evidence of it, then gold's further mentions; each once."""
    found: dict[tuple[tuple[int, int], ...], _Place] = {}

    def add(span: Span, sentence: int | None) -> None:
        if span.pieces not in found or found[span.pieces].sentence is None:
            found[span.pieces] = _Place(span, sentence)

    mention = mentions.get(row.get(f"{part}_mention") or "")
    if mention:
        add(mention, None)
    for item in row.get("evidence") or ():
        name = str(item.get("field", ""))
        if name in (part, f"{part}_text", f"{part}_mention", f"{part}_name", *_SAID_AGAIN.get(part, ())):
            start, end = item["start"], item["end"]
            if start < end:
                span = Span("", ((start, end),), str(item.get("text", "")), rule=str(item.get("rule", "")))
                add(span, item.get("sentence_start"))
    for name in row.get("also_mentions") or ():
        further = mentions.get(name)
        if further and further.label in PART_LABELS[part]:
            add(further, None)
    return list(found.values())


def row_relations(document: Prediction, kind: str, mentions: Mapping[str, Span], by_place: bool) -> list[Relation]:
    """The relations of one kind that the rows of a document state, without repetition.

    By row: one relation a row, each end with all places of the part. By place: one relation for each place of
    the modifying part, with the nearest place of every other part, in the same sentence where there is one.
    `mentions` are the document's spans by id.
    """
    table, parts = RELATIONS[kind]
    relations: dict[tuple[Any, ...], Relation] = {}
    for row in document.get(table) or ():
        places = [_places(row, part, mentions) for part in parts]
        if not all(places):
            continue
        rule = str(row.get("rule") or "")
        if by_place:
            made = [
                Relation(kind, (*((_nearest(anchor, others).span,) for others in places[:-1]), (anchor.span,)), rule)
                for anchor in places[-1]
            ]
        else:
            made = [Relation(kind, tuple(tuple(p.span for p in end) for end in places), rule)]
        for relation in made:
            key = tuple(tuple(span.pieces for span in end) for end in relation.ends)
            relations.setdefault(key, relation)
    return list(relations.values())


def _nearest(anchor: _Place, places: list[_Place]) -> _Place:
    def distance(place: _Place) -> tuple[bool, int, int]:
        elsewhere = anchor.sentence is not None and place.sentence != anchor.sentence
        gap = max(place.span.start - anchor.span.end, anchor.span.start - place.span.end, 0)
        return (elsewhere, gap, place.span.start)

    return min(places, key=distance)


def check_tables(document: Prediction, place: str) -> None:
    """GoldError when a document in the contract's form lacks a table or a table is no list of objects."""
    for table in TABLES:
        rows = document.get(table)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise GoldError(f"{place}: table '{table}' is missing or no list of objects; expected the contract's form")
