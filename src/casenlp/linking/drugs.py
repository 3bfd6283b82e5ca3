"""Drug rows: one exposure, a drug at one dose, with what was done with it and why it was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from casenlp.linking.earlier_exposures import Statements, is_earlier
from casenlp.linking.exposure_history import History, Statement, apply_statements
from casenlp.linking.indications import indicate, told_indications
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, merge
from casenlp.pipeline.annotations import Item, Pair
from casenlp.quantities import DAYS
from casenlp.units import TIME_NAMES

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ANY_PURPOSE = "indication.for-at-a-distance"  # of others, it may only tell what a drug is approved for
_NO_DOSE: Mapping[str, Any] = dict.fromkeys(("dose_text", "dose_value", "dose_value_high", "dose_unit", "dose_per"))


def link_drugs(reading: Reading, reactions: Sequence[Draft]) -> list[Draft]:
    """Draft rows of all exposures; bare mentions of a drug join its dosed rows.

    A literature row needs more than a name: a dose, route or time, a reaction, or people who were given the drug.
    """
    history = History(reading)
    statements = history.statements()
    indications = told_indications(reading, history)
    pairs: dict[int, list[Pair]] = {}
    for pair in reading.known.pairs:
        if pair.kind in ("dose", "route", "frequency", "duration"):
            pairs.setdefault(id(pair.head), []).append(pair)
    linked = {
        id(drug)
        for prefix in ("reaction.", "latency.")
        for relation in reading.relations(prefix)
        if (drug := relation.item("drug")) is not None
    } | {id(draft.parts["drug"]) for draft in reactions}
    in_vain = reading.rules.macro("tried_in_vain")
    class_lexicon = reading.rules.settings["exposures"]["class_lexicon"]
    drafts: list[Draft] = []
    for drug in reading.items("drug"):
        if drug.subject == "none" or drug.temporality == "hypothetical":
            continue
        if drug.negated and not in_vain.search(reading.sentence_text(drug.sentence)):
            continue
        own = pairs.get(id(drug), ())
        if not own and (_stands_for_others(reading, drug) or ("member" in drug.values and id(drug) not in statements)):
            continue
        literature = drug.subject == "literature"
        given_for = any(not (literature and rule == _ANY_PURPOSE) for _, rule in indications.get(id(drug), ()))
        if not (own or given_for or id(drug) in statements):
            a_class = drug.entry is not None and drug.entry.place.startswith(class_lexicon)
            if id(drug) not in linked if literature else a_class and not _route_of_name(reading, drug):
                continue
        doses = [p for p in own if p.kind == "dose"]
        if not doses:
            drafts.append(_row(reading, drug, None, own))
            continue
        if len(doses) > 1:
            doses.sort(key=lambda p: p.part.start)
        before: Item | None = None
        others = [p for p in own if p.kind != "dose"]
        for dose in doses:
            draft = _row(reading, drug, dose, others)
            if drug.subject == "patient" and history.begun_nearby(drug, dose.part):
                draft.values.update(action="started", began=True)
            if drug.subject != "literature":
                draft.values["action"] = history.direction(drug, dose.part, before) or draft.values["action"]
            draft.order = max(draft.order, dose.part.start)
            before = dose.part
            drafts.append(draft)
    rows = _merge(reading, _taken(reading, drafts), statements)
    _act(rows, drafts, statements)
    _begin_after_stop(rows, statements, history)
    indicate(reading, rows, indications, reactions)
    return rows


def _taken(reading: Reading, drafts: list[Draft]) -> list[Draft]:
    """The drafts without those of drugs that only something else was given instead of."""
    instead = reading.rules.guarded("given_instead")
    taken = reading.rules.macro("taken_before_instead")
    apart = {}
    for draft in drafts:
        drug = draft.parts["drug"]
        if draft.parts.get("dose") is None and instead.may_match(reading.sentence_text(drug.sentence)):
            start, _ = reading.known.sentences[drug.sentence]
            behind = reading.text[drug.end : drug.end + 40].lower()
            if instead.pattern.search(reading.text[start : drug.start].lower()) and not taken.match(behind):
                apart[id(draft)] = draft
    if not apart:
        return drafts
    others = {_exposed(d) for d in drafts if id(d) not in apart}
    return [d for d in drafts if id(d) not in apart or _exposed(d) in others]


def _stands_for_others(reading: Reading, drug: Item) -> bool:
    """Whether a class only takes up drugs that were named: "both cytotoxics were left alone"."""
    if drug.subject != "patient" or drug.entry is None:
        return False
    if not drug.entry.place.startswith(reading.rules.settings["exposures"]["class_lexicon"]):
        return False
    lead = reading.text[max(0, drug.start - 12) : drug.start].lower()
    return reading.rules.macro("class_taken_up").search(lead) is not None


def _act(rows: list[Draft], drafts: list[Draft], statements: dict[int, list[Statement]]) -> None:
    said: dict[Any, list[Statement]] = {}
    for draft in drafts:
        told = statements.get(id(draft.parts["drug"]))
        if told and draft.subject != "literature":
            mine = said.setdefault(_exposed(draft), [])
            mine += [s for s in told if s not in mine]
    groups: dict[Any, list[Draft]] = {}
    for row in rows if said else ():
        key = _exposed(row)
        if key in said:
            groups.setdefault(key, []).append(row)
    for key, group in groups.items():
        again = apply_statements(sorted(group, key=lambda r: r.order), said[key])
        if again is not None:
            source = next(s for s in reversed(said[key]) if s.action == "restarted")
            origin = next((d for d in drafts if d.parts["drug"] is source.drug), None)
            if origin is not None and origin not in rows:
                origin.values.update(action="restarted", dose_text=None)
                rows.append(origin)
                rows.sort(key=lambda r: r.order)


def _begin_after_stop(rows: list[Draft], statements: dict[int, list[Statement]], history: History) -> None:
    """A drug that first comes up in a dose after another was stopped was started then, whatever the verb."""
    stops = [s.start for said in statements.values() for s in said if s.action in ("discontinued", "switched")]
    for row in rows if stops else ():
        action = row.values["action"]
        open_dose = row.subject == "patient" and action in (None, "discontinued") and row.parts.get("dose") is not None
        if open_dose and min(stops) < row.order and not history.was_taken(row.parts["drug"], now=True):
            row.values.update(action=action or "started", began=True)


def _row(reading: Reading, drug: Item, dose: Pair | None, others: Sequence[Pair]) -> Draft:
    parts: dict[str, Item | None] = {"drug": drug, "dose": dose.part if dose else None}
    for pair in sorted(others, key=lambda p: p.cost) if len(others) > 1 else others:
        of = pair.values.get("dose")
        if parts.get(pair.kind) is None and (of is None or dose is None or of is dose.part):
            parts[pair.kind] = pair.part
    if parts.get("route") is None and dose is not None:  # "160 mg subcutaneously, followed by 80 mg"
        earlier = [p for p in others if p.kind == "route" and p.part.start < dose.part.start]
        parts["route"] = earlier[-1].part if earlier else None
    route, frequency, duration = parts.get("route"), parts.get("frequency"), parts.get("duration")
    entry = drug.entry
    values: dict[str, Any] = {
        "drug_text": reading.surface(drug),
        "drug_name": drug_name(drug),
        "drug_code": (entry.code or None) if entry else None,
        "drug_vocabulary": (entry.vocabulary or None) if entry else None,
        **(_dose(reading, dose) if dose else _NO_DOSE),
        "route": (route.concept or None) if route else _route_of_name(reading, drug),
        "frequency_text": reading.surface(frequency) if frequency else None,
        "frequency_per_day": per_day(reading, frequency) if frequency else None,
        "duration_text": reading.surface(duration) if duration else None,
        "duration_days": duration.quantity.days if duration and duration.quantity else None,
        "indication": None,
        "action": None,
        "role": None,
        "began": False,
    }
    if dose is not None and frequency is None:
        _set_interval(values, dose.part)
    return reading.draft(values, parts, dose.rule if dose else drug.rule)


def _set_interval(values: dict[str, Any], dose: Item) -> None:
    """Tell how often a dose is given that says so itself: "500 mg/8 h", "60 mg per 6 months".

    Of a volume, of less than one unit of time and of a whole day or so ("1000 mL/8 h", "1 mg/0.5 h", "1000 U/24 h") it
    may be how long it runs, so that no frequency is told.
    """
    quantity = dose.quantity
    if quantity is None or quantity.per not in DAYS or quantity.per_count == 1:
        return
    days = quantity.per_count * DAYS[quantity.per]
    runs = quantity.kind == "volume" or quantity.per_count < 1 or (quantity.per == "hour" and days >= 1)
    text = values["dose_text"]
    begin = max(text.rfind("/"), text.lower().rfind(" per ") + 1)
    if not runs and begin > 0:
        values["frequency_text"] = text[begin:]
        values["frequency_per_day"] = round(1 / days, 4)


def _dose(reading: Reading, pair: Pair) -> dict[str, Any]:
    dose = pair.part
    quantity = dose.quantity
    per = quantity.per if quantity and quantity.per_count == 1 else None  # "500 mg/8 h" is not 500 mg an hour
    unit = dose.values.get("unit") or (quantity.unit if quantity else None)
    if unit and per is None:
        amount, _, time = unit.rpartition("/")
        if amount and time in TIME_NAMES:  # "120 mmol/day" is a unit of the laboratory too
            unit, per = amount, TIME_NAMES[time]
    return {
        "dose_text": reading.surface(dose),
        "dose_value": (quantity.second if pair.values.get("side") == "second" else quantity.low) if quantity else None,
        "dose_value_high": quantity.high if quantity else None,
        "dose_unit": unit,
        "dose_per": reading.rules.settings["exposures"]["per_names"].get(per, per),
    }


def _route_of_name(reading: Reading, drug: Item) -> str | None:
    """The route that a class's usual name holds: "topical steroids"."""
    for hit in reading.rules.vocabulary.find(reading.text[drug.start : drug.end]):
        for entry in hit.entries:
            if entry.label == "ROUTE" and entry.concept and "weak" not in entry.guards:
                return entry.concept
    return None


