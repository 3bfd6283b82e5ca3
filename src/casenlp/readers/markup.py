"""The words of one paragraph, heading or cell of XML or HTML: raised and lowered figures, citations, formulas.

"10<sup>9</sup>/L" becomes "10⁹/L", "m<sup>2</sup>" "m²", "PaO<sub>2</sub>" "PaO2"; citation numbers and marks of
footnotes are left out, so that they never join a word or a number. White space is that of the file, each run of
spaces, tabs and line ends as one space.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

#: What can be done with an element. Others are read through.
SUP, SUB, LINK, SKIP, SPACE, BREAK, FLOAT, MATH, TEX = range(9)

_SUPERSCRIPTS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_CITED = "\x00"  # stands for a citation or a mark; no XML holds it
_CUT = "\x01"  # stands for a block within a paragraph
_WHITE = re.compile(r"[ \t\r\n\f]+")
_RUN = re.compile(r"\x00(?:[\s,;–—-]*\x00)+")
_BRACKETED = re.compile(r"[ ]?[\[(][\s,;]*\x00[\s,;]*[\])]")
_BEFORE_STOP = re.compile(r"[ ]?\x00(?=[\s.,;:)\]]|$)")
_FIGURES = re.compile(r"[+−–-]?\d{1,2}[+−–-]?|[+−–-]")
_CITATIONS = re.compile(r"\[?\d{1,3}(?:\s*[,;–—-]\s*\d{1,3})*\]?")
_MARK = re.compile(r"(?:[a-z*†‡§¶‖#∗⁎]{1,2}|\([a-z]\))(?:\s*,\s*(?:[a-z]|[*†‡§¶#]+))*")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|o|e|er)")
_DEGREES = frozenset("oO0º°˚")
_TEN = re.compile(r"(?<!\d)10\s?$")
_AFTER_WORD = re.compile(r"(?:[^\W\d_]{3,}|[.,;:)\]\"”’]|\d)$")
_NEAR = 24  # characters before raised words that say what they are
_LETTERS = re.compile(r"[^\W\d_]{2}")
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TEX_POWER = re.compile(r"\^\s*\{?\s*([+−-]?\d{1,2})\s*\}?")
_TEX_NAMES = {
    "times": "×", "cdot": "·", "pm": "±", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "mu": "μ", "circ": "°",
    "sim": "~", "approx": "≈", "alpha": "α", "beta": "β", "gamma": "γ", "kappa": "κ", "lambda": "λ", "delta": "δ",
}  # fmt: skip
_TEX_COMMAND = re.compile(r"\\([A-Za-z]+)\s*|\\([%&_#,;:! ])")

Links = Callable[[Any, str], bool]


class Words:
    """Reads the words of elements; `actions` say what to do with elements by local name.

    `is_mark` tells of a link and its words whether it is a citation or the mark of a footnote; `hidden` elements are
    passed over.
    """

    def __init__(self, actions: Mapping[str, int], is_mark: Links, hidden: AbstractSet[Any] = frozenset()) -> None:
        self._actions = dict(actions)
        self._is_mark = is_mark
        self._hidden = hidden

    def of(self, element: Any) -> str:
        """All words of an element on one line."""
        return " ".join(self.parts(element)[0]).strip()

    def parts(self, element: Any) -> tuple[list[str], list[Any], list[Any]]:
        """The words before, between and behind the blocks (BREAK) in it, those blocks, and what floats (FLOAT)."""
        if not len(element):
            return [_tidy(element.text or "")], [], []
        out: list[str] = []
        breaks: list[Any] = []
        floats: list[Any] = []
        self._walk(element, out, breaks, floats)
        return [_tidy(part) for part in "".join(out).split(_CUT)], breaks, floats

    def _walk(self, element: Any, out: list[str], breaks: list[Any], floats: list[Any]) -> None:
        actions = self._actions
        if element.text:
            out.append(element.text)
        for child in element:
            tag = child.tag
            if not isinstance(tag, str):
                out.append(_entity(child))
            else:
                action = actions.get(tag)
                if action is None and tag[0] == "{":
                    action = actions.get(tag.rpartition("}")[2])
                if self._hidden and child in self._hidden:
                    pass
                elif action is None:
                    self._walk(child, out, breaks, floats)
                elif action == FLOAT:
                    floats.append(child)
                elif action == BREAK:
                    breaks.append(child)
                    out.append(_CUT)
                elif action != SKIP:
                    self._special(action, child, out, breaks, floats)
            if child.tail:
                out.append(child.tail)

    def _special(self, action: int, child: Any, out: list[str], breaks: list[Any], floats: list[Any]) -> None:
        if action == TEX:
            out.append(_tex(child.text or ""))
        elif action == MATH:
            out.append(self._formula(child))
        elif action == SPACE:
            out.append(" ")
            self._walk(child, out, breaks, floats)
            out.append(" ")
        else:
            inner: list[str] = []
            self._walk(child, inner, breaks, floats)
            words = "".join(inner)
            if action == LINK:
                out.append(_CITED if self._is_mark(child, words) else words)
            elif action == SUP:
                out.append(_raised(words.strip(), "".join(out[-3:])[-_NEAR:], child.tail or ""))
            else:
                out.append(words.strip())

    def _formula(self, element: Any) -> str:
        """A formula on one line: powers raised, fractions with a slash. Depth is bounded by the parser."""
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        inner = [self._formula(child) for child in element]
        if name in ("annotation", "annotation-xml"):
            return ""
        if name == "msup" and len(inner) == 2:
            power = inner[1].strip()
            return inner[0] + (power.translate(_SUPERSCRIPTS) if _FIGURES.fullmatch(power) else "^" + power)
        if name == "mfrac" and len(inner) == 2:
            return f"{inner[0]}/{inner[1]}"
        return (element.text or "").strip() + "".join(
            words + (child.tail or "").strip() for words, child in zip(inner, element, strict=True)
        )


def _raised(words: str, before: str, after: str) -> str:
    """Raised words as they are written on one line."""
    if not words or _CITED in words:
        return words
    if words in _DEGREES and after[:1] in ("C", "F") and before.rstrip()[-1:].isdigit():
        return "°"
    if _FIGURES.fullmatch(words):
        if not words.isdigit() or _TEN.search(before):
            return words.translate(_SUPERSCRIPTS)
        isotope = after[:1].isalpha() and not before[-1:].isalnum()
        if not isotope and (_AFTER_WORD.search(before) or before[-1:].isspace()):
            return _CITED
        return words.translate(_SUPERSCRIPTS)
    if _CITATIONS.fullmatch(words):
        return _CITED
    if _MARK.fullmatch(words) and not (_ORDINAL.fullmatch(words) and before[-1:].isdigit()):
        return _CITED
    return words


def _entity(node: Any) -> str:
    """The character of an entity that HTML knows by its name; comments and others are nothing."""
    text = getattr(node, "text", None)
    if not isinstance(text, str) or not text.startswith("&"):
        return ""
    known = html.unescape(text)
    return "" if known == text else known


def _tex(source: str) -> str:
    """The words of a TeX formula, as far as a line can hold them."""
    body = _TEX_BODY.search(source)
    words = body.group(1) if body else source
    words = _TEX_POWER.sub(lambda m: m.group(1).translate(_SUPERSCRIPTS), words)
    words = _TEX_COMMAND.sub(lambda m: m.group(2) or _TEX_NAMES.get(m.group(1), ""), words)
    return words.translate({ord(c): None for c in "${}\\"})


def _tidy(words: str) -> str:
    if "\n" in words or "  " in words or "\t" in words or "\r" in words:
        words = _WHITE.sub(" ", words)
    if _CITED in words:
        words = _RUN.sub(_CITED, words)
        words = _BRACKETED.sub(_CITED, words)
        words = _BEFORE_STOP.sub("", words).replace(" \x00 ", " ").replace(_CITED, "")
    return words.strip(" ")


def has_letters(words: str) -> bool:
    """Whether words are more than numbers: "Smith et al., 2010" and not "[3,4]"."""
    return _LETTERS.search(words) is not None
