"""What goes in: a source document with what its reader knows of it, repaired text, and the way between the two."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

#: What a stretch of a structured source can be. Rows come from the first five; the rest is there to be read by
#: people: `reference` a bibliography, `boilerplate` menus, affiliations, licences, running heads and the like.
BLOCK_KINDS = ("title", "heading", "paragraph", "caption", "table", "reference", "boilerplate")
#: The kinds that the pipeline never sees.
SILENT_KINDS = ("reference", "boilerplate")
#: What stands between the headings of a path in `Block.section`, the outermost first: "Case report > Treatment".
SECTION_STEP = " > "


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand in the original: page (from 1) and box of a PDF, or the XPath of an XML or HTML element.

    `box` is (left, bottom, right, top) in points of 1/72 inch from the lower left corner of the page.
    """

    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    xpath: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch [start, end) of the source text that a reader knows more of; blocks are in order and do not overlap.

    `section` is the heading (or JATS sec-type) under which it stands, as the source has it, headings within headings
    as a path joined by SECTION_STEP; rules give it its meaning. A heading's own section is that which it opens.
    Line ends within a block are hard wraps, but for a `table`, which has a line a row. No sentence goes on from one
    block into the next, unless that is `continued`: the rest of a paragraph behind a page or column break.
    """

    start: int
    end: int
    kind: str = "paragraph"
    section: str | None = None
    place: Place | None = None
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: the words [start, end) of the source, its place in the grid from 0, and its reach."""

    start: int
    end: int
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table of the source: its cells in reading order, and its caption's stretch where it has one."""

    start: int
    end: int
    cells: tuple[Cell, ...]
    caption: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What is known of the publication, as the source has it."""

    title: str | None = None
    journal: str | None = None
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A report as its reader gives it: `text` is never altered afterwards, all offsets count its code points.

    For plain text it is the file's own text; for other formats it is the words of the file in reading order, and
    `blocks` lead from them to their place in the original.
    """

    doc_id: str
    text: str
    path: str | None = None
    blocks: tuple[Block, ...] = ()
    tables: tuple[SourceTable, ...] = ()
    article: Article | None = None

    def block_at(self, position: int) -> Block | None:
        """The block that holds a position; None where the reader knows nothing of it."""
        number = bisect_right(self.blocks, position, key=lambda block: block.start) - 1
        return self.blocks[number] if number >= 0 and position < self.blocks[number].end else None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of repaired text and the stretch of source it stands for.

    `exact` pieces have equal lengths and map position by position; others stand for their source as a whole.
    """

    start: int
    end: int
    source_start: int
    source_end: int
    exact: bool


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """The pieces of a repaired text, in its order; together they cover the source exactly once.

    Pieces with `start == end` stand for deleted source. `starts` are those of the pieces.
    """

    pieces: tuple[Piece, ...]
    starts: tuple[int, ...] = field(repr=False, default=())
    _by_source: tuple[Piece, ...] = field(repr=False, default=())
    _source_starts: tuple[int, ...] = field(repr=False, default=())

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> OffsetMap:
        """An offset map with its lookup tables; empty pieces are kept for going from the source."""
        whole = tuple(pieces)
        shown = tuple(p for p in whole if p.end > p.start)
        by_source = tuple(sorted(whole, key=lambda p: (p.source_start, p.source_end)))
        return cls(shown, tuple(p.start for p in shown), by_source, tuple(p.source_start for p in by_source))

    def _piece(self, position: int) -> Piece:
        return self.pieces[bisect_right(self.starts, position) - 1]

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Source offsets of the repaired span [start, end); an inexact piece is taken whole."""
        if not self.pieces:
            return 0, 0
        first = self.pieces[bisect_right(self.starts, start) - 1]
        if first.exact and start < end <= first.end:  # nearly always: within one piece
            shift = first.source_start - first.start
            return start + shift, end + shift
        source_start = first.source_start + (start - first.start) if first.exact else first.source_start
        if end <= start:
            return source_start, source_start
        last = self._piece(end - 1)
        source_end = last.source_start + (end - last.start) if last.exact else last.source_end
        if source_end <= source_start:  # the span crosses a moved block: take what stands before the move
            return source_start, first.source_end
        return source_start, source_end

    def all_to_source(self, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Source offsets of many repaired spans; quick where those that follow each other stand in one piece."""
        out: list[tuple[int, int]] = []
        low = high = shift = 0  # an exact piece, and how far it stands from its source
        for span in spans:
            start, end = span
            if low <= start < end <= high:
                out.append((start + shift, end + shift) if shift else span)
                continue
            out.append(self.to_source(start, end))
            if self.pieces:
                piece = self._piece(start)
                low, high, shift = piece.start, piece.end if piece.exact else 0, piece.source_start - piece.start
        return out

    def to_normalized(self, position: int) -> int:
        """Repaired offset of a source position; a deleted position maps to where its piece was."""
        number = bisect_right(self._source_starts, position) - 1
        piece = self._by_source[number] if number >= 0 else None
        if piece is None or position >= piece.source_end:
            return max((p.end for p in self.pieces), default=0)
        return piece.start + (position - piece.source_start) if piece.exact else piece.start

    def source_pieces(self) -> tuple[Piece, ...]:
        """All pieces in source order, deleted ones among them."""
        return self._by_source


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair, for `casenlp explain`: source offsets and what was done."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """Repaired text, the way back to the source, and the list of repairs that were more than a character.

    `blocks` are those of the source whose words are left, in offsets of this text.
    """

    text: str
    offsets: OffsetMap
    repairs: tuple[Repair, ...] = ()
    blocks: tuple[Block, ...] = ()


def lower_in_place(text: str) -> str:
    """A text in lower case, letter for letter: one whose lower case is longer stays as it is."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
