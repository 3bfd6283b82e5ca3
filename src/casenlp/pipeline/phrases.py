"""Fixed phrases in a sentence, found by one look a word: only where a phrase may begin are its next words read.

A tree of words holds the phrases. Its branches grow where texts lead, so that start-up does not depend on how many
phrases there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

from casenlp.kept import FEW, Kept
from casenlp.native import phrases as compiled_phrases

#: Word that may follow -> what may follow then; "" where a phrase may end.
_Branch: TypeAlias = "dict[str, _Branch]"

_PIECE = re.compile(r"\w+|\W")
_WORD = re.compile(r"\w")
_END = ""


class _Beginnings(Kept[str, tuple[tuple[int, int, _Branch], ...]]):
    """Maps a word between spaces to where phrases may begin in it, worked out when the word is first met.

    Each is (start, end of the longest phrase within the word or -1, branch of the phrases that go on after it).
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        super().__init__(self._of_word)
        self.rests: dict[str, list[str]] = {}
        single: set[str] = set()
        for phrase in phrases:
            word, space, rest = phrase.partition(" ")
            if not space:
                single.add(word)
            elif word in self.rests:
                self.rests[word].append(rest)
            else:
                self.rests[word] = [rest]
        self.single = frozenset(single)
        self._branches: _Branch = {}

    def first_words(self) -> frozenset[str]:
        """The first word of every phrase."""
        return self.single.union(self.rests)

    def _of_word(self, word: str) -> tuple[tuple[int, int, _Branch], ...]:
        beginnings: tuple[tuple[int, int, _Branch], ...] = ()
        if word.isalpha():
            end, branch = len(word) if word in self.single else -1, self.branch(word)
            if end > 0 or branch:
                beginnings = ((0, end, branch),)
        else:
            starts = [piece.start() for piece in _PIECE.finditer(word)]
            each = ((start, self._end_within(word, start), self.branch(word[start:])) for start in starts)
            beginnings = tuple((start, end, branch) for start, end, branch in each if end > 0 or branch)
        return beginnings

    def _end_within(self, word: str, start: int) -> int:
        """End of the longest phrase that begins at `start` and ends in the same word; -1 when there is none."""
        rest = word[start:]
        within = [part for part in (*_parts(rest), rest) if part in self.single]
        return start + len(within[-1]) if within else -1

    def branch(self, word: str) -> _Branch:
        """What may follow a first word."""
        branch = self._branches.get(word)
        if branch is None:
            branch = {}
            for rest in self.rests.get(word, ()):
                at = branch
                for following in rest.split(" "):
                    at = at.setdefault(following, {})
                at[_END] = {}
            if branch:
                self._branches[word] = branch
        return branch


class PhraseFinder:
    """Finds phrases that begin and end at word borders; the first and longest wins, none overlap."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._beginnings = _Beginnings(phrases)
        self._first = self._beginnings.first_words()
        #: (start, end) of each phrase in a text with single spaces, in order
        self.find: Callable[[str], list[tuple[int, int]]] = self._find
        if compiled_phrases is not None:
            known = self._beginnings
            self.find = compiled_phrases.Phrases(known.single, known.rests, known.branch).find

    def _find(self, text: str) -> list[tuple[int, int]]:
        words = text.split(" ")
        most = len(words) - 1
        first, beginnings = self._first, self._beginnings
        found: list[tuple[int, int]] = []
        at = number = done = 0  # `at` is where words[number] begins
        for this, word in enumerate(words):
            if word not in first and word.isalpha():  # most words, by a small table
                continue
            for start, end, branch in beginnings[word]:
                last = this
                if branch and this < most:
                    following = words[this + 1]
                    if following in branch or not following.isalpha():  # most do not go on
                        further, within = _follow(branch, words, this + 1)
                        if further:
                            last, end = further, within
                if end < 0:
                    continue
                at += sum(map(len, words[number:this])) + this - number
                number = this
                if at + start >= done:
                    done = at + sum(map(len, words[this:last])) + last - this + end
                    found.append((at + start, done))
        return found


def _follow(branch: _Branch, words: list[str], number: int) -> tuple[int, int]:
    """(number of a word, end in it) where the longest phrase ends that goes on with words[number]; (0, 0) if none."""
    found = (0, 0)
    while number < len(words):
        word = words[number]
        further = branch.get(word)
        if further is not None and _END in further:
            found = number, len(word)
        elif not word.isalpha():
            for beginning in _parts(word):
                if _END in branch.get(beginning, ()):
                    found = number, len(beginning)
        if further is None:
            break
        branch = further
        number += 1
    return found


@lru_cache(maxsize=FEW)
def _parts(word: str) -> tuple[str, ...]:
    """What a word between spaces begins with that ends at a border within it, the shortest first."""
    ends = [piece.end() for piece in _PIECE.finditer(word)]
    return tuple(word[:end] for end in ends[:-1] if not _WORD.match(word, end))
