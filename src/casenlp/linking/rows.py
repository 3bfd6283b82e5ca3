"""From drafts to the frozen rows of records.py: mention ids, row ids, roles, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from casenlp.freezing import thawed
from casenlp.linking.cases import find_cases, link_cases
from casenlp.linking.course_tables import pair_course
from casenlp.linking.diagnoses import link_diagnoses
from casenlp.linking.drugs import link_drugs, set_roles
from casenlp.linking.indications import infer_indications
from casenlp.linking.lab_tables import pair_tables
from casenlp.linking.labs import link_labs
from casenlp.linking.latencies import link_latencies
from casenlp.linking.reactions import link_reactions
from casenlp.linking.reading import Draft, Reading
from casenlp.pipeline.annotations import LABEL_OF_ITEM
from casenlp.records import LABELS, TABLES, Evidence, Mention, Row

#: Kind of item -> label of its mention, for the kinds that are mentions.
_LABELS = {kind: label for kind, label in LABEL_OF_ITEM.items() if label in LABELS}


def link(reading: Reading) -> tuple[list[Mention], dict[str, tuple[Row, ...]]]:
    """Mentions in source order and the rows of each table."""
    find_cases(reading)
    pair_tables(reading)
    pair_course(reading)
    latencies = link_latencies(reading)
    reactions = link_reactions(reading, latencies)
    drafts = {
        "cases": link_cases(reading),
        "labs": link_labs(reading),
        "drugs": link_drugs(reading),
        "latencies": latencies,
        "diagnoses": link_diagnoses(reading),
        "reactions": reactions,
    }
    set_roles(drafts["drugs"], reactions)
    infer_indications(reading, drafts["drugs"], reactions)
    mentions, names = _mentions(reading)
    return mentions, {table: _freeze(reading, table, drafts[table], names) for table in TABLES}


def _mentions(reading: Reading) -> tuple[list[Mention], dict[int, str]]:
    text = reading.source.text
    new_mention = thawed(Mention)
    mentions: list[Mention] = []
    names: dict[int, str] = {}
    items = [item for item in reading.known.items if item.kind in _LABELS]
    spans = reading.normalized.offsets.all_to_source([(item.start, item.end) for item in items])
    if spans != (ordered := sorted(spans)):  # seldom: text was moved, or items stand within each other
        items = [items[n] for n in sorted(range(len(items)), key=spans.__getitem__)]
        spans = ordered
    for (start, end), item in zip(spans, items, strict=True):
        section, values = item.section, item.values
        if section is not None and section.subject == "none":
            continue
        if values and ("shared" in values or (values.get("orphan") and item.kind in ("frequency", "route"))):
            continue
        concept = None
        if item.entry is not None and item.kind != "value":
            concept = item.entry.shown[item.kind == "finding"]
        name = f"m{len(mentions) + 1}"
        names[id(item)] = name
        mention = new_mention(
            name,
            _LABELS[item.kind],
            start,
            end,
            text[start:end],
            item.negated,
            item.uncertain,
            item.temporality,
            item.subject,
            section.name if section is not None else None,
            concept,
            item.rule,
            item.ended,
        )
        mention.__class__ = Mention
        mentions.append(mention)
    return mentions, names


@cache
def _blank(table: str) -> tuple[dict[str, Any], frozenset[str]]:
    """The columns of a table in the order of their class, with what they hold where nothing is said; those of parts."""
    blank = {f.name: f.default for f in fields(TABLES[table])}
    return blank, frozenset(column.removesuffix("_mention") for column in blank if column.endswith("_mention"))


def _freeze(reading: Reading, table: str, drafts: Sequence[Draft], names: dict[int, str]) -> tuple[Row, ...]:
    kind = TABLES[table]
    new_row = thawed(kind)
    blank, parts = _blank(table)
    rows: list[Row] = []
    for draft in sorted(drafts, key=_place):
        lead = next(iter(draft.parts.values()), None)
        values = blank.copy()
        values.update(draft.values)
        for part, item in draft.parts.items():
            if part in parts:
                values[f"{part}_mention"] = names.get(id(item))
        values["doc_id"] = reading.source.doc_id
        values["case_id"] = draft.case_id
        values["row_id"] = f"{table}.{len(rows) + 1}"
        values["subject"] = draft.subject
        if lead is not None:
            values["section"] = lead.section.name if lead.section else None
            values["sentence_start"], values["sentence_end"] = reading.sentence_span(draft.sentence)
        values["rule"] = draft.rule
        values["evidence"] = _in_order(draft.evidence)
        if len(values) > len(blank):  # what only linking asks of a draft
            values = {column: values[column] for column in blank}
        row = new_row(*values.values())
        row.__class__ = kind
        rows.append(row)
    return tuple(rows)


def _place(draft: Draft) -> tuple[str, int]:
    return draft.case_id, draft.order


def _in_order(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    """Evidence in text order, each place once."""
    before = -1
    for one in evidence:
        if one.start <= before:
            return tuple(sorted(dict.fromkeys(evidence), key=lambda e: (e.start, e.end, e.field)))
        before = one.start
    return tuple(evidence)  # as it was made, nearly always
