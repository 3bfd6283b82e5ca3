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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from casenlp.lexicons import GUARDS, SURE, LexiconFile, OwnLexicon, attributes_of, read_guards, read_manifest
from casenlp.spellings import WORD, Folding, load_folding, spellings_of

FORMAT = 7  # raise when the compiled form or the folding changes
MAX_WORDS = 10
_PRIME = np.uint64(0x9E3779B97F4A7C15)
#: What may stand between two words of one term besides spaces; all of them count as equal.
_JOINTS = frozenset(
    ["% ", "-", "/", "'", " ", "", "'s ", ". ", ".", "- ", " -", " - ", "-/", "/ ", " /", " / ", "+", " + ", "' ", ", "]
)
_ALWAYS_APART = frozenset([", ", ". ", "."])


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


@dataclass(frozen=True, slots=True)
class Hit:
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


class Vocabulary:
    """The compiled lexicons; `find` gives every phrase of a text that a lexicon holds, nested ones too."""

    def __init__(self, folding: Folding, compiled: Compiled, files: tuple[LexiconFile, ...] = ()) -> None:
        self.folding = folding
        self.files = files
        self._hashes = compiled.hashes
        self._firsts = compiled.firsts
        self._lengths = compiled.lengths
        self._rows = compiled.rows
        self._offsets = compiled.offsets
        self._blob = compiled.blob
        self._word_hashes: dict[str, int] = {}
        self._entries: dict[int, tuple[Entry, ...]] = {}

    def __len__(self) -> int:
        return int(self._offsets.size - 1) if self._offsets.size else 0

    def _hash(self, word: str) -> int:
        value = self._word_hashes.get(word)
        if value is None:
            if len(self._word_hashes) > 500_000:
                self._word_hashes.clear()
            value = self._word_hashes[word] = _word_hash(self.folding.word(word))
        return value

    def find(self, text: str) -> list[Hit]:
        """Every lexicon phrase of a text, by start and then length; matches may overlap and nest."""
        spans: list[tuple[int, int]] = []
        values: list[int] = []
        end = 0
        joints = _JOINTS
        known = self._word_hashes
        for m in WORD.finditer(text):
            start = m.start()
            between = text[end:start]
            if end and between not in joints and not between.isspace():
                spans.append((end, end))
                values.append(0)
            word = m.group()
            end = m.end()
            if word in ("s", "S") and between == "'":
                continue
            if end and between in _ALWAYS_APART and not _may_join(text, spans, between, start):
                spans.append((start, start))
                values.append(0)
            value = known.get(word)
            values.append(self._hash(word) if value is None else value)
            spans.append((start, end))
        if not spans or not self._hashes.size:
            return []
        return self._match(text, spans, np.array(values, dtype=np.uint64))

    def _match(self, text: str, spans: list[tuple[int, int]], words: NDArray[np.uint64]) -> list[Hit]:
        at = np.searchsorted(self._firsts, words)
        at[at == self._firsts.size] = 0
        longest = np.where(self._firsts[at] == words, self._lengths[at], 0)
        starts = np.nonzero(longest)[0]
        hits: list[tuple[int, int, int]] = []
        rolling = words[starts]
        for length in range(1, MAX_WORDS + 1):
            if length > 1:
                keep = (longest[starts] >= length) & (starts + length <= words.size)
                starts, rolling = starts[keep], rolling[keep]
                if not starts.size:
                    break
                following = words[starts + length - 1]
                with np.errstate(over="ignore"):
                    rolling = rolling * _PRIME + following
                alive = following != 0
                starts, rolling = starts[alive], rolling[alive]
            if not starts.size:
                break
            where = np.searchsorted(self._hashes, rolling)
            where[where == self._hashes.size] = 0
            found = np.nonzero(self._hashes[where] == rolling)[0]
            hits += [(int(starts[i]), length, int(where[i])) for i in found]
        out = []
        for first, length, row in hits:
            entries = self.entries_at(row)
            out.append(Hit(spans[first][0], spans[first + length - 1][1], entries))
        out.sort(key=lambda h: (h.start, h.end))
        return out

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
        words = [_word_hash(w) for w in self.folding.phrase(term).split()]
        if not words or not self._hashes.size:
            return ()
        value = np.uint64(_phrase_hash(words))
        row = int(np.searchsorted(self._hashes, value))
        return self.entries_at(row) if row < self._hashes.size and self._hashes[row] == value else ()


def _may_join(text: str, spans: list[tuple[int, int]], between: str, start: int) -> bool:
    """Whether a stop or comma joins words of one term: "E. coli", "1,25-dihydroxy"."""
    if not spans or spans[-1][1] == spans[-1][0]:
        return True
    low, high = spans[-1]
    if between == ", ":
        return False
    return high - low == 1 and text[low].isalpha() and (between == "." or text[start].islower())


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
    cache = _cache_folder() / stamp
    loaded = _open_compiled(cache, folding, files)
    if loaded is not None:
        return loaded
    compiled = _compile(files, guards, folding)
    _store_compiled(cache, compiled)
    return _open_compiled(cache, folding, files) or Vocabulary(folding, compiled, files)


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns


def _cache_folder() -> Path:
    root = os.environ.get("CASENLP_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "casenlp"


_COMMON = ("term", "concept", "code", "vocabulary", "source", "note")


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
