"""The same report gives the same rows in every form."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor
from casenlp.readers.formats import read_stream
from casenlp.readers.origin import Origin, ReadOptions
from casenlp.records import TABLES, Extraction
from casenlp.rules import load_rules
from other_forms import OTHER_FORMS
from report_forms import FORMS, Report, corpus_reports, plain_text

ALL_FORMS = {**FORMS, **OTHER_FORMS}

#: What may differ between forms: where words stand, what numbers they have, and what only some sources tell.
_PLACES = ("row_id", "sentence_start", "sentence_end", "evidence")
_PUBLISHED = ("title", "journal", "year", "doi", "pmid", "pmcid", "authors")
REPORTS = {report.name: report for report in corpus_reports()}


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """One extractor for all tests of this file."""
    return Extractor(load_rules())


def read(data: bytes, suffix: str) -> SourceDocument:
    (document,) = read_stream(io.BytesIO(data), Origin("report", "d", None, suffix), ReadOptions())
    assert isinstance(document, SourceDocument)
    return document


def facts(extraction: Extraction) -> list[tuple[str, dict[str, Any]]]:
    """Table and columns of every row, without places."""
    out = []
    for table in TABLES:
        for row in getattr(extraction, table):
            columns = dataclasses.asdict(row)
            known = [c for c in columns if c not in (*_PLACES, *_PUBLISHED) and not c.endswith("_mention")]
            kept = {c: folded(columns[c]) for c in known}
            out.append((table, kept))
    return out


def folded(value: object) -> object:
    """White space is one, as are the two signs for micro, which print alike."""
    return re.sub(r"\s+", " ", value).replace("μ", "µ") if isinstance(value, str) else value


@pytest.fixture(scope="module")
def plain(extractor: Extractor) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """The facts of each report as plain text."""
    return {name: facts(extractor.extract(read(plain_text(r), ".txt"))) for name, r in REPORTS.items()}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", ALL_FORMS)
def test_the_same_report_gives_the_same_rows(
    extractor: Extractor,
    plain: dict[str, list[tuple[str, dict[str, Any]]]],
    form: str,
    name: str,
) -> None:
    document = read(ALL_FORMS[form].build(REPORTS[name]), ALL_FORMS[form].suffix)
    extraction = extractor.extract(document)
    assert plain[name]
    assert facts(extraction) == plain[name]
    for mention in extraction.mentions:
        assert document.text[mention.start : mention.end] == mention.text
    if ALL_FORMS[form].suffix == ".pdf":
        evidence = [e for table in TABLES for row in getattr(extraction, table) for e in row.evidence]
        assert all(e.page and e.box for e in evidence)


def test_explain_names_the_element_in_the_original(extractor: Extractor) -> None:
    document = read(FORMS["JATS"].build(REPORTS["02-allopurinol-dress-rechallenge"]), ".xml")
    row = extractor.extract(document).labs[0]
    place = row.evidence[0].xpath
    assert place is not None
    assert place.startswith("/article/body/sec")
    assert f"    at {place}\n" in extractor.explain(document, row.row_id)


def test_reports_have_parts() -> None:
    report: Report = REPORTS["03-methotrexate-acute-kidney-injury"]
    kinds = [kind for kind, _ in report.parts]
    assert kinds[:3] == ["title", "heading", "paragraph"]
    assert kinds.count("heading") == 3
    assert not any("518" in words for _, words in report.parts)
