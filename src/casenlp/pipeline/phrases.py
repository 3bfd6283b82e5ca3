"""Fixed phrases in a sentence, found by their first word: nothing to compile, however many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_TOKEN = re.compile(r"\w+|[^\w\s]")


@lru_cache(maxsize=4096)
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(re.escape(phrase))


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the longest wins, and matches do not overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first: dict[str, list[str]] = {}
        for phrase in phrases:
            first = _TOKEN.search(phrase)
            if first:
                by_first.setdefault(first.group(), []).append(phrase)
        self._by_first = {first: sorted(known, key=len, reverse=True) for first, known in by_first.items()}

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Matches in order, as those of a regular expression."""
        done = 0
        for token in _TOKEN.finditer(text):
            phrases = self._by_first.get(token.group())
            start = token.start()
            if phrases is None or start < done:
                continue
            for phrase in phrases:
                end = start + len(phrase)
                following = text[end : end + 1]
                if text.startswith(phrase, start) and not (following.isalnum() or following == "_"):
                    match = _pattern(phrase).match(text, start)
                    if match:
                        yield match
                        done = end
                    break
