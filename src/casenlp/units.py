"""Units of measurement in text: what stands behind a number, as UCUM codes.

Terms are read without regard to spaces, and to case where no term says otherwise ("mM" is no "mm"); what two units
around a slash or "per" make is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casenlp.kept import FEW, Kept

#: Names of the UCUM units of time.
TIME_NAMES = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}

_NO_RATE = frozenset({"rate", "pressure", "concentration", "count"})  # kinds whose time part belongs to the unit
#: Kinds that nothing divides.
NO_DIVIDEND = frozenset({"time", "percent", "temperature"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: UCUM code and the kind of quantity that it measures (column `kind` of units.tsv)."""

    ucum: str
    kind: str


class UnitTable:
    """Reads units; built once from their terms, and the words that may stand between a number and its unit.

    `beginnings` are the first three letters of the terms, folded, and `whole` tells of each beginning whether it is a
    term; `longest` is the most letters that are looked at; `words` gives what a word alone says, as `_learn`.
    """

    def __init__(self, units: Mapping[str, Unit], fillers: Iterable[str]) -> None:
        self._exact = dict(units)
        self._folded: dict[str, Unit] = {}
        self.whole: dict[str, bool] = {}  # beginning of a folded term -> whether it is a whole one
        self._begun: set[str] = set()  # beginnings of longer folded terms
        for term, unit in units.items():
            folded = _fold(term)
            if len(term) > 1:
                self._folded.setdefault(folded, unit)
            for length in range(1, len(folded)):
                self.whole.setdefault(folded[:length], False)
                self._begun.add(folded[:length])
            self.whole[folded] = True
        self.beginnings = frozenset(beginning for beginning in self.whole if len(beginning) == 3)
        self.longest = max((len(term) for term in units), default=0) + 2
        filler = "|".join(re.escape(f) for f in fillers)
        self._gap = re.compile(rf"(?:[ ]*-[ ]*|[ ]*)(?:(?:{filler})[ -]+)?(\S*)", re.IGNORECASE)
        self._per = re.compile(r" */ *| per | *p(?=[hd]\b)")
        self._per_number = re.compile(r"(\d+(?:\.\d+)?)[ -]*")
        self.words = Kept(self._learn, FEW)

    def at(self, text: str, start: int) -> tuple[int, str, Unit] | None:
        """(end, text, unit) of the unit that begins at `start`, or None."""
        read = text[start : start + self.longest]
        if not read or read[0].isspace():
            return None
        whole = self.whole
        found: tuple[int, str, Unit] | None = None
        folded = ""
        for length, letter in enumerate(read, start=1):
            if letter.isspace():
                continue
            folded += letter.lower()
            is_whole = whole.get(folded)
            if is_whole is None:
                break
            if is_whole:
                word = read[:length]
                unit = self._exact.get(word) or (self._folded.get(folded) if length > 1 else None)
                if unit is not None and not (letter.isalnum() and _goes_on(text, start + length, length)):
                    found = start + length, word, unit
        return found

    def after(self, text: str, end: int) -> tuple[int, str | None, Unit | None, str | None, float]:
        """(end, text, unit, time of a rate, how many of it) of the unit behind a number that ends at `end`.

        `end` and None where none stands there.
        """
        gap = self._gap.match(text, end)
        start = gap.start(1) if gap else end
        length, unit, per = self._of_word(text, start, gap[1] if gap else "")
        if unit is None:
            if start - end > 1:  # a filler may be a unit itself
                start = end + (1 if text[end] in " -" else 0)
                read = self.at(text, start)
                if read is not None:
                    length = read[0] - start
                    unit, per = _rate(read[2])
            if unit is None:
                return end, None, None, None, 1.0
        unit_end = start + length
        per_count = 1.0
        while unit.kind not in NO_DIVIDEND:
            slash = self._per.match(text, unit_end)
            if not slash or per:
                break
            number = self._per_number.match(text, slash.end())
            divisor = self.at(text, number.end() if number else slash.end())
            if divisor is None:
                break
            below_end, _, below = divisor
            if below.ucum in TIME_NAMES:
                per = TIME_NAMES[below.ucum]
                per_count = float(number.group(1)) if number else 1.0
            elif number:
                break
            else:
                kind = "concentration" if below.kind == "volume" else unit.kind
                unit = Unit(f"{unit.ucum}/{below.ucum}", kind)
            unit_end = below_end
        return unit_end, text[start:unit_end], unit, per, per_count

    def _of_word(self, text: str, start: int, word: str) -> tuple[int, Unit | None, str | None]:
        """(length, unit, time of a rate) of what `at` finds at `start`, where `word` stands up to a space or the end.

        What a word says is remembered; only where a longer term could go on behind it the letters are read.
        """
        length, unit, per, begun = self.words[word]
        if begun:
            following = text[start + len(word) : start + self.longest].lstrip()
            if following and begun + following[0].lower() in self.whole:
                read = self.at(text, start)
                return (read[0] - start, *_rate(read[2])) if read else (0, None, None)
        return length, unit, per

    def _learn(self, word: str) -> tuple[int, Unit | None, str | None, str]:
        """(length, unit, time of a rate, the word folded where it begins a longer term) of a word alone."""
        folded = "".join(letter.lower() for letter in word)
        begun = folded if folded in self._begun else ""
        read = self.at(word, 0)
        return (read[0], *_rate(read[2]), begun) if read else (0, None, None, begun)


def _rate(unit: Unit) -> tuple[Unit, str | None]:
    """A unit without the time that it is divided by, and the name of that time: mg/kg and day of mg/kg/d."""
    above, slash, below = unit.ucum.rpartition("/")
    if slash and below in TIME_NAMES and unit.kind not in _NO_RATE:
        return Unit(above, unit.kind), TIME_NAMES[below]
    return unit, None


def _goes_on(text: str, end: int, length: int) -> bool:
    """Whether the word whose first `length` letters end at `end` goes on ("96 C-reactive", "50 mg s.c.")."""
    following = text[end : end + 1]
    joined = following in ("-", ".") and text[end + 1 : end + 2].isalpha()
    return (
        following.isalnum()
        or following == "_"
        or (joined and following == "-" and length == 1)
        or (joined and following == "." and length > 1 and text[end - 2 : end - 1].isspace())
    )


def _fold(term: str) -> str:
    return "".join(term.lower().split())
