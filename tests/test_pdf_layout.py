"""The steps of the layout by themselves: nothing is lost, order is stable, hyphens are right, offsets are sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from casenlp.documents import SourceDocument
from casenlp.readers.origin import Origin
from casenlp.readers.pdf.columns import regions_of, rows_of
from casenlp.readers.pdf.furniture import PageText, set_furniture_aside
from casenlp.readers.pdf.joining import Lexis, joined, lexis_of
from casenlp.readers.pdf.layout import document_of
from casenlp.readers.pdf.paragraphs import CAPTION, pieces_of
from casenlp.readers.pdf.segments import Segment, raised, turned, upright
from casenlp.readers.pdf.tables import Grid, tables_among
from pdf_forms import drawn

WORDS = st.text("abcdeTN0123.-", min_size=1, max_size=9)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """A piece of a line anywhere on a page."""
    text = " ".join(draw(st.lists(WORDS, min_size=1, max_size=8)))
    size = draw(st.sampled_from([6.0, 8.0, 10.0, 10.0, 10.0, 18.0]))
    left, base = draw(st.integers(0, 560)), draw(st.integers(0, 800))
    width = 0.5 * size * len(text)
    return Segment(text, left, base - 0.2 * size, left + width, base + 0.9 * size, base, size, draw(st.booleans()))


def box_of(numbers: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
    left, bottom, width, height = numbers
    return left, bottom, left + width, bottom + height


BOXES = st.tuples(st.integers(0, 500), st.integers(0, 800), st.integers(0, 500), st.integers(0, 200)).map(box_of)
PAGES = st.lists(segments(), max_size=60)


@given(PAGES, st.lists(BOXES, max_size=4))
def test_regions_hold_every_piece_once(page: list[Segment], bars: list[tuple[float, float, float, float]]) -> None:
    found = regions_of(page, bars)
    assert Counter(id(s) for region in found for s in region) == Counter(id(s) for s in page)
    assert all(found)


@given(PAGES)
def test_the_order_of_the_file_does_not_change_the_regions(page: list[Segment]) -> None:
    again = sorted(page, key=lambda s: (s.text, s.left))
    first = [sorted(s.text for s in region) for region in regions_of(page)]
    assert [sorted(s.text for s in region) for region in regions_of(again)] == first


@given(PAGES)
def test_rows_go_down_and_to_the_right(page: list[Segment]) -> None:
    rows = rows_of(page)
    heights = [max(s.base for s in row) for row in rows]
    assert heights == sorted(heights, reverse=True)
    for row in rows:
        assert [s.left for s in row] == sorted(s.left for s in row)
    assert Counter(id(s) for row in rows for s in row) == Counter(id(s) for s in page)


@given(st.lists(PAGES, min_size=1, max_size=3))
def test_furniture_and_body_are_the_page(pages: list[list[Segment]]) -> None:
    contents = [PageText(number, 0, 0, 0, 595, 842, list(page)) for number, page in enumerate(pages, 1)]
    set_furniture_aside(contents)
    for content, page in zip(contents, pages, strict=True):
        kept = " ".join(s.text for s in (*content.body, *content.furniture)).split()
        assert Counter(kept) == Counter(" ".join(s.text for s in page).split())


@given(PAGES.filter(bool))
def test_pieces_hold_every_word(page: list[Segment]) -> None:
    pieces = pieces_of(page, 1, 0, (), {}, 1.2)
    texts = [cell.text for p in pieces if p.grid for cell in p.grid.cells] + [
        line.text for p in pieces for line in p.lines
    ]
    assert Counter("".join(texts).replace(" ", "").translate(UNMARKED)) == Counter(
        "".join(s.text for s in page).replace(" ", "").translate(UNMARKED)
    )


#: Raised print is written with brackets or other signs.
UNMARKED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺°", "0123456789-+o", "[]")


@given(st.lists(st.lists(segments(), min_size=1, max_size=5), max_size=20))
def test_tables_hold_every_cell(rows: list[list[Segment]]) -> None:
    rows = rows_of([segment for row in rows for segment in row])
    texts: list[str] = []
    for part in tables_among(rows):
        if isinstance(part, Grid):
            texts += [cell.text for cell in part.cells]
            places = [(cell.row, cell.column) for cell in part.cells]
            assert places == sorted(set(places))
        else:
            texts += [segment.text for row in part for segment in row]
    assert sorted("".join(texts).replace(" ", "")) == sorted("".join(s.text for r in rows for s in r).replace(" ", ""))


@given(BOXES, st.sampled_from([0, 90, 180, 270]))
def test_a_box_is_turned_and_turned_back(box: tuple[float, float, float, float], angle: int) -> None:
    there = turned(box, angle)
    assert there[0] <= there[2]
    assert there[1] <= there[3]
    assert upright(there, angle) == box


HYPHENS = [
    ("inflam-|mation", {}, "inflammation"),
    ("COVID-|19", {}, "COVID-19"),
    ("5-|FU", {}, "5-FU"),
    ("anti-|TNF", {}, "anti-TNF"),
    ("IL-|6", {}, "IL-6"),
    ("dose-|dependent", {}, "dose-dependent"),
    ("a five-|day history", {}, "a five-day history"),
    ("follow-|up", {}, "follow-up"),
    ("protein-|to-creatinine ratio", {}, "protein-to-creatinine ratio"),
    ("short-|and long-term", {}, "short- and long-term"),
    ("beta-|blocker", {"beta-blocker": 1}, "beta-blocker"),
    ("beta-|blocker", {"betablocker": 1}, "betablocker"),
    ("liver-|kidney", {"liver": 2, "kidney": 1}, "liver-kidney"),
    ("in-|flammation", {"in": 9}, "inflammation"),
    ("soft\u00ad|hyphen", {"soft": 1, "hyphen": 1}, "softhyphen"),
    ("mg/|day", {}, "mg/day"),
    ("2–|8 weeks", {}, "2–8 weeks"),
    ("none|at all", {}, "none at all"),
    ("a minus -|5", {}, "a minus -5"),
]


@pytest.mark.parametrize(("lines", "words", "text"), HYPHENS, ids=[row[0] for row in HYPHENS])
def test_lines_are_joined(lines: str, words: dict[str, int], text: str) -> None:
    assert joined(lines.split("|"), Lexis(words)) == text


def test_a_document_that_breaks_no_words_keeps_its_hyphens() -> None:
    lines = [
        "The hormone that is follicle-",
        "stimulating was low in this woman.",
        *["A line of usual width is here."] * 60,
    ]
    assert joined(lines[:2], lexis_of(lines)) == "The hormone that is follicle-stimulating was low in this woman."


@given(st.lists(st.lists(st.text("abcXY19", min_size=1, max_size=6), min_size=1, max_size=6).map(" ".join), max_size=8))
def test_joining_changes_nothing_but_spaces_and_hyphens(lines: list[str]) -> None:
    assert joined(lines, lexis_of(lines)) == " ".join(lines)


CAPTIONS = ["Figure 1. The rash.", "Fig. 2 Course of the platelets", "Table 1", "Table II: Results", "TABLE 3 – Drugs",
            "Supplementary Table 1. Doses", "Box 1 | Criteria", "Figure 1A. The scan"]  # fmt: skip
NO_CAPTIONS = [
    "Figure 1 shows the rash.",
    "Table 2 lists all drugs.",
    "Figures were drawn.",
    "Tablets of 5 mg",
    "Box him",
]


@pytest.mark.parametrize(("text", "is_caption"), [(t, True) for t in CAPTIONS] + [(t, False) for t in NO_CAPTIONS])
def test_captions(text: str, is_caption: bool) -> None:
    assert bool(CAPTION.match(text)) == is_caption


@given(st.text(min_size=1, max_size=5), st.text("0123456789+-−,abo°", min_size=1, max_size=4), st.text(max_size=3))
def test_raised_print_keeps_its_signs(before: str, text: str, after: str) -> None:
    plain = raised(before, text, after).translate(UNMARKED)
    assert plain in (text.translate(UNMARKED).replace("−", "-"), text.translate(UNMARKED), "o")


PLACED = st.tuples(
    st.integers(20, 500), st.integers(20, 800), st.integers(6, 20), st.lists(WORDS, min_size=1).map(" ".join)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(PLACED, min_size=1, max_size=25), min_size=1, max_size=3))
def test_any_page_gives_sound_offsets(pages: list[list[tuple[int, int, int, str]]]) -> None:
    def painter(texts: list[tuple[int, int, int, str]]) -> Callable[[Canvas], None]:
        def page(canvas: Canvas) -> None:
            for x, y, size, text in texts:
                canvas.setFont("Helvetica", size)
                canvas.drawString(x, y, text)

        return page

    data = drawn(*[painter(texts) for texts in pages])
    found = document_of(data, Origin("any.pdf", "any", None), 1_000_000)
    assert found == document_of(data, Origin("any.pdf", "any", None), 1_000_000)
    sound(found)


def sound(found: SourceDocument) -> None:
    """Blocks cover all words in order; cells and captions lie where they say."""
    at = 0
    for block in found.blocks:
        assert at <= block.start < block.end
        assert not found.text[at : block.start].strip()
        assert found.text[block.start : block.end].strip()
        assert block.place is not None
        assert block.place.page
        assert block.place.box is not None
        assert block.place.box[0] <= block.place.box[2]
        at = block.end
    assert not found.text[at:].strip()
    for table in found.tables:
        assert any(b.kind == "table" and (b.start, b.end) == (table.start, table.end) for b in found.blocks)
        assert [c.start for c in table.cells] == sorted(c.start for c in table.cells)
        assert all(table.start <= c.start <= c.end <= table.end for c in table.cells)


TIGHT = [
    ["Test", "Unit", "Admission", "Day 2", "Normal range"],
    ["Glucose", "mmol/L", "34.2", "11.8", "3.9-5.6"],
    ["Potassium", "mmol/L", "5.9", "3.4", "3.5-5.0"],
    ["Creatinine", "umol/L", "164", "92", "45-84"],
]


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize(("ruled", "tables"), [(True, 1), (False, 0)])
def test_rules_part_the_cells_of_a_table_that_is_set_tightly(turn: int, ruled: bool, tables: int) -> None:
    """As office programs set a table of least width: cells 4 points apart, a word gap and little more."""

    def page(canvas: Canvas) -> None:
        if turn:
            canvas.translate(595, 0)
            canvas.rotate(turn)
        widths = [max(canvas.stringWidth(row[n], "Helvetica", 12) for row in TIGHT) + 4 for n in range(5)]
        canvas.setFont("Helvetica", 12)
        canvas.drawString(50, 520, "He had been given insulin 6 units an hour since the day before, and was awake.")
        for number, row in enumerate(TIGHT):
            for column, words in enumerate(row):
                x, y = 50 + sum(widths[:column]), 480 - 17 * number
                canvas.drawString(x + 2, y, words)
        if ruled:
            for n in range(6):
                canvas.line(50 + sum(widths[:n]), 493, 50 + sum(widths[:n]), 493 - 17 * len(TIGHT))
        canvas.drawString(50, 390, "Intravenous insulin was given at six units an hour and she was soon awake again.")

    found = document_of(drawn(page), Origin("any.pdf", "any", None), 1_000_000)
    assert len(found.tables) == tables
    for table in found.tables:
        shown = [[found.text[c.start : c.end] for c in table.cells if c.row == row] for row in range(len(TIGHT))]
        assert shown == TIGHT
