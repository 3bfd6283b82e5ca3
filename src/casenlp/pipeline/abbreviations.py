"""Abbreviations and what they stand for after Schwartz and Hearst (2003), as scispaCy reads them, plus lists of them.

scispaCy's detector lets a token pattern run from each opening bracket to every closing one and then throws away what
is longer than eight tokens; here only those within reach are tried, and only the words about them are made tokens.
What a bracket defines is the same, which a test shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from casenlp import native
from casenlp.kept import FEW, Kept
from casenlp.pipeline.annotations import Annotations, Component, annotations_of
from casenlp.pipeline.words import Words, WordSplitter

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_LISTED = re.compile(r"(?:^|;)\s*([A-Za-z][\w-]{0,9}(?:-[α-ωA-Z\d]+)?)\s*[,:=]\s*([^;]{4,80})(?=;|$|\.)")
_BRACKET = re.compile(r"[()]")
_LONGEST_WORD = 64  # characters of a word beside a bracket that is looked at
_WORD = re.compile(rf"\S{{1,{_LONGEST_WORD}}}")
_REST = re.compile(r"\S*")
_FAR = 4000  # characters that hold all words before a bracket that may be looked at
_LONGEST = 8  # tokens between brackets that the method looks at
_REACH = 160  # characters between brackets: no eight tokens of a definition are longer
_DENSE = 40  # characters a bracket below which all of the text is made tokens once
_MOST_SHORT = 3  # tokens of a short form
_LONGEST_TOKEN = 10  # letters that a token of a short form has not


class _Opening(NamedTuple):
    """An opening bracket: whether a short form may begin in it, and the token before it if that may be one.

    `before` is empty where no short form stands before the bracket, None where that is not known.
    """

    at: int
    may_be_short: bool
    before: str | None


class Abbreviations(Component):
    """Finds short forms, their long forms and all their places; `split` gives the tokens of a stretch of text."""

    def __init__(self, split: Callable[[str], Words] | None = None) -> None:
        self._split = split or WordSplitter()
        # of single words, what was found is kept
        self._first = Kept(self._may_begin, FEW)
        self._last = Kept(self._may_stand_before, FEW)
        self._short_of_word = lru_cache(FEW)(self._short)
        self._brackets: Any = None
        if native.brackets is not None and isinstance(self._split, WordSplitter):
            self._brackets = native.brackets.Brackets(self._may_begin, self._may_stand_before, self._split.kept)

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
        dense = text.count("(") * _DENSE > len(text)
        if self._brackets is not None and not dense:
            found: dict[str, tuple[int, int]] = self._brackets.define(text, self._defined_at)
            return found
        return self._look_through(text, dense)

    def _look_through(self, text: str, dense: bool) -> dict[str, tuple[int, int]]:
        """As the compiled part, without it; texts with many brackets are made tokens once."""
        whole: Words | None = None
        opened: list[_Opening] = []
        longs: dict[str, tuple[int, int]] = {}
        letter = done = -1  # the last letter before a bracket, and what is looked through
        for m in _BRACKET.finditer(text):
            here = m.start()
            letter = next((at for at in range(here - 1, done, -1) if text[at].isalpha()), letter)
            done = here
            if text[here] == "(":
                opening = self._opening(text, here)
                if opening.may_be_short or opening.before != "":
                    opened.append(opening)
                continue
            if not opened:
                continue
            opened = [opening for opening in opened if here - opening.at <= _REACH]
            for opening in opened:
                if letter < opening.at or not _may_define(text, opening, here):
                    continue
                if dense:
                    whole = whole or self._split(text)
                    defined = defined_by(whole, *whole.within(opening.at + 1, here))
                else:
                    defined = self._defined(text, opening, here, longs)
                if defined is not None and defined[0] not in longs:
                    longs[defined[0]] = defined[1:]
        return longs

    def _defined(
        self, text: str, opening: _Opening, end: int, known: Mapping[str, object]
    ) -> tuple[str, int, int] | None:
        """What a bracket defines, as `defined_by` says, by the words about it alone; short forms not `known` only."""
        at = opening.at
        if text.count(" ", at, end) > _LONGEST + 1:
            return None
        low = at if at and text[at - 1].isspace() else text.rfind(" ", 0, at) + 1
        stretch = text[low : _end_of_word(text, end)]
        of_word = " " not in stretch and len(stretch) < _LONGEST_WORD
        short = (self._short_of_word if of_word else self._short)(stretch, at + 1 - low, end - low)
        if short is None or short in known:
            return None
        if short == "" and (opening.before == "" or not _holds(text[at:end], opening.before or "")):
            return None
        low, high = _about(text, at, end + 1, len(short))
        if not _holds(text[low:at], short):
            return None
        words = self._split(text[low:high])
        defined = defined_by(words, *words.within(at + 1 - low, end - low))
        return (defined[0], low + defined[1], low + defined[2]) if defined else None

    def _defined_at(self, text: str, at: int, end: int) -> tuple[str, int, int] | None:
        """What text[at:end + 1] defines."""
        return self._defined(text, self._opening(text, at), end, {})

    def _short(self, stretch: str, start: int, end: int) -> str | None:
        """The short form between two brackets, by its own tokens; empty if a long form may be there, else None."""
        words = self._split(stretch)
        first, stop = words.within(start, end)
        if not 0 < stop - first <= _LONGEST:
            return None
        tokens = words.texts(first, stop)
        if stop - first > _MOST_SHORT:
            return "" if _is_balanced(tokens) else None
        written = stretch[slice(*words.stretch(first, stop))]
        return written if _may_be_short(tokens, written) else None

    def _opening(self, text: str, at: int) -> _Opening:
        """What the words about an opening bracket tell, wherever it ends."""
        word = _WORD.match(text, at) if not at or text[at - 1].isspace() else None
        may_be_short = self._first[word.group()] if word and word.end() - at < _LONGEST_WORD else None
        if may_be_short is None:
            return _Opening(at, True, None)
        if at < 2 or text[at - 1] != " " or text[at - 2].isspace():
            return _Opening(at, may_be_short, "")  # white space that is a token stands before it, or no word at all
        before = text[max(0, at - _LONGEST_WORD) : at - 1].split()[-1]
        return _Opening(at, may_be_short, self._last[before] if len(before) < _LONGEST_WORD - 1 else None)

    def _may_begin(self, word: str) -> bool | None:
        """Whether a word begins with a bracket and a token that may begin a short form; None if with no bracket alone.

        An exception of the tokenizer that is parted here but not in the text, or the other way round, alters nothing:
        its parts begin with the same letter, or one of them is a single letter and so no part of a short form.
        """
        words = self._split(word)
        tokens = words.texts(0, 2)
        if len(tokens) < 2 or tokens[0] != "(":
            return None
        return 1 < len(tokens[1]) < _LONGEST_TOKEN and tokens[1][0].isalpha()

    def _may_stand_before(self, word: str) -> str:
        """The last token of a word where it may be a short form, else nothing."""
        words = self._split(word)
        last = words.texts(len(words.spans) - 1, len(words.spans))
        return last[0] if _may_be_short(last, last[0]) else ""

    def _listed(self, known: Annotations) -> dict[str, str]:
        listed = {}
        for start, end, section in known.sections:
            if section.name == "abbreviations":
                for short, long in _LISTED.findall(known.text[start:end].strip()):
                    listed[short] = " ".join(long.split())
        return listed


def _may_define(text: str, opening: _Opening, end: int) -> bool:
    """Whether brackets may hold a short form or a long one, by what is seen without tokens."""
    inside = text[opening.at + 1 : end]  # which has a letter, as each form has
    words = len(inside.split())
    if words > _LONGEST + 2:  # the tokens of the first and the last word may go beyond the brackets
        return False
    before = opening.before
    if before is None:
        return True
    if opening.may_be_short and words <= _MOST_SHORT + 1:
        return True
    return before != "" and _holds(inside, before)


def _holds(text: str, short: str) -> bool:
    """Whether a text has the letters of a short form, in order; a long form has them."""
    folded = _folded(text)
    at = len(folded)
    for letter in reversed(_folded(short)):
        if letter.isalnum():
            at = folded.rfind(letter, 0, at)
            if at < 0:
                return False
    return True


def _folded(text: str) -> str:
    """A text letter for letter in lower case, which the neighbours of a letter do not change."""
    lowered = text.lower()
    if len(lowered) == len(text) and "Σ" not in text:
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else "\0" for letter in text)


def _about(text: str, start: int, end: int, size: int) -> tuple[int, int]:
    """The stretch that holds a bracket and all that may be defined by it, cut at spaces, where tokens are parted.

    A short form of n letters, n being its `size`, is looked for in the 2 n or n + 5 words before it; a long one, whose
    size is 0, has its short form there.
    """
    low = start
    for _ in range(min(size + 5, 2 * size) + 2 if size else 3):
        low = text.rfind(" ", 0, low)
        if low < 0:
            break
    if start - low > _FAR:  # lines without spaces
        low = start - _FAR
        while low < start - 1 and not text[low].isspace():
            low += 1
    return low + 1, _end_of_word(text, end)


def _end_of_word(text: str, position: int) -> int:
    m = _REST.match(text, position)
    return m.end() if m else position


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
    if not written[0].isalpha():
        return False
    for token in tokens:
        if not 2 <= len(token) < _LONGEST_TOKEN:
            return False
    return sum(map(str.isalpha, written)) >= len(written) / 2


def _begin_of_long(words: Words, long: tuple[int, int], short: str) -> int | None:
    """The token with which a long form begins: its letters hold those of the short form, in order from the end.

    The first letter of the short form begins a word. None when a letter is missing.
    """
    first, end = long
    joined = " ".join(words.texts(first, end))
    folded = _folded(joined)
    at = len(joined)
    for index, letter in reversed(list(enumerate(_folded(short)))):
        if not letter.isalnum():
            continue
        at = folded.rfind(letter, 0, at)
        while index == 0 and at > 0 and joined[at - 1].isalnum():
            at = folded.rfind(letter, 0, at)
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
