"""BioC JSON: a collection, one document an extraction, its text as one passage, mentions and rows as annotations.

Locations count Unicode code points, as everywhere in casenlp. A mention is an annotation, a row a relation whose nodes
are its parts; infons are text, as BioC wants them. Source of the form: Comeau et al., Database 2013.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from casenlp.records import Extraction, Mention
from casenlp.writers.annotated import relations, text_of
from casenlp.writers.files import text_output

_FLAGS = ("negated", "uncertain")
_WORDS = ("temporality", "subject", "section", "rule")


def write_bioc(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """One collection, each document written as soon as it is there; only rows of `tables` become relations."""
    with text_output(out) as stream:
        frame = {"source": "casenlp", "date": "", "key": "casenlp.key", "infons": {}}
        stream.write(json.dumps(frame, ensure_ascii=False)[:-1] + ', "documents": [')
        for number, extraction in enumerate(extractions):
            stream.write(",\n" if number else "\n")
            stream.write(json.dumps(_document(extraction, tables), ensure_ascii=False))
        stream.write("\n]}\n")


def _document(extraction: Extraction, tables: Sequence[str]) -> dict[str, Any]:
    passage: dict[str, Any] = {
        "offset": 0,
        "infons": {},
        "text": text_of(extraction),
        "sentences": [],
        "annotations": [_annotation(mention) for mention in extraction.mentions],
        "relations": [],
    }
    rows: list[dict[str, Any]] = [
        {
            "id": relation.columns.get("row_id", ""),
            "infons": {"type": relation.table} | relation.columns,
            "nodes": [{"refid": mention.id, "role": part} for part, mention in relation.parts],
        }
        for relation in relations(extraction, tables)
    ]
    return {"id": extraction.doc_id, "infons": {}, "passages": [passage], "annotations": [], "relations": rows}


def _annotation(mention: Mention) -> dict[str, Any]:
    infons = {"type": mention.label}
    infons |= {name: "true" for name in _FLAGS if getattr(mention, name)}
    infons |= {name: value for name in _WORDS if (value := getattr(mention, name))}
    if mention.concept:
        infons["name"] = mention.concept.name
        if mention.concept.code:
            infons["identifier"] = f"{mention.concept.vocabulary}:{mention.concept.code}"
    locations = [{"offset": mention.start, "length": mention.end - mention.start}]
    return {"id": mention.id, "infons": infons, "text": mention.text, "locations": locations}
