"""Diagnosis rows: one disease of one person."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from casenlp.linking.reading import Draft, Reading, event_name, merge
from casenlp.pipeline.annotations import Item, Relation
from casenlp.vocabulary import read_rows


@lru_cache(maxsize=4)
def diagnosis_codes(folder: Path) -> dict[str, tuple[str, str, str]]:
    """(MeSH, ICD-10-CM, HPO) by concept."""
    rows = read_rows(folder / "lexicons" / "diagnosis_concepts.tsv", ("concept", "mesh", "icd10cm", "hpo"))
    return {row["concept"]: (row["mesh"], row["icd10cm"], row["hpo"]) for _, row in rows}


def link_diagnoses(reading: Reading) -> list[Draft]:
    """Draft rows of patients' and relatives' diseases; literature ones only where the words tell of a person."""
    said: dict[int, list[Relation]] = {}
    for relation in reading.relations("diagnosis."):
        item = relation.item("diagnosis")
        if item is not None:
            said.setdefault(id(item), []).append(relation)
    drafts = []
    for item in reading.items("diagnosis"):
        if item.subject not in ("patient", "family") or item.temporality == "hypothetical":
            continue
        if item.section is not None and item.section.subject == "none":
            continue
        drafts.append(_row(reading, item, said.get(id(item), [])))
    rows = merge(drafts, lambda d: (d.subject, d.values["relative"], d.case_id, d.values["diagnosis_name"]))
    for row in rows:
        mine = [d for d in drafts if _same(d, row)]
        row.values["status"] = _status([d.values["status"] for d in mine])
        row.values["final"] = any(d.values["final"] for d in mine)
        row.values["negated"] = all(d.values["negated"] for d in mine)
        if any(d.values["temporality"] == "current" for d in mine) and row.values["final"]:
            row.values["temporality"] = "current"
    return rows


def _same(one: Draft, other: Draft) -> bool:
    def key(draft: Draft) -> Any:
        return draft.subject, draft.values["relative"], draft.case_id, draft.values["diagnosis_name"]

    return bool(key(one) == key(other))


def _status(stated: list[str]) -> str:
    for status in ("confirmed", "suspected"):
        if status in stated:
            return status
    return "ruled_out"


def _row(reading: Reading, item: Item, relations: list[Relation]) -> Draft:
    name = event_name(item)
    codes = diagnosis_codes(reading.rules.folder).get(name, ("", "", ""))
    entry = item.entry
    mesh = codes[0] or (entry.code if entry and entry.vocabulary == "MeSH" else "")
    duration = _duration(reading, item)
    status = "ruled_out" if item.negated else "suspected" if item.uncertain else "confirmed"
    values: dict[str, Any] = {
        "diagnosis_text": reading.surface(item),
        "diagnosis_name": name,
        "mesh": mesh or None,
        "icd10cm": codes[1] or None,
        "hpo": codes[2] or None,
        "status": status,
        "temporality": "historical" if item.temporality == "historical" else "current",
        "severity": severity_of(reading, item),
        "final": any(r.rule.values.get("final") for r in relations) and not item.negated,
        "duration_text": reading.surface(duration) if duration else None,
        "relative": item.relative if item.subject == "family" else None,
        "negated": item.negated,
    }
    rule = relations[0].rule.id if relations else item.rule
    return reading.draft(values, {"diagnosis": item, "duration": duration}, rule)


def severity_of(reading: Reading, item: Item) -> str | None:
    """The severity stated right before a disease: "moderate to severe", "grade 3"."""
    start, _ = reading.known.sentences[item.sentence]
    lead = reading.text[max(start, item.start - 40) : item.start].lower()
    m = re.search(reading.rules.macro("severity_before").pattern + r"$", lead)
    return " ".join(m.group("severity").split()) if m else None


def _duration(reading: Reading, item: Item) -> Item | None:
    """How long the disease had lasted: "a six-year history of X", "X for six years"."""
    near = [d for d in reading.by_sentence.get(item.sentence, []) if d.kind == "duration"]
    for duration in near:
        between = reading.text[min(duration.end, item.end) : max(duration.start, item.start)].lower()
        if duration.end <= item.start and reading.rules.macro("duration_to_disease").fullmatch(between.strip()):
            return duration
        if item.end <= duration.start and reading.rules.macro("disease_to_duration").fullmatch(between.strip()):
            return duration
    return None
