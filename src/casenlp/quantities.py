"""Numbers, ranges, comparators and units in text, as written.

A scan finds every number (in digits, or in words where a unit follows), its comparator before it and its unit
after it. Bounds are kept apart; nothing is averaged, rounded or converted, except times to days on request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from casenlp import native
from casenlp.documents import lower_in_place
from casenlp.units import TIME_NAMES, Unit, UnitTable

#: Days in one unit of time; a month is a twelfth of a Julian year.
DAYS = {
    "second": 1 / 86400,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.4375,
    "year": 365.25,
}


class Quantity(NamedTuple):
    """A number or range with its unit; offsets are in the scanned text, half-open.

    `number_start` and `number_end` bound the digits without comparator and unit. `second` is the second number
    of a pair such as 124/77 or 1:640. `kind` is "number" where no unit stands. `per` is the time part of a rate
    of dosing ("mg/kg/day" has unit "mg/kg" and per "day"), `per_count` its number ("mg/8 h" has 8).
    """

    start: int
    end: int
    number_start: int
    number_end: int
    low: float | None
    high: float | None = None
    second: float | None = None
    comparator: str | None = None
    unit: str | None = None
    unit_text: str | None = None
    kind: str = "number"
    per: str | None = None
    per_count: float = 1.0
    in_words: bool = False

    def holds(self, other: Quantity) -> bool:
        """Whether a number lies within the bounds of this range, units aside: "3 minutes (0.5-75)"."""
        if self.low is None or self.high is None or other.low is None:
            return False
        return self.low <= other.low <= self.high

    @property
    def days(self) -> float | None:
        """The time in days, rounded to four places; None when it is no time."""
        return self._in_days(self.low)

    @property
    def days_high(self) -> float | None:
        """The upper bound of the time in days."""
        return self._in_days(self.high)

    def _in_days(self, value: float | None) -> float | None:
        if value is None or self.kind != "time" or self.unit not in TIME_NAMES:
            return None
        return round(value * DAYS[TIME_NAMES[self.unit]], 4)


def literal_regex(words: Iterable[str], space: str = " *") -> str:
    """A regular expression for a set of literals, factored by common beginnings so that it matches fast.

    `space` is what a space in a literal matches; the longest literal wins.
    """
    trie: dict[str, dict[str, object]] = {}
    for word in words:
        node = trie
        for letter in word:
            node = node.setdefault(letter, {})  # type: ignore[assignment]
        node[""] = {}

    def render(node: Mapping[str, object]) -> str:
        options = []
        for letter in sorted(node, key=lambda c: (c == "", c)):
            if letter:
                inner = render(node[letter])  # type: ignore[arg-type]
                options.append((space if letter == " " else re.escape(letter)) + inner)
        if not options:
            return ""
        body = options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"
        if "" in node:
            return f"(?:{body})?" if len(options) == 1 else body + "?"
        return body

    return render(trie)


# A space parts thousands only before a unit per volume ("12 000 cells/mm3") or units: elsewhere it parts two numbers.
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?= ?[A-Za-z]* ?/ ?(?:mm|cu|[umnµμ]?[lL]\b)| ?I?U\b| ?units\b)|"
    r"\d+(?:[.,]\d+)?|\.\d+)(?![\d])"
)
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_RUN = re.compile(r"\d[\d.,]*")  # no number begins within one
_RUN_OR_VULGAR = re.compile(r"[\d½¼¾⅓⅔][\d.,½¼¾⅓⅔]*")
_DIGITS_START = re.compile(rf"(?<![\w.,%^])(?<![A-Za-z]-)(?:(?i:{_DIGITS})|[½¼¾⅓⅔])")
# What can stand first behind a number and a space, where more than a unit follows.
_FRACTION_SIGNS = frozenset("½¼¾⅓⅔(1234567")
_OTHER_SIGNS = frozenset("±+/:")
_MINUS = frozenset("-−–")
_SIGN = re.compile(r"(?:^|[\s(:=,])[-−–]$")
_SIGNED = frozenset({"number", "concentration", "other", "percent", "temperature", "pressure"})
_FRACTION = re.compile(r"\s?([½¼¾⅓⅔])|[ ]?\(?([1-7])/([2-8])\)?(?![\d/])(?=[\s-])")
_PLUS_MINUS = re.compile(rf"\s?(?:±|\+/-)\s?{_DIGITS}")
_PAIR = re.compile(rf"\s?/\s?({_DIGITS})(?!\s?/\s?\d)")
_SEVERAL = re.compile(r"(\d+)\.(s|min|h|d|wk|mo|a)")  # UCUM for a unit of several others: 2.wk
_TITRE = re.compile(r"\s?:\s?(\d{1,3}(?:,\d{3})+|\d+)(?![\d:])")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+$", re.IGNORECASE)
_TO = re.compile(r"\s+to\s+", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s*$", re.IGNORECASE)


def parse_number(text: str) -> float:
    """The value of digits as written: 33,040 and 1.26 and 1,6 (a comma before other than three digits is decimal)."""
    if " " in text:
        text = text.replace(" ", "")
    if "," in text:
        head, _, tail = text.rpartition(",")
        if len(tail.split(".")[0]) == 3 and head != "0" and not head.startswith("0"):
            return float(text.replace(",", ""))
        return float(text.replace(",", "."))
    return float(text)


class QuantityGrammar:
    """Finds quantities; built once from the lexicons of units, number words, comparators and connectors."""

    def __init__(
        self,
        units: Mapping[str, Unit],
        number_words: Mapping[str, float | None],
        comparators: Mapping[str, str],
        range_words: Iterable[str],
        fillers: Iterable[str],
        counted: Iterable[str] = (),
        rising: Iterable[str] = (),
    ) -> None:
        fillers, range_words = list(fillers), list(range_words)
        self._units = UnitTable(units, fillers)
        # three letters that a unit, or what may stand before one, can begin with
        self._behind_words = self._units.beginnings | {word[:3] for word in (*fillers, *range_words)}
        self._words = {w.lower(): v for w, v in number_words.items()}
        words = literal_regex(self._words, " +")
        self._number = re.compile(rf"({_DIGITS})|[½¼¾⅓⅔]|\b(?:{words})(?![\w])", re.IGNORECASE)
        self._word_start = re.compile(rf"[^a-z0-9_-](?:{words})(?!\w)")  # a letter from elsewhere may stand before it
        ranges = "|".join(re.escape(w) for w in sorted(range_words, key=len, reverse=True))
        self._range = re.compile(rf"(?:\s?-\s?|-?\s+(?:{ranges})\s+(?:a\s+)?|\s?~\s?)", re.IGNORECASE)
        before = "|".join(re.escape(c).replace(r"\ ", r"\s+") for c in sorted(comparators, key=len, reverse=True))
        self._before = re.compile(rf"(?:(?<!\w)(?:{before})\s*(?:of\s+)?(?:(?:a|the)\s+)?)$", re.IGNORECASE)
        # the same read backwards, which says sooner that there is none; and what it can end in
        endings = [c.lower() for c in comparators] + ["of", "a", "the"]
        self._last_four = frozenset(c[-4:] for c in endings if len(c) > 3)
        self._short = tuple(c for c in endings if len(c) < 4)
        turned = literal_regex((" ".join(c.lower().split())[::-1] for c in comparators), r"\s+")
        self._backwards = re.compile(rf"(?:\s+(?:a|eht))?(?:\s+fo)?\s*(?:{turned})(?!\w)", re.IGNORECASE)
        self._comparators = {" ".join(c.lower().split()): sign for c, sign in comparators.items()}
        self._share = re.compile(r"\s*(?:,|,?\s*(?:and|or|vs\.?))\s*$")
        self._counted = frozenset(counted)
        self._rising = frozenset(rising)
        self._reader: Any = None
        if native.numbers is not None:
            tails = [tail for article in ("", " a", " the") for tail in (article, " of" + article)]
            self._reader = native.numbers.NumberReader(
                self._words,
                self._behind_words,
                [w.lower() for w in range_words],
                [f.lower() for f in fillers],
                [(sign + tail + " ")[::-1] for sign in self._comparators for tail in tails],
                "".join(_VULGAR),
                "".join(sorted(_OTHER_SIGNS)),
                "".join(sorted(_MINUS)),
                _DIGITS_START.match,
                parse_number,
                self._comparator,
                self._units,
                _SEVERAL.fullmatch,
                Quantity,
            )

    def find(self, text: str, lowered: str | None = None) -> list[Quantity]:
        """All quantities of a text in order, not overlapping; words count only where a unit follows.

        `lowered` is the text in lower case, where that is known.
        """
        if lowered is None or len(lowered) != len(text):
            lowered = lower_in_place(text)
        found = None if self._reader is None else self._reader.find(text, lowered, self._read, self._share_units)
        if found is None:
            found = self._read_all(text, lowered)
        return found

    def _read_all(self, text: str, lowered: str) -> list[Quantity]:
        """As the compiled reader, without it."""
        found: list[Quantity] = []
        done = 0
        candidates = [*self._digits(text), *self._number_words(lowered)]
        candidates.sort()
        for start, end, in_words in candidates:
            if start >= done:
                quantity = self._read(text, start, end, in_words, done)
                if quantity is not None:
                    found.append(quantity)
                    done = quantity.end
        self._share_units(text, found)
        return found

    def _digits(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """(start, end, False) of what may be a number in digits."""
        runs = _RUN_OR_VULGAR if any(sign in text for sign in _VULGAR) else _RUN
        begins = _DIGITS_START.match
        for run in runs.finditer(text):
            start = run.start()
            if start and text[start - 1] == ".":
                start -= 1
            m = begins(text, start)
            if m:
                yield start, m.end(), False

    def _number_words(self, lowered: str) -> Iterator[tuple[int, int, bool]]:
        """(start, end, True) of the words for numbers."""
        # one space more before the text puts the space before a word where the word stands
        lowered = " " + lowered
        search, behind = self._word_start.search, self._behind_words
        m = search(lowered)
        while m:
            start, end = m.span()
            if lowered[start].isalnum():
                m = search(lowered, start + 1)
                continue
            begun = lowered[end + 1 : end + 4]
            if begun in behind or lowered[end : end + 1] != " " or not begun.isalpha() or len(begun) < 3:
                yield start, end - 1, True
            m = search(lowered, end)

    def unit_at(self, text: str, start: int) -> tuple[int, str, Unit] | None:
        """(end, text, unit) of the unit that begins at `start`, or None."""
        return self._units.at(text, start)

    def _value(self, text: str, start: int, end: int, in_words: bool, sign: str) -> tuple[float | None, int]:
        """(value, end) of the number text[start:end] with the fraction behind it, which `sign` may begin."""
        word = text[start:end]
        if in_words:
            value = self._words.get(" ".join(word.lower().split()))  # none of "ſix", which ignoring case takes for six
        elif word in _VULGAR:
            value = _VULGAR[word]
        else:
            value = parse_number(word)
        if sign in _FRACTION_SIGNS and value is not None:
            fraction = _FRACTION.match(text, end)
            if fraction and (in_words or float(value).is_integer()):
                mark, top, bottom = fraction.groups()
                part = _VULGAR[mark] if mark else int(top) / int(bottom)
                if part < 1 and (mark or value < 30):
                    return value + part, fraction.end()
        return value, end

    def _second(self, text: str, end: int, low: float | None) -> tuple[float | None, int]:
        """(second number or None, end) of a spread, a pair or a titre whose first number ends at `end`."""
        spread = _PLUS_MINUS.match(text, end)
        if spread:
            end = spread.end()
        pair = _PAIR.match(text, end)
        if pair and not self._units.at(text, end + 1):
            return parse_number(pair.group(1)), pair.end()
        titre = _TITRE.match(text, end) if low == 1 else None
        if titre:
            return parse_number(titre.group(1)), titre.end()
        return None, end

    def _read(self, text: str, start: int, end: int, in_words: bool, floor: int) -> Quantity | None:
        sign = _sign_at(text, end)
        low, number_end = self._value(text, start, end, in_words, sign)
        number_start = start
        high = second = None
        if not in_words:
            if number_end != end:
                sign = _sign_at(text, number_end)
            if sign in _OTHER_SIGNS:
                second, number_end = self._second(text, number_end, low)
        end = number_end
        unit_end, unit_text, unit, per, per_count = self._units.after(text, end)
        upper = self._upper(text, unit_end, low) if second is None else None
        if upper is not None:
            bound, bound_end, bound_words = upper
            other = self._units.after(text, bound_end)
            same = unit is None or other[2] is None or other[2].kind == unit.kind
            if unit is not None and other[2] is not None and unit.kind != "time" and _FROM.search(text, floor, start):
                same = False  # "from 4 mg to 8 mg" is a change, not a range
            worded = (in_words or bound_words) and other[2] is None
            if same and not worded and (unit is None or other[2] is None or other[2].ucum == unit.ucum):
                high, number_end = bound, bound_end
                if other[2] is not None:
                    unit_end, unit_text, unit, per, per_count = other
                elif unit is not None:
                    unit_end = bound_end
                end = bound_end
        if unit is None:
            if in_words:
                return None
        elif "." in unit.ucum and (several := _SEVERAL.fullmatch(unit.ucum)):  # a fortnight is two weeks
            count = int(several.group(1))
            low = low * count if low is not None else None
            high = high * count if high is not None else None
            unit = Unit(several.group(2), unit.kind)
        if text[start - 1 : start] in _MINUS and self._is_negative(text, start, floor, low, high, second, unit):
            low, start = -(low or 0.0), start - 1
            number_start = start
        comparator, start = self._comparator(text, start, floor)
        if unit is None:
            return Quantity(start, end, number_start, number_end, low, high, second, comparator)
        return Quantity(
            start, unit_end, number_start, number_end, low, high, second, comparator,
            unit.ucum, unit_text, unit.kind, per, per_count, in_words,
        )  # fmt: skip

    def _is_negative(
        self,
        text: str,
        start: int,
        floor: int,
        low: float | None,
        high: float | None,
        second: float | None,
        unit: Unit | None,
    ) -> bool:
        """Whether a minus stands right before the number and nothing that it could join to before that."""
        if not low or high is not None or second is not None or start - 1 < floor:
            return False
        if (
            not _SIGN.search(text, max(floor, start - 2), start)
            or text[max(0, start - 8) : start - 1].rstrip()[-1:].isdigit()
        ):
            return False
        return unit is None or unit.kind in _SIGNED

    def _upper(self, text: str, end: int, low: float | None) -> tuple[float, int, bool] | None:
        """(value, end, in words) of the number that a range goes up to."""
        connector = self._range.match(text, end)
        number = self._number.match(text, connector.end()) if connector else None
        if number is None:
            return None
        in_words = not number.group(1) and number.group() not in _VULGAR
        value, value_end = self._value(text, *number.span(), in_words, _sign_at(text, number.end()))
        if value is None or (low is not None and value <= low):
            return None
        return value, value_end, in_words

    def _comparator(self, text: str, start: int, floor: int) -> tuple[str | None, int]:
        window = text[max(floor, start - 24) : start]
        ending = " ".join(window.split())[-4:].lower()
        if ending not in self._last_four and not ending.endswith(self._short):
            return None, start
        m = self._before.search(window) if self._backwards.match(window[::-1]) else None
        if not m:
            return None, start
        before = window[: m.start()].split()
        if before and before[-1].lower() in self._rising:
            return None, start  # "rose up to 14" tells 14
        words = " ".join(m.group().lower().split())
        for cut in (words, *(words.removesuffix(w).strip() for w in (" of a", " of the", " of", " a", " the"))):
            if cut in self._comparators:
                return self._comparators[cut], start - len(m.group())
        return None, start

    def _share_units(self, text: str, found: list[Quantity]) -> None:
        """A bare number joined to a quantity by a comma or "and" has its unit ("4 and 7 days"), and so has the first of
        a change ("from 60 to 40 mg"); one that a word counts has none ("on day 5 and 60 mg on day 10").
        """
        after: Quantity | None = None
        for i in range(len(found) - 1, -1, -1):
            bare = found[i]
            if (
                bare.kind == "number"
                and after is not None
                and after.unit
                and (self._share.fullmatch(text, bare.end, after.start) or self._is_change(text, bare, after))
                and not self._is_counted(text, bare.start)
            ):
                bare = found[i] = bare._replace(
                    unit=after.unit, unit_text=after.unit_text, kind=after.kind, per=after.per
                )
            after = bare
        if "between" in text or "Between" in text:
            self._join_bounds(text, found)

    @staticmethod
    def _join_bounds(text: str, found: list[Quantity]) -> None:
        """Make one of the two bounds of "between 2 and 60 months"."""
        for i in range(len(found) - 2, -1, -1):
            low, high = found[i], found[i + 1]
            if (
                TIME_NAMES.get(high.unit or "", "second") != "second"  # which are a test's, each a result of its own
                and low.low is not None
                and high.low is not None
                and low.low < high.low
                and low.end == low.number_end
                and not (low.high or high.high or low.second or high.second or low.comparator or high.comparator)
                and _AND.fullmatch(text, low.end, high.start)
                and _BETWEEN.search(text[max(0, low.start - 10) : low.start])
            ):
                found[i : i + 2] = [
                    high._replace(start=low.start, number_start=low.number_start, low=low.low, high=high.low)
                ]

    def _is_counted(self, text: str, start: int) -> bool:
        """Whether the word before a number says what it counts: "day 5"."""
        before = text[max(0, start - 12) : start].split()
        return bool(before) and before[-1].lower() in self._counted

    @staticmethod
    def _is_change(text: str, bare: Quantity, after: Quantity) -> bool:
        """Whether a number and a quantity are the two ends of a fall, which no range is."""
        lead = text[max(0, bare.start - 8) : bare.start]
        return _TO.fullmatch(text, bare.end, after.start) is not None and _FROM.search(lead) is not None


def _sign_at(text: str, position: int) -> str:
    """The character at a position, or the one behind it where that is a space; empty at the end of the text."""
    sign = text[position : position + 1]
    return text[position + 1 : position + 2] if sign.isspace() else sign
