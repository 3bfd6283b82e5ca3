"""Which results a test can have, by its unit: a length is no creatinine, an image has no number.

The units are those of lab_test_concepts.tsv; a unit said once for a list is given to all of its numbers here.
"""

from __future__ import annotations

import re

from casenlp.pipeline.analytes import concept_units
from casenlp.pipeline.annotations import Item, Pair
from casenlp.pipeline.roles import reading_as_test
from casenlp.pipeline.shadow import Shadow
from casenlp.quantities import Quantity
from casenlp.rules import RuleSet

_SHORT = ("ms", "s")  # times that a test can have
_ALONE = frozenset({"conc", "percent"})  # units that hardly stand for anything but a result
_MEASURED = frozenset({"concentration", "count", "percent", "activity", "number", "other", "rate"})
_MISSPELT = frozenset({"length", "amount"})  # "27 mm" for mM, "468 μg" for μg a day


def is_daily(quantity: Quantity) -> bool:
    """Whether a quantity is what a day gives: "2.5 g/day", "3 g/24 h"."""
    unit = quantity.unit or ""
    return (quantity.per == "day" or unit.endswith("/d")) and unit.count("/") <= 1


class Measures:
    """Tells whether a result fits a test; `scores` are the tests that have bands."""

    def __init__(self, rules: RuleSet) -> None:
        self._units, self.scores, self._unmeasured = concept_units(rules)
        self._join = rules.macro("list_joint")
        self._picture = rules.macro("picture")
        self._fractions = frozenset(rules.settings["labs"]["fractions"])
        self._range_follows = rules.macro("range_follows")
        self._daily = frozenset(rules.settings["labs"]["of_a_day"])
        counts = rules.settings["labs"]["count_units"]
        self._counts = [(re.compile(words), ucum) for words, ucum in counts.items()]

    def plausible(self, test: Item, result: Item, shadow: Shadow) -> bool:
        """Whether a result can be that of a test.

        A length, amount or time is a result only of a test measured in such a unit; an image has no number.
        """
        if test.concept in self._unmeasured and (
            result.kind in ("number", "pair") or (result.kind in _ALONE and self._picture.search(test.concept.lower()))
        ):
            return False
        if result.kind in ("length", "amount", "time", "duration", "latency"):
            return self.fits(test, result) or (result.kind in _MISSPELT and self._has_range(result, shadow))
        if test.kind == "finding" and result.kind == "number":
            return self._units.get(test.concept, ("", ""))[1] in ("rate", "pressure", "temperature")
        return not (test.kind == "finding" and result.kind == "pair" and "pressure" not in test.concept)

    def _has_range(self, result: Item, shadow: Shadow) -> bool:
        """Whether a reference range in brackets follows, as it does behind nothing but a result."""
        position = next((p for p, item in shadow.items.items() if item is result), None)
        return position is not None and self._range_follows.match(shadow.text, position + 1) is not None

    def fitting(self, test: Item, values: list[Item]) -> list[Item]:
        """Those of some values that can be a result of a test, or all of them where none can."""
        return [value for value in values if self.fits(test, value)] or values

    def fits(self, test: Item, value: Item) -> bool:
        """Whether the unit of a result is one that the test is measured in."""
        reading = reading_as_test(test)
        concept = reading.concept if reading is not None else test.concept
        ucum, kind = self._units.get(concept, ("", ""))
        quantity = value.quantity
        if quantity is not None and concept in self._daily and is_daily(quantity):
            return True
        if value.kind == "pair":
            return concept in self._fractions
        if quantity is None or not kind:
            return value.kind in _ALONE
        if quantity.kind == "time":
            return kind == "time" and quantity.unit in (ucum, *_SHORT)
        if value.kind == "percent" and kind in ("concentration", "activity", "rate", "pressure"):
            return False
        if kind == quantity.kind or (quantity.unit and ucum.startswith(f"{quantity.unit}/")):
            return True
        return value.kind in _ALONE and kind in _MEASURED

    def count_units(self, shadow: Shadow, pairs: list[Pair]) -> None:
        """The unit of a bare number before its test is said behind the test: "412 white cells/µL"."""
        for pair in pairs:
            quantity = pair.part.quantity
            if quantity is None or pair.part.kind != "number" or quantity.unit or pair.part.start > pair.head.start:
                continue
            place = next((p for p, item in shadow.items.items() if item is pair.head), None)
            for words, ucum in self._counts if place is not None else ():
                if words.match(shadow.text, (place or 0) + 1):
                    pair.part.quantity = quantity._replace(unit=ucum, kind="count")
                    break

    def _share_within(self, numbers: list[Pair]) -> None:
        """The values of one test in a sentence have one unit: "120 mg/L on day 1, 85 on day 3"."""
        for pair in numbers:
            quantity = pair.part.quantity
            if pair.part.kind != "number" or quantity is None or quantity.unit or pair.values:
                continue
            same = [p.part.quantity for p in numbers if p.head is pair.head and p.rule == pair.rule]
            stated = {(q.unit, q.kind) for q in same if q is not None and q.unit and q.kind != "percent"}
            if len(stated) == 1:
                (unit, kind) = stated.pop()
                pair.part.quantity = quantity._replace(unit=unit, kind=kind)

    def share_units(self, shadow: Shadow, pairs: list[Pair]) -> None:
        """A unit said once holds for the bare numbers of the list before it, and for the other values of its test."""
        numbers = [p for p in pairs if p.part.quantity is not None]
        self._share_within(numbers)
        places: dict[int, int] = {}
        for i in range(len(numbers) - 2, -1, -1):
            bare, after = numbers[i].part, numbers[i + 1].part
            quantity, stated = bare.quantity, after.quantity
            if bare.kind != "number" or quantity is None or stated is None:
                continue
            if not stated.unit or stated.kind == "percent":
                continue
            places = places or {id(item): position for position, item in shadow.items.items()}
            between = shadow.text[places[id(bare)] + 1 : places[id(numbers[i + 1].head)]]
            kinds = {self._units.get(p.head.concept, ("", ""))[1] for p in numbers[i : i + 2]}
            if len(kinds) == 1 and kinds != {""} and kinds != {"number"} and self._join.fullmatch(between):
                bare.quantity = quantity._replace(unit=stated.unit, kind=stated.kind)
