"""Sentence boundaries by one pass over the text; words that do not end a sentence come from sentences.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from casenlp import native
from casenlp.pipeline.annotations import Annotations, Component, annotations_of
from casenlp.pipeline.resources import rules_of

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_END = re.compile(  # a sign at which to look, and then what it may end: signs that stand first are found fast
    r"[.?!;\n](?:(?<=\n)\s*|(?<=;)\s+(?=[A-Z][a-z]+ )|(?<=[.?!])[.?!]*[\"')\]]*(?:\s+|$))"
)
_LONGEST = 1500  # characters; what has no full stop for so long is cut at a comma or a space
_LAST_WORD_REACH = 40  # characters before a full stop in which its word is looked for
_NEXT_WORD = re.compile(r"[\"'(\[]*([^\W\d_]+|\d)")


class SentenceSplitter(Component):
    """Marks sentence starts on tokens and keeps character spans of sentences."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._never = frozenset(w.lower() for w in settings["never_end"])
        self._may = frozenset(w.lower() for w in settings["may_end"])
        self._starters = frozenset(w.lower() for w in settings["starters"])

    def __call__(self, doc: Doc) -> Doc:
        """Set sentence starts; every Doc gets at least one sentence."""
        import numpy as np
        from spacy.attrs import IDX, SENT_START

        super().__call__(doc)
        known = annotations_of(doc)
        offsets = doc.to_array([IDX]).reshape(-1)
        marks = np.full(offsets.size, -1, dtype=np.int64)
        first = np.searchsorted(offsets, [start for start, _ in known.sentences])
        marks[first[first < offsets.size]] = 1
        marks[:1] = 1
        doc.from_array([SENT_START], marks.reshape(-1, 1).astype(np.uint64))  # type: ignore[arg-type]  # as to_array gives
        return doc

    def annotate(self, known: Annotations) -> None:
        """Set the spans of sentences."""
        known.set_sentences(self.split(known.text))

    def split(self, text: str) -> list[tuple[int, int]]:
        """Half-open spans of the sentences of a text, without the spaces between them."""
        if native.text is not None:
            found: list[tuple[int, int]] = native.text.sentences(text, _LONGEST, self._ends, _pieces)
            return found
        return self._split(text)

    def _split(self, text: str) -> list[tuple[int, int]]:
        """As the compiled part, without it."""
        spans: list[tuple[int, int]] = []
        start = len(text) - len(text.lstrip())
        for m in _END.finditer(text):
            at, end = m.span()
            if text[at] == "." and end < len(text) and "\n" not in m.group() and not self._ends(text, start, at, end):
                continue
            stop = start + len(text[start:end].rstrip())  # what follows an end begins with no space
            if stop - start > _LONGEST:
                spans += _pieces(text, start, stop)
            elif stop > start:
                spans.append((start, stop))
            start = end
        if start < len(text):
            spans += _pieces(text, *_trim(text, start, len(text)))
        return spans or [(0, len(text))]

    def _ends(self, text: str, start: int, stop: int, end: int) -> bool:
        """Whether the full stop at `stop` ends the sentence that begins at `start`; the next begins at `end`."""
        letter = text[end]
        if not letter.isalpha():
            following = _NEXT_WORD.match(text, end)
            if not following:
                return True
            letter = following.group(1)[0]
        if letter.islower():
            return False
        near = text[max(start, stop - _LAST_WORD_REACH) : stop]
        before = near.split()[-1].rpartition("(")[2] if near and not near[-1].isspace() else ""
        if not before:
            return True
        place = stop - len(before)
        before = before.lower().strip("()[]\"'")
        if before in self._never:
            return False
        if before in self._may or (len(before) > 2 and before[1] == "." and before[-2] == "."):
            return self._is_starter(text, end)
        if len(before) == 1 and before.isalpha():
            return self._is_starter(text, end) or not _is_initial(text, start, place)
        return True

    def _is_starter(self, text: str, start: int) -> bool:
        """Whether the word at `start`, which may stand in quotes, is one that sentences begin with."""
        following = _NEXT_WORD.match(text, start)
        word = following.group(1) if following else ""
        return word.lower() in self._starters and not word.isdigit()


def _is_initial(text: str, start: int, position: int) -> bool:
    """Whether a single letter at `position` is a person's initial: a name or another initial stands before it."""
    before = text[start:position].rstrip()
    word = before.rsplit(None, 1)[-1] if before else ""
    return not word or word[-1] == "." or word[:1].isupper()


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence as one span, or as several when it is longer than any sentence is."""
    spans = []
    while end - start > _LONGEST:
        limit = start + _LONGEST
        cut = max(text.rfind(", ", start, limit), text.rfind("; ", start, limit)) + 1
        if cut <= start:
            cut = text.rfind(" ", start, limit)
        cut = cut if cut > start else limit
        spans.append(_trim(text, start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    return [*spans, (start, end)] if start < end else spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def make_sentences(nlp: Language, name: str, rules: str | None) -> SentenceSplitter:
    """Factory; `rules` is a rules folder, None for the one that travels with the program."""
    return SentenceSplitter(dict(rules_of(rules).sentence_settings))
