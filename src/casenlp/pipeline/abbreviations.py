"""scispaCy's AbbreviationDetector (Schwartz and Hearst 2003), made linear, plus lists of abbreviations."""

from __future__ import annotations

import re
from collections import defaultdict

from scispacy.abbreviation import AbbreviationDetector, filter_matches, find_abbreviation
from spacy.language import Language
from spacy.tokens import Doc, Span

from casenlp.pipeline.annotations import annotations

_LISTED = re.compile(r"(?:^|;)\s*([A-Za-z][\w-]{0,9}(?:-[α-ωA-Z\d]+)?)\s*[,:=]\s*([^;]{4,80})(?=;|$|\.)")
_LONGEST = 8  # tokens between brackets that the method looks at


class Abbreviations(AbbreviationDetector):  # type: ignore[misc]
    """Finds short forms, their long forms and all their places.

    The published detector lets a token pattern run from each opening bracket to every closing one and then
    throws away what is longer than eight tokens; here only those within reach are tried. The result is the same.
    """

    def __call__(self, doc: Doc) -> Doc:
        """Fill `doc._.abbreviations` and the annotations' table of short to long forms."""
        known = annotations(doc)
        longs = self._define(doc)
        for short, long in longs.items():
            known.abbreviations[short] = long.text
        known.abbreviations.update(self._listed(doc))
        if longs:
            places = defaultdict(list)
            words = {tuple(t.text for t in doc[s.start : s.end]): s for s in self._shorts}
            for token in doc:
                for length in (1, 2, 3):
                    key = tuple(t.text for t in doc[token.i : token.i + length])
                    if key in words:
                        places[words[key]].append(doc[token.i : token.i + length])
            found = []
            for short, spans in places.items():
                for span in spans:
                    span._.long_form = longs[short.text]
                    found.append(span)
            doc._.abbreviations = found
        return doc

    def _define(self, doc: Doc) -> dict[str, Span]:
        opened: list[int] = []
        matches = []
        for token in doc:
            if token.text == "(":
                opened.append(token.i)
            elif token.text == ")":
                matches += [(0, i + 1, token.i) for i in opened if 0 < token.i - i - 1 <= _LONGEST]
                opened = [i for i in opened if token.i - i <= _LONGEST]
        longs: dict[str, Span] = {}
        self._shorts: list[Span] = []
        for long_candidate, short_candidate in filter_matches(sorted(matches), doc):
            short, long = find_abbreviation(long_candidate, short_candidate)
            if long is not None and short.text not in longs and len(long.text) > len(short.text):
                longs[short.text] = long
                self._shorts.append(short)
        return longs

    def _listed(self, doc: Doc) -> dict[str, str]:
        known = annotations(doc)
        listed = {}
        for start, end, section in known.sections:
            if section.name == "abbreviations":
                for short, long in _LISTED.findall(known.text[start:end].strip()):
                    listed[short] = " ".join(long.split())
        return listed


@Language.factory("casenlp_abbreviations", assigns=["doc._.abbreviations"], requires=["doc.spans"])
def make_abbreviations(nlp: Language, name: str) -> Abbreviations:
    """Factory."""
    return Abbreviations(nlp, name)
