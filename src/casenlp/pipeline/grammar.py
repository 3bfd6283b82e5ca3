"""Grammar: runs the rules of rules/patterns over each sentence, first those that make mentions, then those that link.

A mention rule turns what its group `mention` covers (or all it matched) into one item of its label, and the items
inside are used up. Link rules see the sentence after that and leave relations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from casenlp import expressions, needs, sieve
from casenlp.made_once import made_once
from casenlp.patterns import GROUPS, SYMBOLS, CompiledRule, Rule
from casenlp.pipeline.annotations import ITEM_OF_LABEL, Annotations, Choice, Component, Item, Relation, in_groups
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.roles import reading_as_test
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.rules import RuleSet
from casenlp.sieve import Met, Sieve

if TYPE_CHECKING:
    from spacy.language import Language


_SHORT = 120  # characters of a sentence that link rules read even where nothing known stands in it


class Grammar(Component):
    """Applies compiled rules to every sentence of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        order = list(rules.settings.get("grammar", {}).get("label_order", ()))
        mention_rules = [c for c in rules.compiled if c.rule.label]
        makers = sorted(mention_rules, key=lambda c: order.index(c.rule.label) if c.rule.label in order else len(order))
        self._order = [*makers, *(c for c in rules.compiled if not c.rule.label)]
        self._sieve = _sieve_of(self._order, rules)
        self._makers = len(makers)

    def annotate(self, known: Annotations) -> None:
        """Refine items and add relations."""
        items: list[Item] = []
        by_sentence = group_by_sentence(known)
        met_of, makers = self._sieve.met, self._makers
        for number, (start, end) in enumerate(known.sentences):
            present = by_sentence.get(number, [])
            shadow = make_shadow(known.text, start, end, present)
            met = met_of(shadow.text)
            if met and met[0][0] < makers:
                present, shadow, met = self._make(known, number, present, shadow, met)
            present = [i for i in present if i.section is None or i.section.subject != "none"]
            items += present
            # "The drug was stopped." holds no item
            if met and met[-1][0] >= makers and (present or end - start < _SHORT):
                self._link(known, number, met, shadow)
        known.items = items

    def _make(
        self, known: Annotations, number: int, present: list[Item], shadow: Shadow, met: Met
    ) -> tuple[list[Item], Shadow, Met]:
        """Items, symbol form and rules to try after every rule that makes mentions had its turn."""
        start, end = known.sentences[number]
        at = 0
        while at < len(met) and met[at][0] < self._makers:
            place, way = met[at]
            at += 1
            made = self._mentions(known, number, shadow, self._order[place], way)
            if made:
                present = self._replace(known, present, made)
                shadow = make_shadow(known.text, start, end, present)
                met = self._sieve.met(shadow.text)
                at = next((n for n, (later, _) in enumerate(met) if later > place), len(met))
        return present, shadow, met

    def _mentions(
        self, known: Annotations, number: int, shadow: Shadow, compiled: CompiledRule, way: int | None
    ) -> list[Item]:
        made: list[Item] = []
        rule = compiled.rule
        if "only_with" in rule.values and not self._told(known, number, rule.values["only_with"]):
            return made
        for m in compiled.matcher(way).regex.finditer(shadow.text):
            groups = m.re.groupindex
            low, high = m.span("mention" if "mention" in groups else 0)
            if high <= low or (compiled.has_mention and "mention" not in groups):
                continue
            inner = [item for position, item in shadow.items.items() if low <= position < high]
            if any(item.values.get("made") for item in inner) or not _says_so(rule, inner, shadow):
                continue
            if "made_of" in rule.values and any(
                reading_as_test(i) for p, i in shadow.items.items() if m.start() <= p < low
            ):
                continue  # what is a test too: "norepinephrine 69 µg/24 h"
            kind = ITEM_OF_LABEL[rule.label or ""]
            start, end = shadow.text_start(low), shadow.text_end(high)
            if "unless" in rule.values and self._is_harmless(known, number, rule.values["unless"], (start, end), inner):
                continue
            written = rule.values.get("written")
            if written and not self._rules.macro(written).fullmatch(known.text[start:end].lower()):
                continue
            if "capitals" in rule.values and not known.text[start:end].isupper():
                continue
            quantity = None if written else next((i.quantity for i in inner if i.quantity is not None), None)
            named = [i.entry for i in inner if i.kind == kind]
            entry = named[0] if len(named) == 1 else None
            if "other_reading" in rule.values:
                entry = reading_as_test(inner[0]) if len(inner) == 1 else None
                if entry is None:
                    continue
            item = Item(kind, start, end, rule.id, entry, quantity, number, known.section_at(start))
            item.values = {**rule.values, "made": True, "inner": inner}
            if compiled.has_values:
                for name, words in m.groupdict().items():
                    if words and name.startswith("v_"):
                        low, high = m.span(name)
                        item.values[name[2:]] = known.text[shadow.text_start(low) : shadow.text_end(high)]
            made.append(item)
        return made

    def _is_harmless(
        self, known: Annotations, number: int, macro: str, place: tuple[int, int], inner: Sequence[Item]
    ) -> bool:
        """Whether a change of a test is what drugs are given for ("fall in creatinine"), and not called harm.

        `macro` is asked of "words | test".
        """
        words = known.text[place[0] : place[1]].lower()
        tests = [item.concept for item in inner if item.kind == "test"]
        if not any(self._rules.macro(macro).search(f"{words} | {test.lower()}") for test in tests):
            return False
        low, high = known.sentences[number]
        return self._rules.macro("said_harm").search(known.text[low:high].lower()) is None

    def _told(self, known: Annotations, number: int, macro: str) -> bool:
        """Whether a sentence or the one before it holds the words of a macro."""
        low, high = known.sentences[max(0, number - 1)][0], known.sentences[number][1]
        return self._rules.macro(macro).search(known.text[low:high].lower()) is not None

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

    def _link(self, known: Annotations, number: int, met: Met, shadow: Shadow) -> None:
        items = shadow.items
        for place, way in met:
            if place < self._makers:
                continue
            compiled = self._order[place]
            matcher = compiled.matcher(way)
            for m in matcher.regex.finditer(shadow.text):
                slots: dict[str, list[Item]] = {}
                groups = m.groups()
                for group, slot in matcher.slots:
                    if groups[group - 1]:
                        slots.setdefault(slot, []).append(items[m.start(group)])
                wanted = compiled.rule.values.get("results")
                if wanted:
                    said = [i for held in slots.values() for i in held if i.kind == "result"]
                    if not all(_is_one(item, wanted) for item in said):
                        continue
                known.relations.append(
                    Relation(compiled.rule, slots, shadow.text_start(m.start()), shadow.text_end(m.end()), number)
                )


