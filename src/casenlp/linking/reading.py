"""A document as linking sees it: items, pairs and relations, and the way from each back to the source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from casenlp.documents import NormalizedText, SourceDocument
from casenlp.linking.quotes import Draft, quotes_of
from casenlp.pipeline.annotations import Annotations, Item, Relation, in_groups, of_kinds
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.rules import RuleSet


class Reading:
    """Everything linking needs to know of one document."""

    def __init__(self, source: SourceDocument, normalized: NormalizedText, known: Annotations, rules: RuleSet) -> None:
        self.source = source
        self.normalized = normalized
        self.known = known
        self.rules = rules
        self.text = known.text  # the repaired text
        self.by_sentence = group_by_sentence(known)
        self._lowered: dict[int, str] = {}
        self.sentence_spans = normalized.offsets.all_to_source(known.sentences)  # source offsets of sentences
        self.quotes = quotes = quotes_of(source, normalized.offsets, self.sentence_spans)
        self.surface, self.case_of, self.evidence = quotes.surface, quotes.case_of, quotes.evidence
        self.draft = quotes.draft
        self._items: dict[tuple[str, ...], list[Item]] = {}
        self._kinds: dict[str, list[Item]] | None = None
        self._families: dict[str, list[Relation]] | None = None
        self._relations: dict[str, list[Relation]] = {}
        self.first_case = 0  # where the part of the first of several patients begins

    @property
    def cases(self) -> list[tuple[int, str]]:
        """Where each patient's part of the report begins, in the repaired text, and which patient it is."""
        return self.quotes.cases

    @cases.setter
    def cases(self, cases: list[tuple[int, str]]) -> None:
        self.quotes.cases = cases

    def items(self, *kinds: str) -> Sequence[Item]:
        """Items of some kinds, in order; listed once, so only for kinds that linking no longer changes."""
        if self._kinds is None:
            self._kinds = in_groups(self.known.items, "kind")
        if len(kinds) == 1:
            return self._kinds.get(kinds[0], ())
        listed = self._items.get(kinds)
        if listed is None:
            listed = self._items[kinds] = of_kinds(self.known.items, frozenset(kinds))
        return listed

    def relations(self, prefix: str) -> Sequence[Relation]:
        """Relations of rules whose id begins with `prefix`, which is a family of rules at least; listed once."""
        if self._families is None:
            self._families = {}
            for relation in self.known.relations:
                self._families.setdefault(relation.rule.id.partition(".")[0], []).append(relation)
        listed = self._relations.get(prefix)
        if listed is None:
            family = self._families.get(prefix.partition(".")[0], ())
            listed = self._relations[prefix] = [r for r in family if r.rule.id.startswith(prefix)]
        return listed

    def span(self, item: Item) -> tuple[int, int]:
        """Source offsets of an item."""
        return self.normalized.offsets.to_source(item.start, item.end)

    def named_before(self, drug: Item) -> bool:
        """Whether a drug item's drug was named, as something taken, before that item."""
        name = drug_name(drug)
        return any(d.end <= drug.start and not d.negated and drug_name(d) == name for d in self.items("drug"))

    def says(self, macro: str, words: str) -> bool:
        """Whether a macro matches somewhere in some words."""
        return self.rules.searches[macro](words) is not None

    def sentence_text(self, number: int) -> str:
        """The repaired text of a sentence, in lower case."""
        words = self._lowered.get(number)
        if words is None:
            start, end = self.known.sentences[number]
            words = self._lowered[number] = self.text[start:end].lower()
        return words


#: The key by which drafts stand in text order.
in_order = attrgetter("order")


def merge(drafts: Iterable[Draft], key: Any) -> list[Draft]:
    """Drafts with one for each key, in order of first appearance; later ones add to the first."""
    merged: dict[Any, Draft] = {}
    for draft in sorted(drafts, key=in_order):
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
        return item.concept.lower()
    return entry.term if "flag" in entry.extra else entry.concept  # a laboratory derangement's concept is the test
