"""Grammar: runs the rules of rules/patterns over each sentence, first those that make mentions, then those that link.

A mention rule turns what its group `mention` covers (or all it matched) into one item of its label, and the items
inside are used up. Link rules see the sentence after that and leave relations.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from casenlp.patterns import Rule
from casenlp.pipeline.annotations import Annotations, Choice, Component, Item, Relation, in_groups
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.roles import reading_as_test
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.pipeline.tries import Tried, Tries, Try
from casenlp.rules import RuleSet
from casenlp.sieve import Met

if TYPE_CHECKING:
    from spacy.language import Language


_PLACE = attrgetter("start", "end")
_SHORT = 120  # characters of a sentence that link rules read even where nothing known stands in it


class Grammar(Component):
    """Applies compiled rules to every sentence of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._tries = Tries(rules)

    def annotate(self, known: Annotations) -> None:
        """Refine items and add relations."""
        items: list[Item] = []
        by_sentence = group_by_sentence(known)
        tries = self._tries
        met_of, makers = tries.met, tries.makers
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
                self._link(known, number, tries.all(met, makers, tries.rules, shadow.text), shadow)
        known.items = items

    def _make(
        self, known: Annotations, number: int, present: list[Item], shadow: Shadow, met: Met
    ) -> tuple[list[Item], Shadow, Met]:
        """Items, symbol form and rules to try after every rule that makes mentions had its turn."""
        start, end = known.sentences[number]
        first, makers = self._tries.first, self._tries.makers
        found = first(met, 0, makers, shadow.text)
        while found is not None:
            tried, matches = found
            made = self._mentions(known, number, shadow, tried, matches)
            if made:
                present = self._replace(known, present, made)
                shadow = make_shadow(known.text, start, end, present)
                met = self._tries.met(shadow.text)
            found = first(met, tried.place + 1, makers, shadow.text)
        return present, shadow, met

    def _mentions(
        self, known: Annotations, number: int, shadow: Shadow, tried: Try, matches: list[re.Match[str]]
    ) -> list[Item]:
        made: list[Item] = []
        rule = tried.compiled.rule
        if tried.mention is None:
            return made
        if tried.asks and "only_with" in rule.values and not self._told(known, number, rule.values["only_with"]):
            return made
        for m in matches:
            low, high = m.span(tried.mention)
            if high <= low:
                continue
            inner = [item for position, item in shadow.items.items() if low <= position < high]
            if [item for item in inner if "made" in item.values]:
                continue
            start, end = shadow.text_start(low), shadow.text_end(high)
            if tried.asks and not self._is_so(known, number, shadow, rule, m, inner, (start, end)):
                continue
            quantity = next((i.quantity for i in inner if i.quantity is not None), None) if tried.measured else None
            named = [i.entry for i in inner if i.kind == tried.kind]
            entry = named[0] if len(named) == 1 else None
            if "other_reading" in rule.values:
                entry = reading_as_test(inner[0]) if len(inner) == 1 else None
                if entry is None:
                    continue
            item = Item(tried.kind, start, end, rule.id, entry, quantity, number, known.section_at(start))
            item.values = {**rule.values, "made": True, "inner": inner}
            for name in tried.told:
                low, high = m.span(name)
                if low < high:
                    item.values[name[2:]] = known.text[shadow.text_start(low) : shadow.text_end(high)]
            made.append(item)
        return made

    def _is_so(
        self,
        known: Annotations,
        number: int,
        shadow: Shadow,
        rule: Rule,
        m: re.Match[str],
        inner: Sequence[Item],
        place: tuple[int, int],
    ) -> bool:
        """Whether a match, with the items within and the place of its mention, is as a rule's values ask."""
        values = rule.values
        words = known.text[place[0] : place[1]]
        if not _says_so(rule, inner, shadow):
            return False
        if "made_of" in values and any(
            reading_as_test(i) for p, i in shadow.items.items() if m.start() <= p and i.start < place[0]
        ):
            return False  # what is a test too: "norepinephrine 69 µg/24 h"
        if "unless" in values and self._is_harmless(known, number, values["unless"], place, inner):
            return False
        if "written" in values and not self._rules.macro(values["written"]).fullmatch(words.lower()):
            return False
        return "capitals" not in values or words.isupper()

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
            start, end = item.start, item.end
            owner = None
            for mention in made:
                if mention.start < end and start < mention.end:
                    owner = mention
                    break
            if owner is None:
                out.append(item)
            elif item.label:
                reason = f"part of {known.text[owner.start : owner.end]!r} ({owner.rule})"
                known.choices.append(Choice(start, end, item.label, item.rule, "rejected", reason))
        out += made
        out.sort(key=_PLACE)
        return out

    def _link(self, known: Annotations, number: int, found: list[Tried], shadow: Shadow) -> None:
        items = shadow.items if found else {}
        for tried, matches in found:
            rule, matcher = tried.compiled.rule, tried.matcher
            for m in matches:
                slots: dict[str, list[Item]] = {}
                groups = m.groups()
                for group, slot in matcher.slots:
                    if groups[group - 1]:
                        slots.setdefault(slot, []).append(items[m.start(group)])
                wanted = rule.values.get("results")
                if wanted:
                    said = [i for held in slots.values() for i in held if i.kind == "result"]
                    if not all(_is_one(item, wanted) for item in said):
                        continue
                start, end = m.span()
                known.relations.append(Relation(rule, slots, shadow.text_start(start), shadow.text_end(end), number))


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


def group_by_sentence(known: Annotations) -> dict[int, list[Item]]:
    """Items by the number of their sentence, in order."""
    return in_groups(known.items, "sentence")


def make_grammar(nlp: Language, name: str, rules: str | None) -> Grammar:
    """Factory of the grammar component."""
    return Grammar(rules_of(rules))
