"""Numbers, ranges, comparators and units in text, as written.

A scan finds every number (in digits, or in words where a unit follows), its comparator before it and its unit
after it. Bounds are kept apart; nothing is averaged, rounded or converted, except times to days on request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from casenlp.documents import lower_in_place

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
#: Names of the UCUM units of time.
TIME_NAMES = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: UCUM code and the kind of quantity that it measures (column `kind` of units.tsv)."""

    ucum: str
    kind: str


@dataclass(frozen=True, slots=True)
class Quantity:
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
_RUN = re.compile(r"\.?[\d½¼¾⅓⅔][\d.,½¼¾⅓⅔]*")  # no number begins within one
_DIGITS_START = re.compile(rf"(?<![\w.,%^])(?<![A-Za-z]-)(?:{_DIGITS}|[½¼¾⅓⅔])")
_SIGN = re.compile(r"(?:^|[\s(:=,])[-−–]$")
_SIGNED = frozenset({"number", "concentration", "other", "percent", "temperature", "pressure"})
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_FRACTION = re.compile(r"\s?([½¼¾⅓⅔])|[ ]?\(?([1-7])/([2-8])\)?(?![\d/])(?=[\s-])")
_PLUS_MINUS = re.compile(rf"\s?(?:±|\+/-)\s?{_DIGITS}")
_PAIR = re.compile(rf"\s?/\s?({_DIGITS})(?!\s?/\s?\d)")
_SEVERAL = re.compile(r"(\d+)\.(s|min|h|d|wk|mo|a)")  # UCUM for a unit of several others: 2.wk
_TITRE = re.compile(r"\s?:\s?(\d[\d,]*)(?![\d:])")
_LAST = re.compile(r"[^\W_]+|[\W_]")
_FROM = re.compile(r"\bfrom\s*$", re.IGNORECASE)


