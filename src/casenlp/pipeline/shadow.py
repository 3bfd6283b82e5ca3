"""A sentence as rules see it: lower case, single spaces, and one symbol for each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casenlp.pipeline.annotations import Item
from casenlp.rules import SYMBOLS

_INVISIBLE_KINDS = frozenset({"modifier"})  # stay words in patterns


@dataclass(slots=True)
class Shadow:
    """The symbol form of a stretch of text; `places[i]` is the text offset of character i."""

    text: str
    places: list[int]
    items: dict[int, Item]
    symbols: frozenset[str]
    end: int
    source: str

    def item_at(self, position: int) -> Item:
        """The item whose symbol stands at a position; KeyError when none does."""
        return self.items[position]

    def text_start(self, position: int) -> int:
        """Text offset of a position."""
        return self.places[position] if position < len(self.places) else self.end

    def text_end(self, position: int) -> int:
        """Text offset of the end of what stands before a position."""
        if position <= 0:
            return self.text_start(0)
        item = self.items.get(position - 1)
        return item.end if item else self.places[position - 1] + 1

    def words(self, item: Item) -> str:
        """An item's words as the pipeline reads them."""
        return self.source[item.start : item.end]


def make_shadow(text: str, start: int, end: int, items: Sequence[Item]) -> Shadow:
    """The symbol form of text[start:end] with `items`, which must not overlap."""
    parts: list[str] = []
    places: list[int] = []
    symbols: dict[int, Item] = {}
    at = start
    blank = True

    def write(low: int, high: int) -> None:
        nonlocal blank
        stretch = text[low:high]
        if "  " not in stretch and "\n" not in stretch and not (blank and stretch[:1] == " "):
            if stretch:
                lowered = stretch.lower()
                parts.append(lowered if len(lowered) == len(stretch) else stretch)
                places.extend(range(low, high))
                blank = stretch[-1] == " "
            return
        for offset, letter in enumerate(stretch):
            if letter.isspace():
                if blank:
                    continue
                letter, blank = " ", True
            else:
                blank = False
            small = letter.lower()
            parts.append(small if len(small) == 1 else letter)
            places.append(low + offset)

    for item in items:
        if item.kind in _INVISIBLE_KINDS:
            continue
        write(at, item.start)
        symbols[len(places)] = item
        parts.append(SYMBOLS[item.kind])
        places.append(item.start)
        blank = False
        at = item.end
    write(at, end)
    return Shadow("".join(parts), places, symbols, frozenset(SYMBOLS[i.kind] for i in symbols.values()), end, text)
