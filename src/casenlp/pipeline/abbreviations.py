"""Abbreviations and what they stand for after Schwartz and Hearst (2003), as scispaCy reads them, plus lists of them.

scispaCy's detector lets a token pattern run from each opening bracket to every closing one and then throws away what
is longer than eight tokens; here only those within reach are tried, and only the words about them are made tokens.
What a bracket defines is the same, which a test shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from casenlp.pipeline.annotations import Annotations, Component, annotations_of
from casenlp.pipeline.words import Words, WordSplitter

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_LISTED = re.compile(r"(?:^|;)\s*([A-Za-z][\w-]{0,9}(?:-[α-ωA-Z\d]+)?)\s*[,:=]\s*([^;]{4,80})(?=;|$|\.)")
_BRACKET = re.compile(r"[()]")
_LONGEST = 8  # tokens between brackets that the method looks at
_REACH = 160  # characters between brackets: no eight tokens of a definition are longer
_DENSE = 40  # characters a bracket below which all of the text is made tokens once
_MOST_SHORT = 3  # tokens of a short form
_SHORT = 29  # characters of a short form: at most three tokens of nine letters


class Abbreviations(Component):
    """Finds short forms, their long forms and all their places; `split` gives the tokens of a stretch of text."""

    def __init__(self, split: Callable[[str], Words] | None = None) -> None:
        self._split = split or WordSplitter()

    def __call__(self, doc: Doc) -> Doc:
        """Fill `doc._.abbreviations` and the annotations' table of short to long forms."""
        super().__call__(doc)
        text = annotations_of(doc).text
        found = []
        for short, (start, end) in self._define(text).items():
            long = doc.char_span(start, end)
            for m in re.finditer(rf"(?<!\w){re.escape(short)}(?!\w)", text):
                span = doc.char_span(*m.span())
                if span is not None:
                    span._.long_form = long
                    found.append(span)
        doc._.abbreviations = sorted(found, key=lambda span: span.start)
        return doc

    def annotate(self, known: Annotations) -> None:
        """Fill the table of short to long forms."""
        for short, (start, end) in self._define(known.text).items():
            known.abbreviations[short] = known.text[start:end]
        known.abbreviations.update(self._listed(known))

    def _define(self, text: str) -> dict[str, tuple[int, int]]:
        """Short forms and the spans of their long forms."""
        whole = self._split(text) if text.count("(") * _DENSE > len(text) else None
        opened: list[int] = []
        longs: dict[str, tuple[int, int]] = {}
        for m in _BRACKET.finditer(text):
            if m.group() == "(":
                opened.append(m.start())
                continue
            opened = [at for at in opened if m.start() - at <= _REACH]
            for at in opened:
                if not any(map(str.isalpha, text[at + 1 : m.start()])):
                    continue  # a short form begins with a letter, and a long form has it
                low, words = 0, whole
                if words is None:
                    if not self._may_define(text, at, m.end()):
                        continue
                    low, high = _about(text, at, m.end())
                    words = self._split(text[low:high])
                defined = defined_by(words, *words.within(at + 1 - low, m.start() - low))
                if defined is not None and defined[0] not in longs:
                    short, start, end = defined
                    longs[short] = low + start, low + end
        return longs

    def _may_define(self, text: str, start: int, end: int) -> bool:
        """Whether what stands between two brackets may be a short form, or may be a long form, by its own tokens."""
        if text.count(" ", start, end) > _LONGEST + 1:
            return False
        low, high = text.rfind(" ", 0, start) + 1, text.find(" ", end)
        words = self._split(text[low : high if high >= 0 else len(text)])
        first, stop = words.within(start + 1 - low, end - 1 - low)
        if not 0 < stop - first <= _LONGEST:
            return False
        tokens = words.texts(first, stop)
        if stop - first > _MOST_SHORT:
            return _is_balanced(tokens)
        return _may_be_short(tokens, words.text[slice(*words.stretch(first, stop))])

    def _listed(self, known: Annotations) -> dict[str, str]:
        listed = {}
        for start, end, section in known.sections:
            if section.name == "abbreviations":
                for short, long in _LISTED.findall(known.text[start:end].strip()):
                    listed[short] = " ".join(long.split())
        return listed


def _about(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch that holds a bracket and all that may be defined by it, cut at spaces, where tokens are parted.

    A short form of n letters is looked for in the 2 n or n + 5 words before it, a long one has its short form there.
    """
    size = end - start - 2
    low = start
    for _ in range(min(size + 5, 2 * size) + 2 if size <= _SHORT else 3):
        low = text.rfind(" ", 0, low)
        if low < 0:
            break
    high = text.find(" ", end)
    return low + 1, high if high >= 0 else len(text)


def defined_by(words: Words, first: int, end: int) -> tuple[str, int, int] | None:
    """(short form, start and end of its long form) of a bracket that holds the tokens `first` to `end`, or None.

    More than three tokens in brackets are the long form of the word before them; else they are a short form.
    """
    if not 0 < end - first <= _LONGEST or first == 1:
        return None
    if end - first > _MOST_SHORT:
        short, long = (first - 2, first - 1), (first, end)
        if not _is_balanced(words.texts(*long)):
            return None
    else:
        size = sum(map(len, words.texts(first, end)))
        short, long = (first, end), (max(first - min(size + 5, 2 * size) - 1, 0), first - 1)
    written = words.text[slice(*words.stretch(*short))]
    if not _may_be_short(words.texts(*short), written):
        return None
    begin = _begin_of_long(words, long, " ".join(words.texts(*short)))
    if begin is None:
        return None
    start, stop = words.stretch(begin, long[1])
    return (written, start, stop) if stop - start > len(written) else None


def _is_balanced(tokens: list[str]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if depth < 0:
            return False
    return depth == 0


def _may_be_short(tokens: list[str], written: str) -> bool:
    """Whether tokens look like a short form: two to nine letters each, half of all letters, a letter first."""
    letters = sum(map(str.isalpha, written))
    return all(2 <= len(token) < 10 for token in tokens) and letters >= len(written) / 2 and written[0].isalpha()


def _begin_of_long(words: Words, long: tuple[int, int], short: str) -> int | None:
    """The token with which a long form begins: its letters hold those of the short form, in order from the end.

    The first letter of the short form begins a word. None when a letter is missing.
    """
    first, end = long
    joined = " ".join(words.texts(first, end))
    at = len(joined)
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (joined[at].lower() != letter or (index == 0 and at > 0 and joined[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    length = 0
    for token in range(first, end):
        low, high = words.spans[token]
        length += high - low + words.spaced[token]  # as scispaCy counts, who reads tokens with a space between any two
        if length > at:
            return token
    return first


def make_abbreviations(nlp: Language, name: str) -> Abbreviations:
    """Factory; the tokens are those of the pipeline."""
    return Abbreviations(lambda text: Words.of_doc(nlp.make_doc(text)))
