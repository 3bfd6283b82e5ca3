"""PDFs made for tests: a report set as a journal or a manuscript sets it, and words put where a test wants them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Table,
    TableStyle,
)

_RAISED = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "-"}


@dataclass(frozen=True)
class Part:
    """A title, heading, paragraph, caption or table (then `rows`) of a report."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def parts_of(text: str) -> list[Part]:
    """The parts of a report in plain text, hard wraps undone; a table of cells parted by semicolons is left out."""
    parts: list[Part] = []
    wrapped = max(map(len, text.split("\n"))) < 100
    for block in re.split(r"\n[ ]*\n", text.replace("\r\n", "\n").strip("\n")):
        lines = [line for line in block.split("\n") if line.strip() and line.count(";") != 2]
        cells = [tuple(re.split(r" {3,}|\t", line.strip())) for line in lines]
        if len(lines) > 3 and all(len(row) == len(cells[-1]) > 1 for row in cells[1:]):
            parts += [Part("caption", lines[0]), Part("table", rows=tuple(cells[1:]))]
        elif wrapped:
            while lines and parts and _is_heading(lines[0]) and len(lines) > 1:
                parts.append(Part("heading", lines.pop(0)))
            whole = re.sub(r"(?<=\w)-\n", "", "\n".join(lines)).replace("\n", " ")
            parts.append(Part("heading" if _is_heading(whole) else "paragraph", whole))
        else:
            parts += [Part("heading" if _is_heading(line) else "paragraph", line.strip()) for line in lines]
    if parts[0].kind == "heading" and parts[1].kind == "heading":  # a title of two lines
        parts[:2] = [Part("title", f"{parts[0].text} {parts[1].text}")]
    elif parts[0].text[-1] not in ".:" and len(parts[0].text) < 250 and parts[1].kind == "heading":
        parts[0] = Part("title", parts[0].text)
    return resumed(parts)


def resumed(parts: list[Part]) -> list[Part]:
    """The parts with each paragraph that a caption interrupts made whole, and its caption after it."""
    whole: list[Part] = []
    for part in parts:
        if part.kind == "paragraph" and re.match(r"(?:Figure|Table) \d", part.text):
            part = Part("caption", part.text)
        caption = whole[-1] if whole and whole[-1].kind == "caption" else None
        if part.kind == "paragraph" and part.text[0].islower() and caption is not None:
            whole[-2:] = [Part("paragraph", f"{whole[-2].text} {part.text}"), caption]
        else:
            whole.append(part)
    return whole


def _is_heading(line: str) -> bool:
    return len(line) < 60 and line.strip()[-1] not in ".,;:?" and line[0].isupper()


def _marked_up(text: str) -> str:
    raised = re.compile(f"[{''.join(_RAISED)}]+")
    return raised.sub(lambda m: f"<super>{''.join(_RAISED[sign] for sign in m.group())}</super>", escape(text))


def journal(
    parts: Sequence[Part], columns: int = 2, head: str = "Journal of Invented Reports 2021;14:123-130"
) -> bytes:
    """The parts as a journal sets them: title over all columns, running heads, page numbers, text set to one width."""
    width, height = A4
    margin, gap, top = 54, 20, 90
    column = (width - 2 * margin - gap * (columns - 1)) / columns

    def frames(upper: float) -> list[Frame]:
        return [Frame(margin + i * (column + gap), margin, column, upper - margin, 0, 0, 0, 0) for i in range(columns)]

    def furniture(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(margin, height - 34, head)
        canvas.drawCentredString(width / 2, 28, str(document.page))

    title = Frame(margin, height - 50 - top, width - 2 * margin, top, 0, 0, 0, 0)
    buffer = io.BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        pageTemplates=[
            PageTemplate("first", [title, *frames(height - 60 - top)], onPage=furniture),
            PageTemplate("later", frames(height - 54), onPage=furniture),
        ],
    )
    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12, alignment=4, firstLineIndent=10)
    styles = {
        "title": ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=17, leading=20),
        "heading": ParagraphStyle(
            "heading", fontName="Helvetica-Bold", fontSize=10.5, leading=13, spaceBefore=8, spaceAfter=3
        ),
        "paragraph": body,
        "caption": ParagraphStyle("caption", fontName="Helvetica", fontSize=8, leading=10, spaceBefore=8),
    }
    flow: list[Flowable] = [NextPageTemplate("later")]
    if parts[0].kind != "title":
        flow.append(FrameBreak())
    for part in parts:
        if part.rows:
            rows = [[Paragraph(_marked_up(cell), styles["caption"]) for cell in row] for row in part.rows]
            share = [column * 0.4, *[column * 0.6 / (len(rows[0]) - 1)] * (len(rows[0]) - 1)]
            flow.append(
                Table(rows, colWidths=share, style=TableStyle([("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)]))
            )
        else:
            flow.append(Paragraph(_marked_up(part.text), styles[part.kind]))
        if part is parts[0] and part.kind == "title":
            flow.append(FrameBreak())
    document.build(flow)
    return buffer.getvalue()


def manuscript(parts: Sequence[Part], numbered: bool = True) -> bytes:
    """The parts as an author sends them: one column, wide lines, plain headings, every line numbered at the margin."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    width, height = A4
    number, y = 0, height - 80

    def line(text: str, font: str = "Times-Roman") -> None:
        nonlocal number, y
        if y < 80:
            canvas.setFont("Times-Roman", 10)
            canvas.drawCentredString(width / 2, 40, f"Page {canvas.getPageNumber()}")
            canvas.showPage()
            y = height - 80
        number += 1
        canvas.setFont("Times-Roman", 9)
        if numbered:
            canvas.drawRightString(60, y, str(number))
        canvas.setFont(font, 12)
        canvas.drawString(80, y, text)
        y -= 24

    for part in parts:
        for row in part.rows:
            line(row[0])
            for at, cell in enumerate(row[1:], 1):
                canvas.drawString(80 + 110 * at, y + 24, cell)
        font = "Times-Bold" if part.kind in ("title", "heading") else "Times-Roman"
        words = re.sub(f"(?<=10)[{''.join(_RAISED)}]", lambda m: "^" + _RAISED[m.group()], part.text).split()
        while words:
            taken = 1
            while taken < len(words) and canvas.stringWidth(" ".join(words[: taken + 1]), font, 12) < width - 160:
                taken += 1
            line(" ".join(words[:taken]), font)
            words = words[taken:]
    canvas.save()
    return buffer.getvalue()


def drawn(*pages: Callable[[Canvas], None], size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF of pages that are drawn by hand, without compression, so that a test can break it."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, pageCompression=0, invariant=1)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
