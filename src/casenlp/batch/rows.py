"""The store's tables as the records say: their columns, and an extraction as their rows and back.

Each of the six tables and `mentions` has, before its own columns, `document` (a number for the document, see the table
documents) and `number` (place of the row within the document and table, from 1). A record inside a record is laid
flat (`concept_name` …); evidence is JSON, with what is null left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, get_type_hints

from casenlp.freezing import maker
from casenlp.record_json import evidence_json
from casenlp.records import TABLES, Concept, Evidence, Extraction, Mention, Row, column_types, columns

#: The tables that hold what documents say, in the order in which they are written.
STORED = ("mentions", *TABLES)

#: The rows of one document by table, without document and number.
StoredRows = Mapping[str, Sequence[tuple[Any, ...]]]

_CONCEPT = tuple(f.name for f in dataclasses.fields(Concept))


@cache
def stored_columns(table: str) -> tuple[tuple[str, str], ...]:
    """(column, "str" | "int" | "float" | "bool" | "list") for each column of a stored table, from the records."""
    if table != "mentions":
        return tuple(column_types(table))
    out: list[tuple[str, str]] = []
    hints = get_type_hints(Mention)
    for field in dataclasses.fields(Mention):
        if field.name == "concept":
            out += [(f"concept_{name}", "str") for name in _CONCEPT]
        else:
            out.append((field.name, hints[field.name].__name__ if isinstance(hints[field.name], type) else "str"))
    return tuple(out)


def rows_of(extraction: Extraction) -> dict[str, list[tuple[Any, ...]]]:
    """What a document says as rows of each stored table."""
    out: dict[str, list[tuple[Any, ...]]] = {"mentions": [_mention_values(m) for m in extraction.mentions]}
    for table in TABLES:
        values = _columns_before_evidence(table)
        out[table] = [(*values(row), evidence_json(row.evidence)) for row in extraction.rows(table)]
    return out


@cache
def _columns_before_evidence(table: str) -> Callable[[Row], tuple[Any, ...]]:
    """The function that gets the columns of a row, evidence left out, which is the last."""
    return attrgetter(*columns(table)[:-1])


def extraction_of(doc_id: str, rows: StoredRows) -> Extraction:
    """The extraction that `rows_of` took apart."""
    mentions = tuple(_mention(values) for values in rows.get("mentions", ()))
    tables = {table: tuple(_row(table, values) for values in rows.get(table, ())) for table in TABLES}
    return Extraction(doc_id, mentions, **tables)  # type: ignore[arg-type]  # each table has rows of its own class


_MENTION = tuple(f.name for f in dataclasses.fields(Mention))
_CONCEPT_AT = _MENTION.index("concept")
_of_mention = attrgetter(*_MENTION)
_of_concept = attrgetter(*_CONCEPT)
_NO_CONCEPT = (None,) * len(_CONCEPT)


def _mention_values(mention: Mention) -> tuple[Any, ...]:
    values = _of_mention(mention)
    concept = values[_CONCEPT_AT]
    parts = _NO_CONCEPT if concept is None else _of_concept(concept)
    return (*values[:_CONCEPT_AT], *parts, *values[_CONCEPT_AT + 1 :])


def _mention(values: Sequence[Any]) -> Mention:
    held = _truths("mentions", values)
    parts = held[_CONCEPT_AT : _CONCEPT_AT + len(_CONCEPT)]
    held[_CONCEPT_AT : _CONCEPT_AT + len(_CONCEPT)] = [None if parts[0] is None else maker(Concept)(parts)]
    record: Mention = maker(Mention)(held)
    return record


def _row(table: str, values: Sequence[Any]) -> Row:
    held = _truths(table, values)
    held[-1] = _evidence(held[-1])
    kind: Any = TABLES[table]
    row: Row = maker(kind)(_in_order_of_fields(table)(held))
    return row


def _truths(table: str, values: Sequence[Any]) -> list[Any]:
    """Stored values with those of columns that are true or false as such, not as the numbers that databases keep."""
    held = list(values)
    for place in _places_of_bools(table):
        if held[place] is not None:
            held[place] = bool(held[place])
    return held


@cache
def _places_of_bools(table: str) -> tuple[int, ...]:
    return tuple(place for place, (_, kind) in enumerate(stored_columns(table)) if kind == "bool")


@cache
def _in_order_of_fields(table: str) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The function that puts the values of columns into the order of the fields of a table's class."""
    names = columns(table)
    return itemgetter(*(names.index(field.name) for field in dataclasses.fields(TABLES[table])))


def _evidence(stored: str) -> tuple[Evidence, ...]:
    make = maker(Evidence)
    found = []
    for told in json.loads(stored):
        if "box" in told:
            told["box"] = tuple(told["box"])
        found.append(make(map(told.get, _EVIDENCE)))
    return tuple(found)


_EVIDENCE = tuple(field.name for field in dataclasses.fields(Evidence))
