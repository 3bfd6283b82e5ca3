"""Fixed phrases in a sentence, found by their first word: a sentence without any first word costs one look.

All phrases that begin with one word are one expression, compiled when that word is first met, so that start-up does
not depend on how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from casenlp.quantities import literal_regex

_TOKEN = re.compile(r"\w+|[^\w\s]")


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the longest wins, and matches do not overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first: dict[str, list[str]] = {}
        for phrase in phrases:
            first = _TOKEN.match(phrase)
            if first:
                by_first.setdefault(first.group(), []).append(phrase)
        self._by_first = by_first
        self._firsts = frozenset(by_first)
        self._compiled: dict[str, re.Pattern[str]] = {}

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Matches in order, as those of a regular expression."""
        if self._firsts.isdisjoint(_TOKEN.findall(text)):
            return
        done = 0
        for token in _TOKEN.finditer(text):
            first = token.group()
            if first in self._firsts and token.start() >= done:
                match = (self._compiled.get(first) or self._compile(first)).match(text, token.start())
                if match:
                    yield match
                    done = match.end()

    def _compile(self, first: str) -> re.Pattern[str]:
        pattern = re.compile(rf"(?:{literal_regex(self._by_first[first], ' ')})(?!\w)")
        self._compiled[first] = pattern
        return pattern