def _says_so(rule: Rule, inner: Sequence[Item], shadow: Shadow) -> bool:
    """Whether every result word says what a rule asks for: one of its `results`, and as the part of speech `form`.

    Such a rule makes what only a drug's reaction needs, so it finds nothing where no drug stands. `made_of` is the rule
    that everything within has to be by.
    """
    made_of = rule.values.get("made_of")
    if made_of and any(item.rule != made_of for item in inner):
        return False
    wanted = rule.values.get("results")
    if not wanted:
        return True
    if not any(item.kind == "drug" for item in shadow.items.values()):
        return False
    if any(item.concept not in rule.values.get("findings", ()) for item in inner if item.kind == "finding"):
        return False
    entries = [item.entry for item in inner if item.kind == "result" and item.entry is not None]
    form = rule.values.get("form")
    said = all(_is_one(item, wanted) for item in inner if item.kind == "result" and item.entry is not None)
    return said and (form is None or all(entry.extra.get("verb") == form for entry in entries))


def _is_one(item: Item, wanted: Container[str]) -> bool:
    """Whether a result word has one of some concepts or flags."""
    return item.entry is not None and (item.entry.concept in wanted or item.entry.extra.get("flag") in wanted)


def _sieve_of(order: Sequence[CompiledRule], rules: RuleSet) -> Sieve:
    """The sieve of the rules' needs, which are read once and then kept: reading them takes longer than all the rest."""
    patterns = [compiled.rule.pattern for compiled in order]
    stamp = repr(
        [_reading_of_needs(), patterns, sorted(rules.macros.items()), sorted(SYMBOLS.items()), sorted(GROUPS.items())]
    )
    return Sieve.restored(made_once("sieve", stamp, lambda: Sieve([compiled.ways for compiled in order]).state))


def _reading_of_needs() -> list[str]:
    """The program that reads needs, so that a change of it is seen."""
    parts = []
    for module in (expressions, needs, sieve):
        try:
            parts.append(hashlib.sha256(Path(module.__file__ or "").read_bytes()).hexdigest())
        except OSError:  # a program packed into one file: it changes as a whole
            parts.append(version("casenlp"))
    return parts


def group_by_sentence(known: Annotations) -> dict[int, list[Item]]:
    """Items by the number of their sentence, in order."""
    return in_groups(known.items, "sentence")


def make_grammar(nlp: Language, name: str, rules: str | None) -> Grammar:
    """Factory of the grammar component."""
    return Grammar(rules_of(rules))
