"""Reference ranges and severity bands: numbers beside a result that are not the result.

What stands before or after a range says what it is (macros `reference_cue`, `band_cue` …); a range in brackets after
a value of the same unit is a reference range too. Source: corpus/guidelines.md sections 5.3 and 12.4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casenlp.pipeline.annotations import Annotations, Choice, Item, Pair
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

#: Kinds of items that a result can be.
MEASURES = frozenset({"conc", "percent", "number", "length", "pair", "amount", "time"})
#: Kinds of times that a few tests are measured in.
TIMES = frozenset({"duration", "latency"})
_CALENDAR = frozenset({"d", "wk", "mo", "a", "h"})  # no test is measured in these
_MEASURED = MEASURES | TIMES
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
        self._dating = macro("time_of_result_before")
        self._range_word = macro("range_word")
        self._bracketed = macro("range_in_bracket")
        self._band = re.compile(macro("band_cue").pattern + r"\s*$")
        self._band_after = macro("band_after")
        self._no_value = rules.ending("not_a_value_before")

    def set_apart(self, known: Annotations, shadow: Shadow) -> dict[int, str]:
        """Positions of what is a reference range ("reference") or a severity band ("band:" and its word)."""
        apart: dict[int, str] = {}
        text = shadow.text
        reference, may_be_reference = self._reference.pattern, self._reference.may_end_with
        no_value, may_be_no_value = self._no_value.pattern, self._no_value.may_end_with
        scored: bool | None = None
        last: tuple[int, Item] | None = None
        results: list[tuple[int, Item]] = []
        for position, item in shadow.items.items():
            kind = item.kind
            if kind not in _MEASURED:
                if kind == "result":
                    results.append((position, item))
                continue
            quantity = item.quantity
            bounded = False
            if quantity is not None:
                if quantity.unit in _CALENDAR:
                    continue
                bounded = quantity.high is not None or bool(quantity.comparator)
            word = said = _last_word(text, position)  # in the symbol form, and as it is said
            if not word.isascii():
                said = _last_word(known.text, item.start).lower()
            words = after = None
            if bounded:
                if scored is None:
                    scored = any(i.kind == "test" and i.concept in self._scores for i in shadow.items.values())
                if scored:
                    words = self._band.search(_lead(known, shadow, position))
                    after = None if words else self._band_after.match(text, position + 1)
            following = self._apart_after.match(text, position + 1)
            if words or after:
                found = words.group("word") if words else after.group("word") if after else ""
                apart[position] = "band:" + found
                reason = "a severity band, not a value"
            elif (
                ((not said or may_be_reference[said]) and reference.search(_lead(known, shadow, position)))
                or (bounded and self._reference_of_range.search(_lead(known, shadow, position)))
                or (following is not None and following.lastgroup)
            ):
                apart[position] = "reference"
                reason = "a reference range, not a value"
            elif bounded and last and self._is_range_of(text, last, position, item):
                apart[position] = "reference"
                reason = "a range in brackets after the value"
            elif bounded and self._after_word(shadow, position, text):
                apart[position] = "reference"
                reason = "a range in brackets after a result word"
            elif (
                ((not word or may_be_no_value[word]) and no_value.search(text[max(0, position - 60) : position]))
                or following is not None
                or (kind == "time" and self._dating.search(text[max(0, position - 30) : position]))
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
        if not apart:
            return
        pairs = [p for p in made if p.kind == "value" and p.part.quantity is not None]
        for position, what in apart.items():
            if what in ("other", "word", "table"):
                continue
            item = shadow.items[position]
            owners = [p for p in pairs if p.part.end <= item.start and p.part.sentence == item.sentence]
            if owners:
                owner = max(owners, key=lambda p: p.part.end)
                for pair in [p for p in owners if p.part is owner.part]:
                    known.pairs.append(
                        Pair("reference", pair.head, item, "values.reference", values={"what": what, "of": pair.part})
                    )


def _last_word(text: str, end: int) -> str:
    """What stands behind the last space of text[:end], spaces at its end aside; empty when nothing does."""
    words = text[max(0, end - _LEAD) : end].rsplit(None, 1)
    return words[-1] if words else ""


def _lead(known: Annotations, shadow: Shadow, position: int) -> str:
    """The words before an item, in lower case with single spaces."""
    low = shadow.text_start(max(0, position - _LEAD))
    return " ".join(known.text[low : shadow.items[position].start].lower().split())
