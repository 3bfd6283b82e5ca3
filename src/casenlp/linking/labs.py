"""Laboratory rows: one result of one test, from the pairs that the pipeline made."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from casenlp.lexicons import read_rows
from casenlp.linking.reading import Draft, Reading
from casenlp.pipeline.annotations import Item, Pair
from casenlp.quantities import Quantity

_NUMBER = r"[-−]?\d[\d.,\u00a0\u2009\u202f]*(?<![.,])(?: \d{3}(?!\d))*"
_UNIT = re.compile(rf"^\D*?{_NUMBER}(?:\s*(?:–|—|-|to|/|:)\s*{_NUMBER})?\s*(.*)$", re.DOTALL)
_BESIDE = 3  # characters between two values of one result: "(1,676/µL, 59.1%)"
_NEAR = 30  # characters between a result and the date after it


@lru_cache(maxsize=4)
def unit_factors(folder: Path) -> dict[tuple[str, str], float]:
    """(unit, other unit) -> factor of unit_factors.tsv, both ways."""
    factors: dict[tuple[str, str], float] = {}
    for _, row in read_rows(folder / "lexicons" / "unit_factors.tsv", ("unit", "other", "factor")):
        factors[row["unit"], row["other"]] = float(row["factor"])
        factors[row["other"], row["unit"]] = 1 / float(row["factor"])
    return factors


@lru_cache(maxsize=4)
def test_concepts(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of lab_test_concepts.tsv by concept."""
    rows = read_rows(folder / "lexicons" / "lab_test_concepts.tsv", ("concept", "category", "loinc", "unit"))
    return {row["concept"]: row for _, row in rows}


def link_labs(reading: Reading) -> list[Draft]:
    """Draft rows of all results; the same result said twice is one row."""
    concepts = test_concepts(reading.rules.folder)
    standing = {id(item) for item in reading.known.items}
    pairs = [p for p in reading.known.pairs if p.kind == "value" and id(p.head) in standing]
    pairs = [p for p in pairs if not p.values.get("change")]
    ranges: dict[int, list[Pair]] = {}
    for pair in reading.known.pairs:
        if pair.kind == "reference":
            ranges.setdefault(id(pair.head), []).append(pair)
    words = [p for p in pairs if _is_word(p.part)]
    numbers = [p for p in pairs if not _is_word(p.part)]
    qualified = _qualified(words, numbers)
    flagged = {id(number): word for word, number in qualified}
    qualifying = {id(word) for word, _ in qualified}
    denied = reading.rules.macro("denied_result")
    drafts: list[Draft] = []
    for pair in pairs:
        if id(pair) in qualifying:
            continue  # the word qualifies a number that has its own row
        if pair.head.negated and pair.head.kind == "finding":
            continue
        if (
            _is_word(pair.part)
            and pair.part.negated
            and denied.search(reading.text[max(0, pair.part.start - 20) : pair.part.start].lower())
        ):
            continue
        drafts += _rows(reading, pair, concepts, flagged.get(id(pair)), ranges.get(id(pair.head), []))
    fluid = reading.rules.macro("other_fluid")
    of_blood = [d for d in drafts if not fluid.search(reading.sentence_text(d.sentence))]
    _warn(of_blood, concepts, unit_factors(reading.rules.folder))
    _join_words(drafts)
    return _merge(drafts)


def _is_word(part: Item) -> bool:
    """Whether a result has no number that counts: "elevated", "(+)", "2+"."""
    return part.quantity is None or bool(part.values.get("graded"))


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
    reading: Reading, pair: Pair, concepts: dict[str, dict[str, str]], flagged: Pair | None, ranges: list[Pair]
) -> list[Draft]:
    test, part = pair.head, pair.part
    words = " ".join(reading.text[test.start : test.end].lower().split())
    if test.entry is None and "named" in test.values:  # a drug's level, or an electrolyte's: "magnesium was 5.9 mg/dL"
        test.entry = next((e for e in reading.rules.vocabulary.look_up(words) if e.label == "LAB_TEST"), None)
    name = test.concept or str(test.values.get("named", "{}")).format(words)
    concept = concepts.get(name, {})
    quantity = None if _is_word(part) else part.quantity
    settings = reading.rules.settings["labs"]
    if quantity is not None and name in settings["fractions"] and quantity.second is not None:
        quantity = None  # 20/40 is no number: the words stand in value_text
    sides: list[tuple[str, float | None]] = [(name, quantity.low if quantity else None)]
    if quantity is not None and quantity.second is not None:
        if name in settings["two_sided"]:
            first, second = settings["two_sided"][name]
            sides = [(first, quantity.low), (second, quantity.second)]
        elif pair.values.get("side") == "second" or (quantity.low == 1 and ":" in reading.text[part.start : part.end]):
            sides = [(name, quantity.second)]
    drafts = []
    for side_name, number in sides:
        known = concepts.get(side_name, concept)
        values: dict[str, Any] = {
            "test_text": reading.surface(test),
            "test_name": side_name,
            "loinc": known.get("loinc") or (test.entry.code if test.entry and not known else None) or None,
            "category": known.get("category") or test.values.get("category") or "laboratory",
            "value_text": reading.surface(part),
            "comparator": quantity.comparator if quantity else None,
            "value": number,
            "value_high": quantity.high if quantity else None,
            "unit_text": _unit_text(reading, part) if quantity and quantity.unit else None,
            "unit": _unit(reading, part, quantity),
            "flag": _flag(reading, pair, flagged),
        }
        if quantity is None:
            values["value"] = None
        _add_reference(pair, values, ranges)
        subject = "family" if part.values.get("relative") else None
        draft = reading.draft(values, {"test": test, "value": part}, pair.rule, subject)
        draft.case_id = part.values.get("case") or draft.case_id
        for name, beside in part.values.get("beside", {}).items():  # the heads and cells that say more of it
            draft.evidence += reading.evidence({name: beside}, pair.rule)
        if flagged is not None and flagged.part is not part:
            draft.evidence += reading.evidence({"flag": flagged.part}, flagged.rule)
        date = _date(reading, test, part)
        if part.values.get("date_text"):
            values["date_text"] = part.values["date_text"]
        elif date is not None:
            values["date_text"] = reading.surface(date)
            draft.evidence += reading.evidence({"date": date}, "labs.date")
        drafts.append(draft)
    return drafts


