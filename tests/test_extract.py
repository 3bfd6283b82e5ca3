"""Documents one after the other into one output: nothing bad stops it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from casenlp.batch import extract_all, run_extract
from casenlp.documents import SourceDocument
from casenlp.errors import UsageError
from casenlp.records import Extraction, Failure
from stub_extractor import StubExtractor
from test_batch import EXTRACTED, FAILED, TEXTS


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, data in TEXTS.items():
        (folder / name).write_bytes(data)
    return folder


def doc_ids(path: Path) -> list[str]:
    return [json.loads(line)["doc_id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_error_of_ours_is_the_documents_failure() -> None:
    documents = [SourceDocument("x", "CRASH", "folder/x.txt"), Failure("y", "unreadable"), SourceDocument("z", "DRUG")]
    crash, passed_on, extraction = extract_all(StubExtractor(), documents)
    assert crash == Failure(
        "x",
        "folder/x.txt (doc_id x): ZeroDivisionError inside casenlp (division by zero); "
        "the other documents go on; report it with the text that shows it",
    )
    assert passed_on == documents[1]
    assert isinstance(extraction, Extraction)


def test_extract_tells_each_failure_and_counts_them(corpus: Path, tmp_path: Path) -> None:
    told: list[Failure] = []
    failed = run_extract(StubExtractor(), [corpus], tmp_path / "o.jsonl", format="jsonl", report=told.append)
    assert failed == len(FAILED)
    assert [failure.doc_id for failure in told] == FAILED
    assert doc_ids(tmp_path / "o.jsonl") == EXTRACTED


def test_an_input_is_never_overwritten(corpus: Path) -> None:
    path = corpus / "a.txt"
    with pytest.raises(UsageError, match="would be overwritten"):
        run_extract(StubExtractor(), [path], path, format="jsonl", report=lambda _: None)
    assert path.read_bytes() == TEXTS["a.txt"]


def test_documents_are_read_as_they_are_needed() -> None:
    def endless() -> Iterator[SourceDocument]:
        for i in range(10**9):
            yield SourceDocument(str(i), "DRUG")

    first = next(extract_all(StubExtractor(), endless()))
    assert isinstance(first, Extraction)
