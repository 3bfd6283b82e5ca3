"""Laboratory rows: one result of one test, from the pairs that the pipeline made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from casenlp.lexicons import read_rows
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, merge
from casenlp.pipeline.annotations import Item, Pair
from casenlp.quantities import Quantity
from casenlp.units import TIME_NAMES
from casenlp.vocabulary import Entry

_NUMBER = r"[-−]?\d[\d.,\u00a0\u2009\u202f]*(?<![.,])(?: \d{3}(?!\d))*"
_UNIT = re.compile(rf"^\D*?{_NUMBER}(?:\s*(?:–|—|-|to|/|:)\s*{_NUMBER})?\s*(.*)$", re.DOTALL)
_UCUM_TIMES: Mapping[str, str] = {name: ucum for ucum, name in reversed(TIME_NAMES.items())}
_BESIDE = 3  # characters between two values of one result: "(1,676/µL, 59.1%)"
_NEAR = 30  # characters between a result and the date after it
_SIGNS = ("positive", "negative")  # flags of what is looked for, not measured
_DATES = frozenset({"date", "latency"})


@lru_cache(maxsize=4)
def unit_factors(folder: Path) -> dict[tuple[str, str], float]:
    """(unit, other unit) -> factor of unit_factors.tsv, both ways."""
    factors: dict[tuple[str, str], float] = {}
    for _, row in read_rows(folder / "lexicons" / "unit_factors.tsv", ("unit", "other", "factor")):
        factors[row["unit"], row["other"]] = float(row["factor"])
        factors[row["other"], row["unit"]] = 1 / float(row["factor"])
    return factors


class _Test(NamedTuple):
    """A row of lab_test_concepts.tsv; limits of what a human can have, as number and as written."""

    category: str = ""
    loinc: str = ""
    unit: str | None = None
    part_of: str = ""
    part_of_text: str = ""
    low: tuple[float, str] | None = None
    high: tuple[float, str] | None = None


@lru_cache(maxsize=4)
def _tests(folder: Path) -> dict[str, _Test]:
    """Rows of lab_test_concepts.tsv by concept."""
    tests = {}
    for _, row in read_rows(folder / "lexicons" / "lab_test_concepts.tsv", ("concept", "category", "loinc", "unit")):
        low, high = row.get("plausible_low"), row.get("plausible_high")
        tests[row["concept"]] = _Test(
            row["category"], row["loinc"], row["unit"] or None, row.get("part_of", ""), row.get("part_of_text", ""),
            (float(low), low) if low else None, (float(high), high) if high else None,
        )  # fmt: skip
    return tests


def link_labs(reading: Reading) -> list[Draft]:
    """Draft rows of all results; the same result said twice is one row."""
    pairs: list[Pair] = []
    words: list[Pair] = []
    numbers: list[Pair] = []
    ranges: dict[int, list[Pair]] = {}
    standing = set(reading.known.items)
    for pair in reading.known.pairs:
        if pair.kind == "reference":
            ranges.setdefault(id(pair.head), []).append(pair)
        elif pair.kind == "value" and pair.head in standing and not (pair.values and pair.values.get("change")):
            pairs.append(pair)
            (words if _is_word(pair.part) else numbers).append(pair)
    if not pairs:
        return []
    qualified = _qualified(words, numbers) if words and numbers else []
    flagged = {id(number): word for word, number in qualified}
    qualifying = {id(word) for word, _ in qualified}
    denied, denied_test = reading.rules.macro("denied_result"), reading.rules.macro("denied_test")
    tests = _tests(reading.rules.folder)
    dates: dict[int, list[Item]] = {}
    of_head: dict[int, list[Item]] = {}
    for pair in pairs:
        of_head.setdefault(id(pair.head), []).append(pair.part)
    drafts: list[Draft] = []
    for pair in pairs:
        head, part = pair.head, pair.part
        if id(pair) in qualifying:
            continue  # the word qualifies a number that has its own row
        if head.negated and head.kind == "finding":
            continue
        if _is_word(part) and denied_test.search(reading.text[max(0, head.start - 20) : head.start].lower()):
            continue
        if (
            part.negated
            and _is_word(part)
            and denied.search(reading.text[max(0, part.start - 20) : part.start].lower())
        ):
            continue
        drafts += _rows(reading, pair, tests, flagged.get(id(pair)), ranges.get(id(head), ()), dates, of_head[id(head)])
    _warn(reading, drafts, tests)
    _join_words(drafts)
    return merge(drafts, _said)


def _is_word(part: Item) -> bool:
    """Whether a result has no number that counts: "elevated", "(+)", "2+"."""
    return part.quantity is None or ("graded" in part.values and bool(part.values["graded"]))


def _qualified(words: list[Pair], numbers: list[Pair]) -> list[tuple[Pair, Pair]]:
    """(result word, number) of the same test and sentence: each word with the nearest number and those beside that."""
    out = []
    by_head: dict[int, list[Pair]] = {}
    for number in numbers:
        by_head.setdefault(id(number.head), []).append(number)
    for word in words:
        rivals = [n for n in by_head.get(id(word.head), ()) if n.part.sentence == word.part.sentence]
        if not rivals or word.part.values.get("graded"):
            continue
        nearest = min(rivals, key=lambda n: _distance(n.part, word.part))
        out += [(word, n) for n in rivals if n is nearest or _distance(n.part, nearest.part) <= _BESIDE]
    return out


def _distance(one: Item, other: Item) -> int:
    return max(one.start, other.start) - min(one.end, other.end)


def _rows(
    reading: Reading,
    pair: Pair,
    tests: dict[str, _Test],
    flagged: Pair | None,
    ranges: Sequence[Pair],
    dates: dict[int, list[Item]],
    same: Sequence[Item],
) -> list[Draft]:
    """A draft for each side of a result; `dates` keeps the dates of sentences from one result to the next, `same` are
    the results of its test."""
    test, part = pair.head, pair.part
    told = part.values
    quantity = None if told and _is_word(part) else part.quantity
    name = test.entry.concept if test.entry is not None else _name(reading, test)
    entry = test.entry
    flag = _flag(entry, part, flagged)
    if quantity is None and flag in _SIGNS:
        name = reading.rules.settings["labs"]["signed"].get(name, name)
    sides: tuple[tuple[str, float | None], ...] = ((name, quantity.low if quantity else None),)
    if quantity is not None and quantity.second is not None:
        settings = reading.rules.settings["labs"]
        if name in settings["fractions"]:
            quantity, sides = None, ((name, None),)  # 20/40 is no number: the words stand in value_text
        elif name in settings["two_sided"]:
            first, second = settings["two_sided"][name]
            sides = ((first, quantity.low), (second, quantity.second))
        elif pair.values.get("side") == "second" or (quantity.low == 1 and ":" in reading.text[part.start : part.end]):
            sides = ((name, quantity.second),)
    named, words = reading.surface(test), reading.surface(part)
    in_sentence = dates.get(part.sentence)
    if in_sentence is None:
        in_sentence = dates[part.sentence] = _dates(reading, part.sentence)
    date = _date(reading, part, in_sentence, same) if in_sentence else None
    drafts = []
    for side_name, number in sides:
        known = tests.get(side_name) or (tests.get(name) if len(sides) > 1 else None)
        values: dict[str, Any] = {
            "test_text": named,
            "test_name": side_name,
            "loinc": (known.loinc if known else entry.code if entry else None) or None,
            "category": (known and known.category) or test.values.get("category") or "laboratory",
            "value_text": words,
            "comparator": None,
            "value": number,
            "value_high": None,
            "unit_text": None,
            "unit": None,
            "flag": flag,
        }
        if quantity is not None:
            values["comparator"], values["value_high"] = quantity.comparator, quantity.high
            if quantity.unit is None:
                values["unit"] = _unit_of_none(reading, part, quantity)
            else:
                per = quantity.per
                values["unit"] = f"{quantity.unit}/{_UCUM_TIMES.get(per, per)}" if per else quantity.unit
                if quantity.unit:
                    values["unit_text"] = _unit_text(part, words)
        if ranges:
            _add_reference(pair, values, ranges)
        of_relative = part.subject == "family" or (told and told.get("relative"))
        subject = "family" if of_relative else None
        draft = reading.draft(values, {"test": test, "value": part}, pair.rule, subject)
        if told:  # the heads and cells of a table say more of it
            draft.case_id = told.get("case") or draft.case_id
            for field, beside in told.get("beside", {}).items():
                draft.evidence += reading.evidence({field: beside}, pair.rule)
        if flagged is not None and flagged.part is not part:
            draft.evidence += reading.evidence({"flag": flagged.part}, flagged.rule)
        if told and told.get("date_text"):
            values["date_text"] = told["date_text"]
        elif date is not None:
            values["date_text"] = reading.surface(date)
            draft.evidence += reading.evidence({"date": date}, "labs.date")
        drafts.append(draft)
    return drafts


def _name(reading: Reading, test: Item) -> str:
    """Canonical name of a test without an entry; a drug's level, or an electrolyte's ("magnesium was 5.9 mg/dL"), may
    get one."""
    words = " ".join(reading.text[test.start : test.end].lower().split())
    if "named" in test.values:
        test.entry = next((e for e in reading.rules.vocabulary.look_up(words) if e.label == "LAB_TEST"), None)
    return test.concept or str(test.values.get("named", "{}")).format(words)


def _unit_text(part: Item, words: str) -> str | None:
    """The unit as it stands in a result's words or beside the test of a table, None when it stands elsewhere."""
    if part.values.get("unit_text"):
        return str(part.values["unit_text"])
    m = _UNIT.match(words)
    return (m.group(1).strip() or None) if m else None


