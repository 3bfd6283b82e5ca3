"""Segments of a page -> regions in reading order, each one column wide.

A page is cut at a gutter: an upright strip that no line crosses over at least a few lines, with words on both sides.
Lines that do cross it (a title, a wide table, a figure's caption) cut the page into bands, which are read from the top
down, and within a band the columns from left to right; each part is cut again until no gutter is left. This is the
recursive X-Y cut of Nagy and Seth (1984) with the cuts taken from text lines, not from pixels: horizontal cuts are made
only where something spans the columns, so that two paragraphs that happen to end at the same height stay in their own
columns. Columns of figures and short words whose lines stand level with each other are those of a table and stay
together.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from casenlp.readers.pdf.pdfium import Box
from casenlp.readers.pdf.segments import Segment

_FIGURE = re.compile(r"[<>≤≥~±+−–-]?\s*\d|n\.?[ad]\.?$|[-–—]$", re.IGNORECASE)

#: One part that spans the columns, or two parts to be read one after the other.
Band = tuple[list[Segment], ...]

_DEEPEST = 12  # cuts within cuts
_FEWEST = 3  # lines on each side of a gutter, unless other pages have it too
_ESTABLISHED = 8  # lines of one column beside which another may have a single one
_LABEL = 7  # words that a cell of a table of figures has at most
_LONG = 20  # lines of a column beside which another may have a single word
_GRID = 4.0  # points within which left edges count as the same
_ALIGNED = 28.0  # points from a gutter within which the lines of a column begin: its edge and an indent
_OVERHANG = 12.0  # points that a line may stick out over its column
_LEVEL = 0.25  # of the size of print: baselines so close are one row
_CELL_GAP = 1.4  # sizes of print between the cells of a table
_EVEN = 1.25  # how much wider than the word gaps of a stretched line the gap between columns is at least
_ALIKE = 0.6  # share of pieces that stand below each other in a table; the gaps of stretched lines do not
_PROSE = 3.0  # words a piece of line from which on columns are text, not a table


def regions_of(
    segments: Sequence[Segment], bars: Sequence[Box] = (), gutters: Counter[int] | None = None
) -> list[list[Segment]]:
    """The segments in reading order, column by column; `bars` are rules and pictures, which can span columns.

    `gutters` counts those of the pages before, where the last lines of a text may be too few to show one; it grows.
    """
    known = gutters if gutters is not None else Counter()
    found: list[list[Segment]] = []
    _cut(list(segments), bars, known, found, 0)
    return found


def rows_of(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Segments on one level, from the top down, each row from left to right."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: (-s.base, s.left)):
        if rows and abs(rows[-1][0].base - segment.base) <= _LEVEL * min(rows[-1][0].size, segment.size):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    for row in rows:
        row.sort(key=lambda s: s.left)
    return rows


def _cut(
    segments: list[Segment], bars: Sequence[Box], known: Counter[int], found: list[list[Segment]], depth: int
) -> None:
    bands = _best_bands(segments, bars, known) if len(segments) > _FEWEST and depth < _DEEPEST else None
    if bands is None:
        if segments:
            found.append(segments)
        return
    for band in bands:
        for part in band:
            _cut(part, bars, known, found, depth + 1)


def _best_bands(segments: list[Segment], bars: Sequence[Box], known: Counter[int]) -> list[Band] | None:
    """The bands of the gutter with most lines beside it; None when there is no gutter."""
    best: list[Band] | None = None
    most, chosen = 0, 0
    results = _rows_of_results(segments)
    for edge in _candidates(segments, known):
        bands = _bands(segments, bars, results, edge, 1 if known[edge] > 2 else _FEWEST)
        weight = sum(len(band[0]) + len(band[1]) for band in bands if len(band) == 2)
        if weight > most:
            best, most, chosen = bands, weight, edge
    if best is not None:
        known[chosen] += 1
    return best


def _candidates(segments: list[Segment], known: Counter[int]) -> list[int]:
    """Left edges that several lines share, but for the outermost, in steps of the grid."""
    edges = Counter(int(s.left // _GRID) for s in segments)
    merged = {edge: number + edges[edge + 1] + edges[edge - 1] for edge, number in edges.items()}
    first, last = min(edges), max(edges)
    own = [edge for edge, number in merged.items() if number >= _FEWEST and edge > first + 1]
    own = sorted(own, key=lambda edge: (-edges[edge], edge))[:5]
    if len(segments) > _ESTABLISHED:  # a column may have one or two lines where another has many
        beyond = median(s.right for s in segments) // _GRID
        further = sorted(edge for edge in edges if beyond < edge and edge not in own)[:_ESTABLISHED]
        own += sorted(further, key=lambda edge: (_crossing(segments, edge * _GRID), edge))[:2]
    before = [edge for edge, pages in known.most_common(3) if pages > 2 and first + 1 < edge <= last]
    return [*own, *(edge for edge in before if edge not in own)]


def _crossing(segments: list[Segment], at: float) -> int:
    return sum(1 for s in segments if s.left < at - 1 and s.right > at)


def _rows_of_results(segments: list[Segment]) -> dict[int, tuple[float, float]]:
    """Left and right end of each row of a table of figures, by the identity of its pieces; its head is one too."""
    rows = [row for row in rows_of(segments) if len(row) > 1]
    marked = [_is_of_results(row) for row in rows]
    found: dict[int, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        near = marked[max(0, number - 2) : number + 3]
        head = len(row) > 2 and number + 1 < len(rows) and marked[number + 1] and _is_apart(row)
        if (marked[number] and sum(near) >= _FEWEST) or (head and sum(near) > 1):
            found |= {id(piece): (row[0].left, row[-1].right) for piece in row}
    return found


def _is_of_results(row: list[Segment]) -> bool:
    """Whether a row has at least three cells, most of them figures behind a short label."""
    if len(row) < _FEWEST or not _is_apart(row):
        return False
    return sum(1 for piece in row[1:] if _FIGURE.match(piece.text)) > 0.6 * (len(row) - 1)


def _is_apart(row: list[Segment]) -> bool:
    gaps = [after.left - before.right for before, after in pairwise(row)]
    return min(gaps) > _CELL_GAP * row[0].size and all(piece.words <= _LABEL for piece in row)


def _bands(
    segments: list[Segment],
    bars: Sequence[Box],
    results: dict[int, tuple[float, float]],
    edge: int,
    fewest: int,
) -> list[Band]:
    """The page cut at one edge: bands of two columns, and bands of one part that spans them."""
    at = (edge - 1) * _GRID + 1
    left, right, across = [], [], []
    for segment in segments:
        row = results.get(id(segment))
        if row and row[0] < at - _OVERHANG and row[1] > at + _OVERHANG:
            across.append(segment)
        elif segment.left >= at:
            right.append(segment)
        elif segment.right <= at + _OVERHANG:
            left.append(segment)
        else:
            across.append(segment)
    if not left or not right:
        return []
    levels = sorted(s.base for s in across)
    cuts = sorted(levels + [(b[1] + b[3]) / 2 for b in bars if b[0] < at - _OVERHANG and b[2] > at + _OVERHANG])
    if not _may_be_columns(left, right, cuts, fewest):
        return []
    slots: dict[int, tuple[list[Segment], list[Segment], list[Segment]]] = {}
    for which, group in enumerate((left, right, across)):
        for segment in group:
            reach = _LEVEL * segment.size
            slot = 2 * bisect_right(cuts, segment.base + reach)
            spans = which == 2 or _near(levels, segment.base, reach)
            slots.setdefault(slot - spans, ([], [], []))[2 if spans else which].append(segment)
    shown = any(slot % 2 == 0 and _are_columns(one, two, at, fewest) for slot, (one, two, _) in slots.items())
    if not shown:
        return []
    least = 1 if len(slots) > 1 else fewest  # a gutter that shows in one band holds in the others
    bands: list[Band] = []
    for slot in sorted(slots, reverse=True):
        one, two, spanning = slots[slot]
        if slot % 2 == 0 and _are_columns(one, two, at, least):
            bands.append((one, two))
        elif bands and len(bands[-1]) == 1:
            bands[-1][0].extend([*one, *two, *spanning])
        else:
            bands.append(([*one, *two, *spanning],))
    return bands


def _may_be_columns(left: list[Segment], right: list[Segment], cuts: list[float], fewest: int) -> bool:
    """Whether between two of the cuts there are enough pieces on both sides: a quick look before a slow one."""
    ours = Counter([bisect_right(cuts, s.base + _LEVEL * s.size) for s in left])
    theirs = Counter([bisect_right(cuts, s.base + _LEVEL * s.size) for s in right])
    return any(
        min(ours[slot], theirs[slot]) >= fewest or max(ours[slot], theirs[slot]) >= _ESTABLISHED
        for slot in ours.keys() & theirs.keys()
    )


def _are_columns(left: list[Segment], right: list[Segment], at: float, fewest: int) -> bool:
    """Whether what stands on both sides of a gutter is text to be read side by side, not the cells of a table."""
    few, many = sorted((len(left), len(right)))
    if not few or many < _FEWEST - (fewest == 1) or (few < fewest and many < _ESTABLISHED):
        return False
    rows = rows_of(left), rows_of(right)
    if max(len(rows[0]), len(rows[1])) >= _ESTABLISHED:
        fewest = 1
    if min(len(rows[0]), len(rows[1])) < fewest or max(len(rows[0]), len(rows[1])) < min(_FEWEST, fewest + 1):
        return False
    begun = sum(1 for row in rows[1] if row[0].left < at + _ALIGNED)
    if begun < 0.6 * len(rows[1]):  # a river of wide gaps in lines set to one width
        return False
    if min(len(rows[0]), len(rows[1])) < _ESTABLISHED and _is_river([*left, *right], at):
        return False
    top, bottom = rows[0][0][0].base, rows[0][-1][0].base
    if not any(bottom - s.size <= s.base <= top + s.size for s in right):
        return False
    fewer, more = sorted((left, right), key=len)
    levels = sorted(s.base for s in more)
    level = sum(1 for s in fewer if _near(levels, s.base, _LEVEL * s.size)) / len(fewer)
    longer, shorter = sorted(rows, key=len, reverse=True)
    if len(longer) >= _LONG and len(shorter) < _FEWEST:  # the last words of a page, beside a whole column
        return _words_a_cell(longer) >= _PROSE
    words = min(map(_words_a_cell, rows))
    if words < _PROSE and level >= 0.7:
        return False
    return words >= _PROSE or (median(s.words for s in more) >= 2 and len(fewer) >= _FEWEST)


def _is_river(segments: list[Segment], at: float) -> bool:
    """Whether the gap at the gutter is in most rows no wider than their other gaps: lines stretched to a width."""
    wide = even = 0
    for row in rows_of(segments):
        gaps = [
            (after.left - before.right, before.right <= at + _OVERHANG <= after.right)
            for before, after in pairwise(row)
        ]
        inner = [gap for gap, across in gaps if not across]
        across = [gap for gap, across in gaps if across]
        if inner and across:
            even += max(across) < _EVEN * max(inner)
            wide += max(across) >= _EVEN * max(inner)
    return even > wide


def _words_a_cell(rows: list[list[Segment]]) -> float:
    """How many words stand together: in a line of text, or in a cell where the pieces of the rows are aligned."""
    words = sum(s.words for row in rows for s in row)
    inner = [
        (number, piece)
        for number, row in enumerate(rows)
        for before, piece in pairwise(row)
        if piece.left - before.right > _CELL_GAP * piece.size
    ]
    several = len({number for number, _ in inner})
    aligned = 0
    for edge in (_left, _middle, _right):
        places: dict[int, set[int]] = {}
        for number, piece in inner:
            places.setdefault(round(edge(piece) / _GRID), set()).add(number)
        aligned = max(aligned, sum(2 * len(places[round(edge(piece) / _GRID)]) > several for _, piece in inner))
    return words / (len(rows) + len(inner)) if aligned > _ALIKE * len(inner) else words / len(rows)


def _left(segment: Segment) -> float:
    return segment.left


def _middle(segment: Segment) -> float:
    return (segment.left + segment.right) / 2


def _right(segment: Segment) -> float:
    return segment.right


def _near(levels: list[float], base: float, reach: float) -> bool:
    """Whether one of the levels, in rising order, is within reach of a baseline."""
    at = bisect_left(levels, base - reach)
    return at < len(levels) and levels[at] <= base + reach
