"""The part a drug plays in a report: suspected of a reaction, given against a disease, or only taken besides.

What a patient got before the first sign of the reaction is concomitant, whatever it was for; what was begun, changed or
first comes up from there on is treatment. Method: corpus/guidelines.md section 11.2, after ICH E2B(R3) G.k.1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from casenlp.linking.exposure_history import History
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item

_SUMMARIES = ("title", "abstract", "caption")
_EVENTS = ("finding", "diagnosis")
_CHANGED = ("increased", "reduced", "restarted")


def set_roles(reading: Reading, drugs: Sequence[Draft], reactions: Sequence[Draft], latencies: Sequence[Draft]) -> None:
    """Fill in the role of every drug row; none stays empty.

    A drug blamed for a reaction of the patient is suspect in each of the patient's rows of it, also in one that went
    well; a drug that only others are said to have had a reaction to, where the patient took it before the own one.
    """
    blamed = {(_person(r.subject), r.values["drug_name"]) for r in reactions}
    begun = {(d.subject, d.values["drug_name"]) for d in drugs if _is_begun(d)}
    onsets: dict[str, int | None] = {}
    history = History(reading)
    placed: dict[tuple[str, str], int] = {}  # where each patient's drug first comes up in a row
    started: dict[tuple[str, str], int] = {}  # where it is last begun or given again
    for row in drugs:
        if row.subject == "patient":
            key = row.case_id, row.values["drug_name"]
            placed[key] = min(row.order, placed.get(key, row.order))
            if _is_begun(row) or row.values["action"] == "restarted":
                started[key] = max(row.order, started.get(key, 0))
    effects = [*reading.relations("drug.effect"), *reading.relations("indication.ended-by")]
    told = {id(r.item("drug")) for r in effects}  # of these it is told what they did, or did not do
    for row in drugs:
        name, values = row.values["drug_name"], row.values
        if (_person(row.subject), name) in blamed or (row.subject == "literature" and ("patient", name) in blamed):
            values["role"] = "suspect"
        elif row.subject != "patient":
            treats = values["indication"] or (row.subject, name) in begun
            values["role"] = "treatment" if treats else "suspect" if row.subject == "literature" else "concomitant"
        else:
            if row.case_id not in onsets:
                onsets[row.case_id] = _onset(reading, row.case_id, drugs, reactions, latencies)
            onset = onsets[row.case_id]
            if ("literature", name) in blamed and (onset is None or placed.get((row.case_id, name), onset) < onset):
                values["role"] = "suspect"
                continue
            again = onset is not None and min(row.order, started.get((row.case_id, name), -1)) >= onset
            treats = again or _treats(reading, history, row, onset, ("patient", name) in begun, told)
            values["role"] = "treatment" if treats else "concomitant"


def _treats(
    reading: Reading, history: History, row: Draft, onset: int | None, begun: bool, told: Collection[int]
) -> bool:
    """Whether a patient's drug that nothing is blamed on was given against a disease or the reaction."""
    action = row.values["action"]
    changed = action in _CHANGED
    if _was_tried(reading, row.parts["drug"]):
        return True
    if onset is None:
        return begun or changed
    if id(row.parts["drug"]) in told:
        return True
    if row.order < onset:
        return bool(action == "switched")
    drug = row.parts["drug"]
    start, _ = reading.known.sentences[drug.sentence]
    lead = reading.text[start : drug.start].lower()
    if reading.rules.macro("given_earlier").search(lead):
        return changed and action != "restarted"
    return changed or _is_begun(row) or not (action == "continued" or history.was_taken(drug))


def _was_tried(reading: Reading, drug: Item) -> bool:
    """Whether the words around a drug say that it had been tried against something: "failed to respond to D"."""
    start, end = reading.known.sentences[drug.sentence]
    before, after = reading.text[start : drug.start].lower(), reading.text[drug.end : end].lower()
    return reading.says("tried_before", before) or reading.says("tried_after", after)


def _onset(
    reading: Reading, case: str, drugs: Sequence[Draft], reactions: Sequence[Draft], latencies: Sequence[Draft]
) -> int | None:
    """Where the body of the report first tells a sign of the reaction; None where no drug is suspected of any.

    That is an event of a reaction or of a time since a dose, or the first thing that a patient had after a suspect was
    named, unless a drug was given for it.
    """
    taken = {d.values["drug_name"] for d in drugs if d.subject == "patient"}
    blamed = [r for r in reactions if r.subject == "patient"]
    blamed = blamed or [r for r in reactions if r.values["drug_name"] in taken]
    if not blamed:
        return None
    times = [t for t in latencies if t.subject == "patient" and t.values["anchor"] != "stop" and "event" in t.parts]
    names = {r.values["event_name"] for r in blamed} | {event_name(t.parts["event"]) for t in times}
    treated = {d.values["indication"] for d in drugs if d.values["indication"]}
    suspects = {r.values["drug_name"] for r in blamed}
    first = next((i.start for i in _told(reading, case, ("drug",)) if drug_name(i) in suspects), None)
    person = next((i.start for i in _told(reading, case, ("age", "sex"))), 0)  # before it, a letter greets its editor
    signs = (e.start for e in _told(reading, case, _EVENTS) if _is_sign(e, names, treated, first))
    return next((start for start in signs if start > person), None)


def _is_sign(event: Item, names: Collection[str], treated: Collection[str], first: int | None) -> bool:
    name = event_name(event)
    return name in names or (first is not None and event.start > first and name not in treated)


def _told(reading: Reading, case: str, kinds: tuple[str, ...]) -> list[Item]:
    """What a patient has or takes by the body of the report, in order."""
    return [
        item
        for item in reading.items(*kinds)
        if item.subject == "patient" and not item.negated and item.temporality == "current"
        if item.sentence and (item.section is None or item.section.name not in _SUMMARIES)
        if reading.case_of(item) == case
    ]


def _is_begun(row: Draft) -> bool:
    return bool(row.values.get("began")) or row.values["action"] == "started"


def _person(subject: str) -> str:
    return "family" if subject == "family" else "literature" if subject == "literature" else "patient"
