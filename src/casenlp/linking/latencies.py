"""Latency rows: a time from a drug to an event, found by the rules of latencies.toml and completed from the text."""

from __future__ import annotations

from typing import Any

from casenlp.linking.reading import Draft, Reading, drug_name, merge
from casenlp.pipeline.annotations import Item, Relation
from casenlp.quantities import TIME_NAMES


def link_latencies(reading: Reading) -> list[Draft]:
    """Draft rows of all latencies; a time that two rules find is one row, the fuller reading winning."""
    best: dict[int, tuple[int, Relation]] = {}
    for order, relation in enumerate(reading.relations("latency.")):
        time = relation.item("latency")
        if time is None or time.kind in ("duration", "date", "age", "frequency"):
            continue
        score = 2 * (relation.item("drug") is not None) + (relation.item("event") is not None)
        known = best.get(id(time))
        if known is None or score > known[0]:
            best[id(time)] = (score, relation)
        del order
    drafts = []
    for _, relation in sorted(best.values(), key=lambda b: b[1].start):
        draft = _row(reading, relation)
        if draft is not None:
            drafts.append(draft)
    return merge(drafts, _key)


def _row(reading: Reading, relation: Relation) -> Draft | None:
    time = relation.item("latency")
    if time is None:
        return None
    drug = relation.item("drug") or _drug_before(reading, time)
    if drug is None:
        return None
    event = relation.item("event") or _event_near(reading, relation, time, drug)
    if event is None and relation.item("drug") is None:
        return None
    words = reading.text[relation.start : relation.end].lower()
    sentence = reading.sentence_text(time.sentence)
    quantity = time.quantity
    unit = TIME_NAMES.get(quantity.unit or "") if quantity else None
    low = quantity.low if quantity else time.values.get("number")
    if unit is None:
        unit = _counted_unit(reading, time)
    values: dict[str, Any] = {
        "drug_text": reading.surface(drug),
        "drug_name": drug_name(drug),
        "event_text": reading.surface(event) if event else None,
        "latency_text": reading.surface(time),
        "comparator": quantity.comparator if quantity else None,
        "value": low,
        "value_high": quantity.high if quantity else None,
        "unit": unit,
        "days": quantity.days if quantity and quantity.kind == "time" else _days(low, unit),
        "days_high": quantity.days_high if quantity else None,
        "anchor": relation.rule.values.get("anchor") or _anchor(reading, words),
        "statistic": relation.rule.values.get("statistic") or _statistic(reading, sentence, time),
    }
    time.kind = "latency"
    subject = time.subject
    parts: dict[str, Item | None] = {"latency": time, "drug": drug, "event": event}
    return reading.draft(values, parts, relation.rule.id, subject)


def _days(value: float | None, unit: str | None) -> float | None:
    from casenlp.quantities import DAYS

    return round(value * DAYS[unit], 4) if value is not None and unit in DAYS else None


def _counted_unit(reading: Reading, time: Item) -> str | None:
    """The unit before a counted number: "day 6"."""
    lead = reading.text[max(0, time.start - 8) : time.start].lower().split()
    word = lead[-1].rstrip("s") if lead else ""
    return word if word in ("day", "week", "month", "hour", "cycle") else None


def _anchor(reading: Reading, words: str) -> str:
    for name in ("rechallenge", "stop", "increase", "dose"):
        if reading.rules.macro(f"anchor_{name}").search(words):
            return name
    return "start"


def _statistic(reading: Reading, sentence: str, time: Item) -> str:
    start, _ = reading.known.sentences[time.sentence]
    lead = sentence[: time.start - start]
    for name in ("range", "median", "mean"):
        if reading.rules.macro(f"statistic_{name}").search(lead[-90:]):
            return name
    if time.subject == "literature" and time.quantity and time.quantity.high is not None:
        return "range"
    return "individual"


def _drug_before(reading: Reading, time: Item) -> Item | None:
    """The drug meant where the words name none: in the sentence, else the last one named in the two before."""
    inside = [d for d in reading.by_sentence.get(time.sentence, []) if d.kind == "drug" and not d.negated]
    if inside:
        return min(inside, key=lambda d: abs(d.start - time.start))
    for number in (time.sentence - 1, time.sentence - 2):
        drugs = [d for d in reading.by_sentence.get(number, []) if d.kind == "drug" and not d.negated]
        if drugs:
            return drugs[-1]
    return None


def _event_near(reading: Reading, relation: Relation, time: Item, drug: Item) -> Item | None:
    """The event the time runs to: after a comma or verb behind the time phrase, else the nearest before it."""
    events = [
        e
        for e in reading.by_sentence.get(time.sentence, [])
        if e.kind in ("finding", "diagnosis") and not e.negated and not _is_indication(reading, e)
    ]
    before = [e for e in events if e.end <= relation.start]
    after = [e for e in events if e.start >= relation.end]
    start, _ = reading.known.sentences[time.sentence]
    leads = relation.start - start <= 25
    if leads and after:
        return after[0]
    if before:
        return before[-1]
    return after[0] if after else None


def _is_indication(reading: Reading, event: Item) -> bool:
    return any(r.item("indication") is event for r in reading.relations("indication."))


def _key(draft: Draft) -> Any:
    v = draft.values
    return draft.subject, draft.case_id, v["drug_name"], v["value"], v["value_high"], v["unit"], v["statistic"], v["anchor"]
