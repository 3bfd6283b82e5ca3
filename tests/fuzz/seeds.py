"""Small valid files of every format that is read, to begin from."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache

TEXT = "Case report\n\nA 54-year-old woman was given imaginumab 400 mg daily. Platelets were 45 × 10⁹/L on day 3.\n"
ROWS = [["doc_id", "title", "text"], ["a", "Rash", TEXT], ["b", "", 'Fever, "39 °C".\n'], ["c", None, None]]
TABLE = [["Test", "Day 1", "Day 9"], ["Sodium (135–145 mmol/L)", "128", "136"], ["ALT, U/L", "410", ""]]


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of some members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _jsonl() -> bytes:
    return "".join(json.dumps({"doc_id": r[0], "text": r[2]}) + "\n" for r in ROWS[1:]).encode()


def _csv(delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(ROWS)
    return out.getvalue().encode(encoding)


def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: [row[i] for row in ROWS[1:]] for i, name in enumerate(ROWS[0])}
    out = io.BytesIO()
    parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def _docx() -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in TEXT.split("\n"))
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{c}</w:t></w:r></w:p></w:tc>" for c in row) + "</w:tr>"
        for row in TABLE
    )
    head = '<w:p><w:pPr><w:pStyle w:val="h1"/></w:pPr><w:r><w:t>Results</w:t></w:r></w:p>'
    body = f"{paragraphs}{head}<w:tbl>{cells}</w:tbl>"
    return zipped(
        {
            "word/document.xml": f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": f'<w:styles xmlns:w="{space}"><w:style w:styleId="h1"><w:name w:val="heading 1"/>'
            "</w:style></w:styles>",
            "word/footnotes.xml": f'<w:footnotes xmlns:w="{space}"><w:footnote><w:p><w:r><w:t>A note.</w:t></w:r></w:p>'
            "</w:footnote></w:footnotes>",
        }
    )


def _table() -> str:
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in TABLE)
    return f'<table><thead><tr><th colspan="3">Results</th></tr></thead><tbody>{rows}</tbody></table>'


def _jats() -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.3//EN" "JATS.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="doi">10.9999/x</article-id><title-group><article-title>Rash</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>A</given-names></name></contrib>
</contrib-group><pub-date><year>2020</year></pub-date><abstract><title>Abstract</title><p>A rash.</p></abstract>
</article-meta></front><body><sec sec-type="cases"><title>Case report</title><p>{TEXT}<xref ref-type="bibr">1</xref>
10<sup>9</sup>/L</p><table-wrap><label>Table 1</label><caption><p>Results</p></caption>{_table()}</table-wrap>
<fig><caption><p>Rash</p></caption></fig></sec></body><back><ref-list><ref id="R1"><mixed-citation>Doe A. 2001.
</mixed-citation></ref></ref-list></back></article>""".encode()


def _html() -> bytes:
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>Rash</title>
<meta name="citation_title" content="Rash"><script>var x = 1 < 2;</script></head><body><nav><a href="/">Home</a></nav>
<article><h1>Rash</h1><h2>Case report</h2><p>{TEXT}10<sup>9</sup>/L</p>{_table()}<h2>References</h2><ol><li>Doe A.</li>
</ol></article><footer>Cookies</footer></body></html>""".encode()


def _bioc_json() -> bytes:
    passages = [
        {"offset": 0, "infons": {"type": "title", "section_type": "TITLE"}, "text": "Rash", "sentences": []},
        {"offset": 5, "infons": {"section_type": "CASE", "type": "paragraph"}, "text": TEXT},
        {"offset": 5 + len(TEXT), "infons": {"year": "2020"}, "sentences": [{"offset": 300, "text": "Fever."}]},
    ]
    return json.dumps({"source": "x", "documents": [{"id": "1", "passages": passages}]}).encode()


def _bioc_xml() -> bytes:
    return f"""<?xml version="1.0"?><!DOCTYPE collection SYSTEM "BioC.dtd"><collection><source>x</source><document>
<id>1</id><passage><infon key="type">title</infon><offset>0</offset><text>Rash</text></passage><passage>
<infon key="section_type">CASE</infon><offset>5</offset><text>{TEXT}</text></passage></document>
</collection>""".encode()


def _pubmed() -> bytes:
    return f"""<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Journal>
<JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue><Title>J</Title></Journal>
<ArticleTitle>Rash</ArticleTitle><Abstract><AbstractText Label="CASE">{TEXT}</AbstractText></Abstract>
<AuthorList><Author><LastName>Doe</LastName></Author></AuthorList></Article></MedlineCitation></PubmedArticle>
</PubmedArticleSet>""".encode()


def _nbib() -> bytes:
    abstract = TEXT.replace("\n", " ")
    record = f"PMID- 1\nTI  - Rash\nAB  - CASE REPORT: {abstract}\n      More.\nFAU - Doe, A\nDP  - 2020\n"
    return f"{record}\nPMID- 2\n".encode()


def _pdf() -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=0)
    for page in range(2):
        for i in range(8):
            canvas.drawString(60, 780 - 14 * i, "A 54-year-old woman was given imaginumab")
            canvas.drawString(310, 780 - 14 * i, "400 mg daily. Sodium was 128 mmol/L.")
        canvas.drawString(300, 20, str(page + 1))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def seeds() -> Mapping[str, bytes]:
    """File name -> bytes; the suffix says the format."""
    plain: dict[str, bytes] = {
        "utf8.txt": TEXT.encode(),
        "utf16.txt": TEXT.encode("utf-16"),
        "western.txt": TEXT.replace("⁹", "9").encode("cp1252"),
        "lines.jsonl": _jsonl(),
        "table.csv": _csv(),
        "table.tsv": _csv("\t"),
        "utf16.csv": _csv(encoding="utf-16"),
        "book.xlsx": _xlsx(),
        "table.parquet": _parquet(),
        "case.docx": _docx(),
        "case.xml": _jats(),
        "case.html": _html(),
        "bioc.json": _bioc_json(),
        "bioc.xml": _bioc_xml(),
        "pubmed.xml": _pubmed(),
        "pubmed.nbib": _nbib(),
        "case.pdf": _pdf(),
    }
    packed = {f"{name}.gz": gzip.compress(plain[name], mtime=0) for name in ("utf8.txt", "lines.jsonl", "bioc.xml")}
    return {
        **plain,
        **packed,
        "reports.zip": zipped({name: plain[name] for name in ("utf8.txt", "case.docx", "case.xml")}),
    }
