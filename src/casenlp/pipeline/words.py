"""The tokens of a short stretch of text, without a Doc: what casenlp's tokenizer gives, by the same expressions.

Extraction needs tokens only about brackets, and importing spaCy for them would take longer than all the rest of a
short report. The expressions and exceptions are those of `tokenizer.make_tokenizer`; they are read from it once and
kept in the user's cache folder. How a word is taken apart follows the description of spaCy's tokenizer
(https://spacy.io/usage/linguistic-features#how-tokenizer-works); a test compares the two.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casenlp.kept import FEW, Kept
from casenlp.made_once import made_once

if TYPE_CHECKING:
    from spacy.tokens import Doc

FORMAT = 1  # raise when what is kept of the tokenizer changes
_CHUNK = re.compile(r"\S+|\s+")
_VERSIONS = (("spacy", "about.py"), ("scispacy", "version.py"))


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens of a text in order: half-open offsets, and whether one space, which is no token, follows each."""

    text: str
    spans: tuple[tuple[int, int], ...]
    spaced: tuple[bool, ...]

    @classmethod
    def of_doc(cls, doc: Doc) -> Words:
        """The tokens of a Doc."""
        spans = tuple((token.idx, token.idx + len(token)) for token in doc)
        return cls(doc.text, spans, tuple(bool(token.whitespace_) for token in doc))

    def within(self, start: int, end: int) -> tuple[int, int]:
        """(first, end) of the tokens that lie whole in a stretch."""
        first, stop = bisect_left(self.spans, (start,)), bisect_left(self.spans, (end,))
        if stop > first and self.spans[stop - 1][1] > end:
            stop -= 1
        return first, stop

    def texts(self, first: int, end: int) -> list[str]:
        """The tokens from `first` up to `end`, as written."""
        return [self.text[low:high] for low, high in self.spans[first:end]]

    def stretch(self, first: int, end: int) -> tuple[int, int]:
        """Offsets of the text from token `first` up to token `end`."""
        return self.spans[first][0], self.spans[end - 1][1]


