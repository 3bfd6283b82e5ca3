"""PDF pages drawn by hand: reading order, what is set aside, tables, places; and all ways in which a file is no PDF."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from reportlab.lib.colors import Color
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from casenlp.documents import Article, SourceDocument
from casenlp.readers import read
from casenlp.readers.origin import Origin
from casenlp.readers.pdf import isolation
from casenlp.readers.pdf.layout import document_of
from casenlp.records import Failure
from pdf_forms import drawn, manuscript, parts_of

LEFT = [
    "The patient was a man of 61 years who had been given",
    "amiodarone 200 mg daily for two years. He came to us",
    "with weight loss and palpitations of six weeks, and he",
    "had no goitre. Free thyroxine was 58 pmol/L and thyro-",
    "tropin was below 0.01 mU/L. His liver tests were nor-",
    "mal. The scan showed no uptake in the gland at all, so",
    "that amiodarone was stopped and prednisolone 30 mg was",
]
RIGHT = [
    "begun on the same day. After four weeks his weight had",
    "come back, and the thyrotropin could be measured again",
    "although thyroxine was still raised at 31 pmol/L. Then",
    "prednisolone was reduced by 5 mg each week and ended.",
]
WHOLE = (
    "The patient was a man of 61 years who had been given amiodarone 200 mg daily for two years. He came "
    "to us with weight loss and palpitations of six weeks, and he had no goitre. Free thyroxine was 58 "
    "pmol/L and thyrotropin was below 0.01 mU/L. His liver tests were normal. The scan showed no uptake "
    "in the gland at all, so that amiodarone was stopped and prednisolone 30 mg was begun on the same "
    "day. After four weeks his weight had come back, and the thyrotropin could be measured again although "
    "thyroxine was still raised at 31 pmol/L. Then prednisolone was reduced by 5 mg each week and ended."
)


def lines(canvas: Canvas, texts: list[str], x: float, y: float, size: float = 10, font: str = "Times-Roman") -> float:
    """Draw lines below each other; the height below the last."""
    canvas.setFont(font, size)
    for text in texts:
        canvas.drawString(x, y, text)
        y -= 1.2 * size
    return y


def columns(canvas: Canvas) -> None:
    """One paragraph over two columns."""
    lines(canvas, LEFT, 50, 700)
    lines(canvas, RIGHT, 310, 700)


def document(data: bytes) -> SourceDocument:
    return document_of(data, Origin("report.pdf", "report", None), 1_000_000)


def words(found: SourceDocument, kind: str) -> list[str]:
    """The texts of all blocks of a kind."""
    return [found.text[block.start : block.end] for block in found.blocks if block.kind == kind]


def paragraphs(found: SourceDocument) -> list[str]:
    """The paragraphs, parts of one joined as they stand in the text."""
    whole: list[tuple[int, int]] = []
    for block in found.blocks:
        if block.kind == "paragraph":
            whole[-1:] = [(whole[-1][0], block.end)] if block.continued else [*whole[-1:], (block.start, block.end)]
    return [found.text[start:end] for start, end in whole]


def test_a_paragraph_goes_on_in_the_next_column() -> None:
    found = document(drawn(columns))
    assert paragraphs(found) == [WHOLE]
    first, second = found.blocks
    assert first.place is not None
    assert second.place is not None
    assert (first.place.page, second.place.page, second.continued) == (1, 1, True)
    assert first.place.box is not None
    left, bottom, right, top = first.place.box
    assert (left, round(bottom), round(top)) == (50, 626, 709)
    assert 250 < right < 300
    assert found.text[second.start :].startswith("begun on the same day")


def test_a_word_and_a_paragraph_go_on_over_the_page() -> None:
    def first(canvas: Canvas) -> None:
        lines(canvas, ["Journal of Invented Cases"], 50, 810, 8)
        lines(canvas, [*LEFT[:3], "had no goitre. Free thyroxine was 58 pmol/L and thyro-"], 50, 100)
        lines(canvas, ["11"], 300, 20, 8)

    def second(canvas: Canvas) -> None:
        lines(canvas, ["Journal of Invented Cases"], 50, 810, 8)
        lines(canvas, ["tropin was below 0.01 mU/L. His liver tests were good."], 50, 760)
        lines(canvas, ["12"], 300, 20, 8)

    found = document(drawn(first, second))
    assert paragraphs(found)[0].endswith("58 pmol/L and thyrotropin was below 0.01 mU/L. His liver tests were good.")
    assert [(b.kind, b.place.page if b.place else 0) for b in found.blocks] == [
        ("paragraph", 1), ("paragraph", 2), ("boilerplate", 1), ("boilerplate", 2)
    ]  # fmt: skip
    assert words(found, "boilerplate") == ["Journal of Invented Cases\n11", "Journal of Invented Cases\n12"]


def test_title_and_a_wide_table_stand_over_two_columns() -> None:
    cells = [
        ["Test", "Day 1", "Day 8", "Day 15"],
        ["Free thyroxine, pmol/L", "58", "44", "31"],
        ["Thyrotropin, mU/L", "<0.01", "<0.01", "0.2"],
        ["Alanine aminotransferase, U/L", "31", "35", "29"],
    ]

    def page(canvas: Canvas) -> None:
        lines(canvas, ["Thyrotoxicosis under amiodarone in a man who had no goitre"], 50, 760, 16, "Helvetica-Bold")
        columns(canvas)
        lines(canvas, ["Table 1. Thyroid tests during treatment"], 50, 590, 8)
        for number, row in enumerate(cells):
            for x, cell in zip((50, 250, 350, 450), row, strict=True):
                lines(canvas, [cell], x, 575 - 12 * number, 8)
        lines(
            canvas,
            ["He has been well since then, and he takes no drug that", "holds iodine. He sees us twice."],
            50,
            500,
        )
        lines(
            canvas,
            ["His brother has Graves' disease and is under treatment", "with carbimazole 10 mg daily."],
            310,
            500,
        )

    found = document(drawn(page))
    assert words(found, "title") == ["Thyrotoxicosis under amiodarone in a man who had no goitre"]
    assert paragraphs(found) == [
        WHOLE,
        "He has been well since then, and he takes no drug that holds iodine. He sees us twice.",
        "His brother has Graves' disease and is under treatment with carbimazole 10 mg daily.",
    ]
    (table,) = found.tables
    assert table.caption is not None
    assert found.text[slice(*table.caption)] == "Table 1. Thyroid tests during treatment"
    shown = [[found.text[c.start : c.end] for c in table.cells if c.row == row] for row in range(4)]
    assert shown == cells
    assert [c.row for c in table.cells if c.header] == [0] * 4


def test_a_caption_is_moved_out_of_the_sentence_that_it_interrupts() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, LEFT[:2], 50, 700)
        picture(canvas, 50, 600, 200, 60)
        lines(canvas, ["Figure 2. The scan."], 50, 580, 8, "Helvetica")
        lines(canvas, LEFT[2:4], 50, 550)

    found = document(drawn(page))
    assert paragraphs(found) == [" ".join(LEFT[:4])]
    assert words(found, "caption") == ["Figure 2. The scan."]


def picture(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    from PIL import Image

    canvas.drawImage(ImageReader(Image.new("RGB", (20, 20), (200, 220, 240))), x, y, width, height)


def test_line_numbers_stamps_and_words_in_pictures_are_set_aside() -> None:
    def page(canvas: Canvas) -> None:
        for number, text in enumerate(LEFT):
            lines(canvas, [str(number + 1)], 30, 700 - 24 * number, 8)
            lines(canvas, [text], 60, 700 - 24 * number)
        picture(canvas, 50, 300, 200, 100)
        lines(canvas, ["120 mg"], 80, 350, 6)
        canvas.saveState()
        canvas.translate(580, 300)
        canvas.rotate(90)
        lines(canvas, ["Downloaded by a guest on 3 May 2021"], 0, 0, 6)
        canvas.restoreState()
        canvas.saveState()
        canvas.setFillColor(Color(0.85, 0.85, 0.85))
        canvas.translate(150, 100)
        canvas.rotate(45)
        lines(canvas, ["DRAFT"], 0, 0, 60, "Helvetica-Bold")
        canvas.restoreState()

    found = document(drawn(page))
    assert " ".join(paragraphs(found)).startswith("The patient was a man of 61 years who had been given amiodarone")
    (aside,) = words(found, "boilerplate")
    assert sorted(aside.split()) == sorted("1 2 3 4 5 6 7 120 mg Downloaded by a guest on 3 May 2021 DRAFT".split())


def test_a_manuscript_with_numbered_lines_gives_its_words() -> None:
    report = Path(__file__).parents[1] / "corpus" / "reports" / "07-amiodarone-thyrotoxicosis.txt"
    parts = parts_of(report.read_text(encoding="utf-8"))
    found = document(manuscript(parts))
    shown = [found.text[b.start : b.end] for b in found.blocks if b.kind != "boilerplate" and not b.continued]
    assert " ".join(paragraphs(found)) == " ".join(part.text for part in parts if part.kind == "paragraph")
    assert [text for text in shown if len(text) < 40] == [part.text for part in parts if part.kind == "heading"]


RAISED = [
    ("10", "9", "/L", "10⁹/L"),
    ("of 1.73 m", "2", " each", "of 1.73 m² each"),
    ("a rash.", "1,2", " The", "a rash.[1,2] The"),
    ("aspirin 75 mg", "3", " daily", "aspirin 75 mg[3] daily"),
    ("Ca", "2+", " rose", "Ca²⁺ rose"),
    ("at 38.5", "o", "C", "at 38.5°C"),
    ("mL min", "-1", "", "mL min⁻¹"),
    ("on the 1", "st", " day", "on the 1st day"),
]


@pytest.mark.parametrize(("before", "small", "after", "text"), RAISED, ids=[row[3] for row in RAISED])
def test_raised_print(before: str, small: str, after: str, text: str) -> None:
    def page(canvas: Canvas) -> None:
        line = canvas.beginText(60, 700)
        line.setFont("Times-Roman", 11)
        line.textOut(before)
        line.setFont("Times-Roman", 7)
        line.setRise(4)
        line.textOut(small)
        line.setRise(0)
        line.setFont("Times-Roman", 11)
        line.textOut(after)
        canvas.drawText(line)

    assert document(drawn(page)).text == text


def test_lowered_print_stays_in_its_word() -> None:
    def page(canvas: Canvas) -> None:
        line = canvas.beginText(60, 700)
        for text, size, rise in (
            ("PaCO", 11, 0),
            ("2", 7, -2),
            (" was 49 mmHg and HbA", 11, 0),
            ("1c", 7, -2),
            (" 7%", 11, 0),
        ):
            line.setFont("Times-Roman", size)
            line.setRise(rise)
            line.textOut(text)
        canvas.drawText(line)

    assert document(drawn(page)).text == "PaCO2 was 49 mmHg and HbA1c 7%"


def test_a_drop_cap_belongs_to_its_word() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, ["T"], 50, 688, 30, "Times-Bold")
        lines(canvas, ["he patient was a man of 61 years who had been given", *LEFT[1:3]], 72, 700)
        lines(canvas, LEFT[3:], 50, 664)

    assert paragraphs(document(drawn(page)))[0].startswith("The patient was a man of 61 years who had been given amiod")


def test_headings_make_sections_and_references_are_no_text() -> None:
    def page(canvas: Canvas) -> None:
        y = lines(canvas, ["Case report"], 50, 780, 12, "Helvetica-Bold")
        y = lines(canvas, LEFT[:3], 50, y - 4)
        y = lines(canvas, ["Treatment"], 50, y - 8, 10, "Helvetica-Bold")
        y = lines(canvas, RIGHT, 50, y - 4)
        y = lines(canvas, ["References"], 50, y - 8, 12, "Helvetica-Bold")
        lines(canvas, ["1. Writer A, Author B. A man given aspirin 75 mg. Invented J 2001;2:3.",
                       "2. Scribe C. Potassium of 7.1 mmol/L. Made-up Med 1999;1:9-12."], 50, y - 4, 8)  # fmt: skip

    found = document(drawn(page))
    assert [(b.kind, b.section) for b in found.blocks] == [
        ("heading", "Case report"),
        ("paragraph", "Case report"),
        ("heading", "Case report > Treatment"),
        ("paragraph", "Case report > Treatment"),
        ("heading", "References"),
        ("reference", "References"),
        ("reference", "References"),
    ]


def test_a_page_that_lies_on_its_side_is_read() -> None:
    def page(canvas: Canvas) -> None:
        canvas.translate(560, 40)
        canvas.rotate(90)
        lines(canvas, LEFT, 0, 400)

    found = document(drawn(page))
    assert found.text.startswith("The patient was a man of 61 years who had been given amiodarone")
    assert found.blocks[0].place is not None
    left, bottom, right, top = found.blocks[0].place.box or (0, 0, 0, 0)
    assert (round(left), round(bottom), round(right)) == (151, 40, 234)
    assert top > bottom + 200


def test_an_article_is_known_by_its_first_page() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, ["Invented Journal of Cases 2020;12:101-103"], 50, 815, 8)
        lines(canvas, ["https://doi.org/10.9999/inv.2020.101"], 50, 25, 8)
        lines(canvas, ["Thyrotoxicosis under amiodarone", "in a man who had no goitre"], 50, 770, 16, "Helvetica-Bold")
        lines(canvas, ["Ann B. Writer, MD, Carl Scribe and Eva van Author"], 50, 730, 11)
        lines(canvas, ["Department of Medicine, Invented Hospital"], 50, 716, 8)
        columns(canvas)

    assert document(drawn(page)).article == Article(
        title="Thyrotoxicosis under amiodarone in a man who had no goitre",
        journal="Invented Journal of Cases",
        year=2020,
        doi="10.9999/inv.2020.101",
        authors=("Ann B. Writer", "Carl Scribe", "Eva van Author"),
    )


# Files that cannot be read.

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"
SHOWN = b"BT /F1 12 Tf 72 720 Td (She was given prednisolone 40 mg daily.) Tj ET"


def raw(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(data))
    return data + head + table + tail


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page_of(content: bytes, media: bytes = b"0 0 612 792", resources: bytes = b"", *more: bytes) -> bytes:
    """A PDF of one page with this content; `more` objects are numbered from 6."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> %s >> >>"
        % (media, resources)
    )
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return raw(CATALOG, pages, page, content if content.startswith(b"<<") else stream(content), FONT, *more)


