"""What the components know of a Doc, in one place: `doc._.casenlp`.

Offsets here count characters of the Doc's text, half-open. Items are what stands in the text (drugs, tests,
quantities, results …); a mention is an item with a mention label.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from casenlp.documents import Block
from casenlp.letters import without_symbols
from casenlp.native import groups as compiled_groups
from casenlp.patterns import Rule
from casenlp.quantities import Quantity
from casenlp.rules import Section
from casenlp.vocabulary import Entry

if TYPE_CHECKING:
    from spacy.tokens import Doc

#: Mention label -> name of the item in patterns.
ITEM_OF_LABEL = {
    "DRUG": "drug",
    "DOSE": "dose",
    "ROUTE": "route",
    "FREQUENCY": "frequency",
    "DURATION": "duration",
    "LAB_TEST": "test",
    "LAB_VALUE": "value",
    "LATENCY": "latency",
    "DIAGNOSIS": "diagnosis",
    "FINDING": "finding",
    "AGE": "age",
    "SEX": "sex",
    "DATE": "date",
    "RESULT": "result",
    "RELATIVE": "relative",
    "MODIFIER": "modifier",
}
LABEL_OF_ITEM = {item: label for label, item in ITEM_OF_LABEL.items()}
#: Kind of quantity -> name of the item in patterns.
ITEM_OF_KIND = {
    "time": "time",
    "mass": "amount",
    "volume": "amount",
    "substance": "amount",
    "activity": "amount",
    "form": "amount",
    "radiation": "amount",
    "dose_rate": "amount",
    "concentration": "conc",
    "count": "conc",
    "pressure": "conc",
    "rate": "conc",
    "temperature": "conc",
    "other": "conc",
    "percent": "percent",
    "length": "length",
    "area": "length",
    "number": "number",
}


@dataclass(slots=True, eq=False, init=False)
class Item:
    """Something known that stands in the text; components refine it in place until linking reads it."""

    kind: str
    start: int
    end: int
    rule: str
    entry: Entry | None
    quantity: Quantity | None
    sentence: int
    section: Section | None
    negated: bool
    uncertain: bool
    ended: bool
    temporality: str
    subject: str
    relative: str | None
    why: dict[str, str]
    values: dict[str, Any]

    def __init__(
        self,
        kind: str,
        start: int,
        end: int,
        rule: str,
        entry: Entry | None = None,
        quantity: Quantity | None = None,
        sentence: int = -1,
        section: Section | None = None,
        values: dict[str, Any] | None = None,
    ) -> None:
        # by hand, as a report has some 140 items and the __init__ of a dataclass is slower
        self.kind = kind
        self.start = start
        self.end = end
        self.rule = rule
        self.entry = entry
        self.quantity = quantity
        self.sentence = sentence
        self.section = section
        self.negated = self.uncertain = self.ended = False
        self.temporality = "current"
        self.subject = "patient"
        self.relative = None
        self.why = {}
        self.values = {} if values is None else values

    @property
    def label(self) -> str | None:
        """Mention label, or None for items that are no mentions by themselves."""
        label = LABEL_OF_ITEM.get(self.kind) if "shared" not in self.values else None  # its words are no whole name
        return None if label in ("RESULT", "RELATIVE", "MODIFIER") else label

    @property
    def concept(self) -> str:
        """Canonical name; empty when no lexicon holds it."""
        return self.entry.concept if self.entry else str(self.values.get("concept", ""))

    def __len__(self) -> int:
        return self.end - self.start


def in_groups(items: Iterable[Item], field_name: str) -> dict[Any, list[Item]]:
    """Items in lists by what a field of theirs holds, in order."""
    if compiled_groups is not None:
        groups: dict[Any, list[Item]] = compiled_groups.grouped(items, Item.__dict__[field_name])
        return groups
    groups = {}
    for item in items:
        groups.setdefault(getattr(item, field_name), []).append(item)
    return groups


def _of_kinds(items: list[Item], kinds: frozenset[str]) -> list[Item]:
    return [item for item in items if item.kind in kinds]


def _place(items: Iterable[Item], sentences: list[int], sections: list[tuple[int, int, Section]]) -> None:
    last_sentence, last_section = len(sentences) - 1, len(sections) - 1
    sentence, number = 0, -1
    for item in items:
        start = item.start
        while sentence < last_sentence and sentences[sentence + 1] <= start:
            sentence += 1
        while number < last_section and sections[number + 1][0] <= start:
            number += 1
        item.sentence = sentence
        if number >= 0:
            _, end, section = sections[number]
            item.section = section if start < end else None


#: The items of some kinds, in order.
of_kinds: Callable[[list[Item], frozenset[str]], list[Item]] = _of_kinds
_placed: Callable[[list[Item], list[int], list[tuple[int, int, Section]]], None] = _place
if compiled_groups is not None:
    with contextlib.suppress(TypeError):  # a Python whose classes with slots are made otherwise
        _passes = compiled_groups.Passes(Item)
        of_kinds, _placed = _passes.of_kinds, _passes.place


@dataclass(slots=True, eq=False)
class Relation:
    """A linking rule that matched: the items in its named slots, and the rule's constant values."""

    rule: Rule
    slots: dict[str, list[Item]]
    start: int
    end: int
    sentence: int

    def item(self, field_name: str) -> Item | None:
        """The item that the rule puts into a field, or None."""
        slot = self.rule.fields.get(field_name)
        items = self.slots.get(slot, []) if slot else []
        return items[0] if items else None


