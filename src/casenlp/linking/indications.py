"""What a drug was given for: as a sentence tells it, else the disease found, or the reaction, just before.

"Anaphylaxis was diagnosed. He received epinephrine": the drug treats what had been named. "Nivolumab was withdrawn
and prednisolone begun": it treats the reaction to what was stopped. A drug that takes another's place takes over what
that one was given for. Method: corpus/guidelines.md section 11.2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from casenlp.linking.exposure_history import History
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item, Relation

_REACH = 1  # sentences after the disease or the stop in which a drug is still begun for it
_FAR = 4  # the same, with headings and stops alone in between
_ARTICLE = 5  # characters before an event that may be its article
_BACK = 6  # sentences back in which the full name of "the pain" is looked for
_CHANGE = "reaction.stopped-because-of"
_RULE = "indication.named-before"
_TOLD = "found.told"
_REPLACED = ("drug.replaced", "drug.replacing", "drug.switched-person")
_SUMMARIES = ("title", "abstract", "caption")
#: Rules whose words can only tell a purpose; the others set a disease beside a drug.
_SURE = ("indication.for", "indication.treated-with", "indication.ended-by", "indication.worked-on")

Told = Mapping[int, Sequence[tuple[Item, str]]]


class _Reason(NamedTuple):
    """A disease that drugs begun after `position` may be for."""

    sentence: int
    position: int
    event: Item


def told_indications(reading: Reading, history: History) -> Told:
    """Identity of a drug's item -> the events that sentences say it was given for, each with the rule."""
    found: dict[int, list[tuple[Item, str]]] = {}
    for relation in reading.relations("indication."):
        event = relation.item("indication")
        if event is None or event.negated or _is_for_change(reading, relation):
            continue
        for drug in history.indicated(relation):
            found.setdefault(id(drug), []).append((event, relation.rule.id))
    return found


def _is_for_change(reading: Reading, relation: Relation) -> bool:
    """Whether an event is why one drug came in another's place: "A was changed to B because of cough"."""
    words = reading.text[relation.start : relation.end].lower()
    if not reading.rules.macro("reason_of_change").search(words):
        return False
    return reading.rules.guarded("in_its_place").search(reading.sentence_text(relation.sentence)) is not None


def indicate(reading: Reading, rows: Sequence[Draft], told: Told, reactions: Sequence[Draft]) -> None:
    """Fill in what is told: of a row's own mention of the drug, else of any mention of that drug and person.

    Of several, what stands in the body of the report goes before its title and abstract, and words that can only tell
    a purpose before others; what the drug is blamed for is none of those others.
    """
    if not told:
        return
    blamed = {(r.values["drug_name"], r.values["event_name"]) for r in reactions}
    known: dict[Any, list[tuple[tuple[bool, bool, int], Item, str]]] = {}
    own: dict[int, list[tuple[tuple[bool, bool, int], Item, str]]] = {}
    for order, drug in enumerate(reading.items("drug")):
        for event, rule in told.get(id(drug), ()):
            sure = rule.startswith(_SURE)
            if not sure and (drug_name(drug), event_name(event)) in blamed:
                continue
            summary = drug.section is not None and drug.section.name in _SUMMARIES
            one = ((summary, not sure, order), event, rule)
            own.setdefault(id(drug), []).append(one)
            known.setdefault((drug.subject, reading.case_of(drug), drug_name(drug)), []).append(one)
    for row in rows:
        key = row.subject, row.case_id, row.values["drug_name"]
        choices = own.get(id(row.parts["drug"])) or known.get(key)
        if choices:
            _, event, rule = min(choices, key=_rank)
            _fill(reading, row, event, rule)


def _rank(choice: tuple[tuple[bool, bool, int], Item, str]) -> tuple[bool, bool, int]:
    return choice[0]


def _fill(reading: Reading, row: Draft, event: Item, rule: str) -> None:
    row.values["indication"] = _full_name(reading, event)
    row.evidence += reading.evidence({"indication": event}, rule)


def _full_name(reading: Reading, event: Item) -> str:
    """The name of an event; of "the pain", the full name under which a patient's pain was told shortly before."""
    name = event_name(event)
    lead = reading.text[max(0, event.start - _ARTICLE) : event.start].lower()
    if not reading.rules.macro("definite_before").search(lead):
        return name
    for other in reversed(reading.items("finding", "diagnosis")):
        near = event.sentence - _BACK <= other.sentence and other.end < event.start
        if near and not other.negated and other.subject == event.subject and event_name(other).endswith(f" {name}"):
            return event_name(other)
    return name


def infer_indications(reading: Reading, drugs: Sequence[Draft], reactions: Sequence[Draft]) -> None:
    """Fill in the indication of the patient's drugs begun right after a disease was found or a suspect stopped.

    A drug is never for an event that it is blamed for, and never for what stands behind it.
    """
    changes = [r for r in reactions if r.rule == _CHANGE]
    for row in drugs if changes else ():
        if any(_is_cause_of_change(row, r) for r in changes):
            row.values["indication"] = None
    first = {_key(row): row for row in reversed(drugs)}
    begun = [
        row
        for row in drugs
        if row.subject == "patient" and not row.values["indication"] and _is_begun(row, new=first[_key(row)] is row)
    ]
    reasons = sorted([*_found(reading), *_stopped(reading, reactions)], key=_position) if begun else []
    if reasons:
        _give_reasons(reading, begun, reasons, {(r.values["drug_name"], r.values["event_name"]) for r in reactions})
    _take_over(reading, drugs)
    _share(drugs)