def locked() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt="secret")
    canvas.drawString(100, 100, "Fever.")
    canvas.save()
    return buffer.getvalue()


def scan(canvas: Canvas) -> None:
    picture(canvas, 0, 0, 595, 842)
    lines(canvas, ["Scanned 2021"], 200, 20, 8)


WRITTEN = drawn(columns, columns)
MANY = [
    b"<< /Type /Pages /Kids [%s] /Count 5000 >>" % b" ".join(b"%d 0 R" % (n + 3) for n in range(5000)),
    *[PAGE] * 5000,
]
DEEP = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 3) for n in range(20_000)]
BAD = [
    ("locked", locked(), "is a PDF locked with a password", "without its password"),
    ("cut off", WRITTEN[: len(WRITTEN) // 2], "is a PDF that was cut off", "get the whole file again"),
    ("nothing but a name", b"%PDF-1.4\n" + bytes(range(256)) * 100, "is a PDF that was cut off", "get the whole file"),
    ("no pages", raw(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"), "is a PDF without pages", "save it anew"),
    (
        "empty page",
        raw(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE),
        "without text (1 page)",
        "ocrmypdf",
    ),
    ("scan", drawn(scan, scan), "without text (2 pages, 2 of them a picture: a scan)", "OCR such as: ocrmypdf"),
    ("5,000 pages", raw(CATALOG, *MANY), "has 5,000 pages, more than the limit of 2,000", "--max-chars"),
    ("deep tree", raw(CATALOG, *DEEP, PAGE), "damaged PDF (page 1 cannot be read)", "repair it"),
    ("loop", raw(CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"), "damaged PDF (page 1", "repair it"),
    ("letters without a meaning", page_of(SHOWN.replace(b"/F1 12 Tf", b"/F1 1e30 Tf")), "without text", "ocrmypdf"),
]
ODD = [
    ("broken table of places", WRITTEN.replace(b"\n0000000", b"\n9999999"), "The patient was a man"),
    ("wrong start", WRITTEN[: WRITTEN.rindex(b"startxref")] + b"startxref\n999999\n%%EOF\n", "The patient was a man"),
    ("a count that lies", page_of(SHOWN).replace(b"/Count 1 ", b"/Count 2000000000 "), "She was given"),
    ("huge page", page_of(SHOWN, b"0 0 1e9 1e9"), "She was given"),
    ("page without size", page_of(SHOWN, b"0 0 0 0"), "She was given"),
    ("words far off", page_of(SHOWN.replace(b"72 720", b"1e38 -1e38")), "She was given"),
    (
        "deep array",
        page_of(SHOWN).replace(b"/Type /Catalog", b"/Type /Catalog /X " + b"[" * 9999 + b"]" * 9999),
        "She was",
    ),
]


@pytest.mark.parametrize(("data", "found", "remedy"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_is_one_line(tmp_path: Path, data: bytes, found: str, remedy: str) -> None:
    path = tmp_path / "case.pdf"
    path.write_bytes(data)
    (failure,) = read(path)
    assert isinstance(failure, Failure)
    assert failure.message.startswith(f"{path}: ")
    assert found in failure.message
    assert remedy in failure.message
    assert "\n" not in failure.message


@pytest.mark.parametrize(("data", "begins"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_an_odd_file_is_read(data: bytes, begins: str) -> None:
    assert document(data).text.startswith(begins)


def test_too_many_words() -> None:
    with pytest.raises(
        Exception, match=r"holds more than [\d,]+ characters by page 1 of 2, more than the limit of 300"
    ):
        document_of(WRITTEN, Origin("case.pdf", "case", None), 300)


def test_a_page_that_never_ends_is_given_up_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X %d 0 R >> >>"
    nest = [stream(b"/X Do " * 10, form % (7 + level)) for level in range(9)]
    last = stream(SHOWN, b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >>")
    (tmp_path / "a.pdf").write_bytes(page_of(b"/X Do", b"0 0 612 792", b"/XObject << /X 6 0 R >>", *nest, last))
    (tmp_path / "b.pdf").write_bytes(page_of(SHOWN))
    monkeypatch.setattr(isolation, "PATIENCE", 3.0)
    hostile, good = read(tmp_path)
    assert isinstance(hostile, Failure)
    assert "keeps its reader busy for more than 3 seconds" in hostile.message
    assert isinstance(good, SourceDocument)
    assert good.text == "She was given prednisolone 40 mg daily."


def test_a_page_that_unpacks_to_very_much_is_read_to_its_end() -> None:
    packed = zlib.compress(SHOWN + b"q Q " * 1_000_000, 9)
    assert document(page_of(stream(packed, b"/Filter /FlateDecode"))).text == "She was given prednisolone 40 mg daily."


def test_the_other_process_gives_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(WRITTEN)
    (apart,) = read(path)
    assert apart == document_of(WRITTEN, Origin.of(path), 1_000_000)
