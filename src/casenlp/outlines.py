"""Outlines: where in a text a match of a regular expression may begin, told many times faster than by trying it.

Python tries a regular expression at each place of a text, and most expressions of rules match no sentence that has
their words. An outline is a coarser expression, read from Python's own reading of the pattern: it has its letters,
alternatives, borders and order, without long counts and without what is looked for around a place, as far as that is
more than one letter. It matches wherever the expression does, so that the expression need be tried nowhere else, and is
matched as a set of states at once, each set kept once it was met (Thompson 1968; lazily, as Cox 2010 does in RE2).
"""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import accumulate, pairwise
from typing import Any, Generic, NamedTuple, TypeVar

from casenlp.letters import SYMBOL_LETTERS
from casenlp.native import outlines as compiled_outlines

_PARSER: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_LATIN = range(0x100)
_PLAIN = (*_LATIN, *SYMBOL_LETTERS)
#: A letter each for those that are neither plain nor named: a digit, another of a word, white space, anything else.
_OTHERS = "\u0663\u03b1\u2003\u2260"
_NO_KIND = 255
_INTEGER = array("I").itemsize
_NEGATED = (_PARSER.NEGATE, None)
_MOST_COUNTED = 6  # a part that may come more often than that may come any number of times
_MOST_COPIES = 400  # states that the copies of a counted part may take
_MOST_STATES = 20_000
_MOST_WAYS = 0xFFFF  # from states to others
_FLAGS = int(re.UNICODE | re.DOTALL)
_WORTH = 8  # tries of an expression before its outline is asked for

MATCH, LETTER, SPLIT, AHEAD, BEHIND = range(5)  # what a state does: see Network


class Network(NamedTuple):
    """An outline as states, in numbers of 16 bits where it is not said otherwise.

    A state matches, takes a letter of its set, goes on in several states, or asks that the letter ahead or behind is
    one of its set. Letters that belong to the same sets are of one kind.
    """

    start: int  # the state in which it begins
    operations: bytes  # of each state, what it does, in a byte
    numbers: bytes  # its set of letters
    firsts: bytes  # where its ways begin among those of all, and at last how many there are
    ways: bytes  # states that follow
    sets: bytes  # of each set and kind, and at last of the end of a text, whether it belongs, in a byte
    kinds: bytes  # of the plain letters, and of four others: see _OTHERS; a byte each
    named: bytes  # other letters that stand in the expression and their kinds, in 32 bits each

    def packed(self) -> str:
        """As text, for this computer alone."""
        parts = self[1:]
        sizes = array("I", [self.start, *map(len, parts)])
        return b64encode(zlib.compress(sizes.tobytes() + b"".join(parts))).decode()

    @classmethod
    def unpacked(cls, text: str) -> Network:
        """What was packed; ValueError when nothing was."""
        try:
            content = zlib.decompress(b64decode(text, validate=True))
        except zlib.error as error:
            raise ValueError(str(error)) from None
        sizes = array("I", content[: len(cls._fields) * _INTEGER])
        ends = [*accumulate(sizes[1:], initial=len(sizes) * _INTEGER)]
        if ends[-1] != len(content):
            raise ValueError("the network of an outline is cut off")
        return cls(sizes[0], *(content[start:end] for start, end in pairwise(ends)))


class _UnreadableError(Exception):
    """An expression has a part of which nothing is known."""


Key = TypeVar("Key", bound="tuple[int, int | None]")
Value = TypeVar("Value")

#: Items of a set as Python's parser gives them, and whether the end of a text belongs to it.
_Set = tuple[tuple[tuple[Any, Any], ...], bool]


