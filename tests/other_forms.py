"""The corpus reports in the forms of offices, tables, exchange and archives."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from html import escape
from typing import Any

import openpyxl
import pyarrow as pa
from pyarrow import parquet

from report_forms import Form, Report, plain_text

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLES = {"title": "Title", "heading": "heading 1"}


def _zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def word(report: Report) -> bytes:
    """A Word file whose headings have Word's own styles, each word a run of its own as after much editing."""
    paragraphs = ""
    for kind, words in report.parts:
        style = f'<w:pPr><w:pStyle w:val="{kind}"/></w:pPr>' if kind in _STYLES else ""
        pieces = words.split(" ")
        texts = [*(f"{piece} " for piece in pieces[:-1]), pieces[-1]]
        runs = "".join(f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>' for text in texts)
        paragraphs += f"<w:p>{style}{runs}</w:p>"
    styles = "".join(f'<w:style w:styleId="{k}"><w:name w:val="{name}"/></w:style>' for k, name in _STYLES.items())
    return _zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{paragraphs}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{_W}">{styles}</w:styles>',
        }
    )


def _passages(report: Report) -> list[tuple[int, dict[str, str], str]]:
    """(offset, infons, text) of each part: the title, an abstract, what stands under other headings as of the case."""
    passages: list[tuple[int, dict[str, str], str]] = []
    offset, section = 0, ""
    for kind, words in report.parts:
        if kind == "heading":
            section = "ABSTRACT" if words.lower() in ("abstract", "summary") else "CASE"
        infons = {
            "type": {"title": "front", "heading": "title_1"}.get(kind, "paragraph"),
            "section_type": "TITLE" if kind == "title" else section,
        }
        passages.append((offset, {k: v for k, v in infons.items() if v}, words))
        offset += len(words) + 1
    return passages


def bioc_json(report: Report) -> bytes:
    """BioC JSON in the shape of PubMed Central's."""
    listed = [{"offset": o, "infons": i, "text": words} for o, i, words in _passages(report)]
    return json.dumps([{"source": "x", "documents": [{"id": "d", "passages": listed}]}]).encode()


def bioc_xml(report: Report) -> bytes:
    """BioC XML."""
    listed = ""
    for offset, infons, words in _passages(report):
        said = "".join(f'<infon key="{k}">{v}</infon>' for k, v in infons.items())
        listed += f"<passage>{said}<offset>{offset}</offset><text>{escape(words)}</text></passage>"
    document = f"<document><id>d</id>{listed}</document>"
    return f'<?xml version="1.0" encoding="UTF-8"?><collection>{document}</collection>'.encode()


def _row(report: Report) -> dict[str, str]:
    return {"doc_id": "d", "text": plain_text(report).decode()}


def json_lines(report: Report) -> bytes:
    """One line."""
    return json.dumps(_row(report)).encode() + b"\n"


def comma_separated(report: Report) -> bytes:
    """One row under a header."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(_row(report)), list(_row(report).values())])
    return out.getvalue().encode("utf-8-sig")


def workbook(report: Report) -> bytes:
    """One row of a sheet."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(_row(report)))
    sheet.append(list(_row(report).values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet_file(report: Report) -> bytes:
    """One row of a column of texts."""
    out = io.BytesIO()
    parquet.write_table(pa.table({k: [v] for k, v in _row(report).items()}), out)
    return out.getvalue()


def utf16(report: Report) -> bytes:
    """Plain text as Windows writes Unicode."""
    return plain_text(report).decode().encode("utf-16")


def gzipped(report: Report) -> bytes:
    """Plain text, compressed."""
    return gzip.compress(plain_text(report))


def zipped(report: Report) -> bytes:
    """A Word file in an archive."""
    return _zipped({"folder/d.docx": word(report)})


OTHER_FORMS: Mapping[str, Form] = {
    "Word": Form(".docx", word),
    "BioC JSON": Form(".json", bioc_json),
    "BioC XML": Form(".xml", bioc_xml),
    "JSON Lines": Form(".jsonl", json_lines),
    "CSV": Form(".csv", comma_separated),
    "Excel": Form(".xlsx", workbook),
    "Parquet": Form(".parquet", parquet_file),
    "UTF-16": Form(".txt", utf16),
    "gzip": Form(".gz", gzipped),
    "ZIP": Form(".zip", zipped),
}
