"""Lines joined to text: which hyphen at the end of a line belongs to the word, and which only broke it.

The document itself is the dictionary. A soft hyphen goes. A hyphen stays next to a capital, a digit or a single letter
("COVID-19", "5-FU", "anti-TNF"); it goes when the closed word stands elsewhere in the document, and stays when the
hyphenated one does, or when both halves are words of the document ("dose-dependent"). Otherwise it goes: most hyphens
at the end of a line are the typesetter's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_LAST = re.compile(r"([^\W_]+(?:[-‐‑][^\W_]+)*)[-‐‑\u00ad]$")
_NEXT = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_SUSPENDED = frozenset(("and", "or", "to"))  # as in "short- and long-term"
_HYPHENS = ("-", "‐", "‑", "\u00ad")
_SHORTEST = 3  # letters of a half that is taken for a word by itself


def words_of(lines: Iterable[str]) -> Counter[str]:
    """The words of a document in lower case; those at a broken end of a line are left out."""
    words: Counter[str] = Counter()
    broken = False
    for line in lines:
        found = _WORD.findall(line.lower())
        if broken and found:
            found = found[1:]
        broken = line.endswith(_HYPHENS)
        if broken and found:
            found = found[:-1]
        words.update(found)
        for word in found:
            if "-" in word:
                words.update(re.split("[-‐‑]", word))
    return words


def seam(before: str, after: str, words: Mapping[str, int]) -> tuple[str, str]:
    """What to write for the end of one line and between it and the next: (line, "" or " ")."""
    if not before.endswith(_HYPHENS):
        slash = before.endswith("/") and len(before) > 1 and before[-2].isalnum() and after[:1].isalnum()
        dash = before.endswith(("–", "—")) and before[-2:-1].isalnum() and after[:1].isalnum()
        return before, "" if slash or dash else " "
    last, following = _LAST.search(before), _NEXT.match(after)
    if last is None or following is None:
        return before, "" if last is not None and after[:1].isalnum() else " "
    left, right = last.group(1), following.group()
    if right in _SUSPENDED:
        return before, " "
    if before.endswith("\u00ad") or not _is_real(left, right, words):
        return before[:-1], ""
    return before, ""


def _is_real(left: str, right: str, words: Mapping[str, int]) -> bool:
    """Whether the hyphen between two halves of a broken word is the author's."""
    if not right[0].islower() or not left[-1].islower():
        return True
    closed, hyphenated = (left + right).lower(), f"{left}-{right}".lower()
    if words.get(closed) or words.get(hyphenated):
        return words.get(hyphenated, 0) > words.get(closed, 0)
    halves = left.lower(), right.lower()
    return all(len(half) >= _SHORTEST and words.get(half, 0) > 0 for half in halves)


def joined(lines: Iterable[str], words: Mapping[str, int]) -> str:
    """Lines as one line."""
    text = ""
    for line in lines:
        if not text:
            text = line
            continue
        text, space = seam(text, line, words)
        text += space + line
    return text.replace("\u00ad", "")