class _Drawer:
    """Makes the states of one expression, the last first."""

    def __init__(self, flags: int) -> None:
        self._dot: tuple[tuple[Any, Any], ...] = () if flags & re.DOTALL else ((_PARSER.LITERAL, 10),)
        self.operations = [MATCH]
        self.numbers = [0]
        self.ways: list[tuple[int, ...]] = [()]
        self.sets: dict[_Set, int] = {}

    def row(self, parts: Iterable[tuple[Any, Any]], then: int) -> int:
        """The state in which parts in a row begin, behind which `then` follows."""
        for operation, value in reversed(list(parts)):
            draw = getattr(self, f"_{str(operation).lower()}", None)
            if draw is None:
                raise _UnreadableError(operation)
            then = draw(value, then)
        return then

    def _add(self, operation: int, number: int, *ways: int) -> int:
        if len(self.operations) > _MOST_STATES:
            raise _UnreadableError("too large")
        self.operations.append(operation)
        self.numbers.append(number)
        self.ways.append(ways)
        return len(self.operations) - 1

    def _ask(self, operation: int, items: Iterable[tuple[Any, Any]], then: int, end: bool = False) -> int:
        return self._add(operation, self.sets.setdefault((tuple(items), end), len(self.sets)), then)

    def _literal(self, code: int, then: int) -> int:
        return self._ask(LETTER, [(_PARSER.LITERAL, code)], then)

    def _not_literal(self, code: int, then: int) -> int:
        return self._ask(LETTER, _all_but([(_PARSER.LITERAL, code)]), then)

    def _any(self, _: None, then: int) -> int:
        return self._ask(LETTER, _all_but(self._dot), then)

    def _in(self, items: Sequence[tuple[Any, Any]], then: int) -> int:
        return self._ask(LETTER, items, then)

    def _branch(self, value: tuple[None, list[Any]], then: int) -> int:
        return self._add(SPLIT, 0, *(self.row(option, then) for option in value[1]))

    def _subpattern(self, value: tuple[Any, int, int, Any], then: int) -> int:
        if value[1] or value[2]:
            raise _UnreadableError("flags of a group")
        return self.row(value[3], then)

    def _atomic_group(self, inside: Any, then: int) -> int:
        return self.row(inside, then)

    def _max_repeat(self, value: tuple[int, Any, Any], then: int) -> int:
        least, most, inside = value
        again = self._add(SPLIT, 0)
        once = self.row(inside, again)
        size = len(self.operations) - again
        if most is not _PARSER.MAXREPEAT and most <= _MOST_COUNTED and size * most <= _MOST_COPIES:
            self.ways[again] = (then,)
            first = once
            for copy in range(most):  # the last first
                first = once if copy == 0 else self.row(inside, then)
                then = first if copy >= most - least else self._add(SPLIT, 0, first, then)
            return then
        self.ways[again] = once, then
        if least > 2 and size * least <= _MOST_COPIES:
            return self._max_repeat((least - 1, least - 1, inside), once) if least <= _MOST_COUNTED else once
        return once if least else again

    _min_repeat = _possessive_repeat = _max_repeat

    def _at(self, where: Any, then: int) -> int:
        word: list[tuple[Any, Any]] = [(_PARSER.CATEGORY, _PARSER.CATEGORY_WORD)]
        if where in (_PARSER.AT_BEGINNING, _PARSER.AT_BEGINNING_STRING):
            return self._ask(BEHIND, (), then, end=True)
        if where in (_PARSER.AT_END, _PARSER.AT_END_STRING):
            return self._ask(AHEAD, [(_PARSER.LITERAL, 10)] if where is _PARSER.AT_END else (), then, end=True)
        if where is not _PARSER.AT_BOUNDARY:
            return then
        ends = self._ask(BEHIND, word, self._ask(AHEAD, _all_but(word), then, end=True))
        begins = self._ask(BEHIND, _all_but(word), self._ask(AHEAD, word, then), end=True)
        return self._add(SPLIT, 0, begins, ends)

    def _assert(self, value: tuple[int, Any], then: int) -> int:
        direction, inside = value
        letters, complete = _single_letters(inside)
        if complete:
            return self._ask(AHEAD if direction > 0 else BEHIND, letters, then)
        return self.row(inside, then) if direction > 0 and then == 0 else then  # at the end it is as good as matched

    def _assert_not(self, value: tuple[int, Any], then: int) -> int:
        direction, inside = value
        letters, _ = _single_letters(inside)
        return self._ask(AHEAD if direction > 0 else BEHIND, _all_but(letters), then, end=True) if letters else then


