"""Grammar: runs the rules of rules/patterns over each sentence, first those that make mentions, then those that link.

A mention rule turns what its group `mention` covers (or all it matched) into one item of its label, and the items
inside are used up. Link rules see the sentence after that and leave relations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc

from casenlp.needs import Words, holds, words_of
from casenlp.pipeline.annotations import ITEM_OF_LABEL, Annotations, Choice, Item, Relation, annotations_of
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.rules import CompiledRule, RuleSet

_SHORT = 120  # characters of a sentence that link rules read even where nothing known stands in it
_SLOT_NAME = re.compile(r"s\d+_(.+)")


class Sieve:
    """Which of an ordered list of rules a sentence can match, by the symbols and the words that it holds."""

    def __init__(self, rules: list[CompiledRule]) -> None:
        self._rules = rules
        self._by_symbols: dict[frozenset[str], list[tuple[int, CompiledRule, Words]]] = {}

    def rules_for(self, shadow: Shadow, first: int = 0) -> Iterator[tuple[int, CompiledRule]]:
        """(place in the list, rule) from place `first` on."""
        fitting = self._by_symbols.get(shadow.symbols)
        if fitting is None:
            fitting = self._by_symbols[shadow.symbols] = self._fitting(shadow.symbols)
        text = shadow.text
        for place, compiled, needed in fitting:
            if place >= first and (not needed or holds(text, needed)):
                yield place, compiled

    def _fitting(self, symbols: frozenset[str]) -> list[tuple[int, CompiledRule, Words]]:
        if len(self._by_symbols) > 50_000:
            self._by_symbols.clear()
        fitting = []
        for place, compiled in enumerate(self._rules):
            needs = [need for need in compiled.needs if need.has_symbols(symbols)]
            if needs:
                fitting.append((place, compiled, words_of(needs)))
        return fitting


class Grammar:
    """Applies compiled rules to every sentence of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        order = list(rules.settings.get("grammar", {}).get("label_order", ()))
        mention_rules = [c for c in rules.compiled if c.rule.label]
        makers = sorted(mention_rules, key=lambda c: order.index(c.rule.label) if c.rule.label in order else len(order))
        self._makers = Sieve(makers)
        self._linkers = Sieve([c for c in rules.compiled if not c.rule.label])

    def __call__(self, doc: Doc) -> Doc:
        """Refine items and add relations."""
        known = annotations_of(doc)
        items: list[Item] = []
        by_sentence = group_by_sentence(known)
        for number, (start, end) in enumerate(known.sentences):
            present = by_sentence.get(number, [])
            present, shadow = self._make(known, number, start, end, present)
            items += present
            if present or end - start < _SHORT:  # "The drug was stopped." holds no item
                self._link(known, number, shadow)
        known.items = items
        return doc

    def _make(
        self, known: Annotations, number: int, start: int, end: int, present: list[Item]
    ) -> tuple[list[Item], Shadow]:
        shadow = make_shadow(known.text, start, end, present)
        first = 0
        while (step := self._next_mentions(known, number, shadow, first)) is not None:
            first, made = step
            present = self._replace(known, present, made)
            shadow = make_shadow(known.text, start, end, present)
        return present, shadow

    def _next_mentions(
        self, known: Annotations, number: int, shadow: Shadow, first: int
    ) -> tuple[int, list[Item]] | None:
        """(place of the next rule to try, mentions) of the first rule that makes any; None when none does."""
        for place, compiled in self._makers.rules_for(shadow, first):
            made = self._mentions(known, number, shadow, compiled)
            if made:
                return place + 1, made
        return None

    def _mentions(self, known: Annotations, number: int, shadow: Shadow, compiled: CompiledRule) -> list[Item]:
        made = []
        rule = compiled.rule
        kind = ITEM_OF_LABEL[rule.label or ""]
        for m in compiled.regex.finditer(shadow.text):
            low, high = m.span("mention") if "mention" in compiled.regex.groupindex else m.span()
            if high <= low:
                continue
            inner = [shadow.items[p] for p in range(low, high) if p in shadow.items]
            if any(item.values.get("made") for item in inner):
                continue
            start, end = shadow.text_start(low), shadow.text_end(high)
            quantity = next((i.quantity for i in inner if i.quantity is not None), None)
            entry = inner[0].entry if len(inner) == 1 and inner[0].kind == kind else None
            item = Item(kind, start, end, rule.id, entry, quantity, number, known.section_at(start))
            item.values = {**rule.values, "made": True, "inner": inner}
            for name, words in m.groupdict().items():
                if words and name.startswith("v_"):
                    item.values[name[2:]] = known.text[shadow.text_start(m.start(name)) : shadow.text_end(m.end(name))]
            made.append(item)
        return made

    def _replace(self, known: Annotations, present: list[Item], made: list[Item]) -> list[Item]:
        out = []
        for item in present:
            owner = next((m for m in made if m.start < item.end and item.start < m.end), None)
            if owner is None:
                out.append(item)
            elif item.label:
                reason = f"part of {known.text[owner.start : owner.end]!r} ({owner.rule})"
                known.choices.append(Choice(item.start, item.end, item.label, item.rule, "rejected", reason))
        return sorted(out + made, key=lambda i: (i.start, i.end))

    def _link(self, known: Annotations, number: int, shadow: Shadow) -> None:
        for _, compiled in self._linkers.rules_for(shadow):
            for m in compiled.regex.finditer(shadow.text):
                slots: dict[str, list[Item]] = {}
                for name, words in m.groupdict().items():
                    slot = _SLOT_NAME.fullmatch(name)
                    if words and slot:
                        slots.setdefault(slot.group(1), []).append(shadow.item_at(m.start(name)))
                known.relations.append(
                    Relation(compiled.rule, slots, shadow.text_start(m.start()), shadow.text_end(m.end()), number)
                )


def group_by_sentence(known: Annotations) -> dict[int, list[Item]]:
    """Items by the number of their sentence, in order."""
    grouped: dict[int, list[Item]] = {}
    for item in known.items:
        grouped.setdefault(item.sentence, []).append(item)
    return grouped


@Language.factory(
    "casenlp_grammar",
    assigns=["doc._.casenlp"],
    requires=["doc.sents", "doc._.casenlp"],
    default_config={"rules": None},
)
def make_grammar(nlp: Language, name: str, rules: str | None) -> Grammar:
    """Factory of the grammar component."""
    return Grammar(rules_of(rules))
