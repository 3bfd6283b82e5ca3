"""From drafts to the frozen rows of records.py: mention ids, row ids, roles, order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
from casenlp.pipeline.annotations import Item
from casenlp.records import TABLES, Concept, Mention, Row
from casenlp.records import columns as columns_of


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
    mentions: list[Mention] = []
    names: dict[int, str] = {}
    spans = sorted(((*reading.span(i), i) for i in reading.known.items if i.label), key=lambda s: (s[0], s[1]))
    for start, end, item in spans:
        if item.section is not None and item.section.subject == "none":
            continue
        if item.values.get("orphan") and item.label in ("FREQUENCY", "ROUTE"):
            continue
        name = f"m{len(mentions) + 1}"
        names[id(item)] = name
        mentions.append(
            Mention(
                id=name,
                label=item.label or "",
                start=start,
                end=end,
                text=reading.source.text[start:end],
                negated=item.negated,
                uncertain=item.uncertain,
                temporality=item.temporality,
                subject=item.subject,
                section=item.section.name if item.section else None,
                concept=_concept(item),
                rule=item.rule,
                ended=item.ended,
            )
        )
    return mentions, names


def _concept(item: Item) -> Concept | None:
    entry = item.entry
    if entry is None or not entry.concept or item.kind == "value":
        return None
    if "flag" in entry.extra and item.kind == "finding":
        return Concept(entry.term, entry.vocabulary, entry.code)
    return Concept(entry.concept, entry.vocabulary, entry.code)


def _freeze(reading: Reading, table: str, drafts: Sequence[Draft], names: dict[int, str]) -> tuple[Row, ...]:
    kind = TABLES[table]
    columns = frozenset(columns_of(table))
    rows: list[Row] = []
    for draft in sorted(drafts, key=lambda d: (d.case_id, d.order)):
        low, high = reading.sentence_span(draft.sentence) if draft.parts else (None, None)
        lead = next(iter(draft.parts.values()), None)
        values: dict[str, Any] = {c: v for c, v in draft.values.items() if c in columns}
        for part, item in draft.parts.items():
            if f"{part}_mention" in columns:
                values[f"{part}_mention"] = names.get(id(item))
        rows.append(
            kind(
                doc_id=reading.source.doc_id,
                case_id=draft.case_id,
                row_id=f"{table}.{len(rows) + 1}",
                subject=draft.subject,
                section=lead.section.name if lead and lead.section else None,
                sentence_start=low,
                sentence_end=high,
                rule=draft.rule,
                evidence=tuple(sorted(dict.fromkeys(draft.evidence), key=lambda e: (e.start, e.end, e.field))),
                **values,
            )
        )
    return tuple(rows)
