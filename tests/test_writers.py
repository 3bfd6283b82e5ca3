"""Writers: the same rows in every format, nothing half written, nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from casenlp.documents import SourceDocument
from casenlp.errors import UsageError
from casenlp.records import TABLES, DiagnosisRow, DrugRow, Extraction, LabRow, as_dict, columns
from casenlp.writers import WRITERS, format_of, write
from casenlp.writers.csv import cell
from casenlp.writers.table import _document, shown_columns
from stub_extractor import StubExtractor

TEXT = "DRUG was given; TEST was low.\nDRUG again."


def extractions() -> Iterator[Extraction]:
    for name in ("one", "two"):
        yield StubExtractor().extract(SourceDocument(name, TEXT))


CELLS = [
    (None, ""),
    (True, "true"),
    (False, "false"),
    (400.0, "400"),
    (0.1, "0.1"),
    (-2.5, "-2.5"),
    (1e300, "1e+300"),
    (7, "7"),
    ("dupilumab", "dupilumab"),
    ("<0.5", "<0.5"),
    ("-3.5", "-3.5"),
    ("+2 %", "+2 %"),
    ("+++", "+++"),
    ("-", "-"),
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("-2+3", "'-2+3"),
    ("\t=1", "'\t=1"),
    ([], ""),
    ([{"start": 1, "text": "µ"}], '[{"start": 1, "text": "µ"}]'),
]


@pytest.mark.parametrize(("value", "text"), CELLS)
def test_cells(value: object, text: str) -> None:
    assert cell(value) == text


def test_jsonl_is_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(extractions(), "jsonl")
    printed = capsys.readouterr().out
    assert [json.loads(line) for line in printed.splitlines()] == [e.to_dict() for e in extractions()]
    write(extractions(), "jsonl", tmp_path / "rows.jsonl")
    assert (tmp_path / "rows.jsonl").read_text(encoding="utf-8") == printed


def test_csv_folder(tmp_path: Path) -> None:
    write(extractions(), "csv", tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(f"{table}.csv" for table in TABLES)
    for table in TABLES:
        with (tmp_path / "out" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert tuple(header) == columns(table)
        expected = [[cell(v) for v in as_dict(row).values()] for e in extractions() for row in e.rows(table)]
        assert rows == expected


def test_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(extractions(), "csv", None, ["drugs"])
    printed = capsys.readouterr().out
    assert [row["dose_value"] for row in csv.DictReader(io.StringIO(printed))] == ["400"] * 4
    write(extractions(), "csv", tmp_path / "drugs.csv", ["drugs"])
    assert (tmp_path / "drugs.csv").read_text(encoding="utf-8") == printed


def test_parquet_is_typed(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    write(extractions(), "parquet", tmp_path)
    for table in TABLES:
        read = pq.read_table(tmp_path / f"{table}.parquet")
        assert tuple(read.column_names) == columns(table)
        assert read.to_pylist() == [as_dict(row) for e in extractions() for row in e.rows(table)]
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "drugs.parquet")}
    assert (types["dose_value"], types["sentence_start"], types["route"]) == ("double", "int64", "string")


def test_xlsx_holds_text_as_text(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = (
        LabRow(row_id="labs.1", test_text="=1+1", value_text="@x", value=-2.5, unit="\x07mg"),
        LabRow(row_id="labs.2", test_text="#N/A", value_text="z" * 40_000),
    )
    write([Extraction("a", labs=rows)], "xlsx", tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.sheetnames == list(TABLES)
    header, first, second = book["labs"].iter_rows()
    assert tuple(c.value for c in header) == columns("labs")
    cells = {c.column - 1: c for c in first}
    found = {name: cells[i] for i, name in enumerate(columns("labs"))}
    assert (found["test_text"].data_type, found["test_text"].value) == ("s", "=1+1")
    assert (found["value"].data_type, found["value"].value, found["unit"].value) == ("n", -2.5, "\ufffdmg")
    named = dict(zip(columns("labs"), second, strict=True))
    assert (named["test_text"].data_type, named["test_text"].value) == ("s", "#N/A")
    assert len(named["value_text"].value) == 32_767


def rendered(extraction: Extraction, width: int) -> str:
    stream = io.StringIO()
    _document(Console(file=stream, width=width), extraction, tuple(TABLES))
    return stream.getvalue()


def test_tables_show_what_holds_something() -> None:
    text = rendered(next(extractions()), 120)
    assert text.splitlines()[0] == "one: 3 mentions, 1 cases, 2 drugs, 1 labs"
    assert all(word in text for word in ("13 year", "male", "drugs.2", "400 mg", "-2.5", "evidence"))
    assert not any(word in text for word in ("route", "subject", "case ", "latencies", "\x1b"))


def test_a_narrow_terminal_gets_lists() -> None:
    lines = rendered(next(extractions()), 20).splitlines()
    assert "  drug: drug" in lines
    assert "  dose: 400 mg" in lines
    assert all(len(line) <= 20 for line in lines[1:])


def test_tables_are_safe_and_literal() -> None:
    row = DrugRow(row_id="drugs.1", drug_name="[bold]x[/bold] \x1b[31mred", dose_value=1.0, dose_value_high=2.0)
    diagnosis = DiagnosisRow(row_id="diagnoses.1", diagnosis_name="a\nb", negated=True, subject="family")
    text = rendered(Extraction("a", drugs=(row,), diagnoses=(diagnosis,)), 120)
    assert "[bold]x[/bold] \ufffd[31mred" in text
    assert "\x1b" not in text
    assert all(word in text for word in ("1–2", "a b", "negated", "yes", "family"))


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_shown_or_hidden_on_purpose(table: str) -> None:
    shown = {name for column in shown_columns(table) for name in column.stands_for}
    hidden = {c for c in columns(table) if c not in shown and not c.endswith("_mention")}
    allowed = {"doc_id", "row_id", "evidence", "sentence_start", "sentence_end", "rule"}
    assert hidden - allowed <= {"drug_vocabulary", "unit_text", "days", "days_high"}


@pytest.mark.parametrize("format", WRITERS)
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, format: str) -> None:
    def breaks_off() -> Iterator[Extraction]:
        yield next(extractions())
        raise RuntimeError("the disk is full")

    out = tmp_path if WRITERS[format].folder else tmp_path / "rows"
    stem = "one" if format == "brat" else "labs"
    old = tmp_path / f"{stem}{WRITERS[format].suffix}" if WRITERS[format].folder else out
    old.write_text("what was there before")
    with pytest.raises(RuntimeError):
        write(breaks_off(), format, out)
    assert [p.name for p in tmp_path.iterdir()] == [old.name]
    assert old.read_text() == "what was there before"


@pytest.mark.parametrize(
    ("format", "out", "tables", "said"),
    [
        ("html", None, ["labs"], "format 'html' does not exist"),
        ("csv", None, ["lab"], "table 'lab' does not exist"),
        ("csv", None, list(TABLES), "give a folder with -o"),
        ("csv", "rows.csv", list(TABLES), "one file cannot hold 6 tables"),
        ("parquet", None, ["labs"], "give a folder with -o"),
        ("xlsx", None, ["labs"], "give a file with -o"),
        ("jsonl", ".", ["labs"], "is a folder"),
        ("jsonl", "none/rows.jsonl", ["labs"], "no such folder to write into"),
        ("csv", "taken", list(TABLES), "is not a folder"),
        ("brat", None, ["labs"], "give a folder with -o"),
        ("brat", "taken", ["labs"], "is not a folder"),
    ],
)
def test_places_that_cannot_be(tmp_path: Path, format: str, out: str | None, tables: list[str], said: str) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(UsageError, match=said):
        write(extractions(), format, tmp_path / out if out else None, tables)


def test_suffixes_mean_formats() -> None:
    names = [None, "a.jsonl", "a.CSV", "a.parquet", "a.xlsx", "a.json", "a.html", "a.txt", "folder"]
    found = [format_of(Path(n) if n else None) for n in names]
    assert found == ["table", "jsonl", "csv", "parquet", "xlsx", "bioc", "displacy", "table", "table"]


def test_writers_are_one_table() -> None:
    assert list(WRITERS) == ["table", "jsonl", "csv", "parquet", "xlsx", "bioc", "brat", "displacy"]