class WordSplitter:
    """Parts text into tokens as casenlp's tokenizer does."""

    def __init__(self) -> None:
        #: Of a stretch without space, or of white space alone: its tokens, and whether they may need to be rejoined.
        self.kept = Kept(self._tokens, FEW)

    def __call__(self, text: str) -> Words:
        """The tokens of a text; stretches of white space other than one space are tokens too."""
        spans: list[tuple[int, int]] = []
        spaced: list[bool] = []
        kept = self.kept
        odd = False
        at = 0
        for chunk in _CHUNK.findall(text):
            if chunk[0] == " " and at:  # belongs to the token before
                spaced[-1] = True
                at += 1
                if len(chunk) == 1:
                    continue
                chunk = chunk[1:]
            tokens, is_odd = kept[chunk]
            odd = odd or is_odd
            for token in tokens:
                end = at + len(token)
                spans.append((at, end))
                spaced.append(False)
                at = end
        if odd:
            self._rejoin(text, spans, spaced)
        return Words(text, tuple(spans), tuple(spaced))

    def _tokens(self, chunk: str) -> tuple[tuple[str, ...], bool]:
        """The tokens of a stretch, and whether they may hold an exception taken apart."""
        known = self._exceptions.get(chunk)
        if known is None:
            known = self._plain(chunk) or tuple(self._take_apart(chunk, self._exceptions))
        if len(known) == 1:
            return known, known[0] in self._lone
        return known, not (self._joints.isdisjoint(pairwise(known)) and self._lone.isdisjoint(known))

    def _plain(self, chunk: str) -> tuple[str, ...]:
        """The tokens of plain letters, which no expression takes apart, with a comma or stop behind them; else none."""
        if not chunk.isascii():
            return ()
        if chunk.isalpha():
            return (chunk,)
        word, sign = chunk[:-1], chunk[-1]
        if word.isalpha() and (sign == "," or (sign == "." and word[-2:].islower() and len(word) > 1)):
            return (*(self._exceptions.get(word) or (word,)), sign)
        return ()

    def _take_apart(self, word: str, exceptions: Mapping[str, tuple[str, ...]]) -> list[str]:
        """A word without what stands about it, then what stands about it, and what stands within it."""
        before: list[str] = []
        after: list[str] = []
        while word and word not in exceptions:
            prefix = self._prefix(word)
            front = prefix.end() - prefix.start() if prefix else 0
            if front and word[front:] in exceptions:
                before.append(word[:front])
                word = word[front:]
                break
            suffix = self._suffix(word[front:])
            back = suffix.end() - suffix.start() if suffix else 0
            if back and word[:-back] in exceptions:
                after.append(word[-back:])
                word = word[:-back]
                break
            if not front and not back:
                break
            if front:
                before.append(word[:front])
            if back:
                after.append(word[-back:])
            word = word[front : len(word) - back]
        middle = exceptions.get(word) or self._parts(word)
        return [*before, *middle, *reversed(after)]

    def _parts(self, word: str) -> list[str]:
        parts = []
        start = 0
        for m in self._infixes(word):
            if m.start() == 0:
                continue
            parts += [word[start : m.start()], m.group()]
            start = m.end()
        return [part for part in (*parts, word[start:]) if part]

    def _rejoin(self, text: str, spans: list[tuple[int, int]], spaced: list[bool]) -> None:
        """Write exceptions that were taken apart, such as those that hold a bracket, as they should be."""
        words = [text[low:high] for low, high in spans]
        found = []
        for i, word in enumerate(words):
            for parts in self._joined.get(word, ()):
                end = i + len(parts)
                if tuple(words[i:end]) == parts:
                    found.append((i - end, i, end))
        taken: set[int] = set()
        chosen = []
        for _, i, end in sorted(found, key=lambda f: (f[0], f[1])):
            if i not in taken and end - 1 not in taken:
                chosen.append((i, end))
            taken.update(range(i, end))
        for i, end in sorted(chosen, reverse=True):
            low, high = spans[i][0], spans[end - 1][1]
            exception = self._exceptions.get(text[low:high])
            if exception is None:
                continue
            last = spaced[end - 1]
            fresh = []
            for token in exception:
                fresh.append((low, low + len(token)))
                low += len(token)
            spans[i:end] = fresh
            spaced[i:end] = [False] * (len(fresh) - 1) + [last]

    @cached_property
    def _kept_rules(self) -> Mapping[str, Any]:
        return _rules()

    @cached_property
    def _exceptions(self) -> dict[str, tuple[str, ...]]:
        return {word: tuple(tokens) for word, tokens in self._kept_rules["exceptions"].items()}

    @cached_property
    def _joined(self) -> dict[str, list[tuple[str, ...]]]:
        """By their first token, the tokens of exceptions that a tokenizer without exceptions would take apart."""
        joined: dict[str, list[tuple[str, ...]]] = {}
        for parts in self._kept_rules["joined"]:
            joined.setdefault(parts[0], []).append(tuple(parts))
        return joined

    @cached_property
    def _joints(self) -> frozenset[tuple[str, ...]]:
        """The first two tokens of each exception taken apart."""
        return frozenset(parts[:2] for several in self._joined.values() for parts in several)

    @cached_property
    def _lone(self) -> frozenset[str]:
        """Exceptions of one token, before and after."""
        return frozenset(parts[0] for several in self._joined.values() for parts in several if len(parts) == 1)

    @cached_property
    def _prefix(self) -> Callable[[str], re.Match[str] | None]:
        return re.compile(self._kept_rules["prefix"]).search

    @cached_property
    def _suffix(self) -> Callable[[str], re.Match[str] | None]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # scispaCy's own character classes hold "||"
            return re.compile(self._kept_rules["suffix"]).search

    @cached_property
    def _infixes(self) -> Callable[[str], Any]:
        return re.compile(self._kept_rules["infix"]).finditer


def _rules() -> Mapping[str, Any]:
    """What the tokenizer goes by, from the cache folder, or else from the tokenizer itself."""
    kept: Mapping[str, Any] = made_once("words", _stamp(), _of_tokenizer)
    return kept


def _stamp() -> str:
    """What changes with the versions of the libraries and with our own expressions."""
    digest = hashlib.sha256(str(FORMAT).encode())
    digest.update(Path(__file__).with_name("tokenizer.py").read_bytes())
    for package, name in _VERSIONS:
        spec = find_spec(package)
        if spec is not None and spec.origin:
            digest.update(Path(spec.origin).with_name(name).read_bytes())
    return digest.hexdigest()


def _of_tokenizer() -> dict[str, Any]:
    from spacy.lang.en import English
    from spacy.symbols import ORTH

    from casenlp.pipeline.tokenizer import make_tokenizer

    tokenizer: Any = make_tokenizer(English())
    exceptions = {word: [part[ORTH] for part in parts] for word, parts in tokenizer.rules.items()}
    plain = WordSplitter()
    rules = {
        "prefix": tokenizer.prefix_search.__self__.pattern,
        "suffix": tokenizer.suffix_search.__self__.pattern,
        "infix": tokenizer.infix_finditer.__self__.pattern,
        "exceptions": exceptions,
    }
    plain.__dict__["_kept_rules"] = {**rules, "exceptions": {}, "joined": []}
    split = (tokenizer.find_prefix, tokenizer.find_infix, tokenizer.find_suffix)
    apart = [word for word in exceptions if " " in word or any(find(word) for find in split)]
    return {**rules, "joined": [plain(word).texts(0, len(word)) for word in apart]}
