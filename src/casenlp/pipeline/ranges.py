"""Reference ranges and severity bands: numbers beside a result that are not the result.

What stands before or after a range says what it is (macros `reference_cue`, `band_cue` …); a range in brackets after
a value of the same unit is a reference range too. Source: corpus/guidelines.md sections 5.3 and 12.4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Annotations, Choice, Item, Pair
from casenlp.pipeline.roles import CALENDAR, MEASURES, TIMES, compiled
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

_MEASURED = MEASURES | TIMES
_TIME = SYMBOLS["time"]
#: What a number may be beside a value: the words before it may say that it is a range, or that it is no value; those
#: behind it may say either; it has a bound; it is a time, which may say when. The compiled part has the same numbers.
_REFERENCE, _NO_VALUE, _FOLLOWED, _BOUNDED, _DATED = 1, 2, 4, 8, 16
#: (position, number, what it may be), and (position, result word), of a sentence.
_Seen = tuple[list[tuple[int, Item, int]], list[tuple[int, Item]]]
_BESIDE = 8  # characters between a number and the time at which it was measured
_LEAD = 70  # characters before a number that may say what it is


class Ranges:
    """Tells reference ranges and bands from values; `scores` are the tests that have bands."""

    def __init__(self, rules: RuleSet, scores: frozenset[str]) -> None:
        macro = rules.macro
        self._scores = scores
        self._reference = rules.ending("reference_cue")
        self._reference_of_range = rules.ending("reference_cue_of_range")
        # of what follows a number: a reference range, or else something that is no value
        apart_after = macro("reference_after").pattern, macro("not_a_value_after").pattern
        self._apart_after = re.compile("(?P<reference>{})|(?:{})".format(*apart_after))
        self._between, self._between_after = macro("reference_between"), macro("reference_between_after")
        self._at_time = macro("time_of_result")
        self._dating = macro("time_of_result_before")
        self._range_word = macro("range_word")
        self._bracketed = macro("range_in_bracket")
        self._band = re.compile(macro("band_cue").pattern + r"\s*$")
        self._band_after = macro("band_after")
        self._no_value = rules.ending("not_a_value_before")
        self._look = self._see
        if compiled is not None:
            self._look = self._see_compiled
            after = rules.first_words("reference_after", "not_a_value_after"), rules.first_words("range_word")
            self._may_follow = after

    def _see(self, shadow: Shadow) -> _Seen | None:
        """The numbers and result words of a sentence, or None where none is set apart."""
        items, text, source = shadow.items, shadow.text, shadow.source
        numbers: list[tuple[int, Item, int]] = []
        results: list[tuple[int, Item]] = []
        any_signs = False
        for position, item in items.items():
            kind = item.kind
            if kind in _MEASURED:
                quantity = item.quantity
                signs = _DATED if kind == "time" else 0
                if quantity is not None:
                    if quantity.unit in CALENDAR:
                        continue
                    if quantity.high is not None or quantity.comparator:
                        signs |= _BOUNDED
                word = said = _last_word(text, position)  # in the symbol form, and as it is said
                if not word.isascii():
                    said = _last_word(source, item.start).lower()
                if not word or self._no_value.may_end_with[word]:
                    signs |= _NO_VALUE
                if not said or self._reference.may_end_with[said]:
                    signs |= _REFERENCE
                if self._apart_after.match(text, position + 1) is not None:
                    signs |= _FOLLOWED
                any_signs = any_signs or signs > 0
                numbers.append((position, item, signs))
            elif kind == "result":
                results.append((position, item))
                any_signs = any_signs or self._range_word.match(text, position + 1) is not None
        return (numbers, results) if any_signs else None

    def _see_compiled(self, shadow: Shadow) -> _Seen | None:
        before, no_value = self._reference.may_end_with, self._no_value.may_end_with
        seen: _Seen | None = compiled.numbers(
            shadow.items, shadow.text, shadow.source, before, no_value, self._may_follow
        )
        return seen

    def set_apart(self, known: Annotations, shadow: Shadow) -> dict[int, str]:
        """Positions of what is a reference range ("reference") or a severity band ("band:" and its word)."""
        text = shadow.text
        apart = self._times(shadow)
        seen = self._look(shadow)
        if seen is None:
            return apart
        scored: bool | None = None
        last: tuple[int, Item] | None = None
        numbers, results = seen
        for position, item, signs in numbers:
            if not signs:
                last = position, item
                continue
            bounded = signs & _BOUNDED
            words = after = following = None
            lead = ""
            if signs & _REFERENCE or bounded:
                low = shadow.text_start(max(0, position - _LEAD))
                lead = " ".join(known.text[low : item.start].lower().split())
            if bounded:
                if scored is None:
                    scored = any(i.kind == "test" and i.concept in self._scores for i in shadow.items.values())
                words = self._band.search(lead) if scored else None
                after = self._band_after.match(text, position + 1) if scored and not words else None
            if signs & _FOLLOWED:
                following = self._apart_after.match(text, position + 1)
            if words or after:
                found = words.group("word") if words else after.group("word") if after else ""
                apart[position] = "band:" + found
                reason = "a severity band, not a value"
            elif (
                (signs & _REFERENCE and self._reference.search(lead))
                or (bounded and self._reference_of_range.search(lead))
                or (following is not None and following.lastgroup)
            ):
                apart[position] = "reference"
                reason = "a reference range, not a value"
            elif bounded and self._is_between(text, position):
                apart[position] = "reference"
                reason = "a range in brackets before the value"
            elif bounded and last and self._is_range_of(text, last, position, item):
                apart[position] = "reference"
                reason = "a range in brackets after the value"
            elif bounded and self._after_word(shadow, position, text):
                apart[position] = "reference"
                reason = "a range in brackets after a result word"
            elif (
                (signs & _NO_VALUE and self._no_value.ends(text[max(0, position - 60) : position]))
                or following is not None
                or (signs & _DATED and self._dating.search(text[max(0, position - 30) : position]))
            ):
                apart[position] = "other"
                reason = "counts or dates something else"
            else:
                last = position, item
                continue
            known.choices.append(Choice(item.start, item.end, "LAB_VALUE", item.rule, "rejected", reason))
        ranges = [position for position, what in apart.items() if what == "reference"]
        for position, item in results:
            if self._range_word.match(text, position + 1) or (
                ranges
                and any(
                    0 < p - position <= 30 and self._begins_cue(known.text[item.start : shadow.items[p].start])
                    for p in ranges
                )
            ):
                apart[position] = "word"
        return apart

    def _times(self, shadow: Shadow) -> dict[int, str]:
        """Positions of times that no test is measured in ("250 over five days"); right behind a number they may say
        when it was measured and become dates: "540 at 24 h"."""
        found: dict[int, str] = {}
        if _TIME not in shadow.text:
            return found
        for position, item in shadow.items.items():
            if item.kind != "time" or item.quantity is None or item.quantity.unit not in CALENDAR:
                continue
            found[position] = "other"
            if self._at_time.search(shadow.text, max(0, position - _BESIDE), position) is not None:
                item.kind, item.rule = "date", "values.time-of-result"
        return found

    def _begins_cue(self, words: str) -> bool:
        """Whether words are, from the first to the last, what is said of a reference range."""
        m = self._reference.search(" ".join(words.lower().split()))
        return m is not None and m.start() == 0

    def _after_word(self, shadow: Shadow, position: int, text: str) -> bool:
        """Whether a range stands in brackets right after a word such as "normal": "was normal (0.7-1.2 mg/dL)"."""
        before = shadow.items.get(position - 3)
        if before is None or before.kind != "result" or text[position - 2 : position] != " (":
            return False
        quantity = shadow.items[position].quantity
        return (
            quantity is not None
            and quantity.high is not None
            and text[position + 1 : position + 2] in (")", ";", ",")
            and before.concept == "normal"
        )

    def _is_between(self, text: str, position: int) -> bool:
        """Whether a range stands in brackets between a test and its value: "sodium (136-145 mmol/L) was 120"."""
        if text[position + 1 : position + 3].lstrip()[:1] not in (")", "]"):
            return False
        follows = self._between_after.match(text, position + 1)
        return follows is not None and self._between.search(text, max(0, position - _LEAD), position) is not None

    def _is_range_of(self, text: str, last: tuple[int, Item], position: int, item: Item) -> bool:
        """Whether a range stands in brackets right after a value of the same unit."""
        before, value = last
        if (
            item.quantity is None
            or value.quantity is None
            or not self._bracketed.fullmatch(text[before + 1 : position])
        ):
            return False
        bare = value.quantity.unit is None and item.quantity.high is not None  # "981 (70-99 mg/dL)": unit said once
        same = bare or item.quantity.unit is None or item.quantity.unit == value.quantity.unit
        following = text[position + 1 : position + 3].lstrip()[:1]
        in_table = text[before + 1 : position].strip() in ("", ";", "|")
        return same and (following in ("", ".") or following > "\ue000" if in_table else following in tuple(")];,"))

    def refer(self, known: Annotations, shadow: Shadow, apart: dict[int, str], made: Sequence[Pair]) -> None:
        """Give each range to the value before it; `made` are the pairs of the sentence."""
        told = [(position, what) for position, what in apart.items() if what not in ("other", "word", "table")]
        if not told:
            return
        pairs = [p for p in made if p.kind == "value" and p.part.quantity is not None]
        paired = {id(p.part) for p in pairs}
        results = [i for p, i in shadow.items.items() if i.kind in ("conc", "value") and p not in apart]
        lost = [i for i in results if i.quantity is not None and id(i) not in paired]
        for position, what in told:
            item = shadow.items[position]
            owners = [p for p in pairs if p.part.end <= item.start and p.part.sentence == item.sentence]
            following = [
                p for p in pairs if p.head.end <= item.start <= p.part.start and p.part.sentence == item.sentence
            ]
            if following and self._is_between(shadow.text, position):
                owners = [min(following, key=lambda p: p.part.start)]
            if owners:
                owner = max(owners, key=lambda p: p.part.end)
                if any(owner.part.end <= i.start < item.start for i in lost):
                    continue  # the range is that of a result whose test is not known
                for pair in [p for p in owners if p.part is owner.part]:
                    known.pairs.append(
                        Pair("reference", pair.head, item, "values.reference", values={"what": what, "of": pair.part})
                    )


def _last_word(text: str, end: int) -> str:
    """What stands behind the last space of text[:end], spaces at its end aside; empty when nothing does."""
    words = text[max(0, end - _LEAD) : end].rsplit(None, 1)
    return words[-1] if words else ""
