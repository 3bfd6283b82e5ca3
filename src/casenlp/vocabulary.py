"""The lexicons of rules/lexicons as one matcher: a phrase is found by the hash of its folded words.

All terms are compiled once into arrays, which are kept in the user's cache folder, so that loading does not depend on
how many terms there are. Matching goes once over the words of a text; a phrase that has begun is a rolling hash, and a
table says of it and of the next word whether a phrase may end or go on there, so that few words need more than a look.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from casenlp.kept import FEW, Kept
from casenlp.lexicon_arrays import BITS, ENDS, FORMAT, GOES_ON, PRIME, Compiled, compiled, phrase_hash, word_hash
from casenlp.lexicons import LexiconFile, OwnLexicon, read_manifest
from casenlp.made_once import cache_folder
from casenlp.native import words as compiled_words
from casenlp.records import Concept
from casenlp.spellings import Folding, load_folding

#: What may stand between two words of one term besides spaces; all of them count as equal.
_JOINTS = frozenset(
    ["% ", "-", "/", "'", " ", "", ". ", ".", "- ", " -", " - ", "-/", "/ ", " /", " / ", "+", " + ", "' "]
)
#: Of those with a space, what may stand after the last and before the first.
_LEADS = frozenset(joint.rpartition(" ")[2] for joint in _JOINTS if " " in joint)
_TRAILS = frozenset(joint.partition(" ")[0] for joint in _JOINTS if " " in joint)
_PIECE = re.compile(r"([^\W_]+)([\W_]*)")  # a word and what stands between it and the next
_JOINED, _UNSURE, _APART = range(3)  # whether two words may belong to one term


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a lexicon; `extra` holds the columns that only its own kind of lexicon has."""

    label: str
    term: str
    concept: str
    code: str
    vocabulary: str
    guards: frozenset[str]
    place: str
    rank: int
    extra: dict[str, str] = field(default_factory=dict, compare=False)
    #: the concept of its mentions, None where it has none, and that of findings: a derangement's is its own term, not
    #: the test (made with the row, as every mention asks)
    shown: tuple[Concept | None, Concept | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        concept = Concept(self.concept, self.vocabulary, self.code) if self.concept else None
        own = Concept(self.term, self.vocabulary, self.code) if concept and "flag" in self.extra else concept
        object.__setattr__(self, "shown", (concept, own))

    @property
    def rule(self) -> str:
        """Identity of the row among rules: lexicon file and line."""
        return self.place


class Hit(NamedTuple):
    """A phrase found in a text: half-open offsets and every entry of that spelling."""

    start: int
    end: int
    entries: tuple[Entry, ...]


#: A phrase found: half-open offsets, and the entries of that spelling.
_Found = tuple[int, int, tuple[Entry, ...]]
#: What is known of a stretch between two spaces: characters with the space that follows, what the gap behind the last
#: word does, and of each word: what the gap before it does, whether longer phrases begin with it, its entries, and
#: (start, end, hash).
_Stretch = tuple[int, int, list[tuple[int, bool, tuple[Entry, ...], tuple[int, int, int]]]]
#: The same for the scan in Python, as plain tuples, which it takes apart the fastest: of a word what the gap before
#: does; its place in the table; that for phrases that begin with it, if any do; entries; (start, end, hash); the next.
_Word = tuple[int, int, int | None, tuple[Entry, ...], tuple[int, int, int], "_Word | None"]
_Linked = tuple[int, int, _Word | None]


class Vocabulary:
    """The compiled lexicons; `find` gives every phrase of a text that a lexicon holds, nested ones too."""

    def __init__(self, folding: Folding, arrays: Compiled, files: tuple[LexiconFile, ...] = ()) -> None:
        self.folding = folding
        self.files = files
        self._hashes, self._rows, self._offsets, self._table, self._blob = arrays
        self._entries = Kept(self._entries_of, FEW)
        self._stretches: Kept[str, Any]
        self._phrases: Callable[[str], list[_Found]]
        if compiled_words is not None:
            packed = compiled_words.Stretch
            self._stretches = Kept(lambda stretch: packed(*self._read(stretch)))
            self._phrases = compiled_words.Scan(self._table, self._stretches, self._entries, _are_apart).phrases
        else:
            self._stretches = Kept(self._linked)
            self._phrases = self._scan
        self._found: Kept[str, tuple[Hit, ...]] = Kept(self._hits, FEW)
        self._looked_up = Kept(self._look_up, FEW)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def find(self, text: str) -> list[Hit]:
        """Every lexicon phrase of a text, by start and then length; matches may overlap and nest."""
        return list(self._found[text])

    def _hits(self, text: str) -> tuple[Hit, ...]:
        return tuple(Hit(*phrase) for phrase in self.phrases(text))

    def phrases(self, text: str) -> list[_Found]:
        """The same as plain tuples, which is quicker where there are many: (start, end, entries)."""
        return self._phrases(text)

    def _scan(self, text: str) -> list[_Found]:
        """What native/words.pyx does, without it."""
        found: list[_Found] = []
        begun: list[tuple[int, int]] = []  # (start, hash) of phrases that may go on
        table, low_bits, entries_of = self._table, len(self._table) - 1, self._entries
        at, behind = 0, _APART
        first: int | None = None  # of the word before, where a phrase may begin with it
        first_at, first_place = 0, (0, 0, 0)
        # a line end stands alone then, and has no length
        for size, last, word in map(self._stretches.__getitem__, text.replace("\n", " \n ").split(" ")):
            while word:
                before, key, begins, entries, place, word = word
                if first is not None and table[first ^ key]:
                    begun.append((first_at + first_place[0], first_place[2]))
                if begun:
                    start, end, value = place
                    gap = before if before > behind else behind
                    if gap and (gap == _APART or _are_apart(text, at + start)):
                        begun = []
                    else:
                        still = []
                        for began, total in begun:
                            if says := table[(total >> 32 ^ value) & low_bits]:
                                total = (total * PRIME + value) & BITS
                                says >>= total >> 62
                                if says & ENDS and (named := entries_of[total]):
                                    found.append((began, at + end, named))
                                if says & GOES_ON:
                                    still.append((began, total))
                        begun = still
                if entries:
                    found.append((at + place[0], at + place[1], entries))
                first = begins
                if first is not None:
                    first_at, first_place = at, place
                behind = _JOINED
            if last > behind:
                behind = last
            at += size
        found.sort()
        return found

    def _linked(self, stretch: str) -> _Linked:
        size, behind, words = self._read(stretch)
        low_bits = len(self._table) - 1
        linked: _Word | None = None
        for before, begins, entries, place in reversed(words):
            value = place[2]
            linked = before, value & low_bits, value >> 32 & low_bits if begins else None, entries, place, linked
        return size, behind, linked

    def _read(self, stretch: str) -> _Stretch:
        words: list[tuple[int, bool, tuple[Entry, ...], tuple[int, int, int]]] = []
        last = behind = ""
        low_bits = len(self._table) - 1
        for m in _PIECE.finditer(stretch):
            word = m.group(1)
            if last and behind == "'" and word in ("s", "S"):  # a possessive is no word
                behind = m.group(2)
                continue
            before = _between(last, behind) if last else _beside(stretch[: m.start()], _LEADS)
            value = word_hash(self.folding.word(word))
            says = self._table[value & low_bits] >> (value >> 62)
            entries = self._entries[value] if says & ENDS else ()
            words.append((before, bool(says & GOES_ON), entries, (m.start(), m.end(1), value)))
            last, behind = m.groups()
        gap = _beside(behind, _TRAILS) if words else _UNSURE
        if behind == "." and not (len(last) == 1 and last.isalpha()):
            gap = _APART
        return len(stretch) + 1 if stretch != "\n" else 0, gap, words

    def _entries_of(self, value: int) -> tuple[Entry, ...]:
        """The entries of the phrase that has a hash; empty when there is none."""
        row = bisect_left(self._hashes, value)
        if row == len(self._hashes) or self._hashes[row] != value:
            return ()
        return tuple(_parse(self._line(i)) for i in range(self._rows[row], self._rows[row + 1]))

    def _line(self, index: int) -> bytes:
        return bytes(self._blob[self._offsets[index] : self._offsets[index + 1]])

    def look_up(self, term: str) -> tuple[Entry, ...]:
        """Every entry whose term folds as `term` does."""
        return self._looked_up[term]

    def _look_up(self, term: str) -> tuple[Entry, ...]:
        words = [word_hash(w) for w in self.folding.phrase(term).split()]
        return self._entries[phrase_hash(words)] if words else ()


def _between(word: str, gap: str) -> int:
    """What a gap without a space does after a word; a stop joins after a single letter: "p.o."."""
    if gap == "." and not (len(word) == 1 and word.isalpha()):
        return _APART
    return _JOINED if gap in _JOINTS or gap.isspace() else _APART


def _beside(gap: str, joints: frozenset[str]) -> int:
    """What the part of a gap does that ends or begins with a space."""
    return _JOINED if not gap else _UNSURE if gap in joints or gap.isspace() else _APART


def _are_apart(text: str, start: int) -> bool:
    """Whether no term goes on with the word at `start`; after a single letter and a stop it may: "E. coli"."""
    end = start
    while end and not text[end - 1].isalnum():
        end -= 1
    gap = text[end:start]
    if gap == ". ":
        return not text[start].islower()
    return gap not in _JOINTS and not gap.isspace()


def _parse(line: bytes) -> Entry:
    label, term, concept, code, vocabulary, guards, place, rank, extra = line.decode().split("\t")
    return Entry(
        label=sys.intern(label),  # few, and often compared
        term=term,
        concept=concept,
        code=code,
        vocabulary=sys.intern(vocabulary),
        guards=_guards(guards),
        place=place,
        rank=int(rank),
        extra=json.loads(extra) if extra else {},
    )


@cache
def _guards(stated: str) -> frozenset[str]:
    return frozenset(stated.split(";")) if stated else frozenset()


def load_vocabulary(folder: Path, own: Sequence[OwnLexicon] = ()) -> Vocabulary:
    """The lexicons of a rules folder, compiled on first use and memory-mapped afterwards.

    A user's `own` lexicons win over the folder's. Raises RuleError for a file that is not as it should be.
    """
    files, guards = read_manifest(folder, own)
    folding = load_folding(folder / "variants.toml")
    concepts = sorted({f.concepts for f in files if f.concepts})
    sources = [f.path for f in files] + concepts + guards + [folder / "variants.toml", folder / "lexicons.toml"]
    of_files = [(f.label, f.rank, f.form) for f in files]
    stamp = hashlib.sha256(repr([FORMAT, sys.byteorder, *map(_stamp, sources), of_files]).encode()).hexdigest()[:24]
    return Vocabulary(folding, compiled(cache_folder() / stamp, files, guards, folding), files)


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns
