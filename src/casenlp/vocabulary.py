"""The lexicons of rules/lexicons as one matcher: a phrase is found by the hash of its folded words.

All terms are compiled once into arrays (sorted phrase hashes, row numbers, a blob of rows) that are kept in the
user's cache folder and memory-mapped, so that loading does not depend on how many terms there are. Matching goes
once over the words of a text; a phrase that has begun is a rolling hash, and a table says of each hash whether a phrase
may end or go on there, so that most words need no look at the arrays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
import sys
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from casenlp.lexicons import GUARDS, SURE, LexiconFile, OwnLexicon, attributes_of, read_guards, read_manifest
from casenlp.records import Concept
from casenlp.spellings import Folding, hyphenated, load_folding, reordered, spellings_of

FORMAT = 11  # raise when the compiled form or the folding changes
MAX_WORDS = 10
_PRIME = 0x9E3779B97F4A7C15
_BITS = 0xFFFFFFFFFFFFFFFF  # hashes have 64 bits
_GOES_ON, _ENDS = 1, 2  # what the table says of a hash, with other hashes that share its place
#: What may stand between two words of one term besides spaces; all of them count as equal.
_JOINTS = frozenset(
    ["% ", "-", "/", "'", " ", "", ". ", ".", "- ", " -", " - ", "-/", "/ ", " /", " / ", "+", " + ", "' "]
)
#: Of those with a space, what may stand after the last and before the first.
_LEADS = frozenset(joint.rpartition(" ")[2] for joint in _JOINTS if " " in joint)
_TRAILS = frozenset(joint.partition(" ")[0] for joint in _JOINTS if " " in joint)
_PIECE = re.compile(r"([^\W_]+)([\W_]*)")  # a word and what stands between it and the next
_JOINED, _UNSURE, _APART = range(3)  # whether two words may belong to one term
_MOST_STRETCHES = 100_000  # between two spaces, that are kept
_MOST_TEXTS = 500_000  # short texts whose results are kept
_SHORT = 80  # characters of what may well be asked for again


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
    #: what its mentions are shown as, and its findings; made when first asked for, as every mention asks
    _shown: tuple[Concept | None, Concept | None] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def shown(self) -> tuple[Concept | None, Concept | None]:
        """The concept of its mentions, None where it has none, and that of findings: a derangement's is its own term,
        not the test."""
        if self._shown is None:
            concept = Concept(self.concept, self.vocabulary, self.code) if self.concept else None
            own = Concept(self.term, self.vocabulary, self.code) if concept and "flag" in self.extra else concept
            object.__setattr__(self, "_shown", (concept, own))
            return concept, own
        return self._shown

    @property
    def rule(self) -> str:
        """Identity of the row among rules: lexicon file and line."""
        return self.place


class Hit(NamedTuple):
    """A phrase found in a text: half-open offsets and every entry of that spelling."""

    start: int
    end: int
    entries: tuple[Entry, ...]


def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def _hashes_of(words: Iterable[int]) -> list[int]:
    """The hashes of the first word, of the first two and so on; the last is that of the phrase."""
    return list(accumulate(words, lambda total, word: (total * _PRIME + word) & _BITS))


class Compiled(NamedTuple):
    """Lexicons as arrays: sorted phrase hashes; for each phrase the number of its first row; byte offsets of rows in
    the blob; and a table, a power of two long, that says of a hash's low bits whether phrases end or go on there.
    """

    hashes: Sequence[int]
    rows: Sequence[int]
    offsets: Sequence[int]
    table: bytes | mmap.mmap
    blob: bytes | mmap.mmap


class _Word(NamedTuple):
    """A word of a stretch between two spaces: half-open offsets in it, what the gap before does, what lexicons say."""

    start: int
    end: int
    gap: int
    value: int
    entries: tuple[Entry, ...]
    goes_on: bool


#: (characters with the space that follows, words, what stands behind the last of them)
_Stretch = tuple[int, tuple[_Word, ...], int]


class Vocabulary:
    """The compiled lexicons; `find` gives every phrase of a text that a lexicon holds, nested ones too."""

    def __init__(self, folding: Folding, compiled: Compiled, files: tuple[LexiconFile, ...] = ()) -> None:
        self.folding = folding
        self.files = files
        self._hashes, self._rows, self._offsets, self._table, self._blob = compiled
        self._stretches: dict[str, _Stretch] = {}
        self._entries: dict[int, tuple[Entry, ...]] = {}
        self._found: dict[str, tuple[Hit, ...]] = {}
        self._looked_up: dict[str, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def find(self, text: str) -> list[Hit]:
        """Every lexicon phrase of a text, by start and then length; matches may overlap and nest."""
        if len(text) > _SHORT:
            return self._find(text)
        found = self._found.get(text)
        if found is None:
            if len(self._found) > _MOST_TEXTS:
                self._found.clear()
            found = self._found[text] = tuple(self._find(text))
        return list(found)

    def _find(self, text: str) -> list[Hit]:
        hits: list[Hit] = []
        begun: list[tuple[int, int]] = []  # (start, rolling hash) of phrases that may go on
        stretches, table, low_bits = self._stretches, self._table, len(self._table) - 1
        at, behind = 0, _APART
        for stretch in text.replace("\n", " \n ").split(" "):  # a line end has no length then
            size, words, last = stretches.get(stretch) or self._read(stretch)
            for start, end, before, value, entries, goes_on in words:
                if begun:
                    gap = before if before > behind else behind
                    if gap and (gap == _APART or _are_apart(text, at + start)):
                        begun = []
                    else:
                        still = []
                        for first, rolling in begun:
                            rolling = (rolling * _PRIME + value) & _BITS
                            if says := table[rolling & low_bits]:
                                if says & _ENDS and (named := self._named(rolling)):
                                    hits.append(Hit(first, at + end, named))
                                if says & _GOES_ON:
                                    still.append((first, rolling))
                        begun = still
                if entries:
                    hits.append(Hit(at + start, at + end, entries))
                if goes_on:
                    begun.append((at + start, value))
                behind = _JOINED
            if last > behind:
                behind = last
            at += size
        hits.sort()
        return hits

    def _read(self, stretch: str) -> _Stretch:
        """What stands between two spaces; kept where it is short, for other texts hold the same."""
        words: list[_Word] = []
        last = behind = ""
        for m in _PIECE.finditer(stretch):
            word = m.group(1)
            if last and behind == "'" and word in ("s", "S"):  # a possessive is no word
                behind = m.group(2)
                continue
            before = _between(last, behind) if last else _beside(stretch[: m.start()], _LEADS)
            value = _word_hash(self.folding.word(word))
            says = self._table[value & (len(self._table) - 1)]
            entries = self._named(value) if says & _ENDS else ()
            words.append(_Word(m.start(), m.end(1), before, value, entries, says & _GOES_ON > 0))
            last, behind = m.groups()
        gap = _beside(behind, _TRAILS) if words else _UNSURE
        if behind == "." and not (len(last) == 1 and last.isalpha()):
            gap = _APART
        if len(self._stretches) > _MOST_STRETCHES:
            self._stretches.clear()
        known = len(stretch) + 1 if stretch != "\n" else 0, tuple(words), gap
        if len(stretch) <= _SHORT:
            self._stretches[stretch] = known
        return known

    def _named(self, value: int) -> tuple[Entry, ...]:
        """The entries of the phrase that has a hash; empty when there is none."""
        entries = self._entries.get(value)
        if entries is None:
            row = bisect_left(self._hashes, value)
            if row == len(self._hashes) or self._hashes[row] != value:
                return ()
            entries = tuple(_parse(self._line(i)) for i in range(self._rows[row], self._rows[row + 1]))
            self._entries[value] = entries
        return entries

    def _line(self, index: int) -> bytes:
        return bytes(self._blob[self._offsets[index] : self._offsets[index + 1]])

    def look_up(self, term: str) -> tuple[Entry, ...]:
        """Every entry whose term folds as `term` does."""
        entries = self._looked_up.get(term)
        if entries is None:
            if len(self._looked_up) > _MOST_TEXTS:
                self._looked_up.clear()
            entries = self._looked_up[term] = self._look_up(term)
        return entries

    def _look_up(self, term: str) -> tuple[Entry, ...]:
        words = [_word_hash(w) for w in self.folding.phrase(term).split()]
        return self._named(_hashes_of(words)[-1]) if words else ()


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
        label=label,
        term=term,
        concept=concept,
        code=code,
        vocabulary=vocabulary,
        guards=frozenset(g for g in guards.split(";") if g),
        place=place,
        rank=int(rank),
        extra=json.loads(extra) if extra else {},
    )


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
    cache = cache_folder() / stamp
    loaded = _open_compiled(cache, folding, files)
    if loaded is not None:
        return loaded
    compiled = _compile(files, guards, folding)
    _store_compiled(cache, compiled)
    return _open_compiled(cache, folding, files) or Vocabulary(folding, compiled, files)


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns


def cache_folder() -> Path:
    """Where what is made once is kept: CASENLP_CACHE, else the user's own folder of caches."""
    root = os.environ.get("CASENLP_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "casenlp"


_COMMON = ("term", "concept", "code", "vocabulary", "source", "note")


_ORDERED = ("DIAGNOSIS", "FINDING")
_Fields = tuple[str, str, str, str, str, str, str, str, dict[str, str]]


def _lines_of(entries: list[_Fields]) -> list[bytes]:
    """The entries of one phrase as lines of the blob, in order of rank; a user's own takes from ours what it lacks."""
    if len(entries) > 1:
        entries = sorted(entries, key=lambda e: (int(e[7]), "\t".join(e[:8])))
        own = [e for e in entries if int(e[7]) < 0]
        for entry in own:
            for other in entries[len(own) :]:
                if other[0] == entry[0]:
                    entry[8].update({k: v for k, v in other[8].items() if k not in entry[8]})
    # the first row of those that say the same; "pH" and "PH" do not where the case counts
    once = {(e[0], e[1] if "exact-case" in e[5] else "", *e[2:6], e[7]): e for e in reversed(entries)}
    return [
        "\t".join([*e[:8], json.dumps(e[8], ensure_ascii=False) if e[8] else ""]).encode()
        for e in reversed(once.values())
    ]


def _compile(files: Sequence[LexiconFile], guard_files: Sequence[Path], folding: Folding) -> Compiled:
    guarded = read_guards(guard_files, folding.phrase)
    phrases: dict[int, list[_Fields]] = {}
    begun: set[int] = set()  # hashes with which a longer phrase begins
    turned: list[tuple[list[int], _Fields]] = []  # other orders of words, other hyphens: a row that is written so wins
    word_hashes: dict[str, int] = {}
    attributes = {path: attributes_of(path) for path in {f.concepts for f in files} if path}
    for lexicon in files:
        name = lexicon.path.name
        of_concept = attributes[lexicon.concepts] if lexicon.concepts else {}
        for number, row in lexicon.rows():
            notes = set(re.split(r"[;,\s]+", row.get("note", "")))
            guards = {g for g in notes if g in GUARDS}
            sure = lexicon.own and SURE in notes
            for key in spellings_of(row["term"], folding):
                words = key.split(" ")
                if not words[0] or len(words) > MAX_WORDS:
                    continue
                added, spelled = guarded.get((key, lexicon.label), (set(), "")) if not sure else (set(), "")
                values = [word_hashes.get(w) or word_hashes.setdefault(w, _word_hash(w)) for w in words]
                extra = {k: v for k, v in row.items() if k not in _COMMON and v} | of_concept.get(row["concept"], {})
                fields = (
                    lexicon.label,
                    spelled if "exact-case" in added else row["term"],
                    row["concept"],
                    row.get("code", ""),
                    row.get("vocabulary", ""),
                    ";".join(sorted(guards | added)),
                    f"{name}:{number}",
                    str(lexicon.rank),
                    extra,
                )
                *shorter, value = _hashes_of(values)
                phrases.setdefault(value, []).append(fields)
                begun.update(shorter)
                if lexicon.label in _ORDERED:
                    turned += [([_word_hash(w) for w in t.split(" ")], fields) for t in reordered(row["term"], folding)]
                if lexicon.label in folding.numbered:
                    for way in hyphenated(row["term"], folding):
                        joined = folding.phrase(way)
                        limits = guards | added | guarded.get((joined, lexicon.label), (set(), ""))[0]
                        hyphened = (fields[0], way, *fields[2:5], ";".join(sorted(limits)), *fields[6:])
                        turned.append(([_word_hash(w) for w in joined.split(" ")], hyphened))
    written = {value: {e[0] for e in entries} for value, entries in phrases.items()}
    for values, fields in turned:
        *shorter, value = _hashes_of(values)
        labels = written.get(value, set())
        if not labels or (" " in fields[1] and folding.hyphen.search(fields[1]) and fields[0] not in labels):
            phrases.setdefault(value, []).append(fields)
            if len(values) <= MAX_WORDS:
                begun.update(shorter)
    hashes = array("Q", sorted(phrases))
    rows, offsets, blob = array("I", [0]), array("Q", [0]), bytearray()
    for value in hashes:
        for line in _lines_of(phrases[value]):
            blob += line
            offsets.append(len(blob))
        rows.append(len(offsets) - 1)
    table = bytearray(1 << (4 * (len(phrases) + len(begun))).bit_length())
    for says, values_said in ((_ENDS, phrases), (_GOES_ON, begun)):
        for value in values_said:
            table[value & (len(table) - 1)] |= says
    return Compiled(hashes, rows, offsets, bytes(table), bytes(blob))


def _open_compiled(cache: Path, folding: Folding, files: tuple[LexiconFile, ...]) -> Vocabulary | None:
    try:
        hashes = memoryview(_mapped(cache / "hashes")).cast("Q")
        rows = memoryview(_mapped(cache / "rows")).cast("I")
        offsets = memoryview(_mapped(cache / "offsets")).cast("Q")
        table, blob = _mapped(cache / "table"), _mapped(cache / "blob")
    except (OSError, ValueError, TypeError):  # not there, empty, cut
        return None
    if (len(rows), rows[-1], offsets[-1]) != (len(hashes) + 1, len(offsets) - 1, len(blob)):
        return None
    return Vocabulary(folding, Compiled(hashes, rows, offsets, table, blob), files)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _store_compiled(cache: Path, compiled: Compiled) -> None:
    """Write the compiled form beside its final name and move it there; a folder that cannot be written is left."""
    with contextlib.suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as temporary:
            draft = Path(temporary) / "compiled"
            draft.mkdir()
            for name, part in compiled._asdict().items():
                (draft / name).write_bytes(part)
            draft.replace(cache)
