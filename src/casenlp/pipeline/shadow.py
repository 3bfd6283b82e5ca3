"""A sentence as rules see it: lower case, single spaces, and one symbol for each item.

The way back to the text is kept by stretches: within one, positions and text offsets grow together.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections.abc import Callable, Sequence

from casenlp.native import shadows as compiled_shadows
from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import Item

_INVISIBLE_KINDS = frozenset({"modifier"})  # stay words in patterns


class Shadow:
    """The symbol form of a stretch of text; `items` are by the position of their symbol, in order.

    From position `marks[i]` on, a character's text offset is its position plus `shifts[i]`.
    """

    __slots__ = ("end", "items", "marks", "shifts", "source", "text")

    def __init__(
        self, text: str, items: dict[int, Item], end: int, source: str, marks: list[int], shifts: list[int]
    ) -> None:
        self.text = text
        self.items = items
        self.end = end
        self.source = source
        self.marks = marks
        self.shifts = shifts

    def text_start(self, position: int) -> int:
        """Text offset of a position."""
        if position >= len(self.text):
            return self.end
        return position + self.shifts[bisect_right(self.marks, position) - 1]

    def text_end(self, position: int) -> int:
        """Text offset of the end of what stands before a position."""
        if position <= 0:
            return self.text_start(0)
        item = self.items.get(position - 1)
        return item.end if item else self.text_start(position - 1) + 1

    def words(self, item: Item) -> str:
        """An item's words as the pipeline reads them."""
        return self.source[item.start : item.end]


def _make(text: str, start: int, end: int, items: Sequence[Item]) -> Shadow:
    """The symbol form of text[start:end] with `items`, which must not overlap."""
    lowered = text[start:end].lower()
    if len(lowered) != end - start or "  " in lowered or "\n" in lowered or lowered[:1] == " ":
        return _make_spaced(text, start, end, items)
    parts: list[str] = []
    marks = [0]
    shifts = [start]
    symbols: dict[int, Item] = {}
    at = start
    position = 0
    for item in items:
        kind = item.kind
        if kind in _INVISIBLE_KINDS:
            continue
        low = item.start
        if low > at:
            parts.append(lowered[at - start : low - start])
            position += low - at
        elif low < at:
            marks.append(position)
            shifts.append(low - position)
        parts.append(SYMBOLS[kind])
        symbols[position] = item
        position += 1
        at = item.end
        marks.append(position)
        shifts.append(at - position)
    parts.append(lowered[at - start :])
    return Shadow("".join(parts), symbols, end, text, marks, shifts)


def _make_spaced(text: str, start: int, end: int, items: Sequence[Item]) -> Shadow:
    """The same, letter by letter, for text in which several spaces become one or lower case is longer."""
    parts: list[str] = []
    places: list[int] = []
    symbols: dict[int, Item] = {}
    blank = True
    at = start
    for item in [*items, None]:
        if item is not None and item.kind in _INVISIBLE_KINDS:
            continue
        for offset in range(at, item.start if item is not None else end):
            letter = text[offset]
            if letter.isspace():
                if blank:
                    continue
                letter = " "
            blank = letter == " "
            small = letter.lower()
            parts.append(small if len(small) == 1 else letter)
            places.append(offset)
        if item is not None:
            symbols[len(places)] = item
            parts.append(SYMBOLS[item.kind])
            places.append(item.start)
            blank = False
            at = item.end
    marks = list(range(len(places)))
    return Shadow("".join(parts), symbols, end, text, marks, [place - i for i, place in enumerate(places)])


#: The symbol form of text[start:end] (text, start, end) with items, which must not overlap.
make_shadow: Callable[[str, int, int, Sequence[Item]], Shadow] = _make
if compiled_shadows is not None:
    _shown = {kind: "" if kind in _INVISIBLE_KINDS else symbol for kind, symbol in SYMBOLS.items()}
    with contextlib.suppress(TypeError):  # a Python whose classes with slots are made otherwise
        make_shadow = compiled_shadows.Maker(_shown, _make, Item).make