def _all_but(items: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [_NEGATED, *items]


def _single_letters(parts: Any) -> tuple[list[tuple[Any, Any]], bool]:
    """Those alternatives of a part that are one letter each, as items of a set, and whether that is all of them."""
    if len(parts) != 1:
        return [], False
    operation, value = parts[0]
    if operation is _PARSER.LITERAL:
        return [(operation, value)], True
    if operation is _PARSER.IN:
        return (list(value), True) if value[0][0] is not _PARSER.NEGATE else ([], False)
    if operation is _PARSER.SUBPATTERN and not value[1] and not value[2]:
        return _single_letters(value[3])
    if operation is not _PARSER.BRANCH:
        return [], False
    options = [_single_letters(option) for option in value[1]]
    return [item for letters, _ in options for item in letters], all(complete for _, complete in options)


@lru_cache(maxsize=16)
def _of_category(category: Any) -> frozenset[int]:
    """The plain letters that are of a category such as \\w."""
    return frozenset(code for code in _PLAIN if _is_of(chr(code), category))


def _is_of(letter: str, category: Any) -> bool:
    """Whether a letter is of a category, as Python's regular expressions see it."""
    name = str(category).lower().removeprefix("category_")
    kind = name.removeprefix("not_")
    if kind == "word":
        belongs = letter.isalnum() or letter == "_"
    elif kind == "digit":
        belongs = letter.isdecimal()
    elif kind == "space":
        belongs = letter.isspace()
    else:
        raise _UnreadableError(category)
    return belongs == (kind == name)


class _Letters:
    """Which letters belong to which of some sets; letters that belong to the same are of one kind."""

    def __init__(self, sets: Sequence[Sequence[tuple[Any, Any]]]) -> None:
        plain = frozenset(_PLAIN)
        listed = {value for items in sets for operation, value in items if operation is _PARSER.LITERAL}
        ranges = {value for items in sets for operation, value in items if operation is _PARSER.RANGE}
        named = sorted(listed.union(*ranges).difference(plain))
        others = [-1 - place for place in range(len(_OTHERS))]
        negated = sum(1 << number for number, items in enumerate(sets) if _NEGATED in items)
        bits = dict.fromkeys((*_PLAIN, *named, *others), negated)
        for number, items in enumerate(sets):
            belonging: set[int] = set()
            for operation, value in items:
                if operation is _PARSER.LITERAL:
                    belonging.add(value)
                elif operation is _PARSER.CATEGORY:
                    belonging |= _of_category(value)
                    belonging.update(code for code in named if _is_of(chr(code), value))
                    belonging.update(code for code in others if _is_of(_OTHERS[-1 - code], value))
                elif operation is _PARSER.RANGE:
                    belonging.update(code for code in (*_PLAIN, *named) if value[0] <= code <= value[1])
                elif (operation, value) != _NEGATED:
                    raise _UnreadableError(operation)
            for code in belonging:
                bits[code] ^= 1 << number
        numbers: dict[int, int] = {}
        kinds = {code: numbers.setdefault(signature, len(numbers)) for code, signature in bits.items()}
        if len(numbers) >= _NO_KIND:
            raise _UnreadableError("too many kinds of letters")
        if not all(high in _LATIN or (low in SYMBOL_LETTERS and high in SYMBOL_LETTERS) for low, high in ranges):
            kinds.update(dict.fromkeys(others, _NO_KIND))
        self._bits = list(numbers)
        #: Of the plain letters and the four others
        self.kinds = bytes(kinds[code] for code in (*_PLAIN, *others))
        self.named = array("I", [number for code in named for number in (code, kinds[code])]).tobytes()

    def members(self, number: int, end: bool) -> bytes:
        """Of each kind, and of the end of a text, whether it belongs to a set."""
        return bytes([*((bits >> number) & 1 for bits in self._bits), end])


def network(expression: str) -> Network | None:
    """The outline of an expression as states; None where parts of it are not known, or it may be empty."""
    try:
        parts = _PARSER.parse(expression)
        if parts.state.flags & ~_FLAGS or parts.getwidth()[0] == 0:
            return None
        drawer = _Drawer(parts.state.flags)
        start = drawer.row(parts, 0)
        letters = _Letters([items for items, _ in drawer.sets])
    except (_UnreadableError, re.error):
        return None
    places = [*accumulate(map(len, drawer.ways), initial=0)]
    if places[-1] > _MOST_WAYS:
        return None
    sets = b"".join(letters.members(number, end) for number, (_, end) in enumerate(drawer.sets))
    ways = array("H", [way for ways in drawer.ways for way in ways])
    numbers = array("H", drawer.numbers).tobytes()
    firsts = array("H", places).tobytes()
    return Network(start, bytes(drawer.operations), numbers, firsts, ways.tobytes(), sets, letters.kinds, letters.named)


class Screens(Generic[Key, Value]):
    """Expressions that texts are searched for, by (number, way), each with what belongs to it.

    `make` gives both when a key is first met, `draw` the outline, or None, when it was asked for `_WORTH` times.
    """

    def __init__(
        self, make: Callable[[Key], tuple[Value, re.Pattern[str]]], draw: Callable[[Key], Network | None]
    ) -> None:
        self._make = make
        self._known: dict[Key, tuple[Value, re.Pattern[str]]] = {}
        #: (keys, low, high, text) -> of the first of the expressions that has a number from `low` on and below `high`
        #: and that matches in the text: what belongs to it, and all its matches; None when none does.
        self.first: Callable[[list[Key], int, int, str], tuple[Value, list[re.Match[str]]] | None] = self._first
        #: The same of all of them, in the order of their keys.
        self.all: Callable[[list[Key], int, int, str], list[tuple[Value, list[re.Match[str]]]]] = self._all
        if compiled_outlines is not None:
            screens = compiled_outlines.Screens(make, draw, _WORTH)
            self.first, self.all = screens.first, screens.all

    def _first(self, keys: list[Key], low: int, high: int, text: str) -> tuple[Value, list[re.Match[str]]] | None:
        return next(self._each(keys, low, high, text), None)

    def _all(self, keys: list[Key], low: int, high: int, text: str) -> list[tuple[Value, list[re.Match[str]]]]:
        return list(self._each(keys, low, high, text))

    def _each(self, keys: list[Key], low: int, high: int, text: str) -> Iterator[tuple[Value, list[re.Match[str]]]]:
        """Without compiled parts, where outlines would take longer than what they save."""
        for key in keys:
            if low <= key[0] < high:
                known = self._known.get(key)
                if known is None:
                    known = self._known[key] = self._make(key)
                value, expression = known
                matches = list(expression.finditer(text))
                if matches:
                    yield value, matches