def parse_number(text: str) -> float:
    """The value of digits as written: 33,040 and 1.26 and 1,6 (a comma before other than three digits is decimal)."""
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
    ) -> None:
        self._exact = dict(units)
        self._folded: dict[str, Unit] = {}
        self._whole: dict[str, bool] = {}  # beginning of a folded term -> whether it is a whole one
        for term, unit in units.items():
            folded = _fold(term)
            if len(term) > 1:
                self._folded.setdefault(folded, unit)
            for length in range(1, len(folded)):
                self._whole.setdefault(folded[:length], False)
            self._whole[folded] = True
        self._longest = max((len(term) for term in units), default=0) + 2
        self._per = re.compile(r" */ *| per | *p(?=[hd]\b)")
        self._per_number = re.compile(r"(\d+(?:\.\d+)?)[ -]*")
        self._words = {w.lower(): v for w, v in number_words.items()}
        words = literal_regex(self._words, " +")
        self._number = re.compile(rf"({_DIGITS})|[½¼¾⅓⅔]|\b(?:{words})(?![\w])", re.IGNORECASE)
        self._word_start = re.compile(rf"[^\w-](?:{words})(?!\w)")
        ranges = "|".join(re.escape(w) for w in sorted(range_words, key=len, reverse=True))
        self._range = re.compile(rf"(?:\s?-\s?|-?\s+(?:{ranges})\s+(?:a\s+)?|\s?~\s?)", re.IGNORECASE)
        before = "|".join(re.escape(c).replace(r"\ ", r"\s+") for c in sorted(comparators, key=len, reverse=True))
        self._before = re.compile(rf"(?:(?<!\w)(?:{before})\s*(?:of\s+)?(?:(?:a|the)\s+)?)$", re.IGNORECASE)
        self._compares = {_LAST.findall(c.lower())[-1] for c in comparators} | {"of", "a", "the"}
        self._comparators = {" ".join(c.lower().split()): sign for c, sign in comparators.items()}
        filler = "|".join(re.escape(f) for f in fillers)
        self._gap = re.compile(rf"(?:[ ]*-[ ]*|[ ]*)(?:(?:{filler})[ -]+)?", re.IGNORECASE)
        self._share = re.compile(r"\s*(?:,|,?\s*(?:and|or|vs\.?))\s*$")

    def find(self, text: str) -> list[Quantity]:
        """All quantities of a text in order, not overlapping; words count only where a unit follows."""
        found: list[Quantity] = []
        done = 0
        starts = [m.start() for m in _RUN.finditer(text) if _DIGITS_START.match(text, m.start())]
        # one space more before the text puts the space before a word where the word stands
        starts += [m.start() for m in self._word_start.finditer(" " + lower_in_place(text))]
        starts.sort()
        for start in starts:
            if start < done:
                continue
            quantity = self._read(text, start, done)
            if quantity is None:
                continue
            found.append(quantity)
            done = quantity.end
        return self._share_units(text, found)

    def unit_at(self, text: str, start: int) -> tuple[int, str, Unit] | None:
        """(end, text, unit) of the unit that begins at `start`, or None."""
        read = text[start : start + self._longest]
        if not read or read[0].isspace():
            return None
        whole = self._whole
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

    def _value(self, text: str, start: int) -> tuple[float | None, int, bool] | None:
        """(value, end, in words) of the number at `start`."""
        m = self._number.match(text, start)
        if not m or m.end() == start:
            return None
        word = m.group()
        in_words = not m.group(1) and word not in _VULGAR
        if word in _VULGAR:
            value: float | None = _VULGAR[word]
        elif in_words:
            value = self._words[" ".join(word.lower().split())]
        else:
            value = parse_number(word)
        end = m.end()
        if value is not None:
            fraction = _FRACTION.match(text, end)
            if fraction and (in_words or float(value).is_integer()):
                mark, top, bottom = fraction.groups()
                part = _VULGAR[mark] if mark else int(top) / int(bottom)
                if part < 1 and (mark or value < 30):
                    value += part
                    end = fraction.end()
        return value, end, in_words

    def _read(self, text: str, start: int, floor: int) -> Quantity | None:
        read = self._value(text, start)
        if read is None:
            return None
        low, end, in_words = read
        number_start, number_end = start, end
        high = second = None
        if not in_words:
            spread = _PLUS_MINUS.match(text, end)
            if spread:
                end = number_end = spread.end()
            pair = _PAIR.match(text, end)
            titre = _TITRE.match(text, end) if low == 1 else None
            if pair and not self.unit_at(text, end + 1):
                second, end = parse_number(pair.group(1)), pair.end()
                number_end = end
            elif titre:
                second, end = parse_number(titre.group(1)), titre.end()
                number_end = end
        unit_end, unit_text, unit, per, per_count = self._unit_after(text, end)
        upper = self._upper(text, unit_end if unit else end, low) if second is None else None
        if upper is not None:
            bound, bound_end, bound_words = upper
            other = self._unit_after(text, bound_end)
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
        if unit is None and in_words:
            return None
        if unit is not None:
            several = _SEVERAL.fullmatch(unit.ucum)
            if several:  # a fortnight is two weeks
                count = int(several.group(1))
                low = low * count if low is not None else None
                high = high * count if high is not None else None
                unit = Unit(several.group(2), unit.kind)
        if self._is_negative(text, start, floor, low, high, second, unit):
            low, start = -(low or 0.0), start - 1
            number_start = start
        comparator, start = self._comparator(text, start, floor)
        return Quantity(
            start=start,
            end=unit_end if unit else end,
            number_start=number_start,
            number_end=number_end,
            low=low,
            high=high,
            second=second,
            comparator=comparator,
            unit=unit.ucum if unit else None,
            unit_text=unit_text,
            kind=unit.kind if unit else "number",
            per=per,
            per_count=per_count,
            in_words=in_words,
        )

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
        connector = self._range.match(text, end)
        if not connector:
            return None
        read = self._value(text, connector.end())
        if read is None or read[0] is None or (low is not None and read[0] <= low):
            return None
        return read[0], read[1], read[2]

    def _comparator(self, text: str, start: int, floor: int) -> tuple[str | None, int]:
        window = text[max(floor, start - 24) : start]
        if not self._may_compare(window):
            return None, start
        m = self._before.search(window)
        if not m:
            return None, start
        words = " ".join(m.group().lower().split())
        for cut in (words, *(words.removesuffix(w).strip() for w in (" of a", " of the", " of", " a", " the"))):
            if cut in self._comparators:
                return self._comparators[cut], start - len(m.group())
        return None, start

    def _may_compare(self, window: str) -> bool:
        """Whether the last word of what stands before a number is the last one of a comparator."""
        window = window.rstrip()
        begin = end = len(window)
        while begin and window[begin - 1].isalnum():
            begin -= 1
        return (window[begin:].lower() if begin < end else window[-1:]) in self._compares

    def _unit_after(self, text: str, end: int) -> tuple[int, str | None, Unit | None, str | None, float]:
        gap = self._gap.match(text, end)
        start = gap.end() if gap else end
        read = self.unit_at(text, start)
        if read is None and start != end:
            gap_start = end + (1 if text[end : end + 1] in " -" else 0)
            read = self.unit_at(text, gap_start)
            start = gap_start
        if read is None:
            return end, None, None, None, 1.0
        unit_end, _, unit = read
        per, per_count = None, 1.0
        parts = unit.ucum.split("/")
        if (
            len(parts) > 1
            and parts[-1] in TIME_NAMES
            and unit.kind not in ("rate", "pressure", "concentration", "count")
        ):
            per = TIME_NAMES[parts[-1]]
            unit = Unit("/".join(parts[:-1]), unit.kind)
        while unit.kind not in ("time", "percent", "temperature"):
            slash = self._per.match(text, unit_end)
            if not slash or per:
                break
            number = self._per_number.match(text, slash.end())
            divisor = self.unit_at(text, number.end() if number else slash.end())
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

    def _share_units(self, text: str, found: list[Quantity]) -> list[Quantity]:
        """A bare number joined to a quantity by a comma or "and" has its unit: "4 and 7 days"."""
        for i in range(len(found) - 2, -1, -1):
            bare, after = found[i], found[i + 1]
            if bare.kind == "number" and after.unit and self._share.fullmatch(text[bare.end : after.start]):
                found[i] = replace(bare, unit=after.unit, unit_text=after.unit_text, kind=after.kind, per=after.per)
        return found


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
