"""What stands on a page for the page's sake: running heads and feet, page and line numbers, stamps, words in pictures.

What is repeated at the same height near the edge of several pages is a running head or foot, its digits aside. A
number alone at the edge is a page number. Numbers in a column of their own that grow by one step are line numbers.
Print that stands askew or in another direction than the page, or pale and large behind it, is a stamp or watermark.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from casenlp.readers.pdf.columns import rows_of
from casenlp.readers.pdf.pdfium import Box
from casenlp.readers.pdf.segments import Segment, moved

_EDGE = 0.13  # share of the page's height at its top and foot where furniture is looked for
_RIM = 0.075  # share at the very rim, where a line that looks like furniture is believed at once
_FEWEST_NUMBERS = 4  # numbers in a column that make line numbers
_APART = 1.7  # sizes of print between a running head and the text
_SCAN = 0.6  # share of the page that a picture covers when the page itself is a picture

_NUMBER = re.compile(
    r"(?:page|p\.?)?\s*[-–—(]?\s*(?:[eES]?\d{1,5}|[ivxl]{1,6})\s*[-–—)]?(?:\s*(?:of|/)\s*\d{1,5})?", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+")
_FIRST_NUMBER = re.compile(r"(\d{1,4})(?:\s+(.*))?", re.DOTALL)
_IMPRINT = re.compile(
    r"https?://|www\.|\bdoi\b|©|\(c\) ?(?:19|20)\d\d|copyright|\b(?:19|20)\d\d ?[;:,] ?(?:vol\.? ?)?\d+|"
    r"all rights reserved|creative commons|downloaded from|\bISSN\b|page \d+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class PageText:
    """One page in the frame of its text: its size, its words sorted into body and furniture, its rules and pictures.

    `origin` is the frame's own lower left corner, `angle` how far the frame is turned against the page.
    """

    number: int
    angle: int
    left: float
    bottom: float
    right: float
    top: float
    body: list[Segment]
    furniture: list[Segment] = field(default_factory=list)
    rules: tuple[Box, ...] = ()
    pictures: tuple[Box, ...] = ()

    @property
    def height(self) -> float:
        """Height of the page in its frame, in points."""
        return max(1.0, self.top - self.bottom)


def set_furniture_aside(pages: Sequence[PageText]) -> None:
    """Sort the words of all pages: furniture out of `body`."""
    for page in pages:
        _stamps(page)
        _line_numbers(page)
        _words_in_pictures(page)
    _running_heads(pages)
    for page in pages:
        _page_number(page)


def _put_aside(page: PageText, chosen: Sequence[Segment]) -> None:
    if chosen:
        gone = {id(segment) for segment in chosen}
        page.body = [segment for segment in page.body if id(segment) not in gone]
        page.furniture.extend(chosen)


def _stamps(page: PageText) -> None:
    sizes = Counter[float]()
    for segment in page.body:
        sizes[round(segment.size, 1)] += len(segment.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    _put_aside(page, [s for s in page.body if s.angle != page.angle or (s.pale and s.size > 1.8 * usual)])


def _line_numbers(page: PageText) -> None:
    """Numbers at one edge of the text that grow by one step from line to line."""
    rows = rows_of(page.body)
    for side in (_from_left, _from_right):
        numbered: list[tuple[Segment, int, str]] = []
        for row in rows:
            outer = min(row, key=side)
            m = _FIRST_NUMBER.fullmatch(outer.text)
            if m and (outer.text.isdigit() or side(outer) == outer.left):
                numbered.append((outer, int(m.group(1)), m.group(2) or ""))
        alone = [entry for entry in numbered if not entry[2]]
        chosen = _series(alone, len(rows)) or _series(numbered, len(rows))
        if chosen:
            rests = [_without_number(segment, rest) for segment, _, rest in chosen if rest]
            _put_aside(page, [segment for segment, _, _ in chosen])
            page.furniture[-len(chosen) :] = [moved(segment, str(number)) for segment, number, _ in chosen]
            page.body.extend(rests)
            return


def _from_left(segment: Segment) -> float:
    return segment.left


def _from_right(segment: Segment) -> float:
    return -segment.right


def _series(numbered: list[tuple[Segment, int, str]], rows: int) -> list[tuple[Segment, int, str]]:
    """The entries when nearly all of them count on by one step, one below the other; none otherwise.

    Most of the page's rows must have one, or every fifth or tenth: the numbered cases of a table do not.
    """
    if len(numbered) < _FEWEST_NUMBERS:
        return []
    steps = [after[1] - before[1] for before, after in itertools.pairwise(numbered)]
    step, number = Counter(steps).most_common(1)[0]
    if step not in (1, 2, 5, 10) or number < 0.8 * len(steps) or step * len(numbered) < 0.6 * rows:
        return []
    width = numbered[0][0].size
    ends = [entry[0].right if not entry[2] else entry[0].left for entry in numbered]
    gaps = [before[0].base - after[0].base for before, after in itertools.pairwise(numbered)]
    even = sum(1 for gap in gaps if abs(gap - sorted(gaps)[len(gaps) // 2]) < 0.6 * width)
    if max(ends) - min(ends) > 2 * width or even < 0.5 * len(gaps):
        return []
    return numbered


def _without_number(segment: Segment, rest: str) -> Segment:
    share = (len(segment.text) - len(rest)) / max(1, len(segment.text))
    left = segment.left + share * (segment.right - segment.left)
    return Segment(rest, left, segment.bottom, segment.right, segment.top, segment.base, segment.size, segment.bold,
                   segment.italic, segment.angle, segment.pale)  # fmt: skip


def _words_in_pictures(page: PageText) -> None:
    """Labels inside a picture, unless the picture is the page: a scan with its text laid over it."""
    area = page.height * max(1.0, page.right - page.left)
    for left, bottom, right, top in page.pictures:
        if (right - left) * (top - bottom) > _SCAN * area or min(right - left, top - bottom) < 30:
            continue
        inside = [s for s in page.body if left <= s.left and s.right <= right and bottom <= s.base <= top]
        _put_aside(page, inside)


def _running_heads(pages: Sequence[PageText]) -> None:
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    places: dict[tuple[int, int], tuple[str, int]] = {}
    for page in pages:
        for segment in page.body:
            if _depth(page, segment) > _EDGE:
                continue
            words = _DIGITS.sub("#", segment.text.casefold())
            if sum(sign.isalpha() for sign in words) < 3:
                continue
            level = round((segment.base - page.bottom) / 4)
            places[page.number, id(segment)] = (words, level)
            for near in (level - 1, level, level + 1):
                seen[words, near].add(page.number)
    for page in pages:
        repeated = []
        for segment in page.body:
            place = places.get((page.number, id(segment)))
            if place and len(seen[place]) > 1 and _is_outer(page, segment):
                repeated.append(segment)
        _put_aside(page, repeated)


def _is_outer(page: PageText, segment: Segment) -> bool:
    """Whether no more than three rows of the body stand between a piece of text and the edge it is near."""
    upper = segment.base > page.bottom + page.height / 2
    beyond = {round(s.base) for s in page.body if (s.base > segment.base + 2 if upper else s.base < segment.base - 2)}
    return len(beyond) <= 3


def _depth(page: PageText, segment: Segment) -> float:
    """How far from the nearer of top and foot, as a share of the page's height."""
    from_foot = (segment.base - page.bottom) / page.height
    return min(from_foot, 1 - from_foot)


def _page_number(page: PageText) -> None:
    """Numbers alone, and lines that name the journal or its licence, in the outermost rows of a page."""
    for _ in range(3):
        rows = rows_of(page.body)
        chosen: list[Segment] = []
        for row, inner in ((rows[0], rows[1]), (rows[-1], rows[-2])) if len(rows) > 1 else ():
            depth = _depth(page, row[0])
            numbers = all(_NUMBER.fullmatch(s.text) for s in row)
            apart = abs(row[0].base - inner[0].base) > _APART * min(row[0].size, inner[0].size)
            if (depth < _EDGE and numbers and len(row) < 3) or (depth < _RIM and apart and _names_the_page(row)):
                chosen += row
        if not chosen:
            return
        _put_aside(page, chosen)


def _names_the_page(row: list[Segment]) -> bool:
    """Whether a row has words of an imprint, or a page number at its end that stands well apart."""
    if _IMPRINT.search(" ".join(s.text for s in row)):
        return True
    ends = [(row[0], row[1]), (row[-1], row[-2])] if len(row) > 1 else []
    far = 3 * row[0].size
    return any(
        _NUMBER.fullmatch(end.text) and max(end.left - next_.right, next_.left - end.right) > far for end, next_ in ends
    )
