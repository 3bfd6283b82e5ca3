"""What a sentence says of drugs, and which of them it lists together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from casenlp.pipeline.annotations import Annotations, Item
from casenlp.pipeline.shadow import Shadow, make_shadow


class Given:
    """A sentence that says what was given: its `drugs` in order, and the number `first` of its first pair.

    Its shadow is made when first asked for: most sentences hold one drug and nothing that belongs to it.
    """

    def __init__(self, known: Annotations, number: int, items: Sequence[Item], drugs: list[Item]) -> None:
        self.drugs = drugs
        self.first = len(known.pairs)
        self._named = drugs
        self._known, self._number, self._items = known, number, items
        self._shadow: Shadow | None = None
        self._places: dict[int, int] | None = None
        self._chains: list[list[Item]] | None = None

    @property
    def shadow(self) -> Shadow:
        """The sentence as it was when this was first asked for."""
        if self._shadow is None:
            start, end = self._known.sentences[self._number]
            self._shadow = make_shadow(self._known.text, start, end, self._items)
        return self._shadow

    @property
    def places(self) -> dict[int, int]:
        """Positions in the shadow by the ids of items."""
        if self._places is None:
            self._places = {id(item): position for position, item in self.shadow.items.items()}
        return self._places

    def chains(self, between: re.Pattern[str], fronted: re.Pattern[str]) -> list[list[Item]]:
        """The drugs named, those of one list together, also those that fell since."""
        if self._chains is None:
            several = len(self._named) > 1
            self._chains = coordinated(self.shadow, between, fronted) if several else [self._named]
        return self._chains

    def last_listed(self, between: re.Pattern[str], fronted: re.Pattern[str]) -> list[Item]:
        """The last drug, with those listed together with it."""
        last = self.drugs[-1]
        return next((chain for chain in self.chains(between, fronted) if chain[-1] is last), [last])


def coordinated(shadow: Shadow, between: re.Pattern[str], fronted: re.Pattern[str]) -> list[list[Item]]:
    """The drugs of a sentence in order, those of one list together.

    `between` is all that may stand between two, `fronted` a phrase in front of the clause up to its comma, which joins
    no drugs ("because of nausea from A, B was given").
    """
    chains: list[list[Item]] = []
    end = -1
    for position, item in shadow.items.items():
        if item.kind != "drug":
            continue
        joined = chains and between.fullmatch(shadow.text, end, position)
        if joined and not ends_phrase(shadow.text, end, position, fronted):
            chains[-1].append(item)
        else:
            chains.append([item])
        end = position + 1
    return chains


def ends_phrase(words: str, low: int, high: int, fronted: re.Pattern[str]) -> bool:
    """Whether between two places of a sentence in symbol form stands the comma that ends a phrase in front of it."""
    return words.find(",", low, high) >= 0 and low < phrase_end(words, fronted) <= high


def phrase_end(words: str, fronted: re.Pattern[str]) -> int:
    """Where a phrase in front of a sentence's clause ends, its comma with it; 0 when none stands there."""
    phrase = fronted.match(words)
    return phrase.end() if phrase else 0
