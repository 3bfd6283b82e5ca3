"""Which items the words right beside them let be asked more: one pass over a document's items in place of an expression
tried at each.

A table (`Ending.may_end_with`, `first_words`) maps a word in lower case to whether an expression may match there at
all; few words may, so that what an expression is tried on is found by a look at one word.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from casenlp.native import neighbours as compiled_neighbours
from casenlp.pipeline.annotations import Item

#: What is asked of an item: the word before it, its own first word, the word behind it. Only names of several words are
#: asked with SPACED; with BOUNDS, the windows before items behind it do not begin before its end.
BEFORE, FIRST, BEHIND, SPACED, BOUNDS = 1, 2, 4, 8, 16
_LONGEST = 70  # characters of a word that is looked up; a longer one may be anything, and so may no word
#: An item, what of the above may stand beside it, and where the item before it that BOUNDS ends, else 0.
Told = tuple[Item, int, int]


class Neighbours:
    """Looks at the words beside items; `kinds` has what is asked of each kind, `reach` and `reach_behind` are the
    characters of the windows before and behind an item."""

    #: The items, which are in order of the text, that anything may stand by.
    told: Callable[[list[Item], str], Sequence[Told]]

    def __init__(
        self,
        kinds: Mapping[str, int],
        before: Mapping[str, bool] | None = None,
        first: Mapping[str, bool] | None = None,
        behind: Mapping[str, bool] | None = None,
        reach: int = 0,
        reach_behind: int = 0,
    ) -> None:
        self._kinds = kinds
        self._tables = tuple({} if table is None else table for table in (before, first, behind))
        self._reach, self._reach_behind = reach, reach_behind
        self.told = self._told
        if compiled_neighbours is not None:
            with contextlib.suppress(TypeError):  # a class without the slots that are read
                asked = compiled_neighbours.Neighbours(Item, dict(kinds), before, first, behind, reach, reach_behind)
                self.told = asked.told

    def _told(self, items: list[Item], text: str) -> list[Told]:
        before, first, behind = self._tables
        found = []
        floor = 0
        for item in items:
            asked = self._kinds.get(item.kind)
            if asked is None:
                continue
            start, end = item.start, item.end
            past = floor
            if asked & BOUNDS:
                floor = end
            if asked & SPACED and text.find(" ", start, end) < 0:
                continue
            signs = 0
            if asked & BEFORE and _may_be(before, text[max(past, start - self._reach) : start].rsplit(None, 1)[-1:]):
                signs |= BEFORE
            if asked & FIRST and _may_be(first, [text[start:end].partition(" ")[0]]):
                signs |= FIRST
            if asked & BEHIND and _may_be(behind, text[end : end + self._reach_behind].split(None, 1)[:1]):
                signs |= BEHIND
            if signs:
                found.append((item, signs, past))
        return found


def _may_be(table: Mapping[str, bool], words: Sequence[str]) -> bool:
    """What a table tells of a word, which may be missing."""
    return not words or not 0 < len(words[0]) <= _LONGEST or table[words[0].lower()]
