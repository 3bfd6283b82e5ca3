"""What was worked out of words, kept as long as they are met: memory stays bounded however many texts are read.

Two generations approximate least recently used at the cost of a plain dict: when the young one is full it becomes the
old one, from which a word that is met again comes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

#: Keys of a generation. 100 reports (0.3 MB) hold 9,988 stretches between spaces and 3,200 names, which shall stay
#: known when they are read again. From 1,000 to 6,000 reports a process grows by 6.5 MB; by 8.5 MB with 12,288.
MOST = 10240
#: The same where a key is asked for only when another table, or few words, lead to it.
FEW = 2048
_LONGEST = 80  # characters of a key that may well be met again
_SHORT = 6  # characters between two items that are met in most reports: of 8.4 such stretches a report 8.2 are known
_UNKNOWN: Any = object()

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(dict[Key, Value]):
    """Maps a key to what `work_out` makes of it; between `most` and twice as many keys are kept, those met last."""

    def __init__(self, work_out: Callable[[Key], Value], most: int = MOST) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most
        self._old: dict[Key, Value] = {}

    def __missing__(self, key: Key) -> Value:
        value: Value = self._old.pop(key, _UNKNOWN)  # most keys are in neither, and to raise takes longer than the rest
        if value is _UNKNOWN:
            value = self._work_out(key)
        if isinstance(key, str) and len(key) > _LONGEST:
            return value
        if len(self) >= self._most:
            self._old = dict(self)
            self.clear()
        self[key] = value
        return value


def wholly(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """What tells whether a regular expression matches a text from end to end; of the shortest texts, which come again
    and again (" was ", ", "), it is kept."""
    fullmatch = pattern.fullmatch
    short: Kept[str, bool] = Kept(lambda text: fullmatch(text) is not None, FEW)

    def is_whole(text: str) -> bool:
        return short[text] if len(text) <= _SHORT else fullmatch(text) is not None

    return is_whole
