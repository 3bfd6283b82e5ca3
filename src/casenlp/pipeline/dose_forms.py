"""One dose told in several ways: "30 ml of lidocaine 1% (300 mg, or 4 mg/kg)" is one exposure.

The amount of the drug itself stands; its volume or number of tablets, its strength and what it is for each kilogram
are the same told again, and so is what one tablet holds where the sum or the number of tablets is told. Source:
corpus/guidelines.md section 11.1 (one row per drug and dose).
"""

from __future__ import annotations

from collections.abc import Sequence

from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Item, Pair
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_NEAR = 30  # characters in symbol form between a strength and the amount of the same drug
_AMOUNT, _COUNTED = ("mass", "substance", "activity"), ("volume", "form")
_DRUG = SYMBOLS["drug"]
_STRENGTH, _BY_SIZE = "percent", "dose_rate"


class DoseForms:
    """Tells which doses of a drug only tell another of its doses again."""

    def __init__(self, rules: RuleSet) -> None:
        self._or_else = rules.macro("dose_in_other_words")
        self._opens = rules.macro("dose_opens_bracket")
        self._parts = rules.macro("clause_parts")
        self._beside = rules.macro("tablets_beside")
        self._in_volume = rules.macro("dose_in_volume")
        self._then = rules.macro("then_another")
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

    def is_mixed(self, shadow: Shadow, place: int) -> bool:
        """Whether a dose stands in a volume of something else, and a drug before it: "X, 5 IU in 500 mL of Y"."""
        return self._in_volume.match(shadow.text, place + 1) is not None and _DRUG in shadow.text[:place]

    def is_apart(self, shadow: Shadow, place: int, drug: int) -> bool:
        """Whether a drug behind a dose is another's, in a clause of its own: "1 g; Y", "5 mg, then Y"."""
        between = shadow.text[place + 1 : drug]
        return _DRUG in shadow.text[:place] and (";" in between or self._then.match(between) is not None)

    def begin(self, dose: Item, shadow: Shadow, place: int) -> None:
        """Let a dose of three parts begin with its first: "5/160/12.5 mg"."""
        first = shadow.items.get(place - 2)
        if first is not None and first.kind == "number" and shadow.text[place - 1] == "/" and first.quantity:
            dose.start = first.start
            dose.quantity = dose.quantity and dose.quantity._replace(low=first.quantity.low)

    def _is_strength(self, tablets: int, amount: int, drug: int, text: str) -> bool:
        """Whether an amount beside a drug is what each of its tablets holds: "2 tablets of X 500 mg"."""
        if drug < amount < tablets:  # "X 500 mg, 2 tablets"
            return self._beside.fullmatch(text, amount + 1, tablets) is not None
        return tablets < drug < amount and self._beside.fullmatch(text, drug + 1, amount) is not None

    def joined(self, shadow: Shadow, place: int) -> Item | None:
        """The drug before a drug that only a slash stands between, unless a third is joined to them too."""
        other = shadow.items.get(place - 2)
        if other is None or other.kind != "drug" or shadow.text[place - 1] != "/":
            return None
        return other if shadow.text[max(0, place - 3) : place - 2] != "/" else None

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
            if form_of_other not in _AMOUNT:
                return False
            if _is_one(pair.part) and self._is_strength(place, place_of_other, head, text):
                return True
            return place < head < place_of_other and bool(self._opens.search(text, place, place_of_other))
        if form in _AMOUNT:  # of one tablet, where the sum is told
            if form_of_other == "form" and not _is_one(other.part):
                head = places.get(id(pair.head), -1)
                if self._is_strength(place_of_other, place, head, text):
                    return True
            one = form_of_other == form and place < place_of_other and self._each.match(text, place + 1)
            return bool(one and self._total.search(text, place, place_of_other))
        return (
            form == _BY_SIZE
            and form_of_other in _AMOUNT
            and place > place_of_other
            and bool(self._or_else.fullmatch(between))
        )


def _is_one(dose: Item) -> bool:
    return dose.quantity is not None and dose.quantity.low == 1


def _form(dose: Item) -> str:
    return dose.quantity.kind or "" if dose.quantity is not None else ""
