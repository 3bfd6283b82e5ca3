"""The lexicons of rules/lexicons as arrays: compiled once, kept in a folder, and memory-mapped from then on.

A phrase is known by the hash of its folded words, which rolls on from word to word.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import mmap
import re
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from casenlp.lexicons import GUARDS, SURE, LexiconFile, attributes_of, read_guards
from casenlp.spellings import Folding, hyphenated, reordered, spellings_of

FORMAT = 12  # raise when the compiled form or the folding changes
MAX_WORDS = 10
PRIME = 0x9E3779B97F4A7C15
BITS = 0xFFFFFFFFFFFFFFFF  # hashes have 64 bits
ENDS, GOES_ON = 1, 16  # what the table says of a phrase; the first two bits of its hash shift both
_COMMON = ("term", "concept", "code", "vocabulary", "source", "note")
_ORDERED = ("DIAGNOSIS", "FINDING")
_Fields = tuple[str, str, str, str, str, str, str, str, dict[str, str]]


class Compiled(NamedTuple):
    """Lexicons as arrays: sorted phrase hashes; for each phrase the number of its first row; byte offsets of rows in
    the blob; and a table, a power of two long, that says whether phrases end or go on with a word.

    A place in the table is the upper half of the hash of the words before, combined with the lower half of the word's.
    """

    hashes: Sequence[int]
    rows: Sequence[int]
    offsets: Sequence[int]
    table: bytes | mmap.mmap
    blob: bytes | mmap.mmap

    def lines(self, value: int) -> list[bytes]:
        """The rows of the phrase that has a hash, as they stand in the blob; empty when there is none."""
        row = bisect_left(self.hashes, value)
        if row == len(self.hashes) or self.hashes[row] != value:
            return []
        ends = self.offsets[self.rows[row] : self.rows[row + 1] + 1]
        return [bytes(self.blob[begin:end]) for begin, end in itertools.pairwise(ends)]


def compiled(
    folder: Path, files: Sequence[LexiconFile], guards: Sequence[Path], folding: Folding, ours: Compiled | None = None
) -> Compiled:
    """Lexicons as they are kept in a folder, made and kept there if they are not yet.

    A user's own lexicons are compiled beside `ours`: each of their phrases with all its rows, so that ours need not be
    asked for it, nor compiled again.
    """
    stored = _opened(folder)
    if stored is None:
        fresh = _compile(files, guards, folding, ours)
        _store(folder, fresh)
        stored = _opened(folder) or fresh
    return stored


def joined_table(one: Compiled, other: Compiled) -> bytes:
    """The table of two: what either says. A place in a shorter table is the end of that in a longer one."""
    size = max(len(one.table), len(other.table))
    first, second = (int.from_bytes(bytes(part.table) * (size // len(part.table)), "little") for part in (one, other))
    return (first | second).to_bytes(size, "little")


def word_hash(word: str) -> int:
    """A number of 64 bits for a folded word."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


def phrase_hash(words: Iterable[int]) -> int:
    """The hash of a phrase whose words have these."""
    total = 0
    for word in words:
        total = (total * PRIME + word) & BITS
    return total


def _steps_of(words: Iterable[int]) -> list[int]:
    """For the first word, the first two and so on: their place in the largest table, and two bits of their hash."""
    steps, total = [], 0
    for word in words:
        place = (total >> 32) ^ (word & 0xFFFFFFFF)
        total = (total * PRIME + word) & BITS
        steps.append(place << 2 | total >> 62)
    return steps


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