def per_day(reading: Reading, frequency: Item | None) -> float | None:
    """Administrations a day of a frequency mention; None where the words do not give one."""
    if frequency is None:
        return None
    if frequency.entry and frequency.entry.extra.get("per_day"):
        return float(frequency.entry.extra["per_day"])
    words = " ".join(reading.text[frequency.start : frequency.end].lower().split())
    settings = reading.rules.settings["frequencies"]
    if re.fullmatch(settings["slots"], words):  # "1-0-1": morning, noon and evening
        return float(sum(slot != "0" for slot in words.split("-"))) or None
    every = re.compile(settings["every"]).search(words)
    if every:
        unit = settings["unit_days"].get(every.group("unit"))
        number = every.group("number")
        count = settings["numbers"].get(number, None) if number else 1
        if number and _NUMBER.fullmatch(number):
            count = float(number)
        days = count * unit * (2 if every.group("other") else 1) if count and unit else None
        return round(1 / days, 4) if days else None
    times = re.compile(settings["times"]).search(words)
    if times:
        number, unit = times.group("number"), settings["unit_days"].get(times.group("unit"))
        count = float(number) if _NUMBER.fullmatch(number) else settings["numbers"].get(number)
        return round(count / unit, 4) if count and unit else None
    return None


def _merge(reading: Reading, drafts: list[Draft], statements: Statements) -> list[Draft]:
    """One row for each drug and dose; undosed mentions go to the drug's last dosed row before them, else the first.

    What the mentions before the first dose tell of earlier exposures is a row of its own.
    """
    dosed = [d for d in drafts if d.values["dose_text"]]
    bare = [d for d in drafts if not d.values["dose_text"]]
    if not dosed:
        return merge(bare, _exposed)
    told: dict[Any, list[float]] = {}

    def key(draft: Draft) -> Any:
        v = draft.values
        low = v["dose_value"]
        dose = (low, v["dose_value_high"], v["dose_unit"]) if low is not None else v["dose_text"].lower()
        base = (*_exposed(draft), dose)
        often = told.setdefault(base, [])  # "from 4 mg once a day to 4 mg twice a day" is two exposures
        per_day = v["frequency_per_day"]
        if per_day is not None and per_day not in often:
            often.append(per_day)
        return *base, often.index(per_day) if per_day is not None else 0

    rows = merge(dosed, key)
    vague = [r for r in rows if r.values["dose_value"] is None]
    for row in vague:  # "high-dose methotrexate (12 g/m2)" is one exposure
        mine = [r for r in rows if r is not row and _exposed(r) == _exposed(row)]
        if mine:
            mine[0].evidence += [e for e in row.evidence if e not in mine[0].evidence]
            rows.remove(row)
    by_drug: dict[Any, list[Draft]] = {}
    for row in rows:
        by_drug.setdefault(_exposed(row), []).append(row)
    rest = []
    for draft in bare:
        dosed_rows = by_drug.get(_exposed(draft))
        if dosed_rows is None:
            rest.append(draft)
            continue
        before = [r for r in dosed_rows if r.order <= draft.order]
        if not before and is_earlier(reading, draft, dosed_rows[0], statements):
            rest.append(draft)
        else:
            (before[-1] if before else dosed_rows[0]).add(draft)
    return rows + merge(rest, _exposed)


def _exposed(draft: Draft) -> tuple[str, str, str]:
    return draft.subject, draft.case_id, draft.values["drug_name"]
