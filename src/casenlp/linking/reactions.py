"""Reaction rows: one drug suspected of one event, and what followed when it was stopped or given again."""

from __future__ import annotations

from typing import Any

from casenlp.linking.causality import Causality
from casenlp.linking.reading import Draft, Reading, drug_name, event_name, merge
from casenlp.pipeline.annotations import Item, Relation

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
    ]
    told = {(event.sentence, id(drug)) for drug, event, _ in found if not causality.is_generic(event)}
    for drug, event, relation in found:
        certain = bool(relation.rule.values.get("certain"))
        if causality.is_generic(event) and (event.sentence, id(drug)) in told:
            continue
        if not certain and causality.is_recovering(event):
            continue
        drafts.append(_row(reading, drug, event, relation.rule.id))
    named = {(d.subject, d.values["drug_name"]) for d in drafts if d.subject != "literature"}
    for latency in latencies:
        drug, event = latency.parts.get("drug"), latency.parts.get("event")
        if drug is None or event is None or latency.values["anchor"] == "stop" or event.kind not in _EVENTS:
            continue
        if (latency.subject, drug_name(drug)) in named or _is_excluded(event, drug) or causality.is_recovering(event):
            continue
        drafts.append(_row(reading, drug, event, latency.rule, latency.subject))
    rows = merge(_named_only(drafts), lambda d: (d.subject, d.case_id, d.values["drug_name"], d.values["event_name"]))
    for row in rows:
        if row.subject == "patient":
            _follow(reading, row)
    return rows


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
    return event.negated or drug.negated or event.temporality == "hypothetical"


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


def _follow(reading: Reading, row: Draft) -> None:
    """Dechallenge, rechallenge, outcome and causality from the sentences after the drug was stopped or given again."""
    name = row.values["drug_name"]
    stops = [r for r in _about(reading, "drug.stopped", name)]
    restarts = [r for r in _about(reading, "drug.restarted", name)]
    macro = reading.rules.macro
    for stop in stops:
        words = _words_after(reading, stop)
        if macro("resolved").search(words):
            row.values["dechallenge"] = row.values["dechallenge"] or "resolved"
        elif macro("not_improved").search(words) and not macro("improved").search(words):
            row.values["dechallenge"] = row.values["dechallenge"] or "not improved"
        elif macro("improved").search(words):
            row.values["dechallenge"] = row.values["dechallenge"] or "improved"
        if row.values["dechallenge"]:
            drug = stop.item("drug")
            if drug is not None:
                row.evidence += reading.evidence({"dechallenge": drug}, stop.rule.id)
            break
    for restart in restarts:
        words = _words_after(reading, restart)
        if macro("recurred").search(words):
            row.values["rechallenge"] = "positive"
        break
    whole = reading.text.lower()
    if row.values["dechallenge"] == "resolved":
        row.values["outcome"] = "recovered"
    elif row.values["dechallenge"] == "improved":
        row.values["outcome"] = "recovering"
    del whole


def _about(reading: Reading, prefix: str, name: str) -> list[Relation]:
    out = []
    for relation in reading.relations(prefix):
        drug = relation.item("drug")
        if drug is not None and drug_name(drug) == name and drug.subject == "patient" and not drug.negated:
            out.append(relation)
    return out


def _words_after(reading: Reading, relation: Relation) -> str:
    """What is said from a relation on, to the end of the second sentence after it."""
    sentences = reading.known.sentences
    last = min(relation.sentence + 2, len(sentences) - 1)
    return reading.text[relation.end : sentences[last][1]].lower()
