"""Settles what of a name is the disease: "severe preeclampsia" is preeclampsia, "hepatitis B virus" is none.

Vocabularies list such names as terms of their own; the rest of the words must be a name too. A prefix takes back the
first word and no more: a "non-malignant goitre" is a goitre; where the rest is no name, all of it is denied (context).
Source: corpus/guidelines.md sections 6.3 and 8.1.
"""

from __future__ import annotations

import re

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.pipeline.neighbours import BEFORE, BEHIND, FIRST, Neighbours
from casenlp.rules import RuleSet

_AHEAD, _BEHIND = 25, 8  # characters after and before a name that tell what it is
_KINDS = {"DIAGNOSIS": "diagnosis", "FINDING": "finding"}


class Severities:
    """Narrows items of kind diagnosis and finding, in place."""

    def __init__(self, rules: RuleSet) -> None:
        self._lead = re.compile(rules.macro("severity_lead").pattern)
        self._prefix = rules.macro("taking_back_prefix")
        self._no_disease = rules.macro("not_of_a_person_after")
        self._beside = Neighbours(
            {"diagnosis": BEFORE | FIRST | BEHIND, "finding": BEFORE | FIRST},
            rules.ending("taking_back_prefix").may_end_with,
            rules.first_words("severity_lead"),
            rules.first_words("not_of_a_person_after"),
            _BEHIND,
            _AHEAD,
        )
        self._vocabulary = rules.vocabulary

    def settle(self, known: Annotations) -> None:
        """Give every item that begins with a severity the span and entry of what follows it."""
        text = known.text
        for item, signs, _ in self._beside.told(known.items, text):
            if item.entry is None:
                continue
            end = item.end
            if signs & BEHIND and self._no_disease.match(text[end : end + _AHEAD].lower()):
                item.kind = "modifier"  # "hepatitis B virus": stays a word
                continue
            if signs & BEFORE and self._prefix.search(text[max(0, item.start - _BEHIND) : item.start].lower()):
                self._leave_first_word(text, item)
                continue
            lead = self._lead.match(text[item.start : end].lower()) if signs & FIRST else None
            if lead is None:
                continue
            rest = text[item.start + lead.end() : end]
            entry = next((e for e in self._vocabulary.look_up(rest) if e.label == item.label), None)
            if entry is not None and "never" not in entry.guards:
                item.start, item.entry, item.rule = item.start + lead.end(), entry, entry.rule

    def _leave_first_word(self, text: str, item: Item) -> None:
        """Give an item the span and entry of what follows its first word, where that is a name."""
        rest = text[item.start : item.end].partition(" ")[2]
        entry = next((e for e in self._vocabulary.look_up(rest) if e.label in _KINDS and not e.guards), None)
        if entry is not None:
            item.start, item.entry, item.rule = item.end - len(rest), entry, entry.rule
            item.kind = _KINDS[entry.label]
