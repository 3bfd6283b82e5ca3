"""The lexicons of rules/lexicons as one matcher: a phrase is found by the hash of its folded words.

All terms are compiled once into arrays, which are kept in the user's cache folder, so that loading does not depend on
how many terms there are. Matching goes once over the words of a text (casenlp.scan).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from casenlp.freezing import maker
from casenlp.kept import FEW, Kept
from casenlp.lexicon_arrays import ENDS, FORMAT, GOES_ON, Compiled, compiled, joined_table, phrase_hash, word_hash
from casenlp.lexicons import LexiconFile, OwnLexicon, read_manifest
from casenlp.made_once import kept_at, let_go, was_used
from casenlp.records import Concept
from casenlp.scan import Mark, Scanner, WordRead, scanner
from casenlp.spellings import Folding, load_folding

_NOTHING_MORE: dict[str, str] = {}  # of most rows


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
        object.__setattr__(self, "shown", _shown(self.term, self.concept, self.code, self.vocabulary, self.extra))

    @property
    def rule(self) -> str:
        """Identity of the row among rules: lexicon file and line."""
        return self.place


_new_entry, _new_concept = maker(Entry), maker(Concept)
_read_json = json.JSONDecoder().raw_decode


class Hit(NamedTuple):
    """A phrase found in a text: half-open offsets and every entry of that spelling."""

    start: int
    end: int
    entries: tuple[Entry, ...]


class Vocabulary:
    """The compiled lexicons; `find` gives every phrase of a text that a lexicon holds, nested ones too."""

    def __init__(
        self, folding: Folding, ours: Compiled, files: tuple[LexiconFile, ...] = (), own: Compiled | None = None
    ) -> None:
        self.folding = folding
        self.files = files
        self._ours, self._own = ours, own
        self._table = ours.table if own is None else joined_table(ours, own)
        self._entries = Kept(self._entries_of, FEW)
        self._words = Kept(self._word, FEW)
        self._scan = self.scanner()
        self._found: Kept[str, tuple[Hit, ...]] = Kept(self._hits, FEW)
        self._looked_up = Kept(self._look_up, FEW)

    def __len__(self) -> int:
        ours = len(self._ours.offsets) - 1
        if self._own is None:
            return ours
        return ours + len(self._own.offsets) - 1 - sum(len(self._ours.lines(value)) for value in self._own.hashes)

    def find(self, text: str) -> list[Hit]:
        """Every lexicon phrase of a text, by start and then length; matches may overlap and nest."""
        return list(self._found[text])

    def scanner(self, mark: Callable[[str], tuple[Mark, ...]] | None = None) -> Scanner:
        """A function that finds the same in a text, as plain tuples, and what `mark` finds between two spaces of it."""
        return scanner(self._table, self._words, self._entries, mark)

    def _hits(self, text: str) -> tuple[Hit, ...]:
        return tuple(Hit(*phrase) for phrase in self._scan(str(text))[0])  # numpy.str_ too

    def _word(self, word: str) -> WordRead:
        value = word_hash(self.folding.fold(word))
        says = self._table[value & len(self._table) - 1] >> (value >> 62)
        return value, bool(says & GOES_ON), self._entries[value] if says & ENDS else ()

    def _entries_of(self, value: int) -> tuple[Entry, ...]:
        """The entries of the phrase that has a hash; empty when there is none."""
        lines = self._own.lines(value) if self._own is not None else []
        return tuple([_parse(line) for line in lines or self._ours.lines(value)])

    def look_up(self, term: str) -> tuple[Entry, ...]:
        """Every entry whose term folds as `term` does."""
        return self._looked_up[term]

    def _look_up(self, term: str) -> tuple[Entry, ...]:
        words = [word_hash(w) for w in self.folding.phrase(term).split()]
        return self._entries[phrase_hash(words)] if words else ()


def _shown(
    term: str, concept: str, code: str, vocabulary: str, extra: dict[str, str]
) -> tuple[Concept | None, Concept | None]:
    if not concept:
        return None, None
    shown = _new_concept((concept, vocabulary, code))
    return shown, _new_concept((term, vocabulary, code)) if "flag" in extra else shown


def _parse(line: bytes) -> Entry:
    label, term, concept, code, vocabulary, guards, place, rank, more = line.decode().split("\t")
    label, vocabulary = sys.intern(label), sys.intern(vocabulary)  # few, and often compared
    concept = term if concept == term else concept  # which takes memory once
    extra = _read_json(more)[0] if more else _NOTHING_MORE
    shown = _shown(term, concept, code, vocabulary, extra)
    entry: Entry = _new_entry((label, term, concept, code, vocabulary, _guards(guards), place, int(rank), extra, shown))
    return entry


@cache
def _guards(stated: str) -> frozenset[str]:
    return frozenset(stated.split(";")) if stated else frozenset()


def load_vocabulary(folder: Path, own: Sequence[OwnLexicon] = ()) -> Vocabulary:
    """The lexicons of a rules folder, compiled on first use and memory-mapped afterwards.

    A user's `own` lexicons win over the folder's. Raises RuleError for a file that is not as it should be.
    """
    files, guards = read_manifest(folder, own)
    variants = folder / "variants.toml"
    folding = load_folding(variants)
    read = partial(_kept, guards=guards, folding=folding)
    ours, mine = [f for f in files if not f.own], [f for f in files if f.own]
    sources = [*map(_stamp, [*guards, variants, folder / "lexicons.toml"])]
    stamp = repr([FORMAT, sys.byteorder, sources, _stamps(ours)])
    arrays = read("lexicons", stamp, ours)
    beside = read("own", repr([stamp, _stamps(mine)]), mine, ours=arrays) if mine else None
    return Vocabulary(folding, arrays, files, beside)


def _kept(
    kind: str,
    stamp: str,
    files: Sequence[LexiconFile],
    *,
    guards: Sequence[Path],
    folding: Folding,
    ours: Compiled | None = None,
) -> Compiled:
    kept = kept_at(kind, stamp)
    is_there = kept.is_dir()
    arrays = compiled(kept, files, guards, folding, ours)
    was_used(kept)
    if not is_there:
        let_go(kept)
    return arrays


def _stamps(files: Sequence[LexiconFile]) -> list[object]:
    return [(_stamp(f.path), f.concepts and _stamp(f.concepts), f.label, f.rank, f.form) for f in files]


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns
