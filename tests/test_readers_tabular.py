"""CSV, TSV, Excel and Parquet with one report a row: columns, names, bad rows, hostile files."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from casenlp.documents import Article, SourceDocument
from casenlp.readers import ReadOptions, count, holds_many, read
from casenlp.records import Failure

ROWS: list[list[Any]] = [
    ["Report ID", "Title", "Abstract", "Publication Year", "DOI"],
    ["a1", "Rash", 'She had a rash,\nthen "fever".', 2020, "10.1000/a"],
    [7, None, "Fever of 39 °C.", None, None],
]


def as_csv(rows: list[list[Any]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    import csv

    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "notes"
    notes.append(["made by", "on"])
    sheet = book.create_sheet("reports")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(rows: list[list[Any]]) -> bytes:
    columns = {name: [None if r[i] is None else str(r[i]) for r in rows[1:]] for i, name in enumerate(rows[0])}
    out = io.BytesIO()
    parquet.write_table(pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}), out)
    return out.getvalue()


MAKERS: dict[str, Callable[[list[list[Any]]], bytes]] = {
    "t.csv": as_csv,
    "t.tsv": lambda rows: as_csv(rows, "\t"),
    "semicolons.csv": lambda rows: as_csv(rows, ";"),
    "marked.csv": lambda rows: as_csv(rows, encoding="utf-8-sig"),
    "utf16.csv": lambda rows: as_csv(rows, "\t", "utf-16"),
    "western.csv": lambda rows: as_csv(rows, encoding="cp1252"),
    "t.xlsx": as_xlsx,
    "wrong.csv": as_xlsx,
    "no suffix": as_xlsx,
    "t.parquet": as_parquet,
    "t.csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "t.parquet.gz": lambda rows: gzip.compress(as_parquet(rows)),
}


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., list[SourceDocument | Failure]]:
    """Write a file and read it."""

    def call(name: str, data: bytes, **options: Any) -> list[SourceDocument | Failure]:
        path = tmp_path / name
        path.write_bytes(data)
        return list(read(path, options=ReadOptions(**options)))

    return call


@pytest.mark.parametrize("name", MAKERS)
def test_one_document_a_row(table: Callable[..., list[Any]], name: str, tmp_path: Path) -> None:
    first, second = table(name, MAKERS[name](ROWS))
    path = str(tmp_path / name)
    assert first == SourceDocument("a1", ROWS[1][2], path, article=Article(title="Rash", year=2020, doi="10.1000/a"))
    assert second == SourceDocument("7", "Fever of 39 °C.", path)
    # the sheet of notes has no row under its header
    assert count([tmp_path]) == 2
    assert holds_many(tmp_path / name) is (name != "no suffix")


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet"])
def test_bad_rows_are_named_and_the_rest_is_read(table: Callable[..., list[Any]], name: str) -> None:
    rows = [["text"], ["Rash."], [None], ["y" * 1001], ["\x01\x02\x03 text"], ["Fever."]]
    if name == "t.xlsx":
        rows[4] = ["   "]  # a workbook holds no control characters
    if name != "t.parquet":
        rows[2] = ["  "]  # an empty line is no row there
    items = table(name, MAKERS[name](rows), max_chars=1000)
    first = 1 if name == "t.parquet" else 2
    failures = [i for i in items if isinstance(i, Failure)]
    assert [i.doc_id for i in items] == [f"t:{n}" for n in range(first, first + 5)]
    assert [i.text for i in items if isinstance(i, SourceDocument)] == ["Rash.", "Fever."]
    assert all(f" row {n}" in f.message for n, f in zip(range(first + 1, first + 4), failures, strict=True))
    assert [word in f.message for word, f in zip(["", "more than the limit", ""], failures, strict=True)] == [True] * 3


HEADERS = [
    (["text", "abstract"], {}, 0),
    (["Case Narrative", "pmid"], {}, 0),
    (["only"], {}, 0),
    (["a", "FULL_TEXT"], {}, 1),
    (["a", "b"], {"text_column": "b"}, 1),
    (["a", "B"], {"text_column": "b"}, 1),
    (["text", "b"], {"text_column": "b"}, 1),
]


@pytest.mark.parametrize(("header", "options", "at"), HEADERS)
@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet"])
def test_which_column_is_the_text(
    table: Callable[..., list[Any]], name: str, header: list[str], options: dict[str, str], at: int
) -> None:
    (document,) = table(name, MAKERS[name]([header, [f"cell {i}" for i in range(len(header))]]), **options)
    assert isinstance(document, SourceDocument)
    assert document.text == f"cell {at}"


UNCLEAR = [
    (["a", "b"], {}, "has no column that is clearly the text (columns: a, b); name it with --text-column"),
    (["a", "b"], {"text_column": "c"}, "has no column 'c' (columns: a, b); name one of them with --text-column"),
    (["text", "b"], {"id_column": "c"}, "has no column 'c' (columns: text, b); name one of them with --id-column"),
    ([f"column {i}" for i in range(30)], {}, "column 19, … and 10 more)"),
]


@pytest.mark.parametrize(("header", "options", "said"), UNCLEAR)
@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet"])
def test_unclear_columns_are_listed(
    table: Callable[..., list[Any]], name: str, header: list[str], options: dict[str, str], said: str
) -> None:
    (failure,) = table(name, MAKERS[name]([header, ["x"] * len(header)]), **options)
    assert isinstance(failure, Failure)
    assert said in failure.message


def test_json_lines_with_other_keys(table: Callable[..., list[Any]]) -> None:
    line = b'{"pmid": 12, "abstract": "Rash."}\n{"abstract": "Fever."}\n'
    assert [i.doc_id for i in table("t.jsonl", line, text_column="abstract")] == ["t:1", "t:2"]
    first, second = table("t.jsonl", line, text_column="abstract", id_column="pmid")
    assert (first.doc_id, first.text) == ("12", "Rash.")
    assert isinstance(second, Failure)
    assert 'has no "pmid"' in second.message


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_of_100_megabytes(table: Callable[..., list[Any]], quote: str) -> None:
    cell = (quote + "words and words\n, " * 6_000_000 + quote) if quote else "words and words " * 6_000_000
    first, bad, last = table("t.csv", f"text\nRash.\n{cell}\nFever.\n".encode())
    assert (first.text, last.text) == ("Rash.", "Fever.")
    assert isinstance(bad, Failure)
    assert "t.csv row 3: has more than 12,000,000 characters" in bad.message


def test_a_quote_that_is_never_closed(table: Callable[..., list[Any]]) -> None:
    first, bad = table("t.csv", b'text\nRash.\n"Fever' + b" and chills\n" * 200_000, max_chars=1000)
    assert first.text == "Rash."
    assert isinstance(bad, Failure)
    assert "or a quote that is not closed" in bad.message


def test_a_row_with_more_cells_than_the_header(table: Callable[..., list[Any]]) -> None:
    bad, good = table("t.csv", b"id,text\n1,Rash, then fever\n2,Fever\n")
    assert isinstance(bad, Failure)
    assert "t.csv row 2: has 3 cells, the header has 2; put texts with commas into quotes" in bad.message
    assert good.text == "Fever"


def remade(data: bytes, changes: dict[str, bytes]) -> bytes:
    """A ZIP archive with some members' bytes changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, change in changes.items():
            new.writestr(name, change)
    return out.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f'<worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>%s</sheetData></worksheet>'
CELL = '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>'
HUGE = {
    "a false dimension": (SHEET % f'<row r="1">{CELL % ("A1", "text")}</row><row r="2">{CELL % ("A2", "Rash.")}</row>'),
    "a far row": (SHEET % f'<row r="1">{CELL % ("A1", "text")}</row><row r="99999999999">{CELL % ("A2", "x")}</row>'),
    "a far column": (SHEET % f'<row r="1">{CELL % ("ZZZZZZZ1", "text")}</row>'),
    "entities": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
    '<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">'
    '<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>'
    + SHEET
    % f'<row r="1">{CELL % ("A1", "text")}</row><row r="2">{CELL % ("A2", "&h;")}</row>',
    "no XML": "rash",
}


@pytest.mark.parametrize("case", HUGE)
def test_hostile_sheets(table: Callable[..., list[Any]], case: str) -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    items = table("t.xlsx", remade(out.getvalue(), {"xl/worksheets/sheet1.xml": HUGE[case].encode()}))
    if case == "a false dimension":
        assert [i.text for i in items] == ["Rash."]
        return
    (failure,) = items
    assert isinstance(failure, Failure)
    assert "\n" not in failure.message


def test_a_workbook_that_is_a_bomb(table: Callable[..., list[Any]]) -> None:
    book = as_xlsx(ROWS)
    (failure,) = table("t.xlsx", remade(book, {"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 40_000_000}))
    assert isinstance(failure, Failure)
    assert "more than 250 times its size" in failure.message


BROKEN = [
    ("t.parquet", lambda: as_parquet(ROWS)[:-20], "is broken"),
    ("t.parquet", lambda: b"PAR1" + bytes(range(256)) * 40 + b"PAR1", "is broken"),
    ("t.parquet", lambda: as_parquet([["text"]]), "without a row"),
    ("t.xlsx", lambda: as_xlsx(ROWS)[:-200], "is a ZIP archive that is broken or cut off"),
    ("t.xlsx", lambda: remade(as_xlsx(ROWS), {"xl/workbook.xml": b"<x/>"}), ""),
    ("t.csv", lambda: b"", "holds no row"),
    ("t.csv", lambda: b"text\n", "holds no row"),
    ("t.csv", lambda: b"\x00" * 1000, ""),
    ("t.csv", lambda: b"\xff\xfet\x00e\x00x\x00t\x00\n\x00\x00\xd8\n\x00", "byte order mark of utf-16"),
]


@pytest.mark.parametrize(("name", "data", "found"), BROKEN)
def test_broken_tables(table: Callable[..., list[Any]], name: str, data: Callable[[], bytes], found: str) -> None:
    *_, failure = table(name, data())
    assert isinstance(failure, Failure)
    assert found in failure.message
    assert "\n" not in failure.message


def test_a_parquet_column_that_is_no_text(table: Callable[..., list[Any]]) -> None:
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": pa.array([["a", "b"], None])}), out)
    (failure,) = table("t.parquet", out.getvalue())
    assert "has a column 'text' of type list<" in failure.message


def test_a_long_text_that_many_rows_share_is_not_unpacked(table: Callable[..., list[Any]]) -> None:
    out = io.BytesIO()
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 300 + [1], pa.int32()), ["y" * 50_000_000, "Rash."])
    parquet.write_table(pa.table({"text": shared}), out)
    items = table("t.parquet", out.getvalue())
    assert len(items) == 301
    assert [i.text for i in items if isinstance(i, SourceDocument)] == ["Rash."]
