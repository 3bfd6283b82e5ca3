"""The store's tables as the records say: their columns, and an extraction as their rows and back.

Each of the six tables and `mentions` has, before its own columns, `document` (a number for the document, see the table
documents) and `number` (place of the row within the document and table, from 1). A record inside a record is laid
flat (`concept_name` …); evidence is JSON, with what is null left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_type_hints

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
        names = columns(table)[:-1]  # evidence is last
        out[table] = [
            (*[getattr(row, name) for name in names], _evidence_json(row.evidence)) for row in extraction.rows(table)
        ]
    return out


def extraction_of(doc_id: str, rows: StoredRows) -> Extraction:
    """The extraction that `rows_of` took apart."""
    mentions = tuple(_mention(values) for values in rows.get("mentions", ()))
    tables = {table: tuple(_row(table, values) for values in rows.get(table, ())) for table in TABLES}
    return Extraction(doc_id, mentions, **tables)  # type: ignore[arg-type]  # each table has rows of its own class


def _mention_values(mention: Mention) -> tuple[Any, ...]:
    out: list[Any] = []
    for name in _MENTION:
        if name == "concept":
            concept = mention.concept
            out += [None] * len(_CONCEPT) if concept is None else [getattr(concept, part) for part in _CONCEPT]
        else:
            out.append(getattr(mention, name))
    return tuple(out)


_MENTION = tuple(f.name for f in dataclasses.fields(Mention))


def _mention(values: Sequence[Any]) -> Mention:
    given: dict[str, Any] = {
        name: bool(value) if kind == "bool" else value
        for (name, kind), value in zip(stored_columns("mentions"), values, strict=True)
    }
    parts = [given.pop(f"concept_{part}") for part in _CONCEPT]
    return Mention(**given, concept=None if parts[0] is None else Concept(*parts))


def _row(table: str, values: Sequence[Any]) -> Row:
    given: dict[str, Any] = {}
    for (name, kind), value in zip(stored_columns(table), values, strict=True):
        if kind == "list":
            given[name] = _evidence(value)
        else:
            given[name] = bool(value) if kind == "bool" and value is not None else value
    return TABLES[table](**given)


def _evidence_json(evidence: Sequence[Evidence]) -> str:
    found = [{name: value for name in _EVIDENCE if (value := getattr(e, name)) is not None} for e in evidence]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


_EVIDENCE = tuple(f.name for f in dataclasses.fields(Evidence))


def _evidence(stored: str) -> tuple[Evidence, ...]:
    found = json.loads(stored)
    return tuple(Evidence(**{**e, "box": tuple(e["box"])} if "box" in e else e) for e in found)
