"""Fixed phrases in a sentence, found by the longest word of each: a sentence without any of these costs one look.

All phrases with one such word are one expression, compiled when that word is first met, so that start-up does not
depend on how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from casenlp.quantities import literal_regex

_WORD = re.compile(r"\w+")


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the first and longest wins, none overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[str]] = {}
        for phrase in phrases:
            self._by_word.setdefault(max(_WORD.findall(phrase), key=len, default=""), []).append(phrase)
        self._words = frozenset(self._by_word)
        self._compiled: dict[str, re.Pattern[str]] = {}

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Matches in order, as those of a regular expression."""
        words = self._words.intersection(["", *_WORD.findall(text)])
        if not words:
            return
        patterns = [self._compiled.get(word) or self._compile(word) for word in words]
        found = [m for pattern in patterns if (m := pattern.search(text))]
        while found:
            first = min(found, key=_place) if len(found) > 1 else found[0]
            yield first
            done = first.end()
            found = [m for match in found if (m := match if match.start() >= done else match.re.search(text, done))]

    def _compile(self, word: str) -> re.Pattern[str]:
        phrases = self._by_word[word]
        begun = [phrase for phrase in phrases if _WORD.match(phrase)]
        others = [phrase for phrase in phrases if not _WORD.match(phrase)]
        options = [literal_regex(others, " ")] if others else []
        options += [rf"(?<!\w){literal_regex(begun, ' ')}"] if begun else []
        pattern = re.compile(rf"(?:{'|'.join(options)})(?!\w)")
        self._compiled[word] = pattern
        return pattern


def _place(match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span()
    return start, -end
