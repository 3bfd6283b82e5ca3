"""Names that share their last words: "acute liver and renal failure" is two diseases.

A word before "and" (or a comma of a list) names a disease of its own where it makes a term of the lexicons together
with the last words of the name behind it. It has rows, whose text is the words that stand there ("acute liver"), and
no mention of its own.
Tests are named so
too ("liver and renal function tests were normal"), where no numbers follow. Source: corpus/guidelines.md section 1.4.
"""

from __future__ import annotations

import re

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.rules import RuleSet
from casenlp.vocabulary import Entry

_REACH = 48  # characters before a name in which its fellow stands
_SHARING = {"diagnosis": ("DIAGNOSIS", "FINDING"), "finding": ("DIAGNOSIS", "FINDING"), "test": ("LAB_TEST",)}
_NAMED = frozenset({"diagnosis", "finding", "drug", "test"})
_MOST = 3  # words that a fellow may have


class Coordination:
    """Adds the first parts of such names to the items of a document."""

    def __init__(self, rules: RuleSet) -> None:
        self._joint = re.compile(rules.macro("shared_head_joint").pattern + "$")
        self._comma = re.compile(rules.macro("shared_head_comma").pattern + "$")
        self._no_part = re.compile(rules.macro("no_part_of_a_name").pattern)
        self._vocabulary = rules.vocabulary

    def settle(self, known: Annotations) -> None:
        """Add an item for each fellow, in text order; the items that it would overlap are left as they are."""
        added = []
        last = 0
        for item in known.items:
            numeric = item.kind == "test" and any(map(str.isdigit, known.text[item.end : item.end + _REACH]))
            if item.kind in _SHARING and " " in known.text[item.start : item.end] and not numeric:
                found = self._fellow(known.text, item, item, last, self._joint)
                while found is not None:
                    added.append(found)
                    found = self._fellow(known.text, item, found, last, self._comma)
            if item.kind in _NAMED:
                last = item.end
        if added:
            known.items = sorted([*known.items, *added], key=lambda i: (i.start, i.end))

    def _fellow(self, text: str, item: Item, after: Item, floor: int, joint: re.Pattern[str]) -> Item | None:
        """What stands before `after`, not before `floor`, and shares the last words of `item`."""
        low = max(floor, after.start - _REACH)
        m = joint.search(text, low, after.start)
        if m is None:
            return None
        tail = text[item.start : item.end].split()
        words = list(re.finditer(r"[^\W_]+(?:-[^\W_]+)*", text[low : m.start()]))[-_MOST:]
        for first in range(len(words)):
            start = low + words[first].start()
            lead = text[start : m.start()]
            if self._no_part.search(lead.lower()) or not re.fullmatch(r"[\w-]+(?: [\w-]+)*", lead):
                continue
            for cut in range(1, len(tail)):
                entry = self._term(f"{lead} {' '.join(tail[cut:])}", item)
                if entry is not None:
                    fellow = Item(item.kind, start, m.start(), entry.rule, entry, None, item.sentence, item.section)
                    fellow.kind = "test" if item.kind == "test" else entry.label.lower()
                    fellow.values["shared"] = (item.start, item.end)
                    return fellow
        return None

    def _term(self, words: str, item: Item) -> Entry | None:
        """The disease, finding or test of these words, another than the item's own."""
        for entry in self._vocabulary.look_up(words):
            fits = entry.label in _SHARING[item.kind] and "flag" not in entry.extra
            if fits and not entry.guards and entry.concept != item.concept:
                return entry
        return None
