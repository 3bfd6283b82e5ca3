"""What a sentence must hold for a pattern to have a chance, so that most are passed over without trying it.

The reading is cautious: only what stands in every way through a pattern counts, so that no match is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

_SLOT = re.compile(r"\{([a-z_]+)(?::[a-z_0-9]+)?\}")
_LITERAL = re.compile(r"[a-z ]+")
_OPTIONAL = re.compile(r"[?*]|\{0?,|\{0\}")
_GROUP_OPENING = re.compile(r"\((?:\?:|\?P<\w+>)?(?!\?)")
_SYNTAX = re.compile(r"\\.|[\[()]", re.DOTALL)
_BORDER = r"\b"
_LETTERS = re.compile(r"[a-z]+")
_MOST_KEPT = 500_000
_MOST_WORDS = 80  # more words than this cost more to look for than they save
_MOST_LISTS = 3  # lists of words looked for, the shortest first
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Need:
    """What one way through a pattern needs: all of `symbols`, one of each of `groups`, one of each list of `words`.

    A list of words may hold symbols too, where a pattern has an item or a word in one place.
    """

    symbols: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    words: tuple[tuple[str, ...], ...] = ()

    def met_by(self, symbols: frozenset[str], text: str) -> bool:
        """Whether a sentence with these symbols and this text has it all."""
        return self.has_symbols(symbols) and self.has_words(text)

    def has_symbols(self, symbols: frozenset[str]) -> bool:
        """Whether the items needed are among `symbols`."""
        return self.symbols <= symbols and not any(group.isdisjoint(symbols) for group in self.groups)

    def has_words(self, text: str) -> bool:
        """Whether the words needed are in the text."""
        for options in self.words:
            for word in options:
                if word in text:
                    break
            else:
                return False
        return True


#: The words of several ways through a pattern; of one of them a text must hold one word of each list.
Words = tuple[tuple[tuple[str, ...], ...], ...]


def words_of(needs: Iterable[Need]) -> Words:
    """The words of several needs; empty when one of them needs none, so that any text will do."""
    words = tuple(need.words for need in needs)
    return words if all(words) else ()


def holds(text: str, words: Words) -> bool:
    """Whether a text has, of any one way through a pattern, one of each of its lists of words."""
    for lists in words:  # plain loops: this is asked of every rule in every sentence
        for options in lists:
            for word in options:
                if word in text:
                    break
            else:
                break
        else:
            return True
    return not words


class Literals(dict[str, int]):
    """Which of some words, or parts of words, stand in a text, as bits of a number: one look a word of the text.

    Maps a word of a text to the bits of all literals within it, worked out when the word is first met.
    """

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._by_beginning: dict[str, list[str]] = {}

    def bits(self, words: Iterable[str]) -> int:
        """The bits of some words; of a phrase only its longest word is looked for."""
        total = 0
        for phrase in words:
            literal = max(phrase.split(), key=len)
            if literal not in self._bits:
                self._bits[literal] = 1 << len(self._bits)
                self._by_beginning.setdefault(literal[:2], []).append(literal)
                self.clear()
            total |= self._bits[literal]
        return total

    def of(self, text: str) -> int:
        """The bits of every literal that a text in lower case holds."""
        return reduce(or_, map(self.__getitem__, _LETTERS.findall(text)), 0)

    def __missing__(self, word: str) -> int:
        bits = 0
        for start in range(len(word)):
            for beginning in (word[start : start + 1], word[start : start + 2]):
                for literal in self._by_beginning.get(beginning, ()):
                    if word.startswith(literal, start):
                        bits |= self._bits[literal]
        if len(self) > _MOST_KEPT:
            self.clear()
        self[word] = bits
        return bits


class Guarded:
    """A regular expression that is slow to search, tried only on a text that holds the words it needs."""

    def __init__(self, pattern: re.Pattern[str], needs: Iterable[Need]) -> None:
        self.pattern = pattern
        self._words = words_of(needs)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a text, or None."""
        return self.pattern.search(text) if holds(text, self._words) else None

    def may_match(self, text: str) -> bool:
        """Whether a text holds the words; where it does not, no stretch of it has a match."""
        return holds(text, self._words)


def needs_of(
    pattern: str, macros: Mapping[str, str], symbols_of: Callable[[str], frozenset[str] | None]
) -> tuple[Need, ...]:
    """One Need for each alternative of a pattern; `symbols_of` gives the symbols of an item's or group's name."""
    return tuple(_need(option, macros, symbols_of, 0) for option in alternatives(pattern))


@lru_cache(maxsize=8192)
def alternatives(pattern: str) -> tuple[str, ...]:
    """The alternatives of a pattern that is one group, or has bars outside every group."""
    while pattern.startswith("(?:") and _closing(pattern, 0) == len(pattern) - 1:
        pattern = pattern[3:-1]
    options, start, position = [], 0, 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "|":
            options.append(pattern[start:position])
            start = position = position + 1
        else:
            position = _unit_end(pattern, position)
    return (*options, pattern[start:])