def _position(reason: _Reason) -> int:
    return reason.position


def _give_reasons(
    reading: Reading, begun: Sequence[Draft], reasons: Sequence[_Reason], blamed: Collection[tuple[str, str]]
) -> None:
    in_place = reading.rules.guarded("in_its_place")
    stops = {r.sentence for r in reading.relations("drug.stopped")}
    passed = stops - {r.sentence for r in reading.relations("drug.started")}
    for row in begun:
        drug = row.parts["drug"]
        before = [
            r
            for r in reasons
            if r.position <= drug.start
            and _is_near(reading, r.sentence, drug.sentence, passed)
            and reading.case_of(r.event) == row.case_id
            and (row.values["drug_name"], event_name(r.event)) not in blamed
        ]
        if not before or in_place.search(reading.sentence_text(drug.sentence)):
            continue  # or another drug for the old purpose
        if _is_begun_apart(reading, drug, before[-1].event):
            continue
        _fill(reading, row, before[-1].event, _RULE)


def _is_begun_apart(reading: Reading, drug: Item, event: Item) -> bool:
    """Whether the sentence that begins a drug tells another purpose than the event before it, or an earlier day."""
    words, rules = reading.sentence_text(drug.sentence), reading.rules
    start, _ = reading.known.sentences[drug.sentence]
    if drug.sentence == event.sentence:
        return False
    behind = words[drug.end - start :]
    if rules.guarded("begun_earlier").search(words) or rules.guarded("own_purpose").search(behind):
        return True
    if not rules.guarded("tumor_drugs").search(words):
        return False
    return rules.guarded("tumor").search(event_name(event).lower()) is None


def _is_near(reading: Reading, first: int, second: int, stops: Collection[int]) -> bool:
    """Whether a sentence follows another; a heading, or a stop alone, may stand between."""
    if second - first <= _REACH:
        return True
    if second - first > _FAR:
        return False
    between = range(first + 1, second)
    return all(n in stops or _is_heading(reading, n) for n in between)


def _is_heading(reading: Reading, number: int) -> bool:
    return not reading.by_sentence.get(number) and not reading.sentence_text(number).rstrip().endswith((".", ":", ";"))


def _take_over(reading: Reading, drugs: Sequence[Draft]) -> None:
    """Give a drug that took another's place the indication of that one."""
    changes = [r for rule in _REPLACED for r in reading.relations(rule) if r.slots.get("old") and r.slots.get("new")]
    if not changes:
        return
    rows: dict[tuple[str, str, str], list[Draft]] = {}
    for row in drugs:
        rows.setdefault(_key(row), []).append(row)
    for relation in changes:
        old, new = (
            rows.get((d.subject, reading.case_of(d), drug_name(d)), [])
            for d in (relation.slots["old"][0], relation.slots["new"][0])
        )
        given = [r for r in old if r.values["indication"]]
        for row in new if given else ():
            if not row.values["indication"]:
                _copy(row, given[-1])


def _share(drugs: Sequence[Draft]) -> None:
    """Give the other doses of a drug the indication of one of them: it holds until another is told."""
    given = {_key(row): row for row in reversed(drugs) if row.values["indication"]}
    for row in drugs if given else ():
        first = given.get(_key(row))
        if first is not None and not row.values["indication"] and row.subject == "patient":
            _copy(row, first)


def _copy(row: Draft, source: Draft) -> None:
    """Give a row the indication of another, with its evidence."""
    row.values["indication"] = source.values["indication"]
    row.evidence += [e for e in source.evidence if e.field == "indication"]


def _key(row: Draft) -> tuple[str, str, str]:
    return row.subject, row.case_id, row.values["drug_name"]


def _is_begun(row: Draft, new: bool) -> bool:
    """Whether a drug was begun; with `new`, no earlier row is of that drug, so that a change may be its start."""
    action = row.values["action"]
    changed = action in ("increased", "reduced")
    return action == "started" or bool(row.values.get("began") and action != "restarted" and (new or not changed))


def _is_cause_of_change(row: Draft, reaction: Draft) -> bool:
    """Whether a drug only came in another's place because of that one's reaction: "switched to X because of cough"."""
    if row.values["drug_name"] == reaction.values["drug_name"]:
        return False
    same = row.parts["drug"].sentence == reaction.sentence
    return same and row.values["indication"] == reaction.values["event_name"]


def _found(reading: Reading) -> list[_Reason]:
    """Diseases of the patient that a sentence says were found, suspected or confirmed."""
    out = []
    for relation in (*reading.relations("named."), *reading.relations("found.")):
        event = relation.item("event")
        if event is None or event.subject != "patient" or event.negated or event.temporality == "hypothetical":
            continue
        if event.temporality != "current" and relation.rule.id != _TOLD:
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
        if before and len({event_name(e) for e in events}) == 1:  # of several, nothing tells which is treated
            out.append(_Reason(relation.sentence, relation.end, before[-1]))
    return out
