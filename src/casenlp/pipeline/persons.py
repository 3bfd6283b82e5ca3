"""Settles ages and sexes once a whole document is known.

Three things cannot be told from a sentence alone: an age at which something earlier happened is a date when the
report tells the person's age elsewhere; a word of an age group is an age only where no number tells one; and a noun
of sex counts only where it introduces a person. Source: corpus/guidelines.md section 7.
"""

from __future__ import annotations

import re

from casenlp.documents import lower_in_place
from casenlp.pipeline.annotations import Annotations, Item, in_groups, of_kinds
from casenlp.rules import RuleSet

_AGES, _SEXES = frozenset({"age"}), frozenset({"sex"})
_LOOK_BACK = 40
_NEAR_AGE = 30


class Persons:
    """Refines the items of kind age and sex of a document, in place."""

    def __init__(self, rules: RuleSet) -> None:
        self._group = rules.macro("age_group")
        self._group_introduced = rules.macro("introduced_by_age_group")
        self._definite = re.compile(rules.macro("mentioned_again_before").pattern + "$")
        self._counted = re.compile(rules.macro("few_people_before").pattern + "$")
        self._plural = rules.macro("sexes_in_plural")

    def settle(self, known: Annotations) -> None:
        """Run all three; items that tell no age or sex become invisible modifiers."""
        ages = of_kinds(known.items, _AGES)
        for item in ages:
            if "letter" in item.values:
                known.items = [part for item in known.items for part in _letter_apart(item)]
                ages = of_kinds(known.items, _AGES)
                break
        sexes = of_kinds(known.items, _SEXES)
        ages = self._ages(known, ages)
        if sexes:
            self._sexes(known, ages, sexes)

    def _ages(self, known: Annotations, ages: list[Item]) -> list[Item]:
        """What of the items of kind age tells the person's, or else the words of an age group."""
        stated = [item for item in ages if not item.values.get("at_event")]
        grouped = not stated and self._introduced_by_group(known, ages)
        for item in ages:
            told = item.quantity is None or item.quantity.low is not None  # "a few hours of age" tells no age
            if item.values.get("at_event") and (stated or grouped or item is not ages[0] or not told):
                item.kind = "date"
        left = [item for item in ages if item.kind == "age"]
        if left:
            return left
        taken = {i for item in known.items for i in range(item.start, item.end) if item.kind != "sex"}
        for m in self._group.finditer(lower_in_place(known.text)):
            section = known.section_at(m.start())
            if m.start() in taken or (section is not None and section.subject == "none"):
                continue
            number = known.sentence_at(m.start())
            left.append(Item("age", m.start(), m.end(), "age.group", sentence=number, section=section))
        known.items += left
        known.items.sort(key=lambda item: (item.start, item.end))
        return left

    def _introduced_by_group(self, known: Annotations, ages: list[Item]) -> bool:
        """Whether a sentence before the first age at an event introduces the patient as a child or the like."""
        if not ages or ages[0].sentence <= 0:
            return False
        before = known.text[: known.sentences[ages[0].sentence][0]].lower()
        return bool(self._group_introduced.search(before))

    def _sexes(self, known: Annotations, ages: list[Item], sexes: list[Item]) -> None:
        nouns = [item for item in sexes if not _is_weak(item)]
        beside = in_groups(ages, "sentence")
        for item in sexes:
            near = any(_gap(a, item) <= _NEAR_AGE for a in beside.get(item.sentence, ()))
            first = item is next(iter(nouns), None) and (len(nouns) == 1 or not self._is_plural(known, item))
            certain = near or first or self._introduces(known, item)
            if not (not nouns if _is_weak(item) else certain):
                item.kind = "modifier"  # stays a word: no mention, no symbol

    def _introduces(self, known: Annotations, item: Item) -> bool:
        before = known.text[max(0, item.start - _LOOK_BACK) : item.start].lower()
        if self._is_plural(known, item):
            return bool(self._counted.search(before))
        return not self._definite.search(before)

    def _is_plural(self, known: Annotations, item: Item) -> bool:
        return bool(self._plural.fullmatch(known.text[item.start : item.end].lower()))


def _letter_apart(item: Item) -> list[Item]:
    """Age and sex of a number whose letter was read as a unit ("57F"); what was there before where it is none.

    The rule's values tell the letter, its sex, the rule of the sex, and from which number (more than most catheters
    have) and below which it is an age.
    """
    if item.kind != "age" or "letter" not in item.values:
        return [item]
    letter, told, rule = (item.values[name] for name in ("letter", "sex", "sex_rule"))
    quantity = item.quantity
    if (
        quantity is None
        or quantity.unit_text != letter
        or quantity.high is not None
        or quantity.comparator
        or quantity.low is None
        or not quantity.low.is_integer()
        or not item.values["least"] <= quantity.low < item.values["below"]
    ):
        return list(item.values["inner"])
    sex = Item("sex", item.end - len(letter), item.end, rule, sentence=item.sentence, section=item.section)
    sex.values = {"concept": told}
    item.end = quantity.number_end
    return [item, sex]


def _gap(one: Item, other: Item) -> int:
    return max(one.start - other.end, other.start - one.end)


def _is_weak(item: Item) -> bool:
    return bool(item.values.get("weak")) or (item.entry is not None and "weak" in item.entry.guards)
