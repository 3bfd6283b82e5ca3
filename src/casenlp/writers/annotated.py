"""What the writers of annotated text need of an extraction: its text, and its rows as relations between mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from casenlp.errors import UsageError
from casenlp.records import TABLES, Extraction, Mention, Row, as_dict

_MENTION = "_mention"


@dataclass(frozen=True, slots=True)
class Relation:
    """A row whose parts are mentions: its table, the mention of each part with the head first, and its own columns."""

    table: str
    parts: tuple[tuple[str, Mention], ...]
    columns: dict[str, str]


def text_of(extraction: Extraction) -> str:
    """The source text; UsageError when the extraction was made or kept without it."""
    if extraction.text is None:
        found = "the extraction was kept without its text, which this format needs"
        raise UsageError(f"{extraction.doc_id}: {found}; extract the report again")
    return extraction.text


def relations(extraction: Extraction, tables: Sequence[str] = tuple(TABLES)) -> Iterator[Relation]:
    """The rows that have a mention, in output order; columns are text, those that say nothing are left out."""
    by_id = {mention.id: mention for mention in extraction.mentions}
    for table in tables:
        for row in extraction.rows(table):
            values = as_dict(row)
            parts = tuple(
                (name.removesuffix(_MENTION), by_id[identity])
                for name, identity in values.items()
                if name.endswith(_MENTION) and identity in by_id
            )
            if parts:
                yield Relation(table, parts, dict(_said(row, values)))


def _said(row: Row, values: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if value is None or value == "" or name in ("doc_id", "evidence") or name.endswith(_MENTION):
            continue
        if isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
