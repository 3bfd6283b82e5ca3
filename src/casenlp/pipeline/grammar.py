"""Grammar: runs the rules of rules/patterns over each sentence, first those that make mentions, then those that link.

A mention rule turns what its group `mention` covers (or all it matched) into one item of its label, and the items
inside are used up. Link rules see the sentence after that and leave relations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from casenlp.needs import Literals
from casenlp.patterns import SYMBOLS, CompiledRule
from casenlp.pipeline.annotations import ITEM_OF_LABEL, Annotations, Choice, Component, Item, Relation
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.rules import RuleSet

if TYPE_CHECKING:
    from spacy.language import Language


_SHORT = 120  # characters of a sentence that link rules read even where nothing known stands in it
#: A rule, its place, and for each way through its pattern the bits of its lists of words.
_Fitting = tuple[int, CompiledRule, list[tuple[int, ...]]]


class Sieve:
    """Which of an ordered list of rules a sentence can match, by the symbols and the words that it holds."""

    def __init__(self, rules: list[CompiledRule], literals: Literals) -> None:
        self._rules = rules
        self._literals = literals
        self._needed = [[tuple(map(literals.bits, need.words)) for need in compiled.needs] for compiled in rules]
        self._by_symbols: dict[frozenset[str], tuple[int, list[_Fitting]]] = {}

    def rules_for(self, shadow: Shadow, words: int, first: int = 0) -> Iterator[tuple[int, CompiledRule]]:
        """(place in the list, rule) from place `first` on; `words` are the literals of the sentence."""
        known = self._by_symbols.get(shadow.symbols)
        if known is None:
            known = self._by_symbols[shadow.symbols] = self._fitting(shadow.symbols)
        here, fitting = known
        here |= words
        for place, compiled, ways in fitting:
            if place >= first:
                for lists in ways:
                    for options in lists:
                        if not options & here:
                            break
                    else:
                        yield place, compiled
                        break

    def _fitting(self, symbols: frozenset[str]) -> tuple[int, list[_Fitting]]:
        """Bits of the symbols, and the rules with the ways through their patterns for which the symbols are enough."""
        if len(self._by_symbols) > 50_000:
            self._by_symbols.clear()
        fitting: list[_Fitting] = []
        for place, (compiled, needed) in enumerate(zip(self._rules, self._needed, strict=True)):
            ways: list[tuple[int, ...]] = [
                words for need, words in zip(compiled.needs, needed, strict=True) if need.has_symbols(symbols)
            ]
            if ways:
                fitting.append((place, compiled, ways if all(ways) else [()]))
        return self._literals.bits(symbols), fitting


class Grammar(Component):
    """Applies compiled rules to every sentence of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        order = list(rules.settings.get("grammar", {}).get("label_order", ()))
        mention_rules = [c for c in rules.compiled if c.rule.label]
        makers = sorted(mention_rules, key=lambda c: order.index(c.rule.label) if c.rule.label in order else len(order))
        self._literals = Literals()
        self._makers = Sieve(makers, self._literals)
        self._linkers = Sieve([c for c in rules.compiled if not c.rule.label], self._literals)
        self._literals.bits(SYMBOLS.values())

    def annotate(self, known: Annotations) -> None:
        """Refine items and add relations."""
        items: list[Item] = []
        by_sentence = group_by_sentence(known)
        for number, (start, end) in enumerate(known.sentences):
            present = by_sentence.get(number, [])
            words = self._literals.of(known.text[start:end].lower())
            present, shadow = self._make(known, number, words, present)
            present = [i for i in present if i.section is None or i.section.subject != "none"]
            items += present
            if present or end - start < _SHORT:  # "The drug was stopped." holds no item
                self._link(known, number, words, shadow)
        known.items = items

    def _make(self, known: Annotations, number: int, words: int, present: list[Item]) -> tuple[list[Item], Shadow]:
        start, end = known.sentences[number]
        shadow = make_shadow(known.text, start, end, present)
        first = 0
        while (step := self._next_mentions(known, number, words, shadow, first)) is not None:
            first, made = step
            present = self._replace(known, present, made)
            shadow = make_shadow(known.text, start, end, present)
        return present, shadow

    def _next_mentions(
        self, known: Annotations, number: int, words: int, shadow: Shadow, first: int
    ) -> tuple[int, list[Item]] | None:
        """(place of the next rule to try, mentions) of the first rule that makes any; None when none does."""
        for place, compiled in self._makers.rules_for(shadow, words, first):
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
            named = [i.entry for i in inner if i.kind == kind]
            entry = named[0] if len(named) == 1 else None
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

    def _link(self, known: Annotations, number: int, words: int, shadow: Shadow) -> None:
        for _, compiled in self._linkers.rules_for(shadow, words):
            for m in compiled.regex.finditer(shadow.text):
                slots: dict[str, list[Item]] = {}
                for name, slot in compiled.regex_slots:
                    if m[name]:
                        slots.setdefault(slot, []).append(shadow.items[m.start(name)])
                known.relations.append(
                    Relation(compiled.rule, slots, shadow.text_start(m.start()), shadow.text_end(m.end()), number)
                )


def group_by_sentence(known: Annotations) -> dict[int, list[Item]]:
    """Items by the number of their sentence, in order."""
    grouped: dict[int, list[Item]] = {}
    for item in known.items:
        grouped.setdefault(item.sentence, []).append(item)
    return grouped


def make_grammar(nlp: Language, name: str, rules: str | None) -> Grammar:
    """Factory of the grammar component."""
    return Grammar(rules_of(rules))
