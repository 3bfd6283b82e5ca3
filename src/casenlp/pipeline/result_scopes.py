"""Which tests of a sentence a result can be said of.

"Ejection fraction by echocardiography was 40%" is no result of echocardiography, and in "showed an elevated X and a Y"
or "showed an elevated X, and Y was performed" nothing is said of Y. Macros of rules/patterns/labs.toml hold the words.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from casenlp.pipeline.annotations import Item
from casenlp.pipeline.roles import reading_as_test
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_ALONE = frozenset({"conc", "percent"})  # units that hardly stand for anything but a result
_REACH = 70  # characters before a test that may say that it is a method


class _Chained(Protocol):
    """Tests or results in a row; positions are those in a sentence's symbol form."""

    heads: bool
    items: list[Item]
    start: int
    end: int
    qualitative: bool


_C = TypeVar("_C", bound=_Chained)


class ResultScopes:
    """Sets apart what no result is said of."""

    def __init__(self, rules: RuleSet) -> None:
        macro = rules.macro
        self._method = macro("method_before")
        self._may_be_method = rules.ending("method_before").may_end_with
        self._specimens = frozenset(rules.settings["labs"]["specimens"])
        self._specimen = macro("specimen_before")
        self._may_be_specimen = rules.ending("specimen_before").may_end_with
        self._attributive = macro("result_test_gap")
        self._article = macro("own_article")
        self._verb = macro("verb_behind_test")
        self._finite = macro("finite_verb")
        self._found_out = macro("found_out_by")
        self._another, self._same = macro("of_another_test"), macro("of_same_test_still")
        self._stains: frozenset[str] = frozenset(rules.settings["labs"]["stains"])
        self._stained: frozenset[str] = frozenset(rules.settings["labs"]["stained"])
        self._showing = macro("showing")
        self._phrase = macro("opening_phrase")

    def methods(self, shadow: Shadow, tests: AbstractSet[int]) -> set[int]:
        """Positions of tests by which, or in which, another was measured: a result behind them is that of the other."""
        text, found = shadow.text, set()
        for p in tests:
            low = p - _REACH if p > _REACH else 0
            word = text[low:p].rsplit(None, 1)[-1:]
            by = (not word or self._may_be_method[word[0]]) and self._method.search(text, low, p) is not None
            if by or ((not word or self._may_be_specimen[word[0]]) and self._is_of_specimen(shadow, low, p)):
                found.add(p)
        return found

    def _is_of_specimen(self, shadow: Shadow, low: int, position: int) -> bool:
        item = shadow.items[position]
        reading = reading_as_test(item)
        concept = reading.concept if reading is not None else item.concept
        return concept in self._specimens and self._specimen.search(shadow.text, low, position) is not None

    def of_another(self, between: str, values: Sequence[Item]) -> bool:
        """Whether the words between a test and values further on begin another test, which has no name that we know.

        The values become items of kind value then: results still, that have no row.
        """
        if not self._another.search(between) or self._same.search(between):
            return False
        for value in values:
            if value.kind in _ALONE:
                value.kind = "value"
        return True

    def said_of(self, shadow: Shadow, start: int, tests: list[Item]) -> list[Item]:
        """The tests of a list that begins at a position of which a predicate is said: the last where something was
        found out by the others ("stones were excluded by sonography, and CT was normal")."""
        if len(tests) > 1 and self._found_out.search(shadow.text, max(0, start - _REACH), start):
            return tests[-1:]
        return tests

    def tested(self, subjects: list[Item], named: list[Item]) -> list[Item]:
        """The tests whose result "positive for X" is: those named, but the stain where X is what a stain shows."""
        if subjects and subjects[-1].concept in self._stains and all(i.concept in self._stained for i in named):
            return subjects[-1:]
        return named

    def part(self, shadow: Shadow, chains: Sequence[_C], make: Callable[..., _C]) -> list[_C]:
        """The chains of a sentence, those of tests parted where the result word before is not said of the last ones.

        An empty chain stands where one was parted; `make` makes a chain from whether it is of tests, items, start, end.
        """
        parted: list[_C] = []
        for chain in chains:
            word = parted[-1] if parted and parted[-1].qualitative else None
            parted.append(chain)
            if word is None or not chain.heads or len(chain.items) < 2:
                continue
            if self._attributive.fullmatch(shadow.text, word.end, chain.start) is None:
                continue
            place = self._first_unsaid(shadow, word.start, chain)
            if place:
                kept = [i for i in chain.items if i.start < shadow.text_start(place)]
                parted += [make(True, [], place, place), make(True, chain.items[len(kept) :], place, chain.end)]
                chain.items, chain.end = kept, place - 1
        return parted

    def _first_unsaid(self, shadow: Shadow, start: int, tests: _Chained) -> int:
        """The place of the first test that the word at `start` is not said of, as it has an article or a verb of its
        own; 0 when it is said of all."""
        text, own = shadow.text, {id(item) for item in tests.items}
        places = [position for position, item in shadow.items.items() if id(item) in own]
        for before, place in itertools.pairwise(places):
            if self._article.search(text, before + 1, place):
                return place
        if self._verb.match(text, tests.end):
            lead = text[:start]
            if self._finite.search(lead) or self._showing.search(lead) or self._phrase.search(lead):
                return places[-1]
        return 0
