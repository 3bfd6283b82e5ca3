"""What repair asks of the letters of a text: compiled where that is installed, else the same in Python.

Offsets are half-open code points of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise

from casenlp import native

#: Private-use letters that stand for items in the symbol form of a sentence; no text that rules see keeps its own.
SYMBOL_LETTERS = range(0xE000, 0xE100)
UNREADABLE = "\ufffd"  # in place of what a text may not hold

_SYMBOL = re.compile(f"[{chr(SYMBOL_LETTERS[0])}-{chr(SYMBOL_LETTERS[-1])}]")

Survey = tuple[list[int], bool, bool, bool, bool]

_TEN = re.compile(r"10(?:[\^*eE(13-9]|\s[\^*eE(\s13-9])")
_BLANK_LINES = re.compile(r"\n(?:[ \n]{3}|(?<= \n)[ \n]{2}|(?<=  \n)[ \n]|(?<=   \n))")  # such blanks with a line end
_SPACE_OR_LINE_END = re.compile("[ \n]")
_HYPHEN = re.compile(r"-[ \n]")
_GLUED = re.compile(r"[.,;:](?=\d)(?:(?<=[^\W\d_].)|(?<=\).))")


def _line_ends(text: str, going_on: str, shortest: int, slack: float) -> Iterator[tuple[int, int, int, int, int]]:
    """As line_ends."""
    lines = text.split("\n")
    widths = [len(line.rstrip()) for line in lines]
    places = list(accumulate((len(line) + 1 for line in lines), initial=0))
    bare = [line.strip() for line in lines]
    starts = [place + len(line) - len(line.lstrip()) for place, line in zip(places, lines, strict=False)]
    for index, (line, after) in enumerate(pairwise(bare)):
        if not line or not after:
            continue
        if not after[0].islower() and line[-1] not in going_on:
            if len(line) < shortest:
                continue
            widest = max(widths[index - 3 if index > 3 else 0 : index + 4])
            if len(line) + 1 + len(after.split(None, 1)[0]) < slack * widest:
                continue
        start, next_start = starts[index], starts[index + 1]
        yield places[index + 1] - 1, start, start + len(line), next_start, next_start + len(after)


def _letters_outside(text: str, plain: bytes) -> set[str]:
    """As letters_outside."""
    return set(text.encode("utf-8", "surrogatepass").translate(None, plain).decode("utf-8", "surrogatepass"))


def _survey(text: str, longest: int) -> Survey:
    """As survey."""
    glued = [m.start() for m in _GLUED.finditer(text)]
    blanks = "    " in text or _BLANK_LINES.search(text) is not None
    half = longest // 2  # so long a word leaves one of these stretches without a space
    words = any(text.find(" ", at, at + half) < 0 for at in range(0, len(text) - half, half))
    words = words and max(map(len, _SPACE_OR_LINE_END.split(text))) > longest
    return glued, _TEN.search(text) is not None, blanks, words, _HYPHEN.search(text) is not None


def without_symbols(text: str) -> str:
    """A text in which nothing can be taken for an item's symbol, letter for letter."""
    return text if text.isascii() else _SYMBOL.sub(UNREADABLE, text)


#: (text, going_on, shortest, slack) -> (place, begin and end of the line before, begin and end of the line behind) of
#: the line ends at which, by the lengths of lines, the one before may go on in the one behind; lines are without the
#: white space about them. One goes on that is no shorter than `shortest` and that with the next word reaches the share
#: `slack` of the widest of the lines nearby, and whenever the next begins with a small letter or its own last character
#: is one of `going_on`.
line_ends: Callable[[str, str, int, float], Iterable[tuple[int, int, int, int, int]]]
line_ends = _line_ends if native.text is None else native.text.line_ends

#: (text, plain) -> the set of its letters that are not among `plain`, which are ASCII.
letters_outside: Callable[[str, bytes], set[str]]
letters_outside = _letters_outside if native.text is None else native.text.letters_outside

#: (text, longest) -> what there is to be repaired in a text: the places where a letter or a closing bracket is followed
#: by a stop, comma, colon or semicolon and that by a digit; and whether there is a ten behind which a power may go on,
#: four spaces or line ends in a row, a word of more than `longest` characters, or a hyphen before a space or line end.
survey: Callable[[str, int], Survey]
survey = _survey if native.text is None else native.text.survey