def _unit_text(reading: Reading, part: Item) -> str | None:
    """The unit as it stands in a result or beside the test of a table, None when it stands elsewhere."""
    if part.values.get("unit_text"):
        return str(part.values["unit_text"])
    m = _UNIT.match(reading.surface(part))
    return (m.group(1).strip() or None) if m else None


def _unit(reading: Reading, part: Item, quantity: Quantity | None) -> str | None:
    if quantity is None:
        return None
    if quantity.unit is None:
        return (
            "{titer}" if quantity.low == 1 and quantity.second and ":" in reading.text[part.start : part.end] else None
        )
    return f"{quantity.unit}/{_ucum_time(quantity.per)}" if quantity.per else quantity.unit


def _ucum_time(name: str) -> str:
    from casenlp.quantities import TIME_NAMES

    return next((ucum for ucum, unit in TIME_NAMES.items() if unit == name), name)


def _flag(reading: Reading, pair: Pair, flagged: Pair | None) -> str | None:
    test = pair.head
    if test.entry and test.entry.extra.get("flag"):
        return test.entry.extra["flag"]
    if pair.part.values.get("flag"):
        return str(pair.part.values["flag"])
    word = pair if pair.part.entry is not None else flagged
    if word is not None and word.part.entry is not None:
        return word.part.entry.extra.get("flag") or None
    return None


def _add_reference(pair: Pair, values: dict[str, Any], ranges: list[Pair]) -> None:
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


def _date(reading: Reading, test: Item, part: Item) -> Item | None:
    """The date right after the result ("61 on 3 May"), else the last one before it in the sentence."""
    counted = reading.rules.macro("counted_time")
    dates = [
        i for i in reading.by_sentence.get(part.sentence, [])
        if i.kind == "date" or (i.kind == "latency" and counted.match(reading.text[i.start : i.end].lower()))
    ]  # fmt: skip
    after = [d for d in dates if d.start >= part.end]
    if after:
        between = _without_values(reading, part, after[0]).lower()
        if len(between) <= _NEAR and reading.rules.macro("result_date_gap").fullmatch(between):
            return after[0]
    before = [d for d in dates if d.end <= part.start and d.kind == "date"]
    return before[-1] if before and not _parted(reading, before[-1], part) else None


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


def _warn(drafts: list[Draft], concepts: dict[str, dict[str, str]], factors: dict[tuple[str, str], float]) -> None:
    """Say which values no human has: beyond the test's limits, or a part greater than its whole."""
    totals = {(d.case_id, d.sentence, d.values["test_name"]): d for d in drafts if d.values["value"] is not None}
    for draft in drafts:
        values = draft.values
        concept = concepts.get(values["test_name"], {})
        number, unit = values["value"], values["unit"]
        if number is None:
            continue
        whole = concept.get("part_of")
        total = totals.get((draft.case_id, draft.sentence, whole)) if whole else None
        if total is not None and number is not None and unit != "%":
            of_total = _converted(total.values["value"], total.values["unit"], unit, factors)
            if of_total is not None and number > of_total:
                values["warning"] = f"implausible: exceeds the {concept['part_of_text']} of the same report"
                continue
        if unit == "%" and concept.get("part_of") and number > 100:
            values["warning"] = "implausible: more than 100 %"
            continue
        usual = concept.get("unit") or None
        converted = _converted(number, unit, usual, factors) if unit else None
        if converted is None:
            continue
        low, high = concept.get("plausible_low"), concept.get("plausible_high")
        if low and converted < float(low):
            values["warning"] = f"implausible: below {low} {usual}"
        elif high and converted > float(high):
            values["warning"] = f"implausible: above {high} {usual}"


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
    numeric = {
        (d.subject, d.case_id, d.values["test_name"], d.values["flag"]): d
        for d in reversed(drafts)
        if d.values["value"] is not None
    }
    for draft in list(drafts):
        if draft.values["value"] is None:
            key = (draft.subject, draft.case_id, draft.values["test_name"], draft.values["flag"])
            if key in numeric and draft.values["flag"] in ("high", "low"):
                numeric[key].evidence += draft.evidence
                drafts.remove(draft)


def _merge(drafts: list[Draft]) -> list[Draft]:
    from casenlp.linking.reading import merge

    def key(draft: Draft) -> Any:
        v = draft.values
        word = (v["flag"] or v["value_text"]) if v["value"] is None else None
        return (
            draft.subject,
            draft.case_id,
            v["test_name"],
            v["value"],
            v["value_high"],
            v["unit"],
            word,
            v.get("date_text"),
        )

    return merge(drafts, key)
