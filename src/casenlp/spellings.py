"""Spellings that count as equal: every word of a term, and of a text, is mapped to one form.

What is mapped to what is data (rules/lexicons/variants.toml).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from casenlp.kept import FEW, Kept

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WORD = re.compile(r"[^\W_]+")


class Folding:
    """Maps the spellings of a word to one form (rules/lexicons/variants.toml)."""

    def __init__(self, variants: dict[str, Any]) -> None:
        self._inside: list[tuple[str, str]] = [(a, b) for a, b in variants.get("inside", [])]
        #: what may stand in a word of plain letters
        self._inside_plain = [(a, b) for a, b in self._inside if a.isascii()]
        if not all(b.isascii() for _, b in self._inside_plain):
            self._inside_plain = self._inside
        self._ending: dict[str, list[tuple[str, str]]] = {}  # by the last letter
        for a, b in variants.get("ending", []):
            self._ending.setdefault(a[-1:], []).append((a, b))
        self._shortest = int(variants.get("shortest", 4))
        self._words = dict(variants.get("words", {}))
        self._folded = Kept(self.fold, FEW)
        order = variants.get("order", {})
        self.heads = frozenset(self.word(h) for h in order.get("heads", ()))
        self.sides: tuple[str, ...] = ("", *(f"{side} " for side in order.get("sides", ())))
        self.organs: dict[str, str] = dict(order.get("organs", {}))
        hyphen = variants.get("hyphen", {})
        self.numbered = frozenset(hyphen.get("labels", ()))
        letters, digits = int(hyphen.get("letters", 0)), int(hyphen.get("digits", 0))
        word, number = rf"[^\W\d_]{{1,{letters}}}", rf"\d{{1,{digits}}}"
        self.hyphen = re.compile(rf"(?<![\w-])(?:({word})-({number})|({number})-({word}))(?![\w-])")
        self.closed = re.compile(rf"(?<![\w-])(?:({word})({number})|({number})({word}))(?![\w-])")

    def word(self, word: str) -> str:
        """The folded form of one word."""
        return self._folded[word]

    def fold(self, word: str) -> str:
        """The same, worked out anew."""
        word = word.lower()
        if word in self._words:
            return str(self._words[word])
        for old, new in self._inside_plain if word.isascii() else self._inside:
            if old in word:
                word = word.replace(old, new)
        if len(word) >= self._shortest and not word[-1].isdigit():
            for old, new in self._ending.get(word[-1], ()):
                if word.endswith(old):
                    return word[: len(word) - len(old)] + new
        return word

    def phrase(self, text: str) -> str:
        """The folded words of a term, joined by spaces."""
        return " ".join(self.word(w) for w in words_of(text))


def words_of(text: str) -> list[str]:
    """The words of a term as the matcher sees them; a possessive 's is not a word."""
    words = list(WORD.finditer(text))
    return [m.group() for i, m in enumerate(words) if not _is_possessive(text, m.start(), m.end())]


def _is_possessive(text: str, start: int, end: int) -> bool:
    return end - start == 1 and text[start] in "sS" and start > 0 and text[start - 1] in "'’"


def load_folding(path: Path) -> Folding:
    """The folding that a variants.toml describes."""
    return Folding(tomllib.loads(path.read_text(encoding="utf-8")))


def reordered(term: str, folding: Folding) -> set[str]:
    """Folded phrases that say a disease of an organ in another order: "lung carcinoma", "carcinoma of the left lung".

    An organ's adjective and noun count as equal ("hepatic abscess", "liver abscess"). Empty for any other term.
    """
    words = term.lower().split()
    if len(words) == 2 and folding.word(words[1]) in folding.heads and words[0].isalpha():
        head, organ = words[1], folding.organs.get(words[0], words[0])
        if organ not in folding.organs.values():
            return set()
    elif 3 <= len(words) <= 4 and words[1] == "of" and folding.word(words[0]) in folding.heads:
        head, organ = words[0], words[-1]
        if words[2:-1] not in ([], ["the"]) or organ not in folding.organs.values():
            return set()
    else:
        return set()
    phrases = {f"{head} of {the}{side}{organ}" for the in ("", "the ") for side in folding.sides}
    phrases |= {f"{noun} {head}" for noun in (organ, *(a for a, o in folding.organs.items() if o == organ))}
    return {folding.phrase(phrase) for phrase in phrases} - {folding.phrase(term)}


def spellings_of(term: str, folding: Folding) -> set[str]:
    """Folded spellings of a term: as written, and closed up where it has one hyphen between letters."""
    spellings = {folding.phrase(term)}
    if re.search(r"[^\W\d_]{3,}-[^\W\d_]{3,}", term):
        closed = re.sub(r"(?<=[^\W\d_]{3})-(?=[^\W\d_]{3})", "", term)
        spellings.add(folding.phrase(closed))
    return spellings


def hyphenated(term: str, folding: Folding) -> set[str]:
    """Other ways to write a term whose letters and number are one name: "5-FU" is "5FU", "vitamin B12" "vitamin B-12".

    A hyphen is set in only where another word stands beside ("b12" alone is not "b 12"). Empty for any other term.
    """
    ways = {folding.hyphen.sub(lambda m: "".join(m.groups("")), term)}
    if " " in term:
        ways.add(folding.closed.sub(lambda m: "-".join(filter(None, m.groups())), term))
    return ways - {term}
