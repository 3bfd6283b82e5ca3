"""From drafts to the frozen rows of records.py: mention ids, row ids, roles, order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from casenlp.freezing import thawed
from casenlp.linking.cases import find_cases, link_cases
from casenlp.linking.course_tables import pair_course
from casenlp.linking.diagnoses import link_diagnoses
from casenlp.linking.drugs import link_drugs
from casenlp.linking.grids import grids_of
from casenlp.linking.indications import infer_indications
from casenlp.linking.lab_tables import pair_tables
from casenlp.linking.labs import link_labs
from casenlp.linking.latencies import link_latencies
from casenlp.linking.members import name_members
from casenlp.linking.quotes import Draft, Quotes, layout_of_records
from casenlp.linking.reactions import link_reactions
from casenlp.linking.reading import Reading
from casenlp.linking.roles import set_roles
from casenlp.native import records as compiled_records
from casenlp.native import rows as compiled_rows
from casenlp.pipeline.annotations import LABEL_OF_ITEM, Item
from casenlp.records import LABELS, TABLES, Evidence, Mention, Row

#: Kind of item -> label of its mention, for the kinds that are mentions.
_LABELS = {kind: label for kind, label in LABEL_OF_ITEM.items() if label in LABELS}


def link(reading: Reading) -> tuple[list[Mention], dict[str, tuple[Row, ...]]]:
    """Mentions in source order and the rows of each table."""
    find_cases(reading)
    tables = grids_of(reading)
    if tables:
        pair_tables(reading, tables)
        pair_course(reading, [grid for _, grid in tables])
    name_members(reading)
    latencies = link_latencies(reading)
    reactions = link_reactions(reading, latencies)
    drafts = {
        "cases": link_cases(reading),
        "labs": link_labs(reading),
        "drugs": link_drugs(reading, reactions),
        "latencies": latencies,
        "diagnoses": link_diagnoses(reading),
        "reactions": reactions,
    }
    infer_indications(reading, drafts["drugs"], reactions)
    set_roles(reading, drafts["drugs"], reactions, latencies)
    mentions, names = _quick_mentions(reading) or _mentions(reading)
    return mentions, {table: _rows(reading, table, drafts[table], names) for table in TABLES}


def _quick_mentions(reading: Reading) -> tuple[list[Mention], dict[Item, str]] | None:
    """The same as `_mentions`, compiled; None where it is not, or where text was moved."""
    quotes: Any = reading.quotes
    return None if isinstance(quotes, Quotes) else quotes.mentions(reading.known.items, _LABELS)


def _mentions(reading: Reading) -> tuple[list[Mention], dict[Item, str]]:
    """Mentions, and their names by item."""
    text = reading.source.text
    new, thawed_mention = object.__new__, thawed(Mention)
    mentions: list[Mention] = []
    names: dict[Item, str] = {}
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
        names[item] = name
        mention: Any = new(thawed_mention)
        mention.id = name
        mention.label = _LABELS[item.kind]
        mention.start = start
        mention.end = end
        mention.text = text[start:end]
        mention.negated = item.negated
        mention.uncertain = item.uncertain
        mention.temporality = item.temporality
        mention.subject = item.subject
        mention.section = section.name if section is not None else None
        mention.concept = concept
        mention.rule = item.rule
        mention.ended = item.ended
        mention.__class__ = Mention
        mentions.append(mention)
    return mentions, names


@cache
def _own_columns(table: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A table's own columns in the order of their class, each with what it holds where nothing is said; and part ->
    column of its mention."""
    common = {f.name for f in fields(Row)}
    blank = {f.name: f.default for f in fields(TABLES[table]) if f.name not in common}
    return blank, {c.removesuffix("_mention"): c for c in blank if c.endswith("_mention")}


def _rows(reading: Reading, table: str, drafts: Sequence[Draft], names: dict[Item, str]) -> tuple[Row, ...]:
    if not drafts:
        return ()
    quick = None if isinstance(reading.quotes, Quotes) else _quick_columns(table)
    if quick is None:
        return _freeze(reading, table, drafts, names)
    rows: tuple[Row, ...] = quick.rows(reading.quotes, reading.source.doc_id, drafts, names)
    return rows


@cache
def _quick_columns(table: str) -> Any:
    """Where the compiled part finds the columns of a table; None where it cannot."""
    layout = layout_of_records()
    if compiled_rows is None or layout is None:
        return None
    try:
        return compiled_rows.Columns(layout, table, TABLES[table], *_own_columns(table), _place, _quick_order())
    except TypeError:  # a Python whose classes with slots are made otherwise
        return None


def _freeze(reading: Reading, table: str, drafts: Sequence[Draft], names: dict[Item, str]) -> tuple[Row, ...]:
    kind, doc_id = TABLES[table], reading.source.doc_id
    new_row: Any = thawed(kind)  # its arguments are positional
    blank, mention_of = _own_columns(table)
    rows: list[Row] = []
    for draft in sorted(drafts, key=_place):
        own = blank.copy()
        own.update(draft.values)
        section, low, high = None, None, None
        if draft.parts:
            lead = next(iter(draft.parts.values()))
            section = lead.section.name if lead.section is not None else None
            low, high = reading.sentence_spans[draft.sentence]
        for part, item in draft.parts.items():
            column = mention_of.get(part)
            if column is not None:
                own[column] = names.get(item)
        if len(own) > len(blank):  # what only linking asks of a draft
            own = {column: own[column] for column in blank}
        row_id = f"{table}.{len(rows) + 1}"
        evidence = _in_order(draft.evidence)
        row = new_row(
            doc_id, draft.case_id, row_id, draft.subject, section, low, high, draft.rule, evidence, *own.values()
        )  # Row's fields come first
        row.__class__ = kind
        rows.append(row)
    return tuple(rows)


def _quick_order() -> Callable[[list[Evidence]], tuple[Evidence, ...]]:
    """The same as `_in_order`, compiled where that can be."""
    if compiled_records is None:
        return _in_order
    ordered: Callable[[list[Evidence]], tuple[Evidence, ...]]
    ordered = compiled_records.Order(Evidence, tuple(f.name for f in fields(Evidence))).ordered
    return ordered


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
