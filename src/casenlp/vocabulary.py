"""The lexicons of rules/lexicons as one matcher: a phrase is found by the hash of its folded words.

All terms are compiled once into arrays (sorted phrase hashes, row numbers, a blob of rows) that are kept in the
user's cache folder and memory-mapped, so that loading does not depend on how many terms there are. Matching
extends a rolling hash over the words of a text, one array operation a phrase length.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from casenlp.lexicons import GUARDS, SURE, LexiconFile, OwnLexicon, attributes_of, read_guards, read_manifest
from casenlp.spellings import Folding, hyphenated, load_folding, reordered, spellings_of

FORMAT = 10  # raise when the compiled form or the folding changes
MAX_WORDS = 10
_PRIME = np.uint64(0x9E3779B97F4A7C15)
#: What may stand between two words of one term besides spaces; all of them count as equal.
_JOINTS = frozenset(
    ["% ", "-", "/", "'", " ", "", "'s ", ". ", ".", "- ", " -", " - ", "-/", "/ ", " /", " / ", "+", " + ", "' ", ", "]
)
_PIECE = re.compile(r"([^\W_]+)([\W_]*)")  # a word and what stands between it and the next
_JOINED, _APART, _APOSTROPHE, _STOP = range(4)  # what a gap does: a stop joins after a single letter only
_MOST_WORDS = 500_000  # words, and short texts, whose results are kept
_SHORT = 80  # characters of a text that may well be asked for again


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


def _phrase_hash(words: Sequence[int]) -> int:
    total = 0
    for word in words:
        total = (total * 0x9E3779B97F4A7C15 + word) & 0xFFFFFFFFFFFFFFFF
    return total


class Compiled(NamedTuple):
    """Lexicons as arrays: sorted phrase hashes; first-word hashes with the longest phrase that each begins;
    for each phrase the number of its first row; byte offsets of rows in the blob.
    """

    hashes: NDArray[np.uint64]
    firsts: NDArray[np.uint64]
    lengths: NDArray[np.uint8]
    rows: NDArray[np.uint32]
    offsets: NDArray[np.uint64]
    blob: bytes | mmap.mmap


class _Gaps(dict[str, int]):
    """What each gap between two words does; read once for each."""

    def __missing__(self, gap: str) -> int:
        if gap == "'":
            code = _APOSTROPHE
        elif gap in (".", ". "):
            code = _STOP
        else:
            code = _JOINED if gap != ", " and (gap in _JOINTS or gap.isspace()) else _APART
        if len(self) > _MOST_WORDS:
            self.clear()
        self[gap] = code
        return code


class _Words(dict[str, int]):
    """A number for each word met; the arrays tell of each number what the word is.

    `hashes` holds the hash of the folded word, `longest` how many words the longest phrase has that it begins.
    """

    def __init__(self, folding: Folding, compiled: Compiled) -> None:
        self._folding = folding
        self._firsts = compiled.firsts
        self._lengths = compiled.lengths
        self.hashes = np.zeros(1024, dtype=np.uint64)
        self.longest = np.zeros(1024, dtype=np.uint8)

    def __missing__(self, word: str) -> int:
        value = np.uint64(_word_hash(self._folding.word(word)))
        at = int(np.searchsorted(self._firsts, value))
        number = self[word] = len(self)
        if number == self.hashes.size:
            self.hashes = np.concatenate([self.hashes, np.zeros_like(self.hashes)])
            self.longest = np.concatenate([self.longest, np.zeros_like(self.longest)])
        self.hashes[number] = value
        self.longest[number] = self._lengths[at] if at < self._firsts.size and self._firsts[at] == value else 0
        return number

    def read(self, words: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
        """(hashes, longest) of the words of a text."""
        if len(self) > _MOST_WORDS:
            self.clear()
        numbers = np.fromiter(map(self.__getitem__, words), dtype=np.intp, count=len(words))
        return self.hashes[numbers], self.longest[numbers]


class Vocabulary:
    """The compiled lexicons; `find` gives every phrase of a text that a lexicon holds, nested ones too."""

    def __init__(self, folding: Folding, compiled: Compiled, files: tuple[LexiconFile, ...] = ()) -> None:
        self.folding = folding
        self.files = files
        self._hashes = compiled.hashes
        self._rows = compiled.rows
        self._offsets = compiled.offsets
        self._blob = compiled.blob
        self._words = _Words(folding, compiled)
        self._gaps = _Gaps()
        self._entries: dict[int, tuple[Entry, ...]] = {}
        self._found: dict[str, tuple[Hit, ...]] = {}
        self._looked_up: dict[str, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return int(self._offsets.size - 1) if self._offsets.size else 0

    def find(self, text: str) -> list[Hit]:
        """Every lexicon phrase of a text, by start and then length; matches may overlap and nest."""
        if len(text) > _SHORT:
            return self._find(text)
        found = self._found.get(text)
        if found is None:
            if len(self._found) > _MOST_WORDS:
                self._found.clear()
            found = self._found[text] = tuple(self._find(text))
        return list(found)

    def _find(self, text: str) -> list[Hit]:
        pieces = _PIECE.findall(text)
        if not pieces or not self._hashes.size:
            return []
        words, gaps = zip(*pieces, strict=True)
        hashes, longest = self._words.read(words)
        sizes = np.empty((len(words), 2), dtype=np.int64)
        sizes[:, 0] = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        sizes[:, 1] = np.fromiter(map(len, gaps), dtype=np.int64, count=len(words))
        bounds = np.cumsum(sizes)  # of each word its end, then the next one's start
        bounds += len(text) - bounds[-1]
        ends = bounds[::2]
        starts = ends - sizes[:, 0]
        does = np.fromiter(map(self._gaps.__getitem__, gaps), dtype=np.uint8, count=len(gaps))
        apart = np.empty(len(words), dtype=bool)  # from the word before
        apart[0] = True
        np.equal(does[:-1], _APART, out=apart[1:])
        odd = np.nonzero(does[:-1] > _APART)[0].tolist()
        if odd:
            dropped = [i + 1 for i in odd if does[i] == _APOSTROPHE and words[i + 1] in ("s", "S")]
            for i in odd:
                if does[i] == _STOP:
                    apart[i + 1] = not _may_join(words[i - (i in dropped)], gaps[i], words[i + 1])
            if dropped:
                kept = np.ones(len(words), dtype=bool)
                kept[dropped] = False
                hashes, longest, apart, starts, ends = (a[kept] for a in (hashes, longest, apart, starts, ends))
        hits: list[tuple[int, int, int]] = []
        for length, first, rows in self._phrases(hashes, longest, apart):
            hits += zip(starts[first].tolist(), ends[first + (length - 1)].tolist(), rows.tolist(), strict=True)
        hits.sort()
        entries_at = self.entries_at
        return [Hit(start, end, entries_at(row)) for start, end, row in hits]

    def _phrases(
        self, words: NDArray[np.uint64], longest: NDArray[np.uint8], apart: NDArray[np.bool_]
    ) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
        """(length in words, places of first words, numbers of phrases) of all phrases of one length, then the next."""
        first = np.nonzero(longest)[0]
        reach = longest[first]
        rolling = words[first]
        for length in range(1, MAX_WORDS + 1):
            if length > 1:
                keep = (reach >= length) & (first + length <= words.size)
                first, reach, rolling = first[keep], reach[keep], rolling[keep]
                last = first + (length - 1)
                keep = ~apart[last]
                first, reach, rolling = first[keep], reach[keep], rolling[keep] * _PRIME + words[last[keep]]
            if not first.size:
                break
            where = self._hashes.searchsorted(rolling)
            where[where == self._hashes.size] = 0
            same = self._hashes[where] == rolling
            yield length, first[same], where[same]

    def entries_at(self, row: int) -> tuple[Entry, ...]:
        """The entries of the phrase numbered `row`."""
        entries = self._entries.get(row)
        if entries is None:
            low, high = int(self._rows[row]), int(self._rows[row + 1])
            entries = tuple(_parse(self._line(i)) for i in range(low, high))
            self._entries[row] = entries
        return entries

    def _line(self, index: int) -> bytes:
        return bytes(self._blob[int(self._offsets[index]) : int(self._offsets[index + 1])])

    def look_up(self, term: str) -> tuple[Entry, ...]:
        """Every entry whose term folds as `term` does."""
        entries = self._looked_up.get(term)
        if entries is None:
            if len(self._looked_up) > _MOST_WORDS:
                self._looked_up.clear()
            entries = self._looked_up[term] = self._look_up(term)
        return entries

    def _look_up(self, term: str) -> tuple[Entry, ...]:
        words = [_word_hash(w) for w in self.folding.phrase(term).split()]
        if not words or not self._hashes.size:
            return ()
        value = np.uint64(_phrase_hash(words))
        row = int(np.searchsorted(self._hashes, value))
        return self.entries_at(row) if row < self._hashes.size and self._hashes[row] == value else ()


def _may_join(word: str, gap: str, following: str) -> bool:
    """Whether a stop after a word joins it with the next: "E. coli", "p.o."."""
    return len(word) == 1 and word.isalpha() and (gap == "." or following[0].islower())


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
    stamp = hashlib.sha256(repr([FORMAT, *map(_stamp, sources), of_files]).encode()).hexdigest()[:24]
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
    turned: list[tuple[list[int], _Fields]] = []  # other orders of words, other hyphens: a row that is written so wins
    lengths: dict[int, int] = {}
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
                phrases.setdefault(_phrase_hash(values), []).append(fields)
                lengths[values[0]] = max(lengths.get(values[0], 0), len(words))
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
        labels = written.get(value := _phrase_hash(values), set())
        if not labels or (" " in fields[1] and folding.hyphen.search(fields[1]) and fields[0] not in labels):
            phrases.setdefault(value, []).append(fields)
            lengths[values[0]] = max(lengths.get(values[0], 0), len(values))
    hashes = np.array(sorted(phrases), dtype=np.uint64)
    rows, offsets, blob = [0], [0], bytearray()
    for value in hashes.tolist():
        for line in _lines_of(phrases[value]):
            blob += line
            offsets.append(len(blob))
        rows.append(len(offsets) - 1)
    firsts = np.array(sorted(lengths), dtype=np.uint64)
    longest = np.array([lengths[w] for w in firsts.tolist()], dtype=np.uint8)
    row_numbers, row_offsets = np.array(rows, dtype=np.uint32), np.array(offsets, dtype=np.uint64)
    return Compiled(hashes, firsts, longest, row_numbers, row_offsets, bytes(blob))


_ARRAYS = ("hashes", "firsts", "lengths", "rows", "offsets")


def _open_compiled(cache: Path, folding: Folding, files: tuple[LexiconFile, ...]) -> Vocabulary | None:
    try:
        arrays = [np.load(cache / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in _ARRAYS]
        with (cache / "blob").open("rb") as blob:
            mapped: bytes | mmap.mmap = mmap.mmap(blob.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    hashes, firsts, lengths, rows, offsets = arrays
    if not offsets.size or int(offsets[-1]) != len(mapped):
        return None
    return Vocabulary(folding, Compiled(hashes, firsts, lengths, rows, offsets, mapped), files)


def _store_compiled(cache: Path, compiled: Compiled) -> None:
    """Write the compiled form beside its final name and move it there; a folder that cannot be written is left."""
    with contextlib.suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as temporary:
            draft = Path(temporary) / "compiled"
            draft.mkdir()
            for name in _ARRAYS:
                np.save(draft / f"{name}.npy", getattr(compiled, name))
            (draft / "blob").write_bytes(compiled.blob)
            draft.replace(cache)
