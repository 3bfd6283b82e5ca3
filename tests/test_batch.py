"""A corpus into a folder: everything is there at the end, and nothing bad stops it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from casenlp.batch import FORMATS, Summary, extract_all, run_batch, run_extract
from casenlp.documents import SourceDocument
from casenlp.errors import UsageError
from casenlp.records import TABLES, Extraction, Failure
from stub_extractor import StubExtractor

TEXTS = {
    "a.txt": b"DRUG was given. TEST was low.",
    "b.txt": b"",
    "c.txt": b"CRASH",
    "d.txt": b"REFUSE",
    "e.txt": b"DRUG, then DRUG.",
    "f.jsonl": b'{"doc_id": "f1", "text": "TEST"}\n{"doc_id": "f2"}\n',
}
FAILED = ["b", "c", "d", "f:2"]
EXTRACTED = ["a", "e", "f1"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, data in TEXTS.items():
        (folder / name).write_bytes(data)
    return folder


def doc_ids(path: Path) -> list[str]:
    return [json.loads(line)["doc_id"] for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("format", FORMATS)
def test_one_bad_file_never_stops_it(corpus: Path, tmp_path: Path, format: str) -> None:
    out = tmp_path / "deep" / "out"
    summary = run_batch(StubExtractor(), [corpus], out, format=format)
    rows = {"cases": 3, "drugs": 3, "labs": 2, "latencies": 0, "diagnoses": 0, "reactions": 0}
    assert summary == Summary(3, 4, tuple(rows.items()))
    assert doc_ids(out / "documents.jsonl") == EXTRACTED
    with (out / "failures.tsv").open(encoding="utf-8", newline="") as stream:
        failures = list(csv.reader(stream, delimiter="\t"))
    assert [row[0] for row in failures] == ["doc_id", *FAILED]
    tables = {
        "csv": [f"{table}.csv" for table in TABLES],
        "parquet": [f"{table}.parquet" for table in TABLES],
        "xlsx": ["tables.xlsx"],
        "jsonl": [],
    }[format]
    assert sorted(p.name for p in out.iterdir()) == sorted(["documents.jsonl", "failures.tsv", *tables])


def test_equal_input_gives_equal_bytes(corpus: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run_batch(StubExtractor(), [corpus], tmp_path / name)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second


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


def test_a_run_that_is_broken_off_leaves_what_it_had(corpus: Path, tmp_path: Path) -> None:
    class Stopped(StubExtractor):
        def extract(self, document: SourceDocument) -> Extraction:
            if document.doc_id == "e":
                raise KeyboardInterrupt
            return super().extract(document)

    out = tmp_path / "out"
    run_batch(StubExtractor(), [corpus], out)
    with pytest.raises(KeyboardInterrupt):
        run_batch(Stopped(), [corpus], out)
    assert doc_ids(out / "documents.jsonl") == EXTRACTED
    assert doc_ids(out / "documents.jsonl.part") == ["a"]
    assert [line[0] for line in (out / "failures.tsv.part").read_text().splitlines()[1:]] == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("out", "format", "said"),
    [
        ("reports/out", "csv", "lies inside the input folder"),
        ("reports", "csv", "lies inside the input folder"),
        ("reports/a.txt", "csv", "is not a folder"),
        ("out", "table", "a batch cannot write 'table'"),
    ],
)
def test_places_that_cannot_be(corpus: Path, tmp_path: Path, out: str, format: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_batch(StubExtractor(), [corpus], tmp_path / out, format=format)
    assert sorted(p.name for p in corpus.iterdir()) == sorted(TEXTS)


def test_progress_on_a_terminal(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    run_batch(StubExtractor(), [corpus], tmp_path / "out")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "7/7" in shown.err


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
