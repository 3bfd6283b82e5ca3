"""A report set in one column or two, or sent as a manuscript, gives the rows of its plain text, each with its page."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor
from casenlp.readers.formats import read_stream
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.records import TABLES, Extraction
from casenlp.rules import load_rules
from pdf_forms import Part, journal, parts_of

CORPUS = Path(__file__).parents[1] / "corpus" / "reports"
REPORTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.txt"))}
#: What may differ: where words stand, and what only a PDF tells of its publication.
PLACES = ("row_id", "sentence_start", "sentence_end", "evidence")
PUBLISHED = ("title", "journal", "year", "doi", "pmid", "pmcid", "authors")
LAYOUTS: dict[str, Callable[[Sequence[Part]], bytes]] = {
    "two columns": journal,
    "one column": partial(journal, columns=1),
    "three columns": partial(journal, columns=3),
}


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


def read(data: bytes, suffix: str) -> SourceDocument:
    (document,) = read_stream(io.BytesIO(data), Origin("report", "d", None, suffix), ReadOptions())
    assert isinstance(document, SourceDocument)
    return document


def facts(extraction: Extraction) -> list[tuple[str, dict[str, Any]]]:
    """Table and columns of every row; white space and the two signs for micro, which print alike, are one."""
    return [
        (table, {column: _folded(value) for column, value in dataclasses.asdict(row).items() if _is_fact(column)})
        for table in TABLES
        for row in getattr(extraction, table)
    ]


def _is_fact(column: str) -> bool:
    return column not in (*PLACES, *PUBLISHED) and not column.endswith("_mention")


def _folded(value: object) -> object:
    return re.sub(r"\s+", " ", value).replace("μ", "µ") if isinstance(value, str) else value


def parts_without_tables(name: str) -> list[Part]:
    return [part for part in parts_of(REPORTS[name]) if part.kind not in ("table", "caption")]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_printed_report_gives_the_rows_of_its_plain_text(extractor: Extractor, layout: str, name: str) -> None:
    parts = parts_without_tables(name)
    plain = extractor.extract(read("\n\n".join(part.text for part in parts).encode(), ".txt"))
    document = read(LAYOUTS[layout](parts), ".pdf")
    printed = extractor.extract(document)
    assert facts(plain)
    assert facts(printed) == facts(plain)
    for mention in printed.mentions:
        assert document.text[mention.start : mention.end] == mention.text
    for table in TABLES:
        for row in getattr(printed, table):
            assert all(e.page and e.box for e in row.evidence)
