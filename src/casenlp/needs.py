"""What a text must hold for a pattern to have a chance, read from the pattern's source.

A text is seen as its words: runs of the letters a-z, and every other character but space by itself. A pattern is read
as the words, or pieces of words, that it passes through. What every way through it passes is a need: a word of some
list, or one of some list with one of another right behind it. The reading is cautious: where it does not know what a
part of a pattern matches, or whether two pieces are one word or two, it asks for less, so that no match is lost.
The method is that of trigram indexes for regular expressions (Cox 2012), with words in place of trigrams.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from casenlp.expressions import SLOT, alternatives, inside_group, unit_end

BEGIN, END, DIGIT = "\x02", "\x03", "\x04"  # the ends of a text, and any digit
_LETTERS = re.compile(r"[a-z]+")
_WORD_LIST = re.compile(r"[a-z|]*")
_PHRASE = re.compile(r"[a-z ]+")
_QUANTIFIER = re.compile(r"([?*+]|\{(\d*)(,?)(\d*)\})[?+]?")
_LISTED = re.compile(r"\[((?:[^\\^\]-]|\\[^\w]|(?<=\[)-|-(?=\]))+)\]")  # a class that lists signs, without ranges
_AHEAD = "(?="
_BORDERS = (r"\b", r"(?<!\w)", r"(?!\w)", r"(?<![a-z])", r"(?![a-z])")
_DEEPEST = 8
_MOST_JOINED = 64  # words that letters in a row may be written out to
_MOST_PIECES = 200  # longer lists are no need that saves anything
_MOST_NEEDS = 8  # of one way through a pattern, the rarest first
_SIGNS = {BEGIN: 1.0, END: 1.0, ".": 1.0, ",": 0.8, "(": 0.3, ")": 0.3, "-": 0.3}
_EMPTY, _SPACE = 1, 2  # ways to match without a word: nothing at all, or the border between two words


class Piece(NamedTuple):
    """A word of a text, or a piece of one; whether the word begins and ends with it."""

    text: str
    begins: bool = True
    ends: bool = True


Pieces = frozenset[Piece]
_AT_BEGIN, _AT_END = Piece(BEGIN), Piece(END)


class Need(NamedTuple):
    """A word that has one of the pieces `first`; if `then` is not None, the next word has one of those, or, where the
    two may be `joined`, the same word."""

    first: Pieces
    then: Pieces | None = None
    joined: bool = False


#: What each way through a pattern needs; a text that meets no way is none for the pattern.
Ways = tuple[tuple[Need, ...], ...]
SymbolsOf = Callable[[str], frozenset[str] | None]


class _Part(NamedTuple):
    """A part of a pattern: how it can match without a word; the runs of letters that it can be as a whole; the pieces
    with which any other match of it begins and ends, None when they can be anything; and what it needs inside."""

    gaps: int = 0
    letters: frozenset[str] = frozenset()
    first: Pieces | None = None
    last: Pieces | None = None
    needs: tuple[Need, ...] = ()


_NONE: Pieces = frozenset()
_ANYTHING = _Part(_EMPTY)
_UNSEEN = _Part(_EMPTY, frozenset(), _NONE, _NONE)  # nothing, or what looks around without matching
_GAP = _Part(_SPACE, frozenset(), _NONE, _NONE)


class NeedReader:
    """Reads what patterns need; `symbols_of` gives the symbols of an item's name, and None for that of a macro."""

    def __init__(self, macros: Mapping[str, str], symbols_of: SymbolsOf) -> None:
        self._macros = macros
        self._symbols_of = symbols_of
        self._known: dict[str, _Part] = {}

    def ways(self, pattern: str) -> Ways:
        """What each alternative of a pattern needs, the rarest first."""
        return tuple(_rarest(_own_needs(self._sequence(option, 0, whole=True))) for option in alternatives(pattern))

    def _sequence(self, option: str, depth: int, needed: bool = True, whole: bool = False) -> _Part:
        """One alternative: its units in a row; what a `whole` one looks for behind its end counts as matched."""
        if _PHRASE.fullmatch(option):
            return _phrase(option)
        parts: list[_Part] = []
        position = 0
        length = len(option)
        while position < length:
            letters = _LETTERS.match(option, position)
            end = letters.end() if letters else unit_end(option, position)
            quantifier = _QUANTIFIER.match(option, end)
            if letters and quantifier and end - position > 1:
                end -= 1  # only the last letter is optional
                quantifier = None
            unit = option[position:end]
            position = quantifier.end() if quantifier else end
            optional = quantifier is not None and _least(quantifier) == 0
            if letters:
                part = _letters([unit])
            elif whole and position == length and unit.startswith(_AHEAD):
                part = self._choice(unit[len(_AHEAD) : -1], depth + 1, True)
            else:
                part = self._unit(unit, depth, needed and not optional)
            if quantifier and option[end] != "?":
                part = _repeated(part)
            if optional:
                part = _Part(part.gaps | _EMPTY, *part[1:4])
            joined = _joined(parts[-1], part) if parts else None
            if joined:
                parts[-1] = joined
            else:
                parts.append(part)
        return parts[0] if len(parts) == 1 else _row(parts, needed)

    def _choice(self, pattern: str, depth: int, needed: bool) -> _Part:
        """Any one of the alternatives of a pattern."""
        if depth > _DEEPEST:
            return _ANYTHING
        if _WORD_LIST.fullmatch(pattern):
            return _letters(pattern.split("|"))
        options = [self._sequence(option, depth, needed) for option in alternatives(pattern)]
        if len(options) == 1:
            return options[0]
        gaps = reduce(or_, (option.gaps for option in options))
        return _Part(
            gaps,
            frozenset().union(*(option.letters for option in options)),
            _union(option.first for option in options),
            _union(option.last for option in options),
            tuple(_common(options)) if needed and not gaps else (),
        )

    def _unit(self, unit: str, depth: int, needed: bool) -> _Part:
        """An escape, a class, a group, an item, a macro, or a single sign."""
        sign = unit[0]
        if unit in _BORDERS or unit.isspace() or unit == r"\s":
            return _GAP
        if sign == "{":
            slot = SLOT.fullmatch(unit)
            return self._named(slot.group(1), depth) if slot else _signs(unit)
        if sign == "(":
            inside = inside_group(unit)
            if inside is not None:
                return self._choice(inside, depth + 1, needed)
            return _UNSEEN if unit.startswith(("(?=", "(?!", "(?<=", "(?<!")) else _ANYTHING
        if sign == "[":
            listed = _LISTED.fullmatch(unit)
            return _signs(re.sub(r"\\(.)", r"\1", listed.group(1))) if listed else _Part()
        if sign == "\\":
            if unit == r"\d":
                return _words([DIGIT])
            return _Part() if unit[1:].isalpha() else _ANYTHING if unit[1:].isdigit() else _signs([_escaped(unit)])
        if sign in "^$":
            return _words([BEGIN if sign == "^" else END])
        return _Part() if sign == "." else _signs(unit)

    def _named(self, name: str, depth: int) -> _Part:
        known = self._known.get(name)
        if known is None:
            symbols = self._symbols_of(name)
            if symbols is not None:
                known = _words(symbols)
            else:
                known = self._choice(self._macros[name], depth + 1, True) if name in self._macros else _ANYTHING
            self._known[name] = known
        return known


