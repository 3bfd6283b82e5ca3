"""What a sentence leaves to the one before it: "The drug is also known to cause X", "Antimalarials head the list".

A rule of reactions.toml says by its value `before` which of drug and event it does not name. It stands for the one
drug, or the one event, that the nearest sentence before names; where that names several, for none of them. A rule of
what is said in general (its value `general`) only goes back to what is said in general too.
"""

from __future__ import annotations

from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item, Relation

_DRUG_BACK = 2  # sentences before in which a drug is looked for; an event only in the last
_SUBJECT = 25  # characters in which a sentence names what it is about


def drug_and_event(reading: Reading, relation: Relation) -> tuple[Item, Item] | None:
    """The drug and the event that a relation ties together, also where one stands before its sentence."""
    drug, event = relation.item("drug"), relation.item("event")
    before = relation.rule.values.get("before")
    if before == "drug" and drug is None:
        drug = _drug_before(reading, relation)
    elif before == "event" and event is None:
        event = _event_before(reading, relation.sentence)
    named_before = event if before == "event" else drug
    if relation.rule.values.get("general") and named_before is not None and named_before.subject != "literature":
        return None  # "A was given. It may cause X" is told of nobody
    return None if drug is None or event is None else (drug, event)


def _drug_before(reading: Reading, relation: Relation) -> Item | None:
    """The drug that "the drug" stands for; "it" only stands for the drug that a sentence is about."""
    section = reading.known.section_at(relation.start)
    words = reading.sentence_text(relation.sentence)
    for number in range(relation.sentence - 1, max(-1, relation.sentence - 1 - _DRUG_BACK), -1):
        start, end = reading.known.sentences[number]
        if reading.known.section_at(end - 1) is not section:
            return None
        drugs = [i for i in reading.by_sentence.get(number, []) if i.kind == "drug"]
        drugs = [d for d in drugs if not d.rule.startswith("drug_classes")] or drugs  # "A is a statin. The drug …"
        if not drugs:
            continue
        about = drugs[0].start - start <= _SUBJECT and not drugs[0].negated
        several = len({drug_name(d) for d in drugs}) > 1
        called = reading.rules.macro("names_a_drug").match(words)
        ill = any(i.kind in ("finding", "diagnosis") for i in reading.by_sentence[number])
        if several or not (called or (about and not ill)):  # "it" may be the disease that the drug is for
            return None
        return None if drugs[0].negated else drugs[0]
    return None


def _event_before(reading: Reading, sentence: int) -> Item | None:
    """The event of a sentence before that tells of drugs, or of no named drug, as its cause."""
    if sentence == 0:
        return None
    start, end = reading.known.sentences[sentence - 1]
    if reading.known.section_at(end - 1) is not reading.known.section_at(reading.known.sentences[sentence][0]):
        return None
    if not reading.rules.guarded("blames_drugs").search(reading.text[start:end].lower()):
        return None
    events = [i for i in reading.by_sentence.get(sentence - 1, []) if i.kind in ("finding", "diagnosis")]
    if len({event_name(e) for e in events}) != 1 or events[0].negated:
        return None
    return events[0]
