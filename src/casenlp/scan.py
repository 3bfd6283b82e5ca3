"""One pass over the words of a text that finds every phrase of a table of hashes.

A phrase that has begun is a rolling hash, and the table says of it and of the next word whether a phrase may end or go
on there, so that few words need more than a look. What is read of a stretch between two spaces is kept.
native/words.pyx does the same; `scanner` gives one of the two.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Mapping
from typing import Any

from casenlp.kept import MOST, Kept
from casenlp.lexicon_arrays import BITS, ENDS, GOES_ON, PRIME
from casenlp.native import words as compiled_words

#: What may stand between two words of one term besides spaces; all of them count as equal.
_JOINTS = frozenset(
    ["% ", "-", "/", "'", " ", "", ". ", ".", "- ", " -", " - ", "-/", "/ ", " /", " / ", "+", " + ", "' "]
)
#: Of those with a space, what may stand after the last and before the first.
_LEADS = frozenset(joint.rpartition(" ")[2] for joint in _JOINTS if " " in joint)
_TRAILS = frozenset(joint.partition(" ")[0] for joint in _JOINTS if " " in joint)
_PIECE = re.compile(r"([^\W_]+)([\W_]*)")  # a word and what stands between it and the next
_JOINED, _UNSURE, _APART = range(3)  # whether two words may belong to one term

Entries = tuple[Any, ...]
#: A phrase found: half-open offsets, and the entries of that spelling.
Found = tuple[int, int, Any]
#: What a stretch holds besides phrases: half-open offsets, and anything.
Mark = tuple[int, int, Any]
#: A word, whatever stands beside it: its hash, whether longer phrases begin with it, and its entries.
WordRead = tuple[int, bool, Any]
#: Finds the phrases of a text, by start and then end, and the marks of its stretches, in order.
Scanner = Callable[[str], tuple[list[Found], list[Mark]]]

#: A word of a stretch: what the gap before does; its place in the table; that for phrases that begin with it, if any
#: do; entries; (start, end, hash); the next word. Plain tuples, which Python takes apart the fastest.
_Word = tuple[int, int, int | None, Entries, tuple[int, int, int], "_Word | None"]
#: (characters with the space that follows, what the gap behind the last word does, the first word, marks)
_Stretch = tuple[int, int, _Word | None, tuple[Mark, ...]]


def scanner(
    table: bytes | mmap.mmap,
    words: Mapping[str, WordRead],
    entries: Mapping[int, Entries],
    mark: Callable[[str], tuple[Mark, ...]] | None = None,
) -> Scanner:
    """A function that finds phrases of a table as lexicon_arrays.Compiled has it.

    `words` tells what is known of a word, `entries` the entries of a phrase by its hash, and `mark` what else there is
    in a stretch of text between two spaces or line ends.
    """
    if compiled_words is not None:
        gaps = _joins, _leads, _trails, _are_apart
        scan: Scanner = compiled_words.Scan(table, words, entries, mark, gaps, MOST).scan
        return scan
    return _Scan(table, words, entries, mark).scan


class _Scan:
    """What native/words.pyx does, without it."""

    def __init__(
        self,
        table: bytes | mmap.mmap,
        words: Mapping[str, WordRead],
        entries: Mapping[int, Entries],
        mark: Callable[[str], tuple[Mark, ...]] | None,
    ) -> None:
        self._table = table
        self._words = words
        self._entries = entries
        self._mark = mark
        self._stretches = Kept(self._read)

    def scan(self, text: str) -> tuple[list[Found], list[Mark]]:
        found: list[Found] = []
        marked: list[Mark] = []
        begun: list[tuple[int, int]] = []  # (start, hash) of phrases that may go on
        table, low_bits, entries_of = self._table, len(self._table) - 1, self._entries
        at, behind = 0, _APART
        first: int | None = None  # of the word before, where a phrase may begin with it
        first_at, first_place = 0, (0, 0, 0)
        # a line end stands alone then, and has no length
        for size, last, word, marks in map(self._stretches.__getitem__, text.replace("\n", " \n ").split(" ")):
            while word:
                before, key, begins, entries, place, word = word
                if first is not None and table[first ^ key]:
                    begun.append((first_at + first_place[0], first_place[2]))
                if begun:
                    start, end, value = place
                    gap = before if before > behind else behind
                    if gap and (gap == _APART or _are_apart(text, at + start)):
                        begun = []
                    else:
                        still = []
                        for began, total in begun:
                            if says := table[(total >> 32 ^ value) & low_bits]:
                                total = (total * PRIME + value) & BITS
                                says >>= total >> 62
                                if says & ENDS and (named := entries_of[total]):
                                    found.append((began, at + end, named))
                                if says & GOES_ON:
                                    still.append((began, total))
                        begun = still
                if entries:
                    found.append((at + place[0], at + place[1], entries))
                first = begins
                if first is not None:
                    first_at, first_place = at, place
                behind = _JOINED
            if marks:
                marked += [(at + start, at + end, thing) for start, end, thing in marks]
            if last > behind:
                behind = last
            at += size
        found.sort()
        return found, marked

    def _read(self, stretch: str) -> _Stretch:
        words: list[tuple[int, int, int | None, Entries, tuple[int, int, int]]] = []
        last = behind = ""
        low_bits = len(self._table) - 1
        for m in _PIECE.finditer(stretch):
            word = m.group(1)
            if last and behind == "'" and word in ("s", "S"):  # a possessive is no word
                behind = m.group(2)
                continue
            before = _between(last, behind, word) if last else _leads(stretch[: m.start()])
            value, goes_on, entries = self._words[word]
            begins = value >> 32 & low_bits if goes_on else None
            words.append((before, value & low_bits, begins, entries, (m.start(), m.end(1), value)))
            last, behind = m.groups()
        gap = _trails(behind) if words else _UNSURE
        if behind == "." and not _is_letter(last):
            gap = _APART
        linked: _Word | None = None
        for known in reversed(words):
            linked = (*known, linked)
        marks = self._mark(stretch) if self._mark is not None else ()
        return len(stretch) + 1 if stretch != "\n" else 0, gap, linked, marks


def _between(word: str, gap: str, following: str) -> int:
    """What a gap without a space does after a word; a stop joins after one letter, stop and comma within a number."""
    if gap in (".", ",") and word.isdecimal() and following.isdecimal():
        return _JOINED
    return _APART if gap == "." and not _is_letter(word) else _joins(gap)


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _joins(gap: str) -> int:
    """What a whole gap does."""
    return _JOINED if gap in _JOINTS or gap.isspace() else _APART


def _leads(gap: str) -> int:
    """What the part of a gap does that ends with a word, after a space."""
    return _JOINED if not gap else _UNSURE if gap in _LEADS or gap.isspace() else _APART


def _trails(gap: str) -> int:
    """What the part of a gap does that begins after a word and ends with a space."""
    return _JOINED if not gap else _UNSURE if gap in _TRAILS or gap.isspace() else _APART


def _are_apart(text: str, start: int) -> bool:
    """Whether no term goes on with the word at `start`; after a single letter and a stop it may: "E. coli"."""
    end = start
    while end and not text[end - 1].isalnum():
        end -= 1
    gap = text[end:start]
    if gap == ". ":
        return not text[start].islower()
    return gap not in _JOINTS and not gap.isspace()
