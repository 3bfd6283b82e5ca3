"""Fixed phrases in a sentence, found by one look a word: only where a phrase may begin are its next words read.

A tree of words holds the phrases. It grows where texts lead, so that start-up does not depend on how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PIECE = re.compile(r"\w+|\W")
_WORD = re.compile(r"\w")
_MOST_KEPT = 200_000


class _Branch:
    """What may follow the words so far: `ends` finish a phrase, `nexts` lead on; `rests` are not yet taken apart."""

    __slots__ = ("ends", "nexts", "rests")

    def __init__(self) -> None:
        self.ends: set[str] = set()
        self.nexts: dict[str, _Branch] = {}
        self.rests: list[str] = []

    def grow(self) -> None:
        """Take apart what was added."""
        for rest in self.rests:
            word, space, following = rest.partition(" ")
            if not space:
                self.ends.add(word)
                continue
            branch = self.nexts.get(word)
            if branch is None:
                branch = self.nexts[word] = _Branch()
            branch.rests.append(following)
        self.rests = []

    def longest_end(self, word: str, start: int) -> int:
        """End in `word` of the longest phrase that ends there, having come to `start`, at a word's border; else -1."""
        if word.isalpha():
            return len(word) if word[start:] in self.ends else -1
        found = -1
        for piece in _PIECE.finditer(word, start):
            end = piece.end()
            if word[start:end] in self.ends and not _WORD.match(word, end):
                found = end
        return found


class _Beginnings(dict[str, tuple[tuple[int, int, "_Branch | None"], ...]]):
    """Maps a word between spaces to where phrases may begin in it, worked out when the word is first met.

    Each is (start, end of the longest phrase within the word or -1, branch of the phrases that go on after it).
    """

    def __init__(self, root: _Branch) -> None:
        self._root = root

    def __missing__(self, word: str) -> tuple[tuple[int, int, _Branch | None], ...]:
        starts = (0,) if word.isalpha() else tuple(piece.start() for piece in _PIECE.finditer(word))
        each = ((s, self._root.longest_end(word, s), self._root.nexts.get(word[s:])) for s in starts)
        beginnings = tuple(one for one in each if one[1] >= 0 or one[2] is not None)
        if len(self) > _MOST_KEPT:
            self.clear()
        self[word] = beginnings
        return beginnings


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the first and longest wins, none overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        root = _Branch()
        root.rests = list(phrases)
        root.grow()
        self._beginnings = _Beginnings(root)

    def find(self, text: str) -> list[tuple[int, int]]:
        """(start, end) of each phrase in a text with single spaces, in order."""
        words = text.split(" ")
        found: list[tuple[int, int]] = []
        at = number = done = 0  # `at` is where words[number] begins
        for this, beginnings in enumerate(map(self._beginnings.__getitem__, words)):
            for start, end, branch in beginnings:
                last = this
                if branch is not None:
                    further, where = _follow(branch, words, this + 1)
                    if further:
                        last, end = further, where
                if end < 0:
                    continue
                at += sum(map(len, words[number:this])) + this - number
                number = this
                if at + start >= done:
                    done = at + sum(map(len, words[this:last])) + last - this + end
                    found.append((at + start, done))
        return found


def _follow(branch: _Branch, words: list[str], number: int) -> tuple[int, int]:
    """(number of the word, end in it) where the longest phrase ends whose next word is words[number]; (0, 0) if none."""
    found = (0, 0)
    while number < len(words):
        if branch.rests:
            branch.grow()
        word = words[number]
        if word in branch.ends:
            found = number, len(word)
        elif not word.isalpha():
            end = branch.longest_end(word, 0)
            if end > 0:
                found = number, end
        if word not in branch.nexts:
            break
        branch = branch.nexts[word]
        number += 1
    return found
