"""What each piece is: title, heading, paragraph, caption, reference or boilerplate, told by its print and place.

The usual print of a document is that of most of its letters. Headings are short and larger, bold, in capitals or alone
on their line; the title is the largest print at the top of the first page; what stands between it and the first heading
or long paragraph without being a sentence (authors, affiliations, dates) is boilerplate, as are notes in small print at
the foot of a page or beside the text of the first. References begin at their heading, or where numbered entries of
that form follow each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from casenlp.documents import SECTION_STEP
from casenlp.readers.pdf.paragraphs import CAPTION, Line, Piece

_LARGER = 1.07  # times the usual print
_SMALLER = 0.93
_HEADING_WORDS = 14
_HEADING_LINES = 3
_TITLE_WORDS = 5  # that a title in usual print has at least
_LONG = 180  # characters from which on a paragraph is text whatever stands before it

_REFERENCES = re.compile(
    r"(?:[\dIVX]+[.)]?\s+)?"
    r"(?:references?(?: and notes)?|bibliography|literature cited|works cited|cited literature)\s*[:.]?",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"(?:\[?\(?\d{1,3}[.)\]]{1,2}|\d{1,3})\s*[A-Z][\w'’-]+,? [A-Z]")
_PUBLISHED = re.compile(r"\b(?:19|20)\d\d\b")
_VOLUME = re.compile(r"\d\s?(?:\(\d+\))?\s?:\s?[eE]?\d+|\bdoi\b|et al|pp?\. ?\d", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.?!:;,][\"'”’)\]]*$")
_RUN_IN = re.compile(r"[A-Z\d][^.:]{2,58}[.:—–]$|[A-Z][^.:]{2,58}$")
_NOTE = re.compile(
    r"[*†‡§¶#]|¹|²|\(?\d\)? ?(?:Department|Division|Correspond)|correspond|e-?mail|©|\(c\)|copyright|received|accepted|"
    r"doi|https?:|conflicts? of|abbreviations?:|\[[a-z\d]\]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"@|https?:|\bdoi\b|©", re.IGNORECASE)


def usual_size(pieces: Sequence[Piece]) -> float:
    """The height of most print of a document."""
    sizes = Counter[float]()
    for piece in pieces:
        for line in piece.lines:
            sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def assign_roles(pieces: list[Piece], feet: dict[int, float]) -> list[Piece]:
    """The pieces with their kinds and sections; a heading that runs into its paragraph becomes a piece of its own.

    `feet` is, for each page, the height under which notes at its foot stand.
    """
    size = usual_size(pieces)
    bold = sum(len(p.text) for p in pieces if p.bold) > 0.5 * sum(len(p.text) for p in pieces)
    pieces = [part for piece in pieces for part in _parted(piece, bold)]
    for number, piece in enumerate(pieces):
        if piece.grid is None:
            after = pieces[number + 1] if number + 1 < len(pieces) else None
            piece.kind = _kind(piece, pieces[number - 1] if number else None, after, size, bold)
    title = _title(pieces, size)
    if title is not None:
        _extend(pieces, title)
        _front(pieces, title)
    _notes(pieces, size, feet)
    _references(pieces)
    _sections(pieces)
    return pieces


def _sections(pieces: Sequence[Piece]) -> None:
    """Give each piece the path of headings that it stands under; a heading closes those of its own print and less."""
    path: list[tuple[tuple[float, bool, bool], str]] = []
    for piece in pieces:
        if piece.kind == "heading":
            rank = (round(piece.size * 2) / 2, piece.bold, piece.text.isupper())
            while path and path[-1][0] <= rank:
                path.pop()
            path.append((rank, piece.text.rstrip(" :.")))
        piece.section = SECTION_STEP.join(words for _, words in path) or None


def _parted(piece: Piece, bold: bool) -> list[Piece]:
    """A piece, or its bold first words as a heading and the rest."""
    lead = piece.lines[0].lead if piece.lines else 0
    first = piece.lines[0].text if piece.lines else ""
    if bold or piece.bold or not 0 < lead < len(first) or CAPTION.match(first):
        return [piece]
    words, rest = first[:lead].strip(), first[lead:].strip()
    if not _RUN_IN.fullmatch(words) or not rest or rest[0].islower() or rest[0] in ",;)":
        return [piece]
    line = piece.lines[0]
    at = line.left + (line.right - line.left) * lead / len(first)
    head = Line(words, line.left, line.bottom, at, line.top, line.base, line.size, True, line.italic, 0)
    body = Line(rest, at, line.bottom, line.right, line.top, line.base, line.size, False, line.italic, 0)
    box = (head.left, head.bottom, head.right, head.top)
    return [
        Piece(piece.page, piece.column, [head], box, width=piece.width),
        Piece(piece.page, piece.column, [body, *piece.lines[1:]], piece.box, width=piece.width, fills=piece.fills),
    ]


def _kind(piece: Piece, before: Piece | None, after: Piece | None, size: float, bold: bool) -> str:
    text = piece.text
    if CAPTION.match(text):
        return "caption"
    words = text.split()
    if len(words) > _HEADING_WORDS or len(piece.lines) > _HEADING_LINES or not any(c.isalpha() for c in text):
        return "paragraph"
    if text[-1] in ",;" or text[0].islower():
        return "paragraph"
    large = piece.size > _LARGER * size
    heavy = piece.bold and not bold
    if (large or heavy) and (not text.endswith(".") or len(words) <= 5):
        return "heading"
    if _SENTENCE_END.search(text) and not text.endswith(":"):
        return "paragraph"
    if text.isupper() and len(text) > 5 and piece.size > _SMALLER * size:
        return "heading"
    return "heading" if _stands_alone(piece, before, after, size) else "paragraph"


def _stands_alone(piece: Piece, before: Piece | None, after: Piece | None, size: float) -> bool:
    """Whether a short line in usual print is a heading by its place: after a whole sentence, before a paragraph."""
    if len(piece.lines) > 1 or after is None or after.grid is not None or after.column != piece.column:
        return False
    if before is not None and before.column == piece.column and before.lines and not _SENTENCE_END.search(before.text):
        return False
    narrow = piece.box[2] - piece.box[0] < 0.6 * piece.width
    follows = len(after.lines) > 1 and len(after.text) > 80 and not after.text[0].islower()
    return narrow and follows and len(piece.text.split()) <= 8 and abs(piece.size - size) < 0.1 * size


def _title(pieces: Sequence[Piece], size: float) -> int | None:
    """Number of the piece that is the title: the largest print of the upper half of the first page."""
    first = [number for number, piece in enumerate(pieces) if piece.page == 1 and piece.lines]
    if not first:
        return None
    heights = sorted(piece.box[1] for piece in (pieces[n] for n in first))
    middle = (heights[0] + max(pieces[n].box[3] for n in first)) / 2
    upper = [
        n for n in first if pieces[n].box[3] > middle and len(pieces[n].text.split()) >= 3 and len(pieces[n].lines) <= 6
    ]
    best = max(upper, key=lambda n: (round(pieces[n].size, 1), -n), default=None)
    if best is None or pieces[best].size < 1.15 * size or pieces[best].kind == "caption":
        best = first[0]  # a manuscript has its title in usual print, but bold
        if pieces[best].kind != "heading" or len(pieces[best].text.split()) < _TITLE_WORDS:
            return None
    pieces[best].kind = "title"
    return best


def _extend(pieces: list[Piece], title: int) -> None:
    """Add to the title its last line, which may be too short to reach over the columns and so stands in the first."""
    head = pieces[title]
    while title + 1 < len(pieces):
        rest = pieces[title + 1]
        gap = head.box[1] - rest.box[3]
        if rest.grid is not None or rest.page != head.page or rest.bold != head.bold or gap > 0.5 * head.size:
            return
        if abs(rest.size - head.size) > 0.03 * head.size:
            return
        head.lines += rest.lines
        head.box = (
            min(head.box[0], rest.box[0]), rest.box[1], max(head.box[2], rest.box[2]), head.box[3]
        )  # fmt: skip
        del pieces[title + 1]


def _front(pieces: list[Piece], title: int) -> None:
    """Authors, affiliations and dates between the title and the text; and what stands above the title."""
    for piece in pieces[:title]:
        if piece.kind in ("paragraph", "heading") and len(piece.text) < _LONG:
            piece.kind = "boilerplate"
    for number in range(title + 1, len(pieces)):
        piece = pieces[number]
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        if piece.page != 1 or (len(piece.text) >= _LONG and not _ADDRESS.search(piece.text)):
            return
        if piece.kind == "heading" and len(piece.text.split()) <= 4 and not _looks_like_names(piece.text):
            if after is not None and len(after.text) > 80 and not _looks_like_names(after.text):
                return
        elif piece.kind == "paragraph" and re.search(r"[a-z]{2}[.?!]$", piece.text) and len(piece.text.split()) > 8:
            return
        if piece.kind in ("paragraph", "heading"):
            piece.kind = "boilerplate"


def _looks_like_names(text: str) -> bool:
    """Whether a line is a list of names: capitals, commas, raised marks."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"\[[^\]]*\]", " ", text))
    capital = sum(1 for word in words if word[0].isupper() or word in ("and", "de", "van", "von", "der", "la"))
    return bool(words) and capital == len(words) and ("," in text or "[" in text) and len(words) >= 2