def _escaped(unit: str) -> str:
    return chr(int(unit[2:], 16)) if unit[1] in "xuU" else unit[1:]


def _words(words: Iterable[str]) -> _Part:
    """One of some words that are no letters."""
    pieces = frozenset(map(Piece, words))
    return _Part(0, frozenset(), pieces, pieces)


def _letters(words: Iterable[str]) -> _Part:
    """One of some runs of letters, which may be but a piece of a word; or nothing, if one is empty."""
    written = frozenset(words)
    return _Part(_EMPTY if "" in written else 0, written - {""}, _NONE, _NONE)


def _phrase(phrase: str) -> _Part:
    """Letters and spaces."""
    words = phrase.split()
    if not words:
        return _GAP
    if words[0] == phrase:
        return _letters(words)
    last = len(words) - 1
    pieces = [
        frozenset([Piece(word, i > 0 or phrase[0] == " ", i < last or phrase[-1] == " ")])
        for i, word in enumerate(words)
    ]
    return _Part(0, frozenset(), pieces[0], pieces[-1], tuple(itertools.starmap(Need, itertools.pairwise(pieces))))


def _signs(signs: Iterable[str]) -> _Part:
    """One of some single characters."""
    listed = frozenset(signs)
    letters = frozenset(sign for sign in listed if "a" <= sign <= "z")
    pieces = frozenset(Piece(sign) for sign in listed - letters if not sign.isspace())
    return _Part(_SPACE if any(map(str.isspace, listed)) else 0, letters, pieces, pieces)


