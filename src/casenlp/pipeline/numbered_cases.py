"""Patients that a report numbers: where the part of each begins, and sentences elsewhere that name one by number.

Words come from rules/patterns/people.toml; source: corpus/guidelines.md section 10.
"""

from __future__ import annotations

import re

from casenlp.pipeline.annotations import Annotations
from casenlp.rules import RuleSet

_APART = ("table", "caption")  # sections in which no patient's part begins


def openings(known: Annotations, rules: RuleSet) -> dict[int, str]:
    """Start of each sentence or heading that opens a patient's part of the report -> the patient's number.

    Looked for once, after sentences and sections are known.
    """
    if known.openings is None:
        known.openings = _openings(known, rules)
    return known.openings


def _openings(known: Annotations, rules: RuleSet) -> dict[int, str]:
    opening = rules.macro("case_heading")
    lower = known.lower
    same = len(lower) == len(known.text)  # so that offsets are the same
    opens = {}
    for start, end in known.sentences:
        m = opening.match(lower, start, end) if same else opening.match(known.text[start:end].lower())
        if m:
            section = known.section_at(start)
            if section is None or (section.subject == "patient" and section.name not in _APART):
                opens[start] = case_number(rules, m)
    return opens


def case_number(rules: RuleSet, m: re.Match[str]) -> str:
    """The number in a match of the macros `case_heading`, `case_named` or `case_row`, as a figure or letter."""
    name = next(g for g in m.groups() if g)
    numbers: dict[str, str] = rules.settings["cases"]["numbers"]
    return numbers.get(name, name)
