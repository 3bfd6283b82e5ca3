"""Names that share their last words: "acute liver and renal failure" is two diseases.

A word before "and" (or a comma of a list) names a disease of its own where it makes a term of the lexicons together
with the last words of the name behind it. It has rows, whose text is the words that stand there ("acute liver"), and
no mention of its own. Tests are named so too ("liver and renal function tests were normal"), where no numbers follow.
Source: corpus/guidelines.md section 1.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.pipeline.neighbours import BEFORE, BOUNDS, SPACED, Neighbours
from casenlp.rules import RuleSet
from casenlp.vocabulary import Entry

_REACH = 48  # characters before a name in which its fellow stands
_SHARING = {"diagnosis": ("DIAGNOSIS", "FINDING"), "finding": ("DIAGNOSIS", "FINDING"), "test": ("LAB_TEST",)}
_NAME_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LEAD = re.compile(r"[\w-]+(?: [\w-]+)*")
_MOST = 3  # words that a fellow may have


class Coordination:
    """Adds the first parts of such names to the items of a document."""

    def __init__(self, rules: RuleSet) -> None:
        self._joint = re.compile(rules.macro("shared_head_joint").pattern + "$")
        kinds = {"drug": BOUNDS, **dict.fromkeys(_SHARING, BEFORE | SPACED | BOUNDS)}
        self._beside = Neighbours(kinds, rules.ending("shared_head_joint").may_end_with, reach=_REACH)
        self._comma = re.compile(rules.macro("shared_head_comma").pattern + "$")
        self._no_part = re.compile(rules.macro("no_part_of_a_name").pattern)
        self._vocabulary = rules.vocabulary

    def settle(self, known: Annotations) -> None:
        """Add an item for each fellow, in text order; the items that it would overlap are left as they are."""
        added: list[Item] = []
        text = known.text
        for item, _, past in self._beside.told(known.items, text):
            m = self._joint.search(text, max(past, item.start - _REACH), item.start)
            if m is not None and not (item.kind == "test" and _has_figure(text[item.end : item.end + _REACH])):
                added += self._fellows(text, item, past, m)
        if added:
            known.items = sorted([*known.items, *added], key=lambda i: (i.start, i.end))

    def _fellows(self, text: str, item: Item, floor: int, joint: re.Match[str] | None) -> Iterator[Item]:
        """The fellows of an item, the one before the joint first."""
        after = item
        while joint is not None:
            found = self._fellow(text, item, max(floor, after.start - _REACH), joint.start())
            if found is None:
                return
            yield found
            after = found
            joint = self._comma.search(text, max(floor, after.start - _REACH), after.start)

    def _fellow(self, text: str, item: Item, low: int, end: int) -> Item | None:
        """What stands at the end of text[low:end] and shares the last words of `item`."""
        tail = text[item.start : item.end].split()
        before = text[low:end].rstrip()
        end = low + len(before)
        words = list(_NAME_WORD.finditer(before))[-_MOST:]
        if not words or not self._may_lead(text[low + words[-1].start() : end]):
            return None  # nor may what more words with it
        for first in range(len(words)):
            start = low + words[first].start()
            lead = text[start:end]
            if not self._may_lead(lead):
                continue
            for cut in range(1, len(tail)):
                entry = self._term(f"{lead} {' '.join(tail[cut:])}", item)
                if entry is not None:
                    fellow = Item(item.kind, start, end, entry.rule, entry, None, item.sentence, item.section)
                    fellow.kind = "test" if item.kind == "test" else entry.label.lower()
                    fellow.values["shared"] = (item.start, item.end)
                    return fellow
        return None

    def _may_lead(self, lead: str) -> bool:
        """Whether words, and nothing else, may be the first of a name."""
        return self._no_part.search(lead.lower()) is None and _LEAD.fullmatch(lead) is not None

    def _term(self, words: str, item: Item) -> Entry | None:
        """The disease, finding or test of these words, another than the item's own."""
        for entry in self._vocabulary.look_up(words):
            fits = entry.label in _SHARING[item.kind] and "flag" not in entry.extra
            if fits and not entry.guards and entry.concept != item.concept:
                return entry
        return None


def _has_figure(text: str) -> bool:
    return any(map(str.isdigit, text))
