"""The tests that rules carry in themselves: `casenlp rules test`.

Every rule's examples must match as marked, its counterexamples must not, and a known gap must still be one: when
it closes, the sentence belongs among the examples. Every problem names the file and line to look at.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from casenlp.documents import SourceDocument
from casenlp.errors import RuleError
from casenlp.extractor import Extractor
from casenlp.lexicons import GUARDS, read_manifest, read_rows
from casenlp.linking.reading import Reading
from casenlp.patterns import Example, Rule
from casenlp.pipeline.analytes import OF_A_TEST
from casenlp.pipeline.annotations import ITEM_OF_KIND, Item
from casenlp.records import CATEGORIES, FLAGS
from casenlp.rules import Cue, RuleSet, default_folder, load_rules

_FLAG_WORDS = (
    "affirmed",
    "negated",
    "uncertain",
    "ended",
    "lasting",
    "historical",
    "hypothetical",
    "family",
    "literature",
    "patient",
)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in rules/: where, which rule, and what to do."""

    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.message}" if self.rule else f"{self.place}: {self.message}"


def check_rules(folder: Path | None = None) -> list[Problem]:
    """Every problem of a rules folder (None: the rules that travel with casenlp); empty when all is well."""
    folder = folder or default_folder()
    problems = [*_check_lexicons(folder), *_check_attributes(folder)]
    try:
        rules = load_rules(folder)
        for compiled in rules.compiled:
            _ = compiled.regex
        extractor = Extractor(rules)
    except RuleError as error:
        problems.append(Problem(error.place, "", f"{error.found}; expected {error.expected}"))
        return list(dict.fromkeys(Problem(_relative(p.place, folder), p.rule, p.message) for p in problems))
    for rule in rules.rules:
        problems += _check_rule(extractor, rule)
    for cue in rules.cues:
        problems += _check_cue(extractor, cue)
    return list(dict.fromkeys(Problem(_relative(p.place, folder), p.rule, p.message) for p in problems))


def count_examples(rules: RuleSet) -> int:
    """How many sentences `check_rules` reads."""
    carriers: list[Rule | Cue] = [*rules.rules, *rules.cues]
    gaps = sum(len(rule.known_gaps) for rule in rules.rules)
    return gaps + sum(len(c.examples) + len(c.counterexamples) for c in carriers)


def _relative(place: str, folder: Path) -> str:
    return place.removeprefix(f"{folder}/") if place.startswith(f"{folder}/") else place


def _check_lexicons(folder: Path) -> Iterator[Problem]:
    try:
        files, guards = read_manifest(folder / "lexicons")
    except RuleError as error:
        yield Problem(error.place, "", f"{error.found}; expected {error.expected}")
        return
    for lexicon in files:
        first: dict[str, tuple[int, str]] = {}
        try:
            for number, row in read_rows(lexicon.path, ("term", "concept", "source")):
                place = f"{lexicon.path}:{number}"
                if not row["source"]:
                    yield Problem(
                        place, row["term"], "no source; say where the term is from (own, a package, a guideline)"
                    )
                known = first.setdefault(row["term"], (number, row["concept"]))
                if known[1] != row["concept"]:
                    yield Problem(
                        place, row["term"], f"means {row['concept']!r} here and {known[1]!r} in line {known[0]}"
                    )
        except RuleError as error:
            yield Problem(error.place, "", f"{error.found}; expected {error.expected}")
    for path in guards:
        try:
            for number, row in read_rows(path, ("term", "label", "guard", "why")):
                unknown = {g.strip() for g in row["guard"].split(";")} - set(GUARDS)
                if unknown:
                    yield Problem(
                        f"{path}:{number}", row["term"], f"guard {row['guard']!r}; use one of {', '.join(GUARDS)}"
                    )
        except RuleError as error:
            yield Problem(error.place, "", f"{error.found}; expected {error.expected}")


