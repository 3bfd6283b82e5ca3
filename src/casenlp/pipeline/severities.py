"""Settles what of a name is the disease: "severe preeclampsia" is preeclampsia, "hepatitis B virus" is none.

Vocabularies list such names as terms of their own; the rest of the words must be a name too.
Source: corpus/guidelines.md section 6.3.
"""

from __future__ import annotations

import re

from casenlp.pipeline.annotations import Annotations
from casenlp.rules import RuleSet

_AHEAD = 25


class Severities:
    """Narrows items of kind diagnosis and finding, in place."""

    def __init__(self, rules: RuleSet) -> None:
        self._lead = re.compile(rules.macro("severity_lead").pattern)
        self._no_disease = rules.macro("not_of_a_person_after")
        self._vocabulary = rules.vocabulary

    def settle(self, known: Annotations) -> None:
        """Give every item that begins with a severity the span and entry of what follows it."""
        text = known.text
        for item in known.items:
            kind = item.kind
            if (kind != "diagnosis" and kind != "finding") or item.entry is None:
                continue
            end = item.end
            if kind == "diagnosis" and self._no_disease.match(text[end : end + _AHEAD].lower()):
                item.kind = "modifier"  # "hepatitis B virus": stays a word
                continue
            lead = self._lead.match(text[item.start : end].lower())
            if lead is None:
                continue
            rest = known.text[item.start + lead.end() : item.end]
            entry = next((e for e in self._vocabulary.look_up(rest) if e.label == item.label), None)
            if entry is not None and "never" not in entry.guards:
                item.start, item.entry, item.rule = item.start + lead.end(), entry, entry.rule
