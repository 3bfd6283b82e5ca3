"""What the vocabulary knows of a term, of itself, and of a lexicon that a user wants to add.

Reads the lexicons as they stand in their files, so that every answer names file and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from casenlp.errors import RuleError
from casenlp.lexicon_arrays import MAX_WORDS
from casenlp.lexicons import GUARDS, SURE, LexiconFile, OwnLexicon, read_guards, read_manifest, read_rows
from casenlp.records import LABELS
from casenlp.rules import RuleSet
from casenlp.spellings import words_of
from casenlp.vocabulary import Entry

_ALIKE = 0.8  # how much of two words must agree (difflib's ratio)
_HELD = 8


@dataclass(frozen=True, slots=True)
class Guard:
    """Why a term is limited: the guard, the reason as its file states it, and where that stands (file:line)."""

    guard: str
    meaning: str
    why: str
    place: str


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing that a term may mean; `spellings` are the rows that fold to it, `synonyms` others of its concept."""

    label: str
    concept: str
    code: str
    vocabulary: str
    place: str
    source: str
    own: bool
    codes: dict[str, str] = field(default_factory=dict)
    guards: tuple[Guard, ...] = ()
    spellings: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """A term as asked for, as it is read, its senses in the order in which they stand.

    `refused` are labels that a guard denies to it though no lexicon gives them (any more); `near` are terms that are
    spelled alike where it has no sense, and `within`, where it has at most one entry, the shortest terms that hold it,
    each with its label.
    """

    term: str
    read_as: str
    senses: tuple[Sense, ...]
    refused: tuple[tuple[str, Guard], ...] = ()
    near: tuple[str, ...] = ()
    within: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Census:
    """A lexicon in figures."""

    file: str
    label: str
    rows: int
    concepts: int
    coded: int
    guarded: int
    sources: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a user's lexicon would bring: its rows, how many ours lacks, and those that are of no use or limited."""

    rows: int
    new: int
    known: int
    too_long: tuple[str, ...]
    guarded: tuple[tuple[str, str], ...]


def meaning_of(rules: RuleSet, term: str) -> Meaning:
    """Everything that a term, in any spelling that counts as equal, may mean."""
    vocabulary = rules.vocabulary
    key = vocabulary.folding.phrase(term)
    order = [str(kind).upper() for kind in rules.settings.get("resolver", {}).get("surer_first", [])]

    def standing(entry: Entry) -> tuple[bool, bool, bool, int, int]:
        kind = entry.label.removeprefix("LAB_")
        other_case = "exact-case" in entry.guards and entry.term != term
        place = order.index(kind) if kind in order else 99
        return "never" in entry.guards, other_case, entry.rank >= 0, place, entry.rank

    entries = sorted(vocabulary.look_up(term), key=standing)
    reasons = _reasons(rules, key)
    by_sense: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        by_sense.setdefault((entry.label, entry.concept), []).append(entry)
    rows = dict(_rows_of_concepts(vocabulary.files, set(by_sense), {e.place for e in entries}))
    labels = {label for label, _ in by_sense}
    terms = {} if len(entries) > 1 else _terms(vocabulary.files)
    return Meaning(
        term,
        key,
        tuple(_sense(sense, found, rows, reasons) for sense, found in by_sense.items()),
        tuple((label, guard) for (label, _), guard in reasons.items() if label not in labels),
        () if entries else _near(terms, key),
        _within(terms, term),
    )


def _sense(
    sense: tuple[str, str],
    found: list[Entry],
    rows: dict[str, tuple[tuple[str, str], str, str]],
    reasons: dict[tuple[str, str], Guard],
) -> Sense:
    label, concept = sense
    first = found[0]
    spellings = tuple(dict.fromkeys(e.term for e in found))
    names = dict.fromkeys(term for other, term, _ in rows.values() if other == sense and term not in spellings)
    guards = []
    for guard in sorted({g for e in found for g in e.guards}):
        stated = reasons.get((label, guard))
        guards.append(stated or Guard(guard, GUARDS[guard], "note of the row", first.place))
    codes = {k: v for k, v in first.extra.items() if k in ("mesh", "icd10cm", "hpo", "flag", "per_day")}
    source = rows[first.place][2] if first.place in rows else ""
    return Sense(
        label, concept, first.code, first.vocabulary, first.place, source, first.rank < 0, codes, tuple(guards),
        spellings, tuple(names),
    )  # fmt: skip


