"""Laboratory rows: one result of one test, from the pairs that the pipeline made."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from casenlp.linking.reading import Draft, Reading
from casenlp.pipeline.annotations import Item, Pair
from casenlp.quantities import Quantity
from casenlp.vocabulary import read_rows


@lru_cache(maxsize=4)
def test_concepts(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of lab_test_concepts.tsv by concept."""
    rows = read_rows(folder / "lexicons" / "lab_test_concepts.tsv", ("concept", "category", "loinc", "unit"))
    return {row["concept"]: row for _, row in rows}


def link_labs(reading: Reading) -> list[Draft]:
    """Draft rows of all results; the same result said twice is one row."""
    concepts = test_concepts(reading.rules.folder)
    pairs = [p for p in reading.known.pairs if p.kind == "value" and p.head in reading.known.items]
    drafts: list[Draft] = []
    flagged: dict[int, Pair] = {}
    for pair in pairs:
        if pair.part.entry is not None:
            flagged.setdefault(id(pair.head), pair)
    numeric = {id(p.head) for p in pairs if p.part.quantity is not None}
    for pair in pairs:
        if pair.part.quantity is None and id(pair.head) in numeric:
            continue  # the word qualifies a number that has its own row
        if pair.head.negated and pair.head.kind == "finding":
            continue
        drafts += _rows(reading, pair, concepts, flagged.get(id(pair.head)))
    _warn(drafts, concepts)
    _join_words(drafts)
    return _merge(drafts)


def _rows(
    reading: Reading, pair: Pair, concepts: dict[str, dict[str, str]], flagged: Pair | None
) -> list[Draft]:
    test, part = pair.head, pair.part
    name = test.concept
    concept = concepts.get(name, {})
    quantity = part.quantity
    sides: list[tuple[str, float | None]] = [(name, quantity.low if quantity else None)]
    if quantity is not None and quantity.second is not None:
        settings = reading.rules.settings["labs"]
        if name in settings["two_sided"]:
            first, second = settings["two_sided"][name]
            sides = [(first, quantity.low), (second, quantity.second)]
        elif pair.values.get("side") == "second":
            sides = [(name, quantity.second)]
        elif quantity.low == 1 and ":" in reading.text[part.start : part.end]:
            sides = [(name, quantity.second)]
    drafts = []
    for side_name, number in sides:
        known = concepts.get(side_name, concept)
        values: dict[str, Any] = {
            "test_text": reading.surface(test),
            "test_name": side_name,
            "loinc": known.get("loinc") or (test.entry.code if test.entry and not known else None) or None,
            "category": known.get("category") or "laboratory",
            "value_text": reading.surface(part),
            "comparator": quantity.comparator if quantity else None,
            "value": number,
            "value_high": quantity.high if quantity else None,
            "unit_text": quantity.unit_text if quantity else None,
            "unit": _unit(reading, part, quantity),
            "flag": _flag(reading, pair, flagged),
        }
        if quantity is None:
            values["value"] = None
        _add_reference(reading, pair, values, known)
        draft = reading.draft(values, {"test": test, "value": part}, pair.rule)
        if flagged is not None and flagged.part is not part:
            draft.evidence += reading.evidence({"flag": flagged.part}, flagged.rule)
        date = _date(reading, test, part)
        if date is not None:
            values["date_text"] = reading.surface(date)
            draft.evidence += reading.evidence({"date": date}, "labs.date")
        drafts.append(draft)
    return drafts


def _unit(reading: Reading, part: Item, quantity: Quantity | None) -> str | None:
    if quantity is None:
        return None
    if quantity.unit is None:
        return "{titer}" if quantity.low == 1 and quantity.second and ":" in reading.text[part.start : part.end] else None
    return f"{quantity.unit}/{_ucum_time(quantity.per)}" if quantity.per else quantity.unit


def _ucum_time(name: str) -> str:
    from casenlp.quantities import TIME_NAMES

    return next((ucum for ucum, unit in TIME_NAMES.items() if unit == name), name)


def _flag(reading: Reading, pair: Pair, flagged: Pair | None) -> str | None:
    test = pair.head
    if test.entry and test.entry.extra.get("flag"):
        return test.entry.extra["flag"]
    word = pair if pair.part.entry is not None else flagged
    if word is not None and word.part.entry is not None:
        return word.part.entry.extra.get("flag") or word.part.entry.concept
    return None


def _add_reference(reading: Reading, pair: Pair, values: dict[str, Any], concept: dict[str, str]) -> None:
    """Reference limits and severity that the report prints beside the value."""
    number = values["value"]
    for other in reading.known.pairs:
        if other.kind != "reference" or other.head is not pair.head or other.values.get("of") is not pair.part:
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
    """A date right before or after the result, or one that begins the sentence."""
    dates = [i for i in reading.by_sentence.get(part.sentence, []) if i.kind == "date"]
    after = [d for d in dates if 0 <= d.start - part.end <= 8]
    if after:
        return after[0]
    before = [d for d in dates if d.end <= test.start]
    start, _ = reading.known.sentences[part.sentence]
    return before[-1] if before and (before[-1].start - start <= 4 or test.start - before[-1].end <= 12) else None


def _warn(drafts: list[Draft], concepts: dict[str, dict[str, str]]) -> None:
    """Say which values no human has: beyond the test's limits, or a part greater than its whole."""
    totals = {(d.case_id, d.values["test_name"]): d for d in drafts if d.values["value"] is not None}
    for draft in drafts:
        values = draft.values
        concept = concepts.get(values["test_name"], {})
        number, unit = values["value"], values["unit"]
        if number is None:
            continue
        whole = concept.get("part_of")
        total = totals.get((draft.case_id, whole)) if whole else None
        if total is not None and total.values["unit"] == unit and unit != "%" and number > total.values["value"]:
            values["warning"] = f"implausible: exceeds the {concept['part_of_text']} of the same report"
            continue
        if unit == "%" and concept.get("part_of") and number > 100:
            values["warning"] = "implausible: more than 100 %"
            continue
        if unit and unit == concept.get("unit"):
            low, high = concept.get("plausible_low"), concept.get("plausible_high")
            if low and number < float(low):
                values["warning"] = f"implausible: below {low} {unit}"
            elif high and number > float(high):
                values["warning"] = f"implausible: above {high} {unit}"


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
        word = v["flag"] if v["value"] is None else None
        return draft.subject, draft.case_id, v["test_name"], v["value"], v["value_high"], v["unit"], word, v.get("date_text")

    return merge(drafts, key)