def factored(pattern: str) -> str:
    r"""A pattern whose neighbouring alternatives that begin at a word's border say so once: \\b(?:x|y), not \\bx|\\by.

    Python's regular expressions try alternatives that begin with a letter many times faster.
    """
    options = alternatives(pattern)
    if len(options) == 1:
        return pattern
    written = []
    for at_border, group in itertools.groupby(options, key=lambda option: option.startswith(_BORDER)):
        several = list(group)
        if at_border and len(several) > 1:
            written.append(_BORDER + "(?:" + "|".join(option[len(_BORDER) :] for option in several) + ")")
        else:
            written += several
    return "(?:" + "|".join(written) + ")"


def _unit_end(pattern: str, position: int) -> int:
    """End of the escape, class, group or single letter at a position."""
    letter = pattern[position]
    if letter == "\\":
        return position + 2
    if letter == "[":
        return _class_end(pattern, position) + 1
    if letter == "(":
        return _closing(pattern, position) + 1
    slot = _SLOT.match(pattern, position)
    return slot.end() if slot else position + 1


@lru_cache(maxsize=8192)
def _closing(pattern: str, start: int) -> int:
    """Position of the bracket that closes the one at `start`."""
    depth = position = 0
    for m in _SYNTAX.finditer(pattern, start):
        if m.start() < position:
            continue  # inside a character class
        letter = m.group()
        if letter == "[":
            position = _class_end(pattern, m.start()) + 1
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter == ")":
            return m.start()
    return len(pattern)


def _class_end(pattern: str, start: int) -> int:
    """Position of the bracket that closes a character class."""
    position = start + 1
    if pattern[position : position + 1] == "^":
        position += 1
    if pattern[position : position + 1] == "]":
        position += 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return position


def _need(
    option: str, macros: Mapping[str, str], symbols_of: Callable[[str], frozenset[str] | None], depth: int
) -> Need:
    symbols: set[str] = set()
    groups: list[frozenset[str]] = []
    words: list[tuple[str, ...]] = []
    longest = ""
    position = 0
    while position < len(option):
        letter = option[position]
        literal = _LITERAL.match(option, position) if letter != "\\" else None
        end = literal.end() if literal else _unit_end(option, position)
        optional = bool(_OPTIONAL.match(option, end))
        slot = _SLOT.fullmatch(option, position, end)
        if literal:
            run = literal.group()[:-1] if optional else literal.group()
            longest = max(longest, run, key=len)
        elif not optional and letter != "\\":
            inner = _inner(option[position:end], slot, macros)
            named = symbols_of(slot.group(1)) if slot else None
            if named is not None:
                if len(named) == 1:
                    symbols |= named
                else:
                    groups.append(named)
            elif inner is not None and depth < _DEEPEST:
                _add_common(
                    [_need(o, macros, symbols_of, depth + 1) for o in alternatives(inner)], symbols, groups, words
                )
        position = end
    if longest.strip():
        words.append((longest,))
    words.sort(key=len)
    return Need(frozenset(symbols), tuple(groups), tuple(words[:_MOST_LISTS]))


def _inner(unit: str, slot: re.Match[str] | None, macros: Mapping[str, str]) -> str | None:
    """What a group or macro holds; None for anything else, and for what looks around without matching."""
    if slot:
        return macros.get(slot.group(1))
    opening = _GROUP_OPENING.match(unit)
    return unit[opening.end() : -1] if opening and unit.endswith(")") else None


def _add_common(
    options: list[Need], symbols: set[str], groups: list[frozenset[str]], words: list[tuple[str, ...]]
) -> None:
    """Add what every alternative of a group needs."""
    common = frozenset.intersection(*(option.symbols for option in options))
    symbols |= common
    if not common and all(option.symbols for option in options):
        groups.append(frozenset().union(*(option.symbols for option in options)))
    one_of = [_one_of(option) for option in options]
    if all(one_of):
        together = _shortest_of(word for several in one_of for word in several)
        if len(together) <= _MOST_WORDS:
            words.append(together)


def _one_of(option: Need) -> tuple[str, ...]:
    """Words or symbols of which this way through needs one; empty when it needs none."""
    if option.words:
        return option.words[0]
    if option.symbols:
        return (min(option.symbols),)
    return tuple(sorted(option.groups[0])) if option.groups else ()


def _shortest_of(words: Iterable[str]) -> tuple[str, ...]:
    """The words without those that hold another of them."""
    kept: list[str] = []
    for word in sorted(dict.fromkeys(words), key=len):
        if not any(other in word for other in kept):
            kept.append(word)
    return tuple(kept)