def _least(quantifier: re.Match[str]) -> int:
    """How often at least a quantifier has its unit matched."""
    sign = quantifier.group(1)
    return int(quantifier.group(2) or 0) if sign[0] == "{" else int(sign == "+")


def _repeated(part: _Part) -> _Part:
    """The part several times: its letters may stand in one word several times."""
    open_ended = frozenset(Piece(word, False, False) for word in part.letters)
    first, last = part.first, part.last
    return part._replace(
        letters=frozenset(),
        first=None if first is None else first | open_ended,
        last=None if last is None else last | open_ended,
    )


def _joined(one: _Part, other: _Part) -> _Part | None:
    """Two parts that are letters only as one, or None when they are not, or too many."""
    if one.first is None or other.first is None or one.first or other.first or (one.gaps | other.gaps) & _SPACE:
        return None
    if len(one.letters) * len(other.letters) > _MOST_JOINED:
        return None
    before, after = ([*part.letters, *([""] if part.gaps else ())] for part in (one, other))
    return _letters(a + b for a in before for b in after)


def _row(parts: Sequence[_Part], needed: bool) -> _Part:
    """Parts that match one after the other."""
    begins: list[bool] = []  # whether a word certainly begins where the part begins
    border = False
    for part in parts:
        begins.append(border)
        border = _is_border(part, part.last, border, 2)
    firsts: list[Pieces | None] = []
    lasts: list[Pieces | None] = []
    border = False
    for part, behind_border in zip(reversed(parts), reversed(begins), strict=True):
        whole = frozenset([Piece(word, behind_border, border) for word in part.letters])
        first, last = part.first, part.last
        firsts.append(None if first is None else (begun(first) if behind_border else first) | whole)
        lasts.append(None if last is None else (ended(last) if border else last) | whole)
        border = _is_border(part, first, border, 1)
    firsts.reverse()
    lasts.reverse()
    gaps = [part.gaps for part in parts]
    empty = _EMPTY if all(gap & _EMPTY for gap in gaps) else 0
    spaced = _SPACE if all(gaps) and any(gap & _SPACE for gap in gaps) else 0
    return _Part(
        empty | spaced,
        frozenset(),
        _edge(parts, firsts),
        _edge(parts[::-1], lasts[::-1]),
        tuple(_needs_of_row(parts, firsts, lasts)) if needed else (),
    )


def _needs_of_row(
    parts: Sequence[_Part], firsts: Sequence[Pieces | None], lasts: Sequence[Pieces | None]
) -> list[Need]:
    needs: list[Need] = []
    before: Pieces | None = None  # pieces of which one is that before the part
    for part, first, last in zip(parts, firsts, lasts, strict=True):
        if not part.gaps:
            needs += part.needs
            if first is not None and before is not None:
                needs.append(_pair(before, first))
            elif first is not None and first != last:
                needs.append(Need(first))
        before = _further(before, last, part.gaps)
    behind: Pieces | None = None
    for part, first, last in zip(reversed(parts), reversed(firsts), reversed(lasts), strict=True):
        if not part.gaps and last is not None:
            needs.append(Need(last) if behind is None else _pair(last, behind))
        behind = _further(behind, first, part.gaps)
    return needs


def _pair(one: Pieces, other: Pieces) -> Need:
    """One of some pieces and, with no word between them, one of others."""
    if _AT_END in one or _AT_BEGIN in other:  # several may stand in one place
        return Need(one)
    if all(piece.ends for piece in one) or all(piece.begins for piece in other):
        return Need(ended(one), begun(other))
    return Need(one, other, True)