def _unit_of_none(reading: Reading, part: Item, quantity: Quantity) -> str | None:
    """The unit of a quantity that has none: of "1:640" that of titres."""
    is_titre = quantity.low == 1 and quantity.second and ":" in reading.text[part.start : part.end]
    return "{titer}" if is_titre else None


def _flag(test: Entry | None, part: Item, flagged: Pair | None) -> str | None:
    """What a derangement's own name, its row of a table or a result word says of a result."""
    if test is not None and "flag" in test.extra and test.extra["flag"]:
        return test.extra["flag"]
    if part.values and part.values.get("flag"):
        return str(part.values["flag"])
    word = part.entry or (flagged.part.entry if flagged is not None else None)
    return (word.extra.get("flag") or None) if word is not None else None


def _add_reference(pair: Pair, values: dict[str, Any], ranges: Sequence[Pair]) -> None:
    """Reference limits and severity that the report prints beside the value."""
    number = values["value"]
    for other in ranges:
        if other.values.get("of") is not pair.part:
            continue
        quantity = other.part.quantity
        if quantity is None:
            continue
        what = str(other.values["what"])
        if what.startswith("band:"):
            low, high = _bounds(quantity)
            inside = number is not None and (low is None or number >= low) and (high is None or number <= high)
            if inside and quantity.comparator in ("<", ">"):
                inside = number != quantity.low
            if inside and what[5:] in ("mild", "moderate", "severe", "normal"):
                values["flag"] = what[5:]
            continue
        low, high = _bounds(quantity)
        values["reference_low"], values["reference_high"] = low, high
        if number is not None and values["flag"] is None:
            if high is not None and number > high:
                values["flag"] = "high"
            elif low is not None and number < low:
                values["flag"] = "low"