def _check_attributes(folder: Path) -> Iterator[Problem]:
    """Columns with closed or formed values: category, LOINC, limits, UCUM kinds, words of `note`."""
    lexicons = folder / "lexicons"
    for name, checks in _COLUMNS.items():
        path = lexicons / name
        try:
            for number, row in read_rows(path, checks):
                for column, (is_good, expected) in checks.items():
                    if not is_good(row[column]):
                        yield Problem(f"{path}:{number}", row[next(iter(row))], f"{column} {row[column]!r}; {expected}")
        except (RuleError, OSError) as error:
            place = error.place if isinstance(error, RuleError) else str(path)
            yield Problem(place, "", str(error))
    try:
        files, _ = read_manifest(lexicons)
    except RuleError:
        return
    for lexicon in files:
        with contextlib.suppress(RuleError):  # reported by _check_lexicons
            for number, row in read_rows(lexicon.path, ("term",)):
                yield from _check_words(f"{lexicon.path}:{number}", lexicon.label, row)


def _check_words(place: str, label: str, row: dict[str, str]) -> Iterator[Problem]:
    if "concept" in row and not row["concept"] and label not in ("ROUTE", "FREQUENCY", "MODIFIER"):
        yield Problem(place, row["term"], "no concept; write the canonical name")
    for word in re.split(r"[;,\s]+", row.get("note", "")):
        meant = next((g for g in GUARDS if word and word != g and _bare(word) == _bare(g)), None)
        if meant:
            yield Problem(place, row["term"], f"note {word!r}; write {meant}")


def _bare(word: str) -> str:
    return word.replace("-", "").replace("_", "").casefold()


def _is_number(text: str) -> bool:
    return not text or re.fullmatch(r"-?\d+(?:\.\d+)?", text) is not None


def _is_loinc(text: str) -> bool:
    """Empty, or a LOINC code whose last digit is its mod-10 check digit (Luhn)."""
    m = re.fullmatch(r"(\d{1,7})-(\d)", text)
    if m is None:
        return not text
    digits = [int(d) for d in reversed(m.group(1))]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    return (10 - total % 10) % 10 == int(m.group(2))


_LOINC = (_is_loinc, "write a LOINC code with its check digit, or nothing")
_NUMBER = (_is_number, "write a number, or nothing")
_COLUMNS: dict[str, dict[str, tuple[Callable[[str], bool], str]]] = {
    "lab_test_concepts.tsv": {
        "category": (lambda text: text in CATEGORIES, f"write one of {', '.join(CATEGORIES)}"),
        "loinc": _LOINC,
        **dict.fromkeys(("reference_low", "reference_high", "plausible_low", "plausible_high"), _NUMBER),
    },
    "lab_findings.tsv": {"flag": (lambda text: text in FLAGS, f"write one of {', '.join(FLAGS)}")},
    "results.tsv": {"flag": (lambda text: not text or text in FLAGS, f"write one of {', '.join(FLAGS)}")},
    "units.tsv": {
        "kind": (lambda text: text in ITEM_OF_KIND, f"write one of {', '.join(ITEM_OF_KIND)}"),
        "ucum": (lambda text: bool(text), "write the UCUM code"),
        "source": (lambda text: bool(text), "say where the unit is from"),
    },
    "frequencies.tsv": {"per_day": _NUMBER},
}


def _check_rule(extractor: Extractor, rule: Rule) -> Iterator[Problem]:
    for example in rule.examples:
        if not example.marks:
            yield Problem(
                _line(rule, example), rule.id, f"example without a mark: {_short(example)}; write [words](name)"
            )
            continue
        wrong = _mismatch(extractor, rule, example)
        if wrong:
            yield Problem(_line(rule, example), rule.id, f"example fails: {_short(example)}: {wrong}")
    for example in rule.counterexamples:
        found = _matches(extractor, rule, example)
        if found:
            yield Problem(_line(rule, example), rule.id, f"counterexample matches {found}: {_short(example)}")
    for example in rule.known_gaps:
        if example.marks and not _mismatch(extractor, rule, example):
            yield Problem(
                _line(rule, example), rule.id, f"known gap is closed, move it to the examples: {_short(example)}"
            )


def _read(extractor: Extractor, example: Example) -> Reading:
    reading, _ = extractor.read(SourceDocument("example", example.text))
    return reading