def begun(pieces: Pieces) -> Pieces:
    """The pieces, known to begin their words."""
    if all(begins for _, begins, _ in pieces):
        return pieces
    return frozenset(Piece(text, True, ends) for text, _, ends in pieces)


def ended(pieces: Pieces) -> Pieces:
    """The pieces, known to end their words."""
    if all(ends for _, _, ends in pieces):
        return pieces
    return frozenset(Piece(text, begins, True) for text, begins, _ in pieces)


def _is_border(part: _Part, pieces: Pieces | None, border: bool, side: int) -> bool:
    """Whether there certainly is a border beyond a part with these pieces at that side, given one on its other side."""
    if part.letters or pieces is None or not all(piece[side] for piece in pieces):
        return False
    return border or not part.gaps & _EMPTY


def _further(pieces: Pieces | None, own: Pieces | None, gaps: int) -> Pieces | None:
    """The pieces seen across a part with pieces of its `own`, beyond which stand `pieces`; None when anything can."""
    if not gaps:
        return own
    return None if own is None or pieces is None else pieces | own


def _edge(parts: Sequence[_Part], edges: Sequence[Pieces | None]) -> Pieces | None:
    """The pieces that can be the first of a row of parts; None when it can begin with anything."""
    found: set[Piece] = set()
    for part, pieces in zip(parts, edges, strict=True):
        if pieces is None:
            return None
        found |= pieces
        if not part.gaps:
            break
    return frozenset(found)


def _union(several: Iterable[Pieces | None]) -> Pieces | None:
    found: set[Piece] = set()
    for pieces in several:
        if pieces is None:
            return None
        found |= pieces
    return frozenset(found)


def _own_needs(part: _Part) -> tuple[Need, ...]:
    """What a part needs, with what it begins and ends with."""
    if part.gaps:
        return ()
    whole = frozenset([Piece(word, False, False) for word in part.letters])
    edges = [Need(pieces | whole) for pieces in (part.first, part.last) if pieces is not None]
    return (*part.needs, *edges)


def _common(options: Sequence[_Part]) -> Iterable[Need]:
    """What is needed whichever option matches: one of the rarest need of each."""
    chosen = [min(_own_needs(option), key=_share, default=None) for option in options]
    needs = [need for need in chosen if need is not None]
    if len(needs) == len(options):
        first = frozenset[Piece]().union(*(need.first for need in needs))
        if len(first) <= _MOST_PIECES:
            yield Need(first, _union(need.then for need in needs), any(need.joined for need in needs))


def _rarest(needs: Iterable[Need]) -> tuple[Need, ...]:
    """The needs that are worth looking for, the rarest first."""
    kept: list[Need] = []
    for need in sorted(dict.fromkeys(needs), key=_share):
        if not any(_holds(other, need) for other in kept) and len(need.first) <= _MOST_PIECES:
            kept.append(need)
    return tuple(kept[:_MOST_NEEDS])


def _holds(need: Need, other: Need) -> bool:
    """Whether what meets a need certainly meets another."""
    if other.then is None:
        return need.first <= other.first
    return (
        need.then is not None
        and need.first <= other.first
        and need.then <= other.then
        and (other.joined or not need.joined)
    )


def _share(need: Need) -> tuple[float, int]:
    """A guess at the share of sentences that meet a need, for the choice among needs only."""
    share = min(1.0, sum(map(_frequency, need.first)))
    if need.then is not None:
        share *= min(1.0, sum(map(_frequency, need.then))) / 2
    return share, len(need.first)


@lru_cache(maxsize=8192)
def _frequency(piece: Piece) -> float:
    """A guess at how many sentences hold a piece: short words are frequent, and pieces of words."""
    text, begins, ends = piece
    if "a" <= text[0] <= "z":
        return float(0.5 * 0.6 ** (len(text) - 2) * (1 if begins and ends else 1.5))
    if text.isascii():
        return _SIGNS.get(text, 0.1)
    return 0.3
