"""One dose told in several ways: "30 ml of lidocaine 1% (300 mg, or 4 mg/kg)" is one exposure.

The amount of the drug itself stands; its volume or number of tablets, its strength and what it is for each kilogram
are the same told again, and so is what one tablet holds where the sum is told. Source: corpus/guidelines.md section
11.1 (one row per drug and dose).
"""

from __future__ import annotations

from collections.abc import Sequence

from casenlp.pipeline.annotations import Item, Pair
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_NEAR = 30  # characters in symbol form between a strength and the amount of the same drug
_AMOUNT, _COUNTED = ("mass", "substance", "activity"), ("volume", "form")
_STRENGTH, _BY_SIZE = "percent", "dose_rate"


class DoseForms:
    """Tells which doses of a drug only tell another of its doses again."""

    def __init__(self, rules: RuleSet) -> None:
        self._or_else = rules.macro("dose_in_other_words")
        self._opens = rules.macro("dose_opens_bracket")
        self._parts = rules.macro("clause_parts")
        self._each = rules.macro("dose_each")
        self._total = rules.macro("dose_total")

    def told_again(self, pairs: Sequence[Pair], shadow: Shadow, places: dict[int, int]) -> list[Pair]:
        """Of the dose pairs of one sentence, in any order, those that only tell another one again."""
        again: list[Pair] = []
        heads: dict[int, list[Pair]] = {}
        for pair in pairs:
            heads.setdefault(id(pair.head), []).append(pair)
        for mine in heads.values():
            if len(mine) > 1:
                mine.sort(key=lambda p: p.part.start)
                again += [p for p in mine if any(self._is_again(p, q, shadow.text, places) for q in mine if q is not p)]
        return again

    def _is_again(self, pair: Pair, other: Pair, text: str, places: dict[int, int]) -> bool:
        """Whether a dose tells another of the same drug again."""
        form, form_of_other = _form(pair.part), _form(other.part)
        place, place_of_other = places[id(pair.part)], places[id(other.part)]
        between = text[min(place, place_of_other) + 1 : max(place, place_of_other)]
        if form == _STRENGTH:
            beside = abs(place - place_of_other) <= _NEAR and not self._parts.search(between)
            return form_of_other in (*_AMOUNT, "volume") and beside
        if form in _COUNTED:  # told before the drug's name, the amount behind it
            head = places.get(id(pair.head), -1)  # a drug of the sentence before has no place here
            behind = place < head < place_of_other
            return form_of_other in _AMOUNT and behind and bool(self._opens.search(text, place, place_of_other))
        if form in _AMOUNT:  # of one tablet, where the sum is told
            one = form_of_other == form and place < place_of_other and self._each.match(text, place + 1)
            return bool(one and self._total.search(text, place, place_of_other))
        return (
            form == _BY_SIZE
            and form_of_other in _AMOUNT
            and place > place_of_other
            and bool(self._or_else.fullmatch(between))
        )


def _form(dose: Item) -> str:
    return dose.quantity.kind or "" if dose.quantity is not None else ""
