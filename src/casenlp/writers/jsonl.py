"""JSON Lines in the contract's form: one object a document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from casenlp.record_json import extraction_json
from casenlp.records import Extraction
from casenlp.writers.files import text_output


def line_of(extraction: Extraction) -> str:
    """An extraction as one line of JSON, line end included."""
    return extraction_json(extraction) + "\n"


def write_jsonl(extractions: Iterable[Extraction], out: Path | None, tables: Sequence[str]) -> None:
    """One line a document, all tables whatever `tables` says, each written as soon as it is there."""
    with text_output(out) as stream:
        for extraction in extractions:
            stream.write(line_of(extraction))
            if out is None:
                stream.flush()
