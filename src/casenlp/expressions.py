"""Reading the source of a regular expression: its alternatives and units, and a form of it that is faster to match."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

#: An item or macro that a pattern names, and another name for its group: {drug}, {time:start}.
SLOT = re.compile(r"\{([a-z_]+)(?::([a-z_0-9]+))?\}")
_GROUP_OPENING = re.compile(r"\((?:\?:|\?P<\w+>)?(?!\?)")
_CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]?"  # a class of letters, in which a first ] is a letter
_LETTERS = re.compile(_CLASS, re.DOTALL)
_SYNTAX = re.compile(rf"\\.|{_CLASS}|[()|]", re.DOTALL)
_BORDER = r"\b"
_LONG_ESCAPES = {"x": 4, "u": 6, "U": 10}


@lru_cache(maxsize=8192)
def alternatives(pattern: str) -> tuple[str, ...]:
    """The alternatives of a pattern that is one group, or has bars outside every group."""
    while pattern.startswith("(?:") and _closing(pattern, 0) == len(pattern) - 1:
        pattern = pattern[3:-1]
    options, start, depth = [], 0, 0
    for m in _SYNTAX.finditer(pattern):
        sign = m.group()
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        elif sign == "|" and depth == 0:
            options.append(pattern[start : m.start()])
            start = m.end()
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


def unit_end(pattern: str, position: int) -> int:
    """End of the escape, class, group or single letter at a position."""
    letter = pattern[position]
    if letter == "\\":
        return position + _LONG_ESCAPES.get(pattern[position + 1 : position + 2], 2)
    if letter == "[":
        letters = _LETTERS.match(pattern, position)
        return letters.end() if letters else position + 1
    if letter == "(":
        return _closing(pattern, position) + 1
    slot = SLOT.match(pattern, position)
    return slot.end() if slot else position + 1


def inside_group(unit: str) -> str | None:
    """What a group that matches text holds; None for any other unit, and for what looks around without matching."""
    opening = _GROUP_OPENING.match(unit)
    return unit[opening.end() : -1] if opening and unit.endswith(")") else None


@lru_cache(maxsize=8192)
def _closing(pattern: str, start: int) -> int:
    """Position of the bracket that closes the one at `start`."""
    depth = 0
    for m in _SYNTAX.finditer(pattern, start):
        sign = m.group()
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                return m.start()
    return len(pattern)
