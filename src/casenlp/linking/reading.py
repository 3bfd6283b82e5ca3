"""A document as linking sees it: items, pairs and relations, and the way from each back to the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from casenlp.documents import NormalizedText, Place, SourceDocument
from casenlp.freezing import thawed
from casenlp.pipeline.annotations import Annotations, Item, Relation
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.records import Evidence
from casenlp.rules import RuleSet

_NOWHERE = Place()
_Thing = TypeVar("_Thing")


@dataclass(slots=True, eq=False)
class Draft:
    """A row in the making: column values, the items behind its parts, and every place that states it."""

    values: dict[str, Any]
    parts: dict[str, Item]
    subject: str
    case_id: str
    rule: str
    evidence: list[Evidence] = field(default_factory=list)
    order: int = 0
    sentence: int = 0

    def add(self, other: Draft) -> None:
        """Take over what another statement of the same fact knows besides."""
        values = self.values
        for column, value in other.values.items():
            if not values.get(column):  # None, "", False, and 0
                values[column] = value
        for part, item in other.parts.items():
            self.parts.setdefault(part, item)
        self.evidence += other.evidence  # the same place twice is dropped when the row is made


class Reading:
    """Everything linking needs to know of one document."""

    def __init__(self, source: SourceDocument, normalized: NormalizedText, known: Annotations, rules: RuleSet) -> None:
        self.source = source
        self.normalized = normalized
        self.known = known
        self.rules = rules
        self.text = known.text  # the repaired text
        self.by_sentence = group_by_sentence(known)
        self.cases: list[tuple[int, str]] = [(0, "1")]
        self._lowered: dict[int, str] = {}
        self.sentence_spans = normalized.offsets.all_to_source(known.sentences)  # source offsets of sentences
        self._items: dict[tuple[str, ...], list[Item]] = {}
        self._kinds: dict[str, list[Item]] | None = None
        self._families: dict[str, list[Relation]] | None = None
        self._relations: dict[str, list[Relation]] = {}
        self._new_evidence = thawed(Evidence)
        self.first_case = 0  # where the part of the first of several patients begins

    def items(self, *kinds: str) -> Sequence[Item]:
        """Items of some kinds, in order; listed once, so only for kinds that linking no longer changes."""
        if self._kinds is None:
            self._kinds = _grouped(self.known.items, _kind)
        if len(kinds) == 1:
            return self._kinds.get(kinds[0], ())
        listed = self._items.get(kinds)
        if listed is None:
            listed = self._items[kinds] = [item for item in self.known.items if item.kind in kinds]
        return listed

    def relations(self, prefix: str) -> Sequence[Relation]:
        """Relations of rules whose id begins with `prefix`, which is a family of rules at least; listed once."""
        if self._families is None:
            self._families = _grouped(self.known.relations, _family)
        listed = self._relations.get(prefix)
        if listed is None:
            family = self._families.get(prefix.partition(".")[0], ())
            listed = self._relations[prefix] = [r for r in family if r.rule.id.startswith(prefix)]
        return listed

    def span(self, item: Item) -> tuple[int, int]:
        """Source offsets of an item."""
        return self.normalized.offsets.to_source(item.start, item.end)

    def surface(self, item: Item) -> str:
        """An item's words as they stand in the source."""
        start, end = self.normalized.offsets.to_source(item.start, item.end)
        return self.source.text[start:end]

    def sentence_text(self, number: int) -> str:
        """The repaired text of a sentence, in lower case."""
        words = self._lowered.get(number)
        if words is None:
            start, end = self.known.sentences[number]
            words = self._lowered[number] = self.text[start:end].lower()
        return words

    def case_of(self, item: Item) -> str:
        """The patient whose part of the report an item stands in."""
        case = "1"
        if len(self.cases) > 1:
            for start, name in self.cases:
                if start <= item.start:
                    case = name
        return case

    def evidence(self, parts: dict[str, Item], rule: str) -> list[Evidence]:
        """One piece of evidence a part, in text order."""
        source, to_source = self.source, self.normalized.offsets.to_source
        out = []
        for name, item in parts.items() if len(parts) == 1 else sorted(parts.items(), key=_start_of_part):
            start, end = to_source(item.start, item.end)
            low, high = self.sentence_spans[item.sentence]
            section = item.section.name if item.section is not None else None
            block = source.block_at(start) if source.blocks else None
            place = (block.place if block else None) or _NOWHERE
            evidence = self._new_evidence(
                name, start, end, source.text[start:end], rule, section, low, high, place.page, place.box, place.xpath
            )
            evidence.__class__ = Evidence
            out.append(evidence)
        return out

    def draft(
        self, values: dict[str, Any], parts: dict[str, Item | None], rule: str, subject: str | None = None
    ) -> Draft:
        """A draft row; its place is that of its first part."""
        present = {name: item for name, item in parts.items() if item is not None}
        lead = next(iter(present.values()))
        evidence = self.evidence(present, rule)
        case = self.case_of(lead)
        return Draft(values, present, subject or lead.subject, case, rule, evidence, lead.start, lead.sentence)


_kind = attrgetter("kind")


def _family(relation: Relation) -> str:
    return relation.rule.id.partition(".")[0]


def _grouped(things: Iterable[_Thing], key: Callable[[_Thing], str]) -> dict[str, list[_Thing]]:
    groups: dict[str, list[_Thing]] = {}
    for thing in things:
        name = key(thing)
        if name in groups:
            groups[name].append(thing)
        else:
            groups[name] = [thing]
    return groups


def _start_of_part(part: tuple[str, Item]) -> int:
    return part[1].start


_order = attrgetter("order")


def merge(drafts: Iterable[Draft], key: Any) -> list[Draft]:
    """Drafts with one for each key, in order of first appearance; later ones add to the first."""
    merged: dict[Any, Draft] = {}
    for draft in sorted(drafts, key=_order):
        identity = key(draft)
        if identity in merged:
            merged[identity].add(draft)
        else:
            merged[identity] = draft
    return list(merged.values())


def drug_name(item: Item) -> str:
    """Canonical name of a drug item; its own words where no lexicon has it."""
    return item.entry.concept if item.entry is not None else item.concept.lower()


def event_name(item: Item) -> str:
    """Canonical name of a diagnosis or finding."""
    entry = item.entry
    if entry is None:
        return item.concept
    return entry.term if "flag" in entry.extra else entry.concept  # a laboratory derangement's concept is the test
