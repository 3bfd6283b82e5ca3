"""Diagnosis rows: one disease of one person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, event_name, in_order
from casenlp.pipeline.annotations import Item, Relation

_LEAD = 40  # characters before a disease that may say how severe it is: "moderate to severe", "grade 3"


def link_diagnoses(reading: Reading) -> list[Draft]:
    """Draft rows of the diseases of patients, relatives and third persons, and of other people who are told apart.

    In the literature only diseases said of one person ("a 40-year-old woman developed …") have a row.
    """
    said: dict[int, list[Relation]] = {}
    for relation in reading.relations("diagnosis."):
        item = relation.item("diagnosis")
        if item is not None:
            said.setdefault(id(item), []).append(relation)
    told = {i.sentence for kind in ("age", "sex") for i in reading.items(kind) if i.subject == "literature"}
    timed = {i.sentence for i in reading.items("duration")}  # some of which may be latencies by now
    severity = reading.rules.guarded("severity_before", "$").search
    drafts = []
    for item in reading.items("diagnosis"):
        if item.temporality == "hypothetical" or (item.section is not None and item.section.subject == "none"):
            continue
        if item.subject == "literature" and (item.sentence not in told or item.negated):
            continue
        if item.subject == "family" and item.section is not None and item.section.name == "title":
            continue
        duration = _duration(reading, item) if item.sentence in timed else None
        drafts.append(_row(reading, item, said.get(id(item), ()), duration, severity))
    _set_cases(reading, drafts)
    drafts.sort(key=in_order)
    statements: dict[Any, list[Draft]] = {}
    for draft in drafts:
        statements.setdefault(_identity(draft), []).append(draft)
    rows = []
    for first, *others in statements.values():
        settled = _sum_up([first, *others])  # before the others change the first
        for other in others:
            first.add(other)
        first.values.update(settled)
        rows.append(first)
    return _without_short_names(rows)


def _identity(draft: Draft) -> Any:
    return draft.subject, draft.values["relative"], draft.case_id, draft.values["diagnosis_name"]


def _set_cases(reading: Reading, drafts: list[Draft]) -> None:
    """Where a report has several patients, what stands before the first of them belongs to whom it is said of later."""
    if len(reading.cases) < 2:
        return
    begin = reading.first_case
    for draft in drafts:
        item = draft.parts["diagnosis"]
        if draft.subject == "patient" and (item.start < begin or not _in_case(item)):
            name = draft.values["diagnosis_name"]
            later = [
                d
                for d in drafts
                if d.values["diagnosis_name"] == name
                and d.parts["diagnosis"].start >= begin
                and _in_case(d.parts["diagnosis"])
            ]
            if later:
                draft.case_id = later[0].case_id


def _in_case(item: Item) -> bool:
    return item.section is None or (item.section.subject == "patient" and item.section.name not in ("title", "caption"))


def _sum_up(mine: list[Draft]) -> dict[str, Any]:
    """Settle what the statements of one disease say differently; the case section wins over other places."""
    if len(mine) == 1:
        values = mine[0].values
        return {"temporality": "current"} if values["final"] else {}
    inside = [d for d in mine if _in_case(d.parts["diagnosis"])] or mine
    status = _status([d.values["status"] for d in mine])
    final = any(d.values["final"] for d in mine) and status != "ruled_out"
    historical = any(d.values["temporality"] == "historical" for d in inside)
    severities = [d.values["severity"] for d in [*inside, *mine] if d.values["severity"]]
    return {
        "status": status,
        "negated": status == "ruled_out" or all(d.values["negated"] for d in mine),
        "final": final,
        "temporality": "historical" if historical and not final else "current",
        "severity": severities[0] if severities else None,
    }


def _status(stated: list[str]) -> str:
    """Confirmed when ever said as a fact, else ruled out when ever excluded, else suspected."""
    for status in ("confirmed", "ruled_out"):
        if status in stated:
            return status
    return "suspected"


def _without_short_names(rows: list[Draft]) -> list[Draft]:
    """Rows without those whose name is the end of another's: "the dermatitis" is the atopic dermatitis said before."""
    if len(rows) < 2:
        return rows
    kept = []
    names = [row.values["diagnosis_name"] for row in rows]
    together = "\n".join(names) + "\n"
    for row, name in zip(rows, names, strict=True):
        end = f" {name}"
        if f"{end}\n" not in together:
            kept.append(row)
            continue
        fuller = [
            other
            for other in rows
            if other.values["diagnosis_name"].endswith(end)
            and _identity(other)[:3] == _identity(row)[:3]
            and (other.values["status"] == "ruled_out") == (row.values["status"] == "ruled_out")
        ]
        if not fuller or row.values["status"] == "ruled_out":
            kept.append(row)
            continue
        final = row.values["final"]
        fuller[0].add(row)
        fuller[0].values["final"] = fuller[0].values["final"] or (final and len(fuller) == 1)
    return kept


def _row(
    reading: Reading,
    item: Item,
    relations: Sequence[Relation],
    duration: Item | None,
    severity: Callable[[str], re.Match[str] | None],
) -> Draft:
    entry, negated, subject = item.entry, item.negated, item.subject
    codes: Mapping[str, str] = entry.extra if entry is not None else {}
    mesh = codes.get("mesh") or (entry.code if entry is not None and entry.vocabulary == "MeSH" else None)
    start, _ = reading.known.sentences[item.sentence]
    lead = reading.text[max(start, item.start - _LEAD) : item.start].lower()
    grade = severity(lead) if lead else None
    values: dict[str, Any] = {
        "diagnosis_text": reading.surface(item),
        "diagnosis_name": event_name(item),
        "mesh": mesh or None,
        "icd10cm": codes.get("icd10cm"),
        "hpo": codes.get("hpo"),
        "status": "ruled_out" if negated else "suspected" if item.uncertain else "confirmed",
        "temporality": "historical" if item.temporality == "historical" else "current",
        "severity": " ".join(grade.group("severity").split()) if grade else None,  # said right before the disease
        "final": subject == "patient" and not negated and _is_final(reading, item, relations),
        "duration_text": reading.surface(duration) if duration is not None else None,
        "relative": item.relative if subject == "family" else None,
        "negated": negated,
    }
    rule = relations[0].rule.id if relations else item.rule
    return reading.draft(values, {"diagnosis": item, "duration": duration}, rule)


def _is_final(reading: Reading, item: Item, relations: Sequence[Relation]) -> bool:
    """Whether the report is about this disease: said so, or named by the title itself."""
    for relation in relations:
        if relation.rule.values.get("final"):
            return True
    if item.section is None or item.section.name != "title":
        return False
    start, _ = reading.known.sentences[item.sentence]
    return not reading.rules.macro("title_background_before").search(reading.text[start : item.start].lower())


def _duration(reading: Reading, item: Item) -> Item | None:
    """How long the disease had lasted: "a six-year history of X", "X for six years"."""
    for duration in reading.by_sentence.get(item.sentence, ()):
        if duration.kind == "duration":
            between = reading.text[min(duration.end, item.end) : max(duration.start, item.start)].lower().strip()
            if duration.end <= item.start and reading.rules.macro("duration_to_disease").fullmatch(between):
                return duration
            if item.end <= duration.start and reading.rules.macro("disease_to_duration").fullmatch(between):
                return duration
    return None
