"""Which of many patterns a text has a chance to match, found for all of them at once.

Every need of every way through a pattern is a bit of a number. A word of the text sets, by a look into a table, the
bits of the needs that it meets, and of those that the word before it began and it completes. A way is met when all of
its bits are set, which one addition tells of all ways: a one added at the lowest bit of a way carries into the
free bit above its highest only then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from casenlp.kept import FEW, Kept
from casenlp.native import sentences as compiled_sentences
from casenlp.needs import BEGIN, DIGIT, END, Need, Piece, Ways, begun, ended

Search: TypeAlias = "Callable[[str], re.Match[str] | None]"
#: Patterns that a text may match, in order: the number of each and the way through it, or None if several are met.
Met: TypeAlias = "list[tuple[int, int | None]]"

_WORDS = re.compile(r"[a-z]+|\S")
_AT_BEGIN, _AT_END = frozenset({Piece(BEGIN)}), frozenset({Piece(END)})
#: What a piece in a word does for a need: it meets it, is the left or right of two words, or is one of two in the word.
_ALONE, _LEFT, _RIGHT, _HALF, _OTHER_HALF = range(_ROLES := 5)


class Sieve(Kept[str, tuple[int, int, int]]):
    """Maps what stands between two spaces to its bits, worked out when it is first met: of the needs that it meets, of
    those that its last word begins, and of those that its first word completes."""

    def __init__(self, patterns: Sequence[Ways]) -> None:
        super().__init__(self._bits)
        self._known: Kept[Any, Any] = Kept(lambda bits: bits, FEW)  # what words have in common takes memory once
        #: By whether a word must begin and end with it: piece -> the bits that it sets in each role
        self._pieces: dict[tuple[bool, bool], dict[str, list[int]]] = {
            (begins, ends): {} for begins in (True, False) for ends in (True, False)
        }
        self._within = self._pieces[False, False]
        self._lowest = self._carries = 0
        self.upto: list[int] = []  # for each pattern: its bits, and those of all before it
        #: Length of the number with only a way's carry set -> (pattern, way); None for the only way.
        self._way_at: dict[int, tuple[int, int | None]] = {}
        width = 0
        for number, ways in enumerate(patterns):
            for place, way in enumerate(ways):
                self._lowest |= 1 << width
                for need in way:
                    self._add(need, 1 << width)
                    width += 1
                self._carries |= 1 << width
                width += 1
                self._way_at[width] = number, place if len(ways) > 1 else None
            self.upto.append((1 << width) - 1)
        self._close()

    @property
    def state(self) -> dict[str, Any]:
        """What `restored` makes the same sieve of, as JSON can hold it: large numbers in hexadecimal."""
        pieces = [
            [*key, {text: list(map(hex, bits)) for text, bits in known.items()}] for key, known in self._pieces.items()
        ]
        ways = [[width, *where] for width, where in self._way_at.items()]
        numbers = {"lowest": hex(self._lowest), "carries": hex(self._carries), "upto": list(map(hex, self.upto))}
        return {"pieces": pieces, "ways": ways, **numbers}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Sieve:
        """The sieve that has a state."""
        sieve = cls(())
        for begins, ends, known in state["pieces"]:
            sieve._pieces[begins, ends].update({text: [int(b, 16) for b in bits] for text, bits in known.items()})
        sieve._way_at = {width: (number, way) for width, number, way in state["ways"]}
        sieve._lowest, sieve._carries = int(state["lowest"], 16), int(state["carries"], 16)
        sieve.upto = [int(bits, 16) for bits in state["upto"]]
        sieve._close()
        return sieve

    def _close(self) -> None:
        """Work out what depends on all patterns."""
        self._openings: dict[str, list[str]] = {}  # first two letters -> longer pieces of words
        for piece in self._within:
            if len(piece) > 1:
                self._openings.setdefault(piece[:2], []).append(piece)
        self._begin = self._word(BEGIN)
        self._end = self._word(END)
        #: Of a text in lower case, the patterns a way of which it meets
        self.met: Callable[[str], Met] = self._met
        #: Whether the last word of a text in lower case meets, together with the end, a need of any pattern
        self.may_end: Callable[[str], bool] = self._may_end
        #: Whether the begin of a text meets, together with what stands there up to a space, a need of any pattern
        self.may_begin: Callable[[str], bool] = self._may_begin
        if compiled_sentences is not None:
            numbers = len(self.upto), self._lowest, self._carries
            compiled = compiled_sentences.Sieve(self._pieces, (BEGIN, END), DIGIT, self._way_at, *numbers)
            self.met, self.may_end, self.may_begin = compiled.met, compiled.may_end, compiled.may_begin

    def _met(self, text: str) -> Met:
        here, left, _ = self._begin
        for token in text.split():
            alone, following, right = self[token]
            if alone:
                here |= alone
            if left:
                here |= left & right
            left = following
        alone, _, right = self._end
        met = ((here | alone | left & right) + self._lowest) & self._carries
        found: Met = []
        while met:
            lowest = met & -met
            number, way = self._way_at[lowest.bit_length()]
            found.append((number, None if (met ^ lowest) & self.upto[number] else way))
            met &= ~self.upto[number]
        return found

    def _may_end(self, text: str) -> bool:
        words = text.rsplit(None, 1)
        return bool(words and self[words[-1]][1] & self._end[2])

    def _may_begin(self, word: str) -> bool:
        return self._begin[1] & self[word][2] != 0

    def _add(self, need: Need, bit: int) -> None:
        roles = [(_ALONE, need.first)]
        if need.then is not None:
            roles = [(_LEFT, ended(need.first)), (_RIGHT, begun(need.then))]
            if need.joined:
                roles += [(_HALF, need.first), (_OTHER_HALF, need.then)]
        for role, pieces in roles:
            for piece in pieces:
                known = self._pieces[piece.begins, piece.ends]
                known.setdefault(piece.text, [0] * _ROLES)[role] |= bit

    def _bits(self, token: str) -> tuple[int, int, int]:
        words = _WORDS.findall(token)
        if words == [token]:
            return self._same(self._word(token))
        here, left, first = self[words[0]]
        for word in words[1:]:
            alone, following, right = self[word]
            here |= alone | left & right
            left = following
        return self._same((here, left, first))

    def _same(self, bits: tuple[int, int, int]) -> tuple[int, int, int]:
        same: tuple[int, int, int] = self._known[bits]
        return same

    def _word(self, word: str) -> tuple[int, int, int]:
        """The bits of one word."""
        last = len(word)
        found = [self._pieces[True, True].get(word)]
        if word.isdecimal():
            found += [pieces.get(DIGIT) for pieces in self._pieces.values()]
        begins, ends, within = self._pieces[True, False], self._pieces[False, True], self._within
        for start in range(last):
            found += [begins.get(word[: start + 1]), ends.get(word[start:]), within.get(word[start])]
            for piece in self._openings.get(word[start : start + 2], ()):
                if word.startswith(piece, start):
                    found.append(within[piece])
        bits = [0] * _ROLES
        for each in found:
            if each is not None:
                for role, some in enumerate(each):
                    if some:
                        bits[role] |= some
        known = self._known
        return known[bits[_ALONE] | bits[_HALF] & bits[_OTHER_HALF]], known[bits[_LEFT]], known[bits[_RIGHT]]


class Ending:
    """A regular expression that a text in lower case ends in, tried only where its words allow a match; `options` are
    its alternatives: what searches a text for each, and its ways.

    `may_end_with` maps what stands behind the last space of a text, spaces at the end aside, to whether it allows one.
    """

    def __init__(self, pattern: re.Pattern[str], options: Sequence[tuple[Search, Ways]]) -> None:
        self.pattern = pattern
        self._all = tuple(search for search, _ in options)
        self._may_match: Callable[[str], object] = _always
        sieves = [Sieve([ways]) if _tells_end(ways) else None for _, ways in options]
        told = None not in sieves
        together = Sieve([tuple(way for _, ways in options for way in ways)]) if told else None
        self.may_end_with: Kept[str, bool] = Kept(lambda word: together is None or together.may_end(word), FEW)
        if together is not None:  # the last word alone, where a look at all of them would cost more than it saves
            self._may_match = together.may_end if compiled_sentences is None else together.met
        #: the same -> what searches for the alternatives that it allows
        self._with: Kept[str, tuple[Search, ...]] = Kept(
            lambda word: tuple(
                search for search, sieve in zip(self._all, sieves, strict=True) if sieve is None or sieve.may_end(word)
            ),
            FEW,
        )

    def search(self, text: str) -> re.Match[str] | None:
        """The first match that goes to the end of a text, or None."""
        return self.pattern.search(text) if self._may_match(text) else None

    def ends(self, text: str) -> bool:
        """Whether there is a match that goes to the end of a text, asked of those alternatives alone that its last word
        allows: the better way where these are few of many."""
        words = text.rsplit(None, 1)
        return any(search(text) is not None for search in (self._with[words[-1]] if words else self._all))


def _always(text: str) -> bool:
    return True


def _tells_end(ways: Ways) -> bool:
    """Whether each way asks for something that stands right before the end of a text."""
    return all(any(need.then == _AT_END for need in way) for way in ways)


def first_words(ways: Ways) -> Kept[str, bool]:
    """What stands before the first space of a text -> whether the text may begin with a match of a pattern, whose ways
    are those from the beginning of a text."""
    told = all(any(need.first == _AT_BEGIN and need.then is not None for need in way) for way in ways)
    sieve = Sieve([ways]) if told else None
    return Kept(lambda word: sieve is None or sieve.may_begin(word), FEW)