def _notes(pieces: list[Piece], size: float, feet: dict[int, float]) -> None:
    """Small print at the foot of a page that begins as a note does."""
    for piece in pieces:
        small = piece.size < _SMALLER * size
        low = piece.box[1] < feet.get(piece.page, 0.0)
        if piece.kind in ("paragraph", "heading") and small and (low or piece.page == 1):
            if _NOTE.match(piece.text) or _ADDRESS.search(piece.text):
                piece.kind = "boilerplate"
        elif (
            piece.kind == "paragraph" and len(piece.text) < _LONG and re.match(r"(?:©|https?:|doi:)", piece.text, re.I)
        ):
            piece.kind = "boilerplate"


def _references(pieces: list[Piece]) -> None:
    head: Piece | None = None
    entries = 0
    for piece in pieces:
        if piece.kind == "heading" and _REFERENCES.fullmatch(piece.text):
            head = piece
            continue
        if piece.kind == "heading" and head is not None:
            if piece.size >= 0.97 * head.size and not _is_entry(piece):
                head = None
            else:
                piece.kind = "reference"
            continue
        if piece.kind == "paragraph" and (head is not None or (entries > 2 and _is_entry(piece))):
            piece.kind = "reference"
        entries = entries + 1 if piece.kind in ("paragraph", "reference") and _is_entry(piece) else 0


def _is_entry(piece: Piece) -> bool:
    text = piece.text
    return bool(_ENTRY.match(text) and _PUBLISHED.search(text) and _VOLUME.search(text))
