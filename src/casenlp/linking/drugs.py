"""Drug rows: one exposure, a drug at one dose, with what was done with it and why it was given."""

from __future__ import annotations

import re
from typing import Any

from casenlp.linking.reading import Draft, Reading, drug_name, event_name, merge
from casenlp.pipeline.annotations import Item, Pair, Relation

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def link_drugs(reading: Reading) -> list[Draft]:
    """Draft rows of all exposures; bare mentions of a drug join its dosed rows."""
    drugs = [d for d in reading.items("drug") if not d.negated and d.temporality != "hypothetical"]
    doses: dict[int, list[Pair]] = {}
    others: dict[int, list[Pair]] = {}
    for pair in reading.known.pairs:
        if pair.kind == "dose":
            doses.setdefault(id(pair.head), []).append(pair)
        elif pair.kind in ("route", "frequency", "duration"):
            others.setdefault(id(pair.head), []).append(pair)
    actions = _by_drug(reading.relations("drug."))
    indications = _by_drug(reading.relations("indication."))
    drafts: list[Draft] = []
    for drug in drugs:
        own = doses.get(id(drug), [])
        told = bool(own or others.get(id(drug)) or actions.get(id(drug)) or indications.get(id(drug)))
        if drug.subject == "literature" and not own:
            continue
        if drug.subject == "other":
            continue
        exposures: list[Pair | None] = list(own) or [None]
        for index, dose in enumerate(exposures):
            last = index == len(exposures) - 1
            drafts.append(
                _row(reading, drug, dose, others.get(id(drug), []), actions.get(id(drug), []) if last else [],
                     indications.get(id(drug), []), told)
            )  # fmt: skip
    return _merge(drafts)


def _by_drug(relations: list[Relation]) -> dict[int, list[Relation]]:
    grouped: dict[int, list[Relation]] = {}
    for relation in relations:
        drug = relation.item("drug")
        if drug is not None:
            grouped.setdefault(id(drug), []).append(relation)
    return grouped


def _row(
    reading: Reading,
    drug: Item,
    dose: Pair | None,
    others: list[Pair],
    actions: list[Relation],
    indications: list[Relation],
    told: bool,
) -> Draft:
    parts: dict[str, Item | None] = {"drug": drug, "dose": dose.part if dose else None}
    for pair in sorted(others, key=lambda p: p.cost):
        of = pair.values.get("dose")
        if parts.get(pair.kind) is None and (of is None or dose is None or of is dose.part):
            parts[pair.kind] = pair.part
    route, frequency, duration = (parts.get(k) for k in ("route", "frequency", "duration"))
    entry = drug.entry
    values: dict[str, Any] = {
        "drug_text": reading.surface(drug),
        "drug_name": drug_name(drug),
        "drug_code": (entry.code or None) if entry else None,
        "drug_vocabulary": (entry.vocabulary or None) if entry else None,
        **_dose(reading, dose.part if dose else None),
        "route": (route.concept or None) if route else _route_of_name(reading, drug),
        "frequency_text": reading.surface(frequency) if frequency else None,
        "frequency_per_day": per_day(reading, frequency),
        "duration_text": reading.surface(duration) if duration else None,
        "duration_days": duration.quantity.days if duration and duration.quantity else None,
        "indication": None,
        "action": None,
        "role": None,
        "told": told,
    }
    rule = dose.rule if dose else drug.rule
    draft = reading.draft(values, parts, rule)
    for relation in sorted(actions, key=lambda r: (r.start, r.end)):
        values["action"] = relation.rule.values["action"]
        draft.rule = relation.rule.id if not dose else draft.rule
    for relation in indications:
        event = relation.item("indication")
        if event is not None and not event.negated:
            values["indication"] = event_name(event)
            draft.evidence += reading.evidence({"indication": event}, relation.rule.id)
            break
    return draft


def _dose(reading: Reading, dose: Item | None) -> dict[str, Any]:
    quantity = dose.quantity if dose else None
    return {
        "dose_text": reading.surface(dose) if dose else None,
        "dose_value": quantity.low if quantity else None,
        "dose_value_high": quantity.high if quantity else None,
        "dose_unit": quantity.unit if quantity else None,
        "dose_per": quantity.per if quantity else None,
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


def _merge(drafts: list[Draft]) -> list[Draft]:
    """One row for each drug and dose; undosed mentions go to the drug's last dosed row before them, else the first."""
    dosed = [d for d in drafts if d.values["dose_text"]]
    bare = [d for d in drafts if not d.values["dose_text"]]

    def key(draft: Draft) -> Any:
        v = draft.values
        dose = (v["dose_value"], v["dose_value_high"], v["dose_unit"]) if v["dose_value"] is not None else v["dose_text"].lower()
        return draft.subject, draft.case_id, v["drug_name"], dose

    rows = merge(dosed, key)
    rest = []
    for draft in bare:
        mine = [r for r in rows if _same_exposure(r, draft)]
        if not mine:
            rest.append(draft)
            continue
        before = [r for r in mine if r.order <= draft.order]
        target = before[-1] if before else mine[0]
        if draft.values["action"] and before and draft.values["action"] != "started":
            target.values["action"] = draft.values["action"]
        target.add(draft)
    undosed = merge(rest, lambda d: (d.subject, d.case_id, d.values["drug_name"]))
    for row in undosed:
        row.values["told"] = row.values["told"] or row.subject == "patient"
    for group in (rows, undosed):
        _last_actions(group, drafts)
    return [r for r in rows + undosed if r.subject != "literature" or r.values["told"]]


def _same_exposure(row: Draft, draft: Draft) -> bool:
    return (row.subject, row.case_id, row.values["drug_name"]) == (
        draft.subject,
        draft.case_id,
        draft.values["drug_name"],
    )


def _last_actions(rows: list[Draft], drafts: list[Draft]) -> None:
    for row in rows:
        if row.values["dose_text"] is None:
            said = [d.values["action"] for d in sorted(drafts, key=lambda d: d.order) if _same_exposure(row, d) and d.values["action"]]
            if said:
                row.values["action"] = said[-1]