def _reasons(rules: RuleSet, key: str) -> dict[tuple[str, str], Guard]:
    """(label, guard) -> why, of the guard files' rows for a folded term."""
    _, paths = read_manifest(rules.folder / "lexicons")
    fold = rules.vocabulary.folding.phrase
    return {
        (row["label"], guard): Guard(guard, GUARDS.get(guard, ""), row.get("why", ""), f"{path.name}:{number}")
        for path in paths
        for number, row in read_rows(path, ("term", "label", "guard"))
        if fold(row["term"]) == key
        for guard in row["guard"].split(";")
    }


def _rows_of_concepts(
    files: tuple[LexiconFile, ...], senses: set[tuple[str, str]], places: set[str]
) -> Iterator[tuple[str, tuple[tuple[str, str], str, str]]]:
    """place -> ((label, concept), term, source) of every row of some concepts, and of some places."""
    labels = {label for label, _ in senses}
    for file in files:
        if file.label in labels:
            for number, row in file.rows():
                place = f"{file.path.name}:{number}"
                if (file.label, row["concept"]) in senses or place in places:
                    yield place, ((file.label, row["concept"]), row["term"], row.get("source", ""))


def _terms(files: tuple[LexiconFile, ...]) -> dict[str, str]:
    """Every term of the lexicons of mentions, with the label of the first that has it."""
    terms: dict[str, str] = {}
    for file in files:
        if file.label in LABELS:
            for _, row in file.rows():
                terms.setdefault(row["term"], file.label)
    return terms


def _near(terms: Iterable[str], key: str) -> tuple[str, ...]:
    """Terms that are spelled much like a folded term."""
    from difflib import get_close_matches

    like = [t for t in terms if abs(len(t) - len(key)) <= 2 and t[:1].lower() == key[:1]]
    return tuple(get_close_matches(key, like, n=5, cutoff=_ALIKE))


def _within(terms: Mapping[str, str], term: str) -> tuple[tuple[str, str], ...]:
    """The shortest terms that hold the words of a term and more, with their labels."""
    words = [word.lower() for word in words_of(term)]
    holding = [
        (longer, label)
        for longer, label in terms.items()
        if all(word in longer.lower() for word in words)
        and len(found := [w.lower() for w in words_of(longer)]) > len(words)
        and any(found[i : i + len(words)] == words for i in range(len(found)))
    ]
    return tuple(sorted(holding, key=lambda held: len(held[0]))[:_HELD]) if words else ()


def census(rules: RuleSet) -> list[Census]:
    """Every lexicon in figures, in the order in which they win."""
    vocabulary = rules.vocabulary
    _, paths = read_manifest(rules.folder / "lexicons")
    guarded = read_guards(paths, vocabulary.folding.phrase)
    out = []
    for file in vocabulary.files:
        concepts: set[str] = set()
        sources: Counter[str] = Counter()
        rows = coded = limited = 0
        for _, row in file.rows():
            rows += 1
            concepts.add(row["concept"])
            coded += bool(row.get("code"))
            sources[row.get("source", "")] += 1
            noted = set(row.get("note", "").replace(",", ";").split(";"))
            limited += bool(noted & set(GUARDS)) or (vocabulary.folding.phrase(row["term"]), file.label) in guarded
        out.append(
            Census(
                file.path.name, file.label, rows, len(concepts), coded, limited,
                tuple(sources.most_common()),
            )
        )  # fmt: skip
    return out


def try_lexicon(rules: RuleSet, lexicon: OwnLexicon) -> Trial:
    """Read a lexicon as it would be read beside ours; RuleError names the line that is wrong or a file without rows."""
    vocabulary = rules.vocabulary
    fold = vocabulary.folding.phrase
    _, paths = read_manifest(rules.folder / "lexicons")
    guarded = read_guards(paths, fold)
    file = LexiconFile(lexicon.path, lexicon.label, -1, None, lexicon.form)
    rows = new = 0
    too_long: list[str] = []
    limited: dict[str, str] = {}
    for _, row in file.rows():
        rows += 1
        key = fold(row["term"])
        if not 0 < len(key.split()) <= MAX_WORDS:
            too_long.append(row["term"])
            continue
        new += not any(e.label == lexicon.label for e in vocabulary.look_up(row["term"]))
        guards = guarded.get((key, lexicon.label))
        if guards and SURE not in row.get("note", "").replace(",", ";").split(";"):
            limited[row["term"]] = ", ".join(sorted(guards[0]))
    if not rows:
        raise RuleError(str(lexicon.path), "a header and no rows", "one term a row")
    return Trial(rows, new, rows - new - len(too_long), tuple(too_long), tuple(limited.items()))
