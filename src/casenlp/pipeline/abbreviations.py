"""scispaCy's AbbreviationDetector (Schwartz and Hearst 2003), made linear, plus lists of abbreviations."""

from __future__ import annotations

import re

from scispacy.abbreviation import AbbreviationDetector, filter_matches, find_abbreviation
from spacy.language import Language
from spacy.tokens import Doc, Span

from casenlp.pipeline.annotations import annotations_of

_LISTED = re.compile(r"(?:^|;)\s*([A-Za-z][\w-]{0,9}(?:-[α-ωA-Z\d]+)?)\s*[,:=]\s*([^;]{4,80})(?=;|$|\.)")
_BRACKET = re.compile(r"[()]")
_LONGEST = 8  # tokens between brackets that the method looks at
_REACH = 160  # characters between brackets: no eight tokens of a definition are longer


class Abbreviations(AbbreviationDetector):  # type: ignore[misc]
    """Finds short forms, their long forms and all their places.

    The published detector lets a token pattern run from each opening bracket to every closing one and then
    throws away what is longer than eight tokens; here only those within reach are tried. The result is the same.
    """

    def __call__(self, doc: Doc) -> Doc:
        """Fill `doc._.abbreviations` and the annotations' table of short to long forms."""
        known = annotations_of(doc)
        longs = self._define(doc, known.text)
        found = []
        for short, long in longs.items():
            known.abbreviations[short] = long.text
            for m in re.finditer(rf"(?<!\w){re.escape(short)}(?!\w)", known.text):
                span = doc.char_span(*m.span())
                if span is not None:
                    span._.long_form = long
                    found.append(span)
        doc._.abbreviations = sorted(found, key=lambda span: span.start)
        known.abbreviations.update(self._listed(doc))
        return doc

    def _define(self, doc: Doc, text: str) -> dict[str, Span]:
        opened: list[int] = []
        longs: dict[str, Span] = {}
        for m in _BRACKET.finditer(text):
            if m.group() == "(":
                opened.append(m.start())
                continue
            opened = [at for at in opened if m.start() - at <= _REACH]
            for at in opened:
                inside = doc.char_span(at + 1, m.start(), alignment_mode="contract")
                if inside is None or not 0 < len(inside) <= _LONGEST:
                    continue
                for long_candidate, short_candidate in filter_matches([(0, inside.start, inside.end)], doc):
                    short, long = find_abbreviation(long_candidate, short_candidate)
                    if long is not None and short.text not in longs and len(long.text) > len(short.text):
                        longs[short.text] = long
        return longs

    def _listed(self, doc: Doc) -> dict[str, str]:
        known = annotations_of(doc)
        listed = {}
        for start, end, section in known.sections:
            if section.name == "abbreviations":
                for short, long in _LISTED.findall(known.text[start:end].strip()):
                    listed[short] = " ".join(long.split())
        return listed


@Language.factory("casenlp_abbreviations", assigns=["doc._.abbreviations", "doc._.casenlp"])
def make_abbreviations(nlp: Language, name: str) -> Abbreviations:
    """Factory."""
    return Abbreviations(nlp, name)
