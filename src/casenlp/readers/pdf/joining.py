"""Lines joined to text: which hyphen at the end of a line belongs to the word, and which only broke it.

The document itself is the dictionary. A soft hyphen goes. A hyphen stays next to a capital, a digit or a single letter
("COVID-19", "5-FU", "anti-TNF"); it goes when the closed word stands elsewhere in the document, and stays when the
hyphenated one does, when both halves are words of the document ("dose-dependent"), or when the second is one that ends
compounds ("five-day"). Otherwise it goes if many lines of the document end so: then most are the typesetter's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_LAST = re.compile(r"([^\W_]+(?:[-‐‑][^\W_]+)*)[-‐‑\u00ad]$")
_NEXT = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_SUSPENDED = frozenset(("and", "or", "to"))  # as in "short- and long-term"
_HYPHENS = ("-", "‐", "‑", "\u00ad")
#: Words that end compounds and no longer word.
_ENDS = frozenset(
    "day week month year hour minute old dose term fold like related induced dependent resistant associated positive "
    "negative free based onset line up treated grade stage weight throughput tidal".split()
)
_WRAPPED = 25  # characters of a line that a paragraph may have been wrapped at
_BREAKS = 0.035  # share of such lines from which on a document is taken for hyphenated
_SHORTEST = 3  # letters of a half that is taken for a word by itself


@dataclass(frozen=True, slots=True)
class Lexis:
    """The words of a document in lower case, and whether its lines are broken within words at all."""

    words: Mapping[str, int]
    breaks_words: bool = True


def lexis_of(lines: Sequence[str]) -> Lexis:
    """The words of a document but for those at a broken end of a line; and whether there are many such ends.

    Where few lines end in a hyphen, those are the hyphens of compounds: who hyphenates breaks every tenth line.
    """
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
    long = sum(1 for line in lines if len(line) >= _WRAPPED)
    doubtful = 0
    for line, after in pairwise(lines):
        last, following = _LAST.search(line), _NEXT.match(after)
        if last and following and len(line) >= _WRAPPED:
            doubtful += not _is_real(last.group(1), following.group(), words, False)
    return Lexis(words, doubtful > _BREAKS * long)


def seam(before: str, after: str, lexis: Lexis) -> tuple[str, str]:
    """What to write for the end of one line and between it and the next: (line, "" or " ")."""
    if not before.endswith(_HYPHENS):
        slash = before.endswith("/") and len(before) > 1 and before[-2].isalnum() and after[:1].isalnum()
        dash = before.endswith(("–", "—")) and before[-2:-1].isalnum() and after[:1].isalnum()
        return before, "" if slash or dash else " "
    last, following = _LAST.search(before), _NEXT.match(after)
    if last is None or following is None:
        signed = before[-2:-1] in ("", " ") and after[:1].isdigit()
        return before, "" if signed or (last is not None and after[:1].isalnum()) else " "
    left, right = last.group(1), following.group()
    if right in _SUSPENDED:
        return before, " "
    if re.match(r"(?:to|and|in|of|the|by|on|a|at)[-‐‑]", right):  # as in "protein-to-creatinine"
        return before, ""
    left, right = re.split("[-‐‑]", left)[-1], re.split("[-‐‑]", right)[0]
    if before.endswith("\u00ad") or not _is_real(left, right, lexis.words, not lexis.breaks_words):
        return before[:-1], ""
    return before, ""


def _is_real(left: str, right: str, words: Mapping[str, int], otherwise: bool) -> bool:
    """Whether the hyphen between two halves of a broken word is the author's; `otherwise` where nothing tells."""
    if not right[0].islower() or not left[-1].islower():
        return True
    closed, hyphenated = (left + right).lower(), f"{left}-{right}".lower()
    if words.get(closed) or words.get(hyphenated):
        return words.get(hyphenated, 0) > words.get(closed, 0)
    if right in _ENDS and len(left) >= _SHORTEST:
        return True
    halves = left.lower(), right.lower()
    return otherwise or all(len(half) >= _SHORTEST and words.get(half, 0) > 0 for half in halves)


def joined(lines: Iterable[str], lexis: Lexis) -> str:
    """Lines as one line."""
    text = ""
    for line in lines:
        if not text:
            text = line
            continue
        text, space = seam(text, line, lexis)
        text += space + line
    return text.replace("\u00ad", "")
