"""What a drug was given for where no sentence says so: the disease found, or the reaction, just before.

"Anaphylaxis was diagnosed. He received epinephrine": the drug treats what had been named. "Nivolumab was withdrawn
and prednisolone begun": it treats the reaction to what was stopped. Method: corpus/guidelines.md section 11.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item

_REACH = 1  # sentences after the disease or the stop in which a drug is still begun for it
_CHANGE = "reaction.stopped-because-of"
_RULE = "indication.named-before"


class _Reason(NamedTuple):
    """A disease that drugs begun after `position` may be for."""

    sentence: int
    position: int
    event: Item


def infer_indications(reading: Reading, drugs: Sequence[Draft], reactions: Sequence[Draft]) -> None:
    """Fill in the indication of the patient's drugs begun right after a disease was found or a suspect stopped.

    A drug is never for an event that it is blamed for, and never for what stands behind it.
    """
    changes = [r for r in reactions if r.rule == _CHANGE]
    for row in drugs if changes else ():
        if any(_is_cause_of_change(row, r) for r in changes):
            row.values["indication"] = None
    begun = [row for row in drugs if row.subject == "patient" and not row.values["indication"] and _is_begun(row)]
    reasons = sorted([*_found(reading), *_stopped(reading, reactions)], key=lambda r: r.position) if begun else []
    if not reasons:
        return
    blamed = {(r.values["drug_name"], r.values["event_name"]) for r in reactions}
    in_place = reading.rules.guarded("in_its_place")
    for row in begun:
        drug = row.parts["drug"]
        before = [
            r
            for r in reasons
            if r.position <= drug.start
            and drug.sentence - r.sentence <= _REACH
            and reading.case_of(r.event) == row.case_id
            and (row.values["drug_name"], event_name(r.event)) not in blamed
        ]
        if not before or in_place.search(reading.sentence_text(drug.sentence)):
            continue  # or another drug for the old purpose
        row.values["indication"] = event_name(before[-1].event)
        row.evidence += reading.evidence({"indication": before[-1].event}, _RULE)


def _is_begun(row: Draft) -> bool:
    action = row.values["action"]
    return action == "started" or bool(row.values.get("began") and action != "restarted")


def _is_cause_of_change(row: Draft, reaction: Draft) -> bool:
    """Whether a drug only came in another's place because of that one's reaction: "switched to X because of cough"."""
    if row.values["drug_name"] == reaction.values["drug_name"]:
        return False
    same = row.parts["drug"].sentence == reaction.sentence
    return same and row.values["indication"] == reaction.values["event_name"]


def _found(reading: Reading) -> list[_Reason]:
    """Diseases of the patient that a sentence says were found, suspected or confirmed."""
    out = []
    for relation in reading.relations("named."):
        event = relation.item("event")
        if event is None or event.subject != "patient" or event.negated or event.temporality != "current":
            continue
        out.append(_Reason(relation.sentence, relation.end, event))
    return out


def _stopped(reading: Reading, reactions: Sequence[Draft]) -> list[_Reason]:
    """Reactions of the patient, at each place where their drug was stopped."""
    out: list[_Reason] = []
    if not reactions:
        return out
    for relation in reading.relations("drug.stopped"):
        drug = relation.item("drug")
        if drug is None or drug.negated or drug.subject != "patient":
            continue
        events = [
            r.parts["event"] for r in reactions if r.subject == "patient" and r.values["drug_name"] == drug_name(drug)
        ]
        before = [e for e in events if e.start <= relation.end]
        if before:
            out.append(_Reason(relation.sentence, relation.end, before[-1]))
    return out