@dataclass(slots=True, eq=False)
class Pair:
    """A part that belongs to a head: a result to its test, a dose to its drug.

    `kind` is value, reference, dose, route, frequency or duration; `cost` is what the words between them cost.
    """

    kind: str
    head: Item
    part: Item
    rule: str
    cost: float = 0.0
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Choice:
    """A decision on the way: what was kept or rejected, and why."""

    start: int
    end: int
    label: str
    rule: str
    outcome: str
    reason: str


@dataclass(slots=True)
class Annotations:
    """Everything the pipeline has found so far, and the blocks that the reader gave."""

    text: str
    hits: Sequence[tuple[int, int, Sequence[Entry]]] | None = None
    proposed: dict[str, tuple[list[Item], list[Choice]]] = field(default_factory=dict)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    sections: list[tuple[int, int, Section]] = field(default_factory=list)
    abbreviations: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    openings: dict[int, str] | None = None  # of patients' parts, by numbered_cases.openings
    make_doc: Callable[[str], Doc] | None = None
    tokens: Doc | None = None
    _lower: str | None = None
    _starts: list[int] = field(default_factory=list)
    _section_starts: list[int] = field(default_factory=list)

    @property
    def doc(self) -> Doc:
        """The tokens of the text, made when first asked for."""
        if self.tokens is None:
            if self.make_doc is None:
                raise ValueError("annotations without a tokenizer; let a component be called with a Doc")
            self.tokens = self.make_doc(self.text)
        return self.tokens

    @property
    def lower(self) -> str:
        """The text in lower case, whose offsets may be others."""
        if self._lower is None:
            self._lower = self.text.lower()
        return self._lower

    def set_sentences(self, sentences: list[tuple[int, int]]) -> None:
        """Store sentence spans, in order."""
        self.sentences = sentences
        self._starts = [start for start, _ in sentences]

    def sentence_at(self, position: int) -> int:
        """Number of the sentence that holds a position."""
        return max(0, bisect_right(self._starts, position) - 1)

    def section_at(self, position: int) -> Section | None:
        """The section that holds a position."""
        if not self.sections:
            return None
        if len(self._section_starts) != len(self.sections):
            self._section_starts = [start for start, _, _ in self.sections]
        number = bisect_right(self._section_starts, position) - 1
        if number < 0:
            return None
        _, end, section = self.sections[number]
        return section if position < end else None

    def place(self, items: list[Item]) -> None:
        """Tell items, which are in order of the text, in which sentence and section they stand."""
        _placed(items, self._starts, self.sections)


class Component:
    """A part of the pipeline that reads and writes annotations; what is to be seen on the Doc `__call__` adds."""

    def __call__(self, doc: Doc) -> Doc:
        """Refine the Doc's annotations."""
        known = annotations_of(doc)
        known.tokens = doc
        self.annotate(known)
        known.tokens = None  # no circle between a Doc and its annotations
        return doc

    def annotate(self, known: Annotations) -> None:
        """Refine annotations, in place."""
        raise NotImplementedError


def annotations_of(doc: Doc) -> Annotations:
    """The annotations of a Doc, made when first asked for."""
    known = doc._.casenlp
    if known is None:
        known = Annotations(without_symbols(doc.text))
        doc._.casenlp = known
    result: Annotations = known
    return result
