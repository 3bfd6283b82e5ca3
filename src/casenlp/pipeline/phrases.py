"""Fixed phrases in a sentence, found by the longest word of each: a sentence without any of these costs one look.

Only phrases that stand in a text become expressions, so that start-up does not depend on how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_WORD = re.compile(r"\w+")


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the first and longest wins, none overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[str]] = {}
        for phrase in phrases:
            self._by_word.setdefault(max(_WORD.findall(phrase), key=len, default=""), []).append(phrase)
        self._words = frozenset(self._by_word)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Matches in order, as those of a regular expression."""
        words = self._words.intersection(["", *_WORD.findall(text)])
        if not words:
            return
        present = [phrase for word in words for phrase in self._by_word[word] if phrase in text]
        found = [m for phrase in present if (m := _pattern(phrase).search(text))]
        while found:
            first = min(found, key=_place) if len(found) > 1 else found[0]
            yield first
            done = first.end()
            found = [m for match in found if (m := match if match.start() >= done else match.re.search(text, done))]


@lru_cache(maxsize=16384)
def _pattern(phrase: str) -> re.Pattern[str]:
    begins = r"(?<!\w)" if _WORD.match(phrase) else ""
    return re.compile(rf"{begins}{re.escape(phrase)}(?!\w)")


def _place(match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span()
    return start, -end