def _bounds(quantity: Quantity) -> tuple[float | None, float | None]:
    if quantity.comparator in ("<", "<="):
        return None, quantity.low
    if quantity.comparator in (">", ">="):
        return quantity.low, None
    return (quantity.low, quantity.high) if quantity.high is not None else (None, quantity.low)


def _date(reading: Reading, part: Item, dates: list[Item], same: Sequence[Item]) -> Item | None:
    """Of the dates of a sentence the one right after the result ("61 on 3 May"), else the last one before it.

    `same` are the results of the same test in the sentence: what dates one of them dates no later one.
    """
    behind = _date_behind(reading, part, dates)
    if behind is not None:
        return behind
    before = [d for d in dates if d.end <= part.start and d.kind == "date"]
    if not before or _parted(reading, before[-1], part):
        return None
    if _in_an_aside(reading, before[-1], part):
        return None
    earlier = (value for value in same if value.end <= before[-1].start)
    return None if any(_date_behind(reading, value, dates) is before[-1] for value in earlier) else before[-1]


def _date_behind(reading: Reading, part: Item, dates: list[Item]) -> Item | None:
    """The date right after a result, if it is not that of a result right behind it ("61 and on 5 May 48")."""
    date = next((d for d in dates if d.start >= part.end), None)
    if date is None:
        return None
    between = _without_values(reading, part, date).lower()
    if len(between) > _NEAR or not reading.rules.macro("result_date_gap").fullmatch(between):
        return None
    joined = reading.rules.macro("joined").search(between) is not None
    if (joined or not between.strip()) and dates[0].end <= part.start and _heads_a_list(reading, date):
        return None
    if joined:
        following = next((i for i in reading.by_sentence.get(part.sentence, ()) if i.start >= date.end), None)
        if following is not None and following.kind == "value":
            words = reading.text[date.end : following.start].lower()
            if reading.rules.macro("dated_next").fullmatch(words):
                return None
    return date


def _heads_a_list(reading: Reading, date: Item) -> bool:
    """Whether a test or result stands right behind a date: "2019-05-03 AST 45 U/L 2019-05-10 AST 300 U/L"."""
    behind = (i for i in reading.by_sentence.get(date.sentence, ()) if i.start >= date.end)
    following = next(behind, None)
    if following is None or following.kind not in ("test", "value"):
        return False
    return not reading.text[date.end : following.start].strip(" :")