def _spans(reading: Reading, rule: Rule) -> list[tuple[int, int, str]]:
    """(start, end, name) of everything a rule found in an example."""
    if rule.label:
        made = [reading.span(i) for i in reading.known.items if i.rule == rule.id]
        if "results" in rule.values:  # what it finds is put together for linking alone
            made += [(c.start, c.end) for c in reading.known.choices if (c.rule, c.reason) == (rule.id, OF_A_TEST)]
        return [(*span, rule.label) for span in made]
    found = []
    for relation in reading.known.relations:
        if relation.rule.id == rule.id:
            for name in rule.fields:
                item = relation.item(name)
                if item is not None:
                    found.append((*reading.span(item), name))
    return found


def _mismatch(extractor: Extractor, rule: Rule, example: Example) -> str:
    """What differs between an example's marks and what the rule finds; empty when nothing does."""
    reading = _read(extractor, example)
    found = _spans(reading, rule)
    expected = set(example.marks)
    names = {name for _, _, name in example.marks}
    allowed = {rule.label} if rule.label else set(rule.fields)
    unknown = names - {a for a in allowed if a}
    if unknown:
        return f"marks name {', '.join(sorted(unknown))}; this rule has {', '.join(sorted(a for a in allowed if a))}"
    missing = expected - set(found)
    surplus = {f for f in found if rule.label and f not in expected}
    if missing:
        words = ", ".join(repr(example.text[a:b]) for a, b, _ in sorted(missing))
        got = ", ".join(f"{example.text[a:b]!r} as {n}" for a, b, n in found) or "nothing"
        others = [i for i in reading.known.items if any(_overlap(reading.span(i), mark) for mark in missing)]
        if others:
            got += "; there stand " + ", ".join(f"{reading.surface(i)!r} as {i.kind} by {i.rule}" for i in others)
        return f"does not find {words}; finds {got}"
    if surplus:
        return "also finds " + ", ".join(repr(example.text[a:b]) for a, b, _ in sorted(surplus))
    return ""


def _overlap(span: tuple[int, int], mark: tuple[int, int, str]) -> bool:
    return span[0] < mark[1] and mark[0] < span[1]


def _matches(extractor: Extractor, rule: Rule, example: Example) -> str:
    found = _spans(_read(extractor, example), rule)
    return ", ".join(repr(example.text[a:b]) for a, b, _ in found)


def _check_cue(extractor: Extractor, cue: Cue) -> Iterator[Problem]:
    for example in (*cue.examples, *cue.counterexamples):
        reading = _read(extractor, example)
        place = f"{cue.place.rpartition(':')[0]}:{_line_of(cue.place, example)}"
        if not example.marks:
            yield Problem(place, cue.id, f"example without a mark: {_short(example)}; write [words](negated)")
        for start, end, name in example.marks:
            if name not in _FLAG_WORDS:
                yield Problem(place, cue.id, f"mark {name!r}; use one of {', '.join(_FLAG_WORDS)}")
                continue
            item = next((i for i in reading.known.items if reading.span(i) == (start, end) and i.label), None)
            words = example.text[start:end]
            if item is None:
                yield Problem(
                    place, cue.id, f"{words!r} is no mention: use words that a lexicon has, in {_short(example)}"
                )
            elif not _is(item, name):
                yield Problem(place, cue.id, f"{words!r} is {_state(item)}, not {name}, in {_short(example)}")


def _is(item: Item, name: str) -> bool:
    if name == "affirmed":
        return not item.negated and not item.uncertain
    if name == "lasting":
        return not item.ended
    if name in ("negated", "uncertain", "ended"):
        return bool(getattr(item, name))
    if name in ("historical", "hypothetical"):
        return item.temporality == name
    return item.subject == name


def _state(item: Item) -> str:
    said = [w for w in ("negated", "uncertain", "ended") if getattr(item, w)]
    return ", ".join([*(said or ["affirmed"]), item.temporality, item.subject])


def _line(rule: Rule, example: Example) -> str:
    return f"{rule.place.rpartition(':')[0]}:{_line_of(rule.place, example)}"


def _line_of(place: str, example: Example) -> int:
    """The line of a file that holds an example; the rule's own when it is not found as written."""
    path, _, number = place.rpartition(":")
    needle = example.source[:40]
    for line, text in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if line >= int(number) and needle in text:
            return line
    return int(number)


def _short(example: Example) -> str:
    return repr(example.text if len(example.text) <= _SHOWN else example.text[: _SHOWN - 1] + "…")