def _compile(
    files: Sequence[LexiconFile], guard_files: Sequence[Path], folding: Folding, ours: Compiled | None
) -> Compiled:
    guarded = read_guards(guard_files, folding.phrase)
    phrases: dict[int, list[_Fields]] = {}
    ended: set[int] = set()  # steps at which a phrase ends
    begun: set[int] = set()  # and at which a longer one goes on
    # other orders of words (True), other hyphens: a row that is written so wins
    turned: list[tuple[list[int], _Fields, bool]] = []
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
                values = [word_hashes.get(w) or word_hashes.setdefault(w, word_hash(w)) for w in words]
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
                phrases.setdefault(phrase_hash(values), []).append(fields)
                *shorter, step = _steps_of(values)
                ended.add(step)
                begun.update(shorter)
                if lexicon.label in _ORDERED:
                    orders = reordered(row["term"], folding)
                    turned += [([word_hash(w) for w in way.split(" ")], fields, True) for way in orders]
                if lexicon.label in folding.numbered:
                    for way in hyphenated(row["term"], folding):
                        joined = folding.phrase(way)
                        limits = guards | added | guarded.get((joined, lexicon.label), (set(), ""))[0]
                        hyphened = (fields[0], way, *fields[2:5], ";".join(sorted(limits)), *fields[6:])
                        turned.append(([word_hash(w) for w in joined.split(" ")], hyphened, False))
    written = {value: {e[0] for e in entries} for value, entries in phrases.items()}
    others = _WrittenRows(ours, folding)
    for values, fields, reordered_words in turned:
        value = phrase_hash(values)
        labels = written.get(value, set())
        apart = " " in fields[1] and folding.hyphen.search(fields[1]) and fields[0] not in labels
        if apart or not (labels or (reordered_words and others.at(value))):
            phrases.setdefault(value, []).append(fields)
            if len(values) <= MAX_WORDS:
                *shorter, step = _steps_of(values)
                ended.add(step)
                begun.update(shorter)
    hashes = array("Q", sorted(phrases))
    rows, offsets, blob = array("I", [0]), array("Q", [0]), bytearray()
    for value in hashes:
        rest = others.at(value) if value in written else others.all_at(value)
        for line in _lines_of(phrases[value] + rest):
            blob += line
            offsets.append(len(blob))
        rows.append(len(offsets) - 1)
    table = bytearray(1 << (4 * (len(ended) + len(begun))).bit_length())
    for says, steps in ((ENDS, ended), (GOES_ON, begun)):
        for step in steps:
            table[step >> 2 & (len(table) - 1)] |= says << (step & 3)
    return Compiled(hashes, rows, offsets, bytes(table), bytes(blob))


class _WrittenRows:
    """The rows of a phrase in lexicons that were compiled before; none where there are none."""

    def __init__(self, compiled: Compiled | None, folding: Folding) -> None:
        self._compiled = compiled
        self._folding = folding

    def all_at(self, value: int) -> list[_Fields]:
        """All of them."""
        return [_fields_of(line) for line in self._compiled.lines(value)] if self._compiled is not None else []

    def at(self, value: int) -> list[_Fields]:
        """Those whose term is written so, in the order of its words."""
        return [fields for fields in self.all_at(value) if value in self._values(fields[1])]

    def _values(self, term: str) -> set[int]:
        return {phrase_hash(map(word_hash, key.split(" "))) for key in spellings_of(term, self._folding)}


def _fields_of(line: bytes) -> _Fields:
    label, term, concept, code, vocabulary, guards, place, rank, extra = line.decode().split("\t")
    return label, term, concept, code, vocabulary, guards, place, rank, json.loads(extra) if extra else {}


def _opened(folder: Path) -> Compiled | None:
    try:
        hashes = memoryview(_mapped(folder / "hashes")).cast("Q")
        rows = memoryview(_mapped(folder / "rows")).cast("I")
        offsets = memoryview(_mapped(folder / "offsets")).cast("Q")
        table, blob = _mapped(folder / "table"), _mapped(folder / "blob")
    except (OSError, ValueError, TypeError):  # not there, empty, cut
        return None
    whole = (len(rows), rows[-1], offsets[-1]) == (len(hashes) + 1, len(offsets) - 1, len(blob))
    if not whole or len(table) <= 4 * len(hashes) or len(table) & (len(table) - 1):
        return None
    return Compiled(hashes, rows, offsets, table, blob)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _store(folder: Path, compiled: Compiled) -> None:
    """Write the compiled form beside its final name and move it there, in place of a broken one.

    A folder that cannot be written is left.
    """
    with contextlib.suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            draft = Path(temporary) / "compiled"
            draft.mkdir()
            for name, part in compiled._asdict().items():
                (draft / name).write_bytes(part)
            if folder.exists():
                folder.replace(Path(temporary) / "broken")
            draft.replace(folder)