def _in_an_aside(reading: Reading, date: Item, part: Item) -> bool:
    """Whether a date stands in brackets that tell a result of their own: "4.2 (normal in March), later 2.1"."""
    low = reading.text.rfind("(", 0, date.start)
    high = reading.text.find(")", date.end, part.start)
    if low < 0 or high < 0 or ")" in reading.text[low : date.start]:
        return False
    inside = (i for i in reading.by_sentence.get(date.sentence, ()) if low < i.start and i.end <= high)
    return any(i.kind in ("result", "value") for i in inside)


def _dates(reading: Reading, sentence: int) -> list[Item]:
    """The dates of a sentence, and the times that are counted like one ("day 6")."""
    dates = [i for i in reading.by_sentence.get(sentence, ()) if i.kind in _DATES]
    if not dates:
        return dates
    counted = reading.rules.macro("counted_time")
    return [i for i in dates if i.kind == "date" or counted.match(reading.text[i.start : i.end].lower())]


def _without_values(reading: Reading, part: Item, date: Item) -> str:
    """The words between a result and a date, the other results of its list left out."""
    words, at = "", part.end
    for item in reading.by_sentence.get(part.sentence, []):
        if item.kind == "value" and at <= item.start and item.end <= date.start:
            words += reading.text[at : item.start]
            at = item.end
    return words + reading.text[at : date.start]


def _parted(reading: Reading, date: Item, part: Item) -> bool:
    """Whether a clause of its own, which has a verb behind its semicolon, begins between a date and a result."""
    _, semicolon, clause = reading.text[date.end : part.end].lower().rpartition("; ")
    return bool(semicolon) and reading.rules.macro("finite_verb").search(f" {clause}") is not None


def _warn(reading: Reading, drafts: list[Draft], tests: dict[str, _Test]) -> None:
    """Say which values no human's blood has: beyond the test's limits, or a part greater than its whole."""
    factors = unit_factors(reading.rules.folder)
    fluid = reading.rules.guarded("other_fluid")
    numbers = [d for d in drafts if d.values["value"] is not None]
    totals: dict[Any, Draft] = {}
    for draft in numbers:
        test = tests.get(draft.values["test_name"])
        if test is None or (draft.values["unit"] is None and not test.part_of):
            continue
        total = None
        if test.part_of:
            totals = totals or {(d.case_id, d.sentence, d.values["test_name"]): d for d in numbers}
            total = totals.get((draft.case_id, draft.sentence, test.part_of))
        warning = _warning(draft.values, test, total.values if total else None, factors)
        if warning and not fluid.search(reading.sentence_text(draft.sentence)):
            draft.values["warning"] = warning


def _warning(
    values: dict[str, Any], test: _Test, total: dict[str, Any] | None, factors: dict[tuple[str, str], float]
) -> str | None:
    number, unit = values["value"], values["unit"]
    if total is not None and unit != "%":
        of_total = _converted(total["value"], total["unit"], unit, factors)
        if of_total is not None and number > of_total:
            return f"implausible: exceeds the {test.part_of_text} of the same report"
    if unit == "%" and test.part_of and number > 100:
        return "implausible: more than 100 %"
    converted = _converted(number, unit, test.unit, factors) if unit else None
    if converted is None:
        return None
    if test.low and converted < test.low[0]:
        return f"implausible: below {test.low[1]} {test.unit}"
    if test.high and converted > test.high[0]:
        return f"implausible: above {test.high[1]} {test.unit}"
    return None


def _converted(
    number: float, unit: str | None, wanted: str | None, factors: dict[tuple[str, str], float]
) -> float | None:
    """A number in another unit, None when no factor is known."""
    if unit == wanted:
        return number
    factor = factors.get((unit or "", wanted or ""))
    return None if factor is None else number * factor


def _join_words(drafts: list[Draft]) -> None:
    """A bare result word says no more than a numeric row of the same test and flag: it joins that row."""
    words = [d for d in drafts if d.values["value"] is None and d.values["flag"] in ("high", "low")]
    if not words:
        return
    numeric = {_flagged(d): d for d in reversed(drafts) if d.values["value"] is not None}
    for draft in words:
        number = numeric.get(_flagged(draft))
        if number is not None:
            number.evidence += draft.evidence
            drafts.remove(draft)


def _flagged(draft: Draft) -> Any:
    return draft.subject, draft.case_id, draft.values["test_name"], draft.values["flag"]


def _said(draft: Draft) -> Any:
    """What two statements of one result have in common."""
    v = draft.values
    word = (v["flag"] or v["value_text"]) if v["value"] is None else None
    return (
        draft.subject, draft.case_id, v["test_name"], v["value"], v["value_high"], v["unit"], word, v.get("date_text"),
    )  # fmt: skip
