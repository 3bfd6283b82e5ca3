"""Gold and predictions in the contract's form: JSONL, one document a line with mentions and six tables.

A gold file finds its texts in `reports/<doc_id>.txt` beside it, or in a `text` of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from casenlp.errors import GoldError
from casenlp.records import LABELS, TABLES
from casenlp.scoring.annotations import (
    JOINT,
    JOINT_RULE,
    GoldDocument,
    GoldSet,
    Relation,
    Scheme,
    Span,
    check_tables,
    predicted_spans,
    row_relations,
    same_labels,
)

_PAIRS = ("drug-dose", "drug-route", "test-value", "drug-event", "drug-event-time")
_SCHEME = Scheme(
    labels=(*same_labels(*LABELS), JOINT_RULE),
    relations=_PAIRS,
    negation=(JOINT, "DRUG"),
    tables=tuple(TABLES),
)


def read_predictions(path: str | Path) -> dict[str, dict[str, Any]]:
    """Documents of a JSONL file by doc_id, in file order; GoldError names file and line."""
    return {str(data["doc_id"]): data for _, data in _documents(Path(path))}


def read_casenlp(path: Path) -> GoldSet:
    """A gold file in the contract's form; every span is checked against the text where that is there."""
    file = path / "gold.jsonl" if path.is_dir() else path
    golds = []
    for place, data in _documents(file):
        check_tables(data, place)
        doc_id = str(data["doc_id"])
        text = data["text"] if isinstance(data.get("text"), str) else _text(file.parent / "reports" / f"{doc_id}.txt")
        spans = predicted_spans(data)
        for span in spans if text is not None else ():
            quoted = text[span.start : span.end] if text else ""
            if quoted != span.text:
                raise GoldError(
                    f"{place}: mention '{span.id}' says {span.text!r}, but {span.start}..{span.end} of the text of "
                    f"'{doc_id}' is {quoted!r}; build the gold anew from its report"
                )
        relations: list[Relation] = []
        for kind in _PAIRS:
            relations += row_relations(data, kind, {s.id: s for s in spans}, by_place=False)
        golds.append(GoldDocument(doc_id, text, tuple(_once(spans)), tuple(relations), doc_id, data))
    return GoldSet("casenlp", _SCHEME, tuple(golds), str(file))


def _once(spans: list[Span]) -> list[Span]:
    seen: dict[tuple[Any, ...], Span] = {}
    for span in spans:
        seen.setdefault((span.label, span.pieces), replace(span, rule=""))
    return list(seen.values())


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: {error}; expected the UTF-8 text of a report") from error


def _documents(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: {error}; expected a UTF-8 JSONL file in the contract's form") from error
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise GoldError(
                f"{place}: no JSON ({error.msg}, column {error.colno}); expected one object a line"
            ) from error
        if not isinstance(data, dict) or not isinstance(data.get("doc_id"), str) or not data["doc_id"]:
            raise GoldError(f"{place}: no object with a doc_id; expected the contract's form")
        if data["doc_id"] in seen:
            raise GoldError(f"{place}: doc_id '{data['doc_id']}' stands in line {seen[data['doc_id']]} too; remove one")
        seen[data["doc_id"]] = number
        if not isinstance(data.get("mentions"), list):
            raise GoldError(f"{place}: '{data['doc_id']}' has no list of mentions; expected the contract's form")
        try:
            predicted_spans(data)
        except GoldError as error:
            raise GoldError(f"{place}: {error}") from error
        yield place, data
