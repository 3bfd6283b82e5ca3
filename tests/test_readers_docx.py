"""Word files, made by hand: paragraphs, headings, tables, notes, tracked changes, and files that are no Word files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from casenlp.documents import SourceDocument
from casenlp.readers import read
from casenlp.records import Failure

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STYLES = f"""<w:styles xmlns:w="{W}">
<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="berschrift2"><w:name w:val="Heading 2"/></w:style>
<w:style w:styleId="Own"><w:name w:val="My heading"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="Beschriftung"><w:name w:val="caption"/></w:style></w:styles>"""


def p(inner: str, style: str = "") -> str:
    """A paragraph of runs."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{inner}</w:p>"


def r(words: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def cell(words: str, properties: str = "") -> str:
    """A cell of a table."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(r(words))}</w:tc>"


BODY = (
    p(r("A rash after imaginumab"), "Titel")
    + p(r("Case report"), "berschrift1")
    + p(
        r("She was given ")
        + f'<w:ins w:id="1">{r("imaginumab ")}</w:ins>'
        + '<w:del w:id="2"><w:r><w:delText>aspirin </w:delText></w:r></w:del>'
        + "<w:r><w:t>400</w:t><w:noBreakHyphen/><w:t>mg</w:t><w:tab/><w:t>daily.</w:t></w:r>"
        + '<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>'
        + f"<w:hyperlink>{r(' Platelets 45 × 10')}</w:hyperlink>"
        + r("9", '<w:vertAlign w:val="superscript"/>')
        + r("/L")
    )
    + p("")
    + p(r("Results"), "Own")
    + "<w:sdt><w:sdtContent>"
    + p(r("In a content control."))
    + "</w:sdtContent></w:sdt>"
    + p(
        r("Beside a box.")
        + "<w:r><mc:AlternateContent xmlns:mc='m'><mc:Choice><w:drawing><w:txbxContent>"
        + p(r("In a box."))
        + "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        + p(r("In a box."))
        + "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    + p(r("Table 1 Results"), "Beschriftung")
    + "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>"
    + cell("Test")
    + cell("Result", '<w:gridSpan w:val="2"/>')
    + "</w:tr><w:tr>"
    + cell("Sodium", '<w:vMerge w:val="restart"/>')
    + cell("128")
    + cell("day  1")
    + "</w:tr><w:tr>"
    + cell("", "<w:vMerge/>")
    + cell("135")
    + cell("day 9")
    + "</w:tr></w:tbl>"
    + p(r("Discussion"), "berschrift1")
    + p(r("Rare."))
    + "<w:sectPr/>"
)
NOTES = (
    f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="-1">{p(r("---"))}</w:footnote>'
    f'<w:footnote w:id="1">{p(r("A note."))}</w:footnote></w:footnotes>'
)


def docx(path: Path, body: str = BODY, **parts: str) -> Path:
    """A Word file with just what makes one."""
    members = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": STYLES,
        "word/vbaProject.bin": "macros",
        **parts,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_word(tmp_path: Path) -> None:
    (document,) = read(docx(tmp_path / "case.docx", **{"word/footnotes.xml": NOTES}))
    assert isinstance(document, SourceDocument)
    assert [(document.text[b.start : b.end], b.kind, b.section) for b in document.blocks] == [
        ("A rash after imaginumab", "title", None),
        ("Case report", "heading", "Case report"),
        ("She was given imaginumab 400-mg\tdaily. Platelets 45 × 10⁹/L", "paragraph", "Case report"),
        ("Results", "heading", "Case report > Results"),
        ("In a content control.", "paragraph", "Case report > Results"),
        ("Beside a box.", "paragraph", "Case report > Results"),
        ("In a box.", "paragraph", "Case report > Results"),
        ("Table 1 Results", "caption", "Case report > Results"),
        ("Test\tResult\nSodium\t128\tday 1\n135\tday 9", "table", "Case report > Results"),
        ("Discussion", "heading", "Discussion"),
        ("Rare.", "paragraph", "Discussion"),
        ("A note.", "paragraph", "Discussion"),
    ]
    (table,) = document.tables
    cells = [
        (document.text[c.start : c.end], c.row, c.column, c.row_span, c.column_span, c.header) for c in table.cells
    ]
    assert cells == [
        ("Test", 0, 0, 1, 1, True),
        ("Result", 0, 1, 1, 2, True),
        ("Sodium", 1, 0, 2, 1, False),
        ("128", 1, 1, 1, 1, False),
        ("day 1", 1, 2, 1, 1, False),
        ("135", 2, 1, 1, 1, False),
        ("day 9", 2, 2, 1, 1, False),
    ]
    assert document.article is not None
    assert document.article.title == "A rash after imaginumab"
    assert document.blocks[2].place is not None
    assert document.blocks[2].place.xpath == "/w:document/w:body/w:p[3]"


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{}">{}]><w:document xmlns:w="{}"><w:body>{}</w:body></w:document>'
)
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: docx(path, ""), "is empty"),
    "no body": (lambda path: docx(path, **{"word/document.xml": "<x/>"}), "is a Word file without a text"),
    "broken markup": (lambda path: docx(path, "<w:p>"), "is not well-formed XML"),
    "deep markup": (lambda path: docx(path, "<w:p>" * 100_000), "is not well-formed XML"),
    "a bomb": (lambda path: docx(path, "<w:p/>" * 40_000_000), "more than 250 times its size"),
    "too long": (lambda path: docx(path, p(r("word " * 1_000_000))), "more than the limit of 1,000,000"),
    "billion laughs": (
        lambda path: docx(
            path,
            **{
                "word/document.xml": LAUGHS.format(
                    "ha" * 50,
                    "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefg", "bcdefgh", strict=True)),
                    W,
                    p(r("&h;")),
                )
            },
        ),
        "grow without bound",
    ),
    "another package": (
        lambda path: zipfile.ZipFile(path, "w").writestr("ppt/presentation.xml", "<x/>"),
        "is a PowerPoint file",
    ),
    "a ZIP of pictures": (
        lambda path: zipfile.ZipFile(path, "w").writestr("a.png", "x"),
        "is a ZIP archive without a report",
    ),
    "an old Word file": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1" + b"\0" * 600),
        "old Office document",
    ),
    "plain bytes": (lambda path: path.write_bytes(b"\x00\x01\x02" * 100), "has the suffix of Word"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_word_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "case.docx"
    make, found = HOSTILE[name]
    made = make(path)
    del made
    (failure,) = read(path)
    assert isinstance(failure, Failure)
    assert found in failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ('<w:vertAlign w:val="superscript"/>', "3.1 × 10⁹/L"),
        ('<w:position w:val="8"/><w:sz w:val="19"/>', "3.1 × 10⁹/L"),  # as LibreOffice writes it
        ('<w:position w:val="-8"/><w:sz w:val="19"/>', "3.1 × 109/L"),
        ('<w:vertAlign w:val="baseline"/>', "3.1 × 109/L"),
    ],
)
def test_raised_figures(tmp_path: Path, properties: str, words: str) -> None:
    (document,) = read(docx(tmp_path / "case.docx", p(r("3.1 × 10") + r("9", properties) + r("/L"))))
    assert document.text == words


@pytest.mark.parametrize(
    ("styles", "kinds"),
    [
        (["berschrift1", "", "berschrift2", ""], ["title", "paragraph", "heading", "paragraph"]),
        (["berschrift1", ""], ["title", "paragraph"]),
        (["berschrift1", "", "berschrift1", ""], ["heading", "paragraph", "heading", "paragraph"]),
        (["", "berschrift1", ""], ["paragraph", "heading", "paragraph"]),
        (["berschrift1", "Titel", ""], ["heading", "title", "paragraph"]),
    ],
)
def test_a_first_heading_above_all_others_is_the_title(tmp_path: Path, styles: list[str], kinds: list[str]) -> None:
    body = "".join(p(r(f"Words {number}"), style) for number, style in enumerate(styles))
    (document,) = read(docx(tmp_path / "case.docx", body))
    assert [block.kind for block in document.blocks] == kinds
    assert (document.article is not None) == ("title" in kinds)
