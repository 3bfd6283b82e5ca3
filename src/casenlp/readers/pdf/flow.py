"""Pieces -> the text of the document, its blocks and its tables.

A paragraph that goes on in the next column or page is written on, and what interrupts it (captions, tables, notes)
comes after it; each part stays a block of its own with its own page and box. A word that the break cuts belongs to the
part in which it begins. Furniture of all pages stands at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from casenlp.documents import Block, Cell, Place, SourceTable
from casenlp.readers.pdf.columns import rows_of
from casenlp.readers.pdf.furniture import PageText
from casenlp.readers.pdf.joining import Lexis, joined, seam
from casenlp.readers.pdf.paragraphs import CAPTION, Piece
from casenlp.readers.pdf.pdfium import Box
from casenlp.readers.pdf.segments import Segment, upright

_STOPPED = re.compile(r"[.?!:][\"'”’)\]]*(?:\s?\[[\d,–\- ]+\])?$")
_ITEM = re.compile(r"[•‣▪◦●■]|(?:\(?\d{1,2}[.)]|\[\d+\])\s")
_TABLE_CAPTION = re.compile(r"(?:supplementa(?:ry|l) )?table", re.IGNORECASE)
_NEAR = 45.0  # points between a table and its caption at most
_FIRST_WORD = re.compile(r"\S+")


class Manuscript:
    """Text in the making, with the blocks and tables that lie on it."""

    def __init__(self, pages: Sequence[PageText], lexis: Lexis) -> None:
        self._pages = {page.number: page for page in pages}
        self._lexis = lexis
        self._parts: list[str] = []
        self._length = 0
        self.blocks: list[Block] = []
        self.tables: list[SourceTable] = []

    @property
    def text(self) -> str:
        """All that is written."""
        return "".join(self._parts)

    def write(self, pieces: Sequence[Piece]) -> None:
        """Write the pieces of a document, given in reading order."""
        captions = _captions(pieces)
        spans: dict[int, tuple[int, int]] = {}
        waiting: list[tuple[int, Piece]] = []
        for chain in _chains(pieces):
            self._part()
            if chain[0].grid is not None:
                waiting.append((len(self.tables), chain[0]))
                self._table(chain[0])
            else:
                start = self._length
                self._chain(chain)
                spans[id(chain[0])] = (start, self._length)
        for number, piece in waiting:
            caption = captions.get(id(piece))
            if caption is not None and id(caption) in spans:
                table = self.tables[number]
                self.tables[number] = SourceTable(table.start, table.end, table.cells, spans[id(caption)])

    def write_furniture(self) -> None:
        """Write what was set aside, a block a page."""
        for page in self._pages.values():
            lines = [" ".join(s.text for s in row) for row in rows_of(page.furniture)]
            if lines:
                self._part()
                start = self._length
                self._add("\n".join(lines))
                place = Place(page.number, self._box_of(page, page.furniture))
                self.blocks.append(Block(start, self._length, "boilerplate", None, place))

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _part(self) -> None:
        if self._length:
            self._add("\n\n")

    def _chain(self, chain: Sequence[Piece]) -> None:
        texts = [joined((line.text for line in piece.lines), self._lexis) for piece in chain]
        for number, (piece, text) in enumerate(zip(chain, texts, strict=True)):
            between = ""
            if number + 1 < len(texts):
                text, between = seam(text, texts[number + 1], self._lexis)
                m = _FIRST_WORD.match(texts[number + 1])
                if not between and m:
                    text += m.group()
                    texts[number + 1] = texts[number + 1][m.end() :].lstrip()
                    between = " " if texts[number + 1] else ""
            text = text.replace("\u00ad", "")
            if text:
                start = self._length
                self._add(text)
                self.blocks.append(
                    Block(start, self._length, piece.kind, piece.section, self._place(piece), number > 0)
                )
            self._add(between)

    def _table(self, piece: Piece) -> None:
        assert piece.grid is not None
        start = self._length
        cells: list[Cell] = []
        row = 0
        for number, cell in enumerate(piece.grid.cells):
            if number:
                self._add("\n" if cell.row > row else "\t")
            row = cell.row
            at = self._length
            self._add(cell.text.replace("\u00ad", ""))
            cells.append(Cell(at, self._length, cell.row, cell.column, 1, cell.column_span, cell.header))
        self.tables.append(SourceTable(start, self._length, tuple(cells)))
        self.blocks.append(Block(start, self._length, "table", piece.section, self._place(piece)))

    def _place(self, piece: Piece) -> Place:
        return Place(piece.page, _on_page(piece.box, self._pages[piece.page].angle))

    def _box_of(self, page: PageText, segments: Iterable[Segment]) -> Box:
        boxes = [_on_page((s.left, s.bottom, s.right, s.top), s.angle) for s in segments]
        return (
            min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
        )  # fmt: skip


def _on_page(box: Box, angle: int) -> Box:
    left, bottom, right, top = upright(box, angle)
    return round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)


def _chains(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in the order in which they are written, those of one paragraph together."""
    chains: list[list[Piece]] = []
    running: dict[str, list[Piece]] = {}
    for piece in pieces:
        last = running.get(piece.kind)
        if last is not None and _goes_on(last[-1], piece, interrupted=chains[-1] is not last):
            last.append(piece)
            continue
        chains.append([piece])
        if piece.kind in ("heading", "title"):
            running.clear()
        elif piece.kind in ("paragraph", "reference"):
            running[piece.kind] = chains[-1]
    return chains


def _goes_on(part: Piece, after: Piece, *, interrupted: bool) -> bool:
    """Whether `after` is the rest of the paragraph that `part` begins."""
    if part.grid is not None or after.grid is not None or (part.column == after.column and not interrupted):
        return False
    if abs(part.size - after.size) > 0.08 * part.size or part.bold != after.bold:
        return False
    end, first = part.lines[-1].text, after.lines[0].text
    if end.endswith(("-", "‐", "\u00ad")) and first[:1].isalnum():
        return True
    if _STOPPED.search(end) or _ITEM.match(first) or CAPTION.match(first):
        return False
    return first[0].islower() or (part.fills and (first[0].isalnum() or first[0] in '(<>±["“'))


def _captions(pieces: Sequence[Piece]) -> dict[int, Piece]:
    """For each table the caption nearest above it, or else below it."""
    captions = [piece for piece in pieces if piece.kind == "caption" and _TABLE_CAPTION.match(piece.text)]
    near = [
        (distance, number, table, caption)
        for number, table in enumerate(piece for piece in pieces if piece.grid is not None)
        for caption in captions
        if (distance := _distance(table, caption)) is not None
    ]
    found: dict[int, Piece] = {}
    used: set[int] = set()
    for _, _, table, caption in sorted(near, key=lambda entry: entry[:2]):
        if id(table) not in found and id(caption) not in used:
            found[id(table)] = caption
            used.add(id(caption))
    return found


def _distance(table: Piece, caption: Piece) -> float | None:
    """Points between a table and its caption above or, which counts more, below; None when they are apart."""
    if table.page != caption.page or caption.box[0] > table.box[2] or caption.box[2] < table.box[0]:
        return None
    above, below = caption.box[1] - table.box[3], table.box[1] - caption.box[3]
    if -_NEAR < above < _NEAR:
        return abs(above)
    return _NEAR + below if -_NEAR < below < _NEAR else None
