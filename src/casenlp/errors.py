"""Errors of casenlp.

    CasenlpError             anything casenlp raises on purpose
    ├── DocumentError        one document cannot be read or processed; others can
    ├── RuleError            a file in rules/ is wrong; the message names file and line
    ├── GoldError            a gold or prediction file is not in the contract's form
    └── UsageError           a command or call asks for something that does not exist

Every message is one line: the place, what was found, what was expected, and what to do.
"""

from __future__ import annotations

import re

#: How much a message quotes of a place and of what was found: both may come from the document itself.
_PLACE, _FOUND = 600, 800
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def _line(words: str, most: int) -> str:
    """Words on one line, without signs that nobody sees, cut in the middle when there are too many."""
    line = _UNSEEN.sub(" ", words)
    return line if len(line) <= most else f"{line[: most // 2]}…{line[-most // 2 :]}"


class CasenlpError(Exception):
    """Base of every error that casenlp raises on purpose."""


class DocumentError(CasenlpError):
    """A document cannot be read or processed.

    `doc` names it (path or document id), `found` says what was there, `remedy` what to do.
    """

    def __init__(self, doc: str, found: str, remedy: str) -> None:
        self.doc = doc
        self.found = found
        self.remedy = remedy
        super().__init__(f"{_line(doc, _PLACE)}: {_line(found, _FOUND)}; {remedy}")


class RuleError(CasenlpError):
    """A file in rules/ is wrong: `place` is file:line."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        self.place = place
        self.found = found
        self.expected = expected
        super().__init__(f"{place}: {found}; expected {expected}")


class GoldError(CasenlpError):
    """A gold or prediction file is not in the form that RECORDS describes."""


class UsageError(CasenlpError):
    """A command or call asks for something that does not exist."""
