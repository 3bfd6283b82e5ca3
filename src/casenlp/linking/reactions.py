"""Reaction rows: one drug suspected of one event, and what followed when it was stopped or given again."""

from __future__ import annotations

from typing import Any

from casenlp.linking.causality import Causality
from casenlp.linking.followup import follow_up
from casenlp.linking.reading import Draft, Reading, drug_name, event_name, merge
from casenlp.pipeline.annotations import Item

_EVENTS = ("finding", "diagnosis")


def link_reactions(reading: Reading, latencies: list[Draft]) -> list[Draft]:
    """Draft rows from the rules of reactions.toml and from the patient's latencies."""
    drafts = []
    causality = Causality(reading)
    found = [
        (drug, event, relation)
        for relation in reading.relations("reaction.")
        for drug, event in causality.pairs(relation)
        if not (_is_excluded(event, drug) or causality.is_managed(event) or causality.is_indication(drug, event))
        if event.temporality != "hypothetical" or relation.rule.values.get("certain")
    ]
    told = {(event.sentence, id(drug)) for drug, event, _ in found if not causality.is_generic(event)}
    for drug, event, relation in found:
        certain = bool(relation.rule.values.get("certain"))
        if causality.is_generic(event) and (event.sentence, id(drug)) in told:
            continue
        if not certain and causality.is_recovering(event):
            continue
        drafts.append(_row(reading, drug, event, relation.rule.id))
    drafts += _named_in_disease(reading)
    drafts += _diagnosed_at_stop(reading, causality, latencies, drafts)
    named = {(d.subject, d.values["drug_name"]) for d in drafts if d.subject != "literature"}
    for latency in latencies:
        taken, effect = latency.parts.get("drug"), latency.parts.get("event")
        if taken is None or effect is None or latency.values["anchor"] == "stop" or effect.kind not in _EVENTS:
            continue
        if _is_excluded(effect, taken):
            continue
        if (latency.subject, drug_name(taken)) in named and effect.kind == "finding":
            continue
        if effect.temporality == "hypothetical":
            continue
        if not causality.is_recovering(effect):
            drafts.append(_row(reading, taken, effect, latency.rule, latency.subject))
    rows = merge(_named_only(drafts), lambda d: (d.subject, d.case_id, d.values["drug_name"], d.values["event_name"]))
    follow_up(reading, rows, latencies)
    return rows


def _named_in_disease(reading: Reading) -> list[Draft]:
    """Drafts for diseases that hold the drug's name ("heparin-induced thrombocytopenia").

    The drug is a mention of it elsewhere, nearest first; where there is none, the words within the disease's name,
    which are no mention (corpus/guidelines.md section 2.4).
    """
    drugs = reading.items("drug")
    drafts = []
    for event in reading.items("diagnosis", "finding"):
        pattern = reading.rules.macro("disease_of_drug")
        match = pattern.search(reading.surface(event).lower()) or pattern.search(event_name(event).lower())
        if match is None or event.negated or event.temporality == "hypothetical":
            continue
        same = [d for d in drugs if drug_name(d).lower() == match.group("drug") and not d.negated]
        drug = min(same, key=lambda d: (d.subject != event.subject, abs(d.start - event.start)), default=None)
        drug = drug or _drug_within(reading, event, match.group("drug"))
        if drug is not None:
            drafts.append(_row(reading, drug, event, event.rule, event.subject))
    return drafts


def _drug_within(reading: Reading, event: Item, name: str) -> Item | None:
    """The drug that a disease's own words begin with, as an item that is no mention."""
    words = reading.text[event.start : event.end]
    if not words.lower().startswith(name):
        return None
    for hit in reading.rules.vocabulary.find(words):
        entry = next((e for e in hit.entries if e.label == "DRUG" and not e.guards), None)
        if entry is not None and (hit.start, hit.end) == (0, len(name)):
            item = Item("drug", event.start, event.start + len(name), entry.rule, entry)
            item.sentence, item.section, item.subject = event.sentence, event.section, event.subject
            return item
    return None


def _diagnosed_at_stop(
    reading: Reading, causality: Causality, latencies: list[Draft], drafts: list[Draft]
) -> list[Draft]:
    """Drafts for a disease diagnosed in the sentence in which a suspect was stopped, or in the one before.

    Only of drugs after which something began: the findings are then those of the disease.
    """
    suspects = {d.values["drug_name"] for d in [*drafts, *latencies] if d.subject == "patient"}
    out = []
    for stop in reading.relations("drug.stopped"):
        drug = stop.item("drug")
        if drug is None or drug.negated or drug.subject != "patient":
            continue
        listed = causality.listed(drug)
        if not suspects & {drug_name(d) for d in listed}:
            continue
        for number in (stop.sentence, stop.sentence - 1):
            here = [e for e in reading.by_sentence.get(number, []) if e.kind == "diagnosis" and e.start < stop.start]
            here = [e for e in here if e.subject == "patient" and e.temporality == "current" and not e.negated]
            here = [e for e in here if not causality.is_underlying(e)]
            if here and reading.rules.macro("diagnosed").search(reading.sentence_text(number)):
                out += [_row(reading, each, here[-1], stop.rule.id) for each in listed]
                break
    return out


def _named_only(drafts: list[Draft]) -> list[Draft]:
    """Drafts without the patient's single findings where the reaction they belong to is named elsewhere."""
    named: dict[tuple[str, str], set[int]] = {}
    for draft in drafts:
        if draft.subject == "patient" and draft.parts["event"].kind == "diagnosis":
            named.setdefault((draft.case_id, draft.values["drug_name"]), set()).add(draft.sentence)

    def is_symptom(draft: Draft) -> bool:
        places = named.get((draft.case_id, draft.values["drug_name"]), set())
        return draft.subject == "patient" and draft.parts["event"].kind == "finding" and bool(places - {draft.sentence})

    return [draft for draft in drafts if not is_symptom(draft)]


def _is_excluded(event: Item, drug: Item) -> bool:
    return event.negated or drug.negated


def _row(reading: Reading, drug: Item, event: Item, rule: str, subject: str | None = None) -> Draft:
    values: dict[str, Any] = {
        "drug_text": reading.surface(drug),
        "drug_name": drug_name(drug),
        "event_text": reading.surface(event),
        "event_name": event_name(event),
        "dechallenge": None,
        "rechallenge": None,
        "outcome": None,
        "causality_text": None,
    }
    subject = subject or ("literature" if "literature" in (drug.subject, event.subject) else event.subject)
    draft = reading.draft(values, {"drug": drug, "event": event}, rule, subject)
    if subject == "literature":
        draft.case_id = "1"
    return draft
