"""scispaCy's AbbreviationDetector (Schwartz and Hearst 2003), made linear, plus lists of abbreviations."""

from __future__ import annotations

import re
from collections.abc import Callable

from scispacy.abbreviation import AbbreviationDetector, filter_matches, find_abbreviation
from spacy.language import Language
from spacy.tokens import Doc

from casenlp.pipeline.annotations import Annotations, Component, annotations_of

_LISTED = re.compile(r"(?:^|;)\s*([A-Za-z][\w-]{0,9}(?:-[α-ωA-Z\d]+)?)\s*[,:=]\s*([^;]{4,80})(?=;|$|\.)")
_BRACKET = re.compile(r"[()]")
_LONGEST = 8  # tokens between brackets that the method looks at
_REACH = 160  # characters between brackets: no eight tokens of a definition are longer
_DENSE = 40  # characters a bracket below which all of the text is made tokens once
_SHORT = 29  # characters of a short form: at most three tokens of nine letters


class Abbreviations(Component, AbbreviationDetector):  # type: ignore[misc]
    """Finds short forms, their long forms and all their places.

    The published detector lets a token pattern run from each opening bracket to every closing one and then
    throws away what is longer than eight tokens; here only those within reach are tried, and only the words
    about them are made tokens. The result is the same.
    """

    def __init__(self, nlp: Language, name: str) -> None:
        AbbreviationDetector.__init__(self, nlp, name)
        self._make_doc: Callable[[str], Doc] = nlp.make_doc

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
        whole = self._make_doc(text) if text.count("(") * _DENSE > len(text) else None
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
                low, high = (0, len(text)) if whole is not None else _about(text, at, m.end())
                doc = whole if whole is not None else self._make_doc(text[low:high])
                inside = doc.char_span(at + 1 - low, m.start() - low, alignment_mode="contract")
                if inside is None or not 0 < len(inside) <= _LONGEST:
                    continue
                for long_candidate, short_candidate in filter_matches([(0, inside.start, inside.end)], doc):
                    short, long = find_abbreviation(long_candidate, short_candidate)
                    if long is not None and short.text not in longs and len(long.text) > len(short.text):
                        longs[short.text] = low + long.start_char, low + long.end_char
        return longs

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


@Language.factory("casenlp_abbreviations", assigns=["doc._.abbreviations", "doc._.casenlp"])
def make_abbreviations(nlp: Language, name: str) -> Abbreviations:
    """Factory."""
    return Abbreviations(nlp, name)
