"""Guards: a slow regular expression is tried only on a text that holds words it cannot match without.

Unlike a sieve, which has words looked up for many patterns at once, a guard asks a text for a few strings, so that it
also serves for any stretch of text and costs nothing beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from casenlp.expressions import SLOT, alternatives, inside_group, unit_end
from casenlp.kept import FEW, Kept
from casenlp.native import guards as compiled_guards
from casenlp.needs import SymbolsOf

_LITERAL = re.compile(r"[a-z ]+")
_OPTIONAL = re.compile(r"[?*]|\{0?,|\{0\}")
_MOST_WORDS = 80  # more words than this cost more to look for than they save
_MOST_LISTS = 3  # lists of words looked for, the shortest first
_DEEPEST = 6

#: Of one of several ways through a pattern a text must hold one word of each list; without a way, any text will do.
Words = tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class _Need:
    """What one way through a pattern needs: all of `symbols`, one of each of `groups`, one of each list of `words`."""

    symbols: frozenset[str] = frozenset()
    groups: tuple[frozenset[str], ...] = ()
    words: tuple[tuple[str, ...], ...] = ()


class Guarded:
    """A regular expression that is slow to search, tried only on a text that holds the words it needs."""

    #: The first match in a text, or None.
    search: Callable[[str], re.Match[str] | None]
    #: Whether a text, spaced in any way, holds the words; where it does not, no stretch of it has a match.
    may_match: Callable[[str], bool]
    #: A name, in any case -> `may_match`.
    may_match_name: Kept[str, bool]

    def __init__(self, pattern: re.Pattern[str], words: Words) -> None:
        self.pattern = pattern
        guard = _Guard if compiled_guards is None else compiled_guards.Guard
        self.search = guard(pattern, words).search
        self.may_match = guard(pattern, _apart(words)).holds
        self.may_match_name = Kept(lambda name: bool(self.may_match(name.lower())), FEW)


class _Guard:
    """What native/guards.pyx does, in Python."""

    def __init__(self, pattern: re.Pattern[str], words: Words) -> None:
        self._pattern_search = pattern.search
        self._words = words

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a text, or None."""
        return self._pattern_search(text) if self.holds(text) else None

    def holds(self, text: str) -> bool:
        """Whether a text has, of any one way through a pattern, one of each of its lists of words."""
        for lists in self._words:  # plain loops: this is asked of every sentence
            for options in lists:
                for word in options:
                    if word in text:
                        break
                else:
                    break
            else:
                return True
        return not self._words


def words_of(pattern: str, macros: Mapping[str, str], symbols_of: SymbolsOf) -> Words:
    """The words that a text needs for a pattern; `symbols_of` gives the symbols of an item's or group's name."""
    options = alternatives(pattern.removeprefix(r"\b"))
    ways = [_need(option, macros, symbols_of, 0).words for option in options]
    return _together(ways) if all(ways) else ()


def _together(ways: list[tuple[tuple[str, ...], ...]]) -> Words:
    """The ways that need one list of words as one way, without those that need a word of that list anyhow."""
    one_of = _shortest_of(word for lists in ways if len(lists) == 1 for word in lists[0])
    several = [
        lists
        for lists in dict.fromkeys(ways)
        if len(lists) > 1 and not any(all(any(w in word for w in one_of) for word in options) for options in lists)
    ]
    return (*(((one_of,),) if one_of else ()), *several)


def _apart(words: Words) -> Words:
    """The longest word of each phrase, for texts that are not spaced as sentences are and have no symbols."""
    ways = tuple(
        tuple(
            tuple(max(word.split(), key=len) for word in options) for options in lists if all(map(str.isascii, options))
        )
        for lists in words
    )
    return ways if all(ways) else ()


def _need(option: str, macros: Mapping[str, str], symbols_of: SymbolsOf, depth: int) -> _Need:
    symbols: set[str] = set()
    groups: list[frozenset[str]] = []
    words: list[tuple[str, ...]] = []
    longest = ""
    position = 0
    while position < len(option):
        letter = option[position]
        literal = _LITERAL.match(option, position) if letter != "\\" else None
        end = literal.end() if literal else unit_end(option, position)
        optional = bool(_OPTIONAL.match(option, end))
        slot = SLOT.fullmatch(option, position, end)
        if literal:
            run = literal.group()[:-1] if optional else literal.group()
            longest = max(longest, run, key=len)
        elif not optional and letter != "\\":
            inner = macros.get(slot.group(1)) if slot else inside_group(option[position:end])
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
    return _Need(frozenset(symbols), tuple(groups), tuple(words[:_MOST_LISTS]))


def _add_common(
    options: list[_Need], symbols: set[str], groups: list[frozenset[str]], words: list[tuple[str, ...]]
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


def _one_of(option: _Need) -> tuple[str, ...]:
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
