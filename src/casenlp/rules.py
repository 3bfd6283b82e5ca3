"""Models and loader of rules/: the rest of the code sees only a RuleSet.

A rule is a regular expression over a sentence in which every known item (a drug, a time, a test …) is one symbol,
written `{drug}`; `{name}` otherwise stands for a word list of macros.toml. The sentence is in lower case and has
single spaces. A rule with `label` makes a mention; a rule with `fields` links the items that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from casenlp.collecting import put_off
from casenlp.errors import RuleError
from casenlp.expressions import alternatives, factored
from casenlp.guards import Guarded, words_of
from casenlp.kept import Kept
from casenlp.lexicons import read_rows
from casenlp.needs import NeedReader
from casenlp.own_lexicons import own_lexicons
from casenlp.pattern_files import PatternFiles
from casenlp.patterns import CompiledRule, Example, Rule, compile_rule, expand, symbols_of
from casenlp.quantities import QuantityGrammar
from casenlp.records import LABELS
from casenlp.repair import Layout
from casenlp.sieve import Ending, Search, first_words
from casenlp.units import Unit
from casenlp.vocabulary import Vocabulary, load_vocabulary

DIRECTIONS = ("forward", "backward", "both", "sentence")
CATEGORIES = (
    "negated",
    "uncertain",
    "ended",
    "historical",
    "hypothetical",
    "family",
    "literature",
    "patient",
    "pseudo",
)
_CONTEXT, _MACROS, _SECTIONS = "context.toml", "macros.toml", "sections.toml"
_SPACES_AND_END = r"\s*$"


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that set the context of what stands near them."""

    id: str
    category: str
    direction: str
    terms: tuple[str, ...]
    source: str
    place: str
    reach: int
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A kind of section: its headings, whose facts stand there unless the words say otherwise, and its `types`,
    the names that JATS and BioC have for it."""

    name: str
    headings: tuple[str, ...]
    subject: str
    types: frozenset[str] = frozenset()


class RuleSet:
    """Everything that rules/ holds, validated."""

    def __init__(self, folder: Path, lexicons: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.extra_lexicons = tuple(lexicons)
        own = own_lexicons(lexicons, default_folder() / "lexicons")
        self.vocabulary: Vocabulary = load_vocabulary(folder / "lexicons", own)
        patterns = PatternFiles(folder / "patterns")
        self.macros: Mapping[str, str] = _macros(patterns)
        self._macros: dict[str, re.Pattern[str]] = {}
        self._needs = NeedReader(self.macros, symbols_of)
        self._guarded: dict[tuple[str, str], Guarded] = {}
        self._endings: dict[str, Ending] = {}
        self._says: dict[str, Callable[[str], bool]] = {}
        #: Macro -> what searches a text for it behind a test of its words, for code that names macros as it goes
        self.searches: Mapping[str, Search] = _Searches(self.guarded)
        self.sections: tuple[Section, ...] = tuple(_sections(patterns))
        self.layout: Layout = _layout(self.sections, patterns)
        self.sentence_settings: Mapping[str, Any] = patterns["sentences.toml"]
        self.settings: Mapping[str, Any] = patterns["settings.toml"]
        self.cues: tuple[Cue, ...] = tuple(_cues(patterns))
        self.terminations: tuple[str, ...] = tuple(patterns[_CONTEXT].get("termination", {}).get("terms", ()))
        self.rules: tuple[Rule, ...] = tuple(_rules(patterns))

    @cached_property
    def compiled(self) -> tuple[CompiledRule, ...]:
        """Rules with a pattern, in the order in which they are tried."""
        with put_off():
            return tuple(compile_rule(rule, self.macros, self._needs) for rule in self.rules if rule.pattern)

    @cached_property
    def quantities(self) -> QuantityGrammar:
        """The grammar of numbers and units."""
        with put_off():
            return _quantities(self.folder / "lexicons", self.settings.get("quantities", {}))

    def macro(self, name: str) -> re.Pattern[str]:
        """A macro as a compiled regular expression, for code that asks a yes-or-no question of words."""
        compiled = self._macros.get(name)
        if compiled is None:
            expression = expand(f"{{{name}}}", self.macros, name)
            try:
                compiled = self._macros[name] = re.compile(expression)
            except re.error as error:
                raise RuleError(f"macro {name}", str(error), "a regular expression") from None
        return compiled

    def ending(self, name: str) -> Ending:
        """A macro that stands at the end of a text, spaces behind it aside."""
        known = self._endings.get(name)
        if known is None:
            pattern = re.compile(self.macro(name).pattern + _SPACES_AND_END)
            options = [option + _SPACES_AND_END for option in alternatives(self.macros[name])]
            each = [(self._guard(option, name).search, self._needs.ways(option)) for option in options]
            known = self._endings[name] = Ending(pattern, each)
        return known

    def says(self, name: str) -> Callable[[str], bool]:
        """Whether a macro matches somewhere in a text; each of its alternatives is tried behind a test of its words."""
        known = self._says.get(name)
        if known is None:
            searches = [self._guard(option, name).search for option in alternatives(self.macros[name])]
            known = self._says[name] = lambda text: any(search(text) is not None for search in searches)
        return known

    def _guard(self, expression: str, name: str) -> Guarded:
        """A part of a macro behind a test of the words it needs."""
        pattern = re.compile(expand(expression, self.macros, name))
        return Guarded(pattern, words_of(expression, self.macros, symbols_of))

    def first_words(self, *names: str) -> Kept[str, bool]:
        """What stands before the first space of a text -> whether the text may begin with one of some macros."""
        choice = "|".join(self.macros[name] for name in names)
        return first_words(self._needs.ways(f"^(?:{choice})"))

    def guarded(self, name: str, ending: str = "") -> Guarded:
        """A macro that is slow to search, behind a test of the words it needs; `ending` is matched after it."""
        known = self._guarded.get((name, ending))
        if known is None:
            pattern = re.compile(self.macro(name).pattern + ending) if ending else self.macro(name)
            known = Guarded(pattern, words_of(self.macros[name], self.macros, symbols_of))
            self._guarded[name, ending] = known
        return known

    def place_of(self, identity: str) -> str:
        """Where a rule, cue or lexicon row stands, with its source; empty for what code decides."""
        known = self.rule(identity) or next((cue for cue in self.cues if cue.id == identity), None)
        if known is not None:
            return f"{known.place.removeprefix(f'{self.folder}/')}; source: {known.source}"
        return _of_lexicon(self, identity)

    def rule(self, identity: str) -> Rule | None:
        """The rule of that id, or None."""
        return self._by_id.get(identity)

    @cached_property
    def _by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}


class _Searches(dict[str, Search]):
    """Made when first asked for."""

    def __init__(self, guarded: Callable[[str], Guarded]) -> None:
        super().__init__()
        self._guarded = guarded

    def __missing__(self, name: str) -> Search:
        search = self[name] = self._guarded(name).search
        return search


def default_folder() -> Path:
    """The rules that travel with the program: in the package when installed, else in the checkout."""
    packaged = Path(__file__).parent / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rules"


def load_rules(folder: Path | None = None, extra_lexicons: Sequence[Path] = ()) -> RuleSet:
    """Load and validate a rules folder; RuleError names the file and line that is wrong.

    An extra lexicon is a table whose name tells what its terms are (my_drugs.tsv), or a casenlp.toml that names
    lexicons; earlier ones win over later ones, all over those of the folder.
    """
    folder = folder or default_folder()
    if not folder.is_dir():
        raise RuleError(str(folder), "no such folder", "a folder with lexicons/ and patterns/")
    with put_off():
        return RuleSet(folder, extra_lexicons)


def _of_lexicon(rules: RuleSet, identity: str) -> str:
    """The row that "file.tsv:12" names, as read; empty when there is none."""
    name, _, number = identity.rpartition(":")
    file = next((f for f in rules.vocabulary.files if f.path.name == name), None)
    if file is None or not number.isdigit():
        return ""
    row = next((row for line, row in file.rows() if line == int(number)), {})
    return "; ".join(f"{column} {value}" for column, value in row.items() if value)


def _quantities(lexicons: Path, words: Mapping[str, Sequence[str]]) -> QuantityGrammar:
    units = {r["term"]: Unit(r["ucum"], r["kind"]) for _, r in read_rows(lexicons / "units.tsv", ("ucum", "kind"))}
    numbers: dict[str, float | None] = {}
    for number, row in read_rows(lexicons / "numbers.tsv", ("term", "value")):
        try:
            numbers[row["term"]] = float(row["value"]) if row["value"] else None
        except ValueError:
            place = f"{lexicons / 'numbers.tsv'}:{number}"
            raise RuleError(place, f"value {row['value']!r}", "a number or nothing") from None
    signs = {r["term"]: r["comparator"] for _, r in read_rows(lexicons / "comparators.tsv", ("term", "comparator"))}
    lists = (words.get(name, ()) for name in ("range_words", "fillers", "counted", "rising"))
    return QuantityGrammar(units, numbers, signs, *lists)


def _macros(patterns: PatternFiles) -> dict[str, str]:
    """Macros of macros.toml, which all files share, and of the [macros] table of each file."""
    macros: dict[str, str] = {}
    files: dict[str, str] = {}
    for name in dict.fromkeys([_MACROS, *patterns]):
        stated = patterns[name]
        for macro, value in (stated if name == _MACROS else stated.get("macros", {})).items():
            options = value if isinstance(value, list) else [value]
            if not all(isinstance(option, str) for option in options):
                raise RuleError(patterns.place(name, macro), f"macro {macro}", "a text or a list of texts")
            if macro in files:
                place = patterns.place(name, f"{macro} = ")
                raise RuleError(place, f"macro {macro} a second time", f"another name: {files[macro]} has it")
            files[macro] = name
            macros[macro] = factored("(?:" + "|".join(options) + ")")
    return macros


def _rules(patterns: PatternFiles) -> Iterator[Rule]:
    seen: dict[str, str] = {}
    for name, stated in patterns.items():
        for item in stated.get("rule", []):
            rule = _rule(item, name, patterns)
            if rule.id in seen:
                raise RuleError(rule.place, f"rule {rule.id} a second time", f"one rule of that id ({seen[rule.id]})")
            seen[rule.id] = rule.place
            yield rule


_KEYS = {
    "id", "source", "label", "pattern", "tokens", "fields", "values", "description", "reach", "examples",
    "counterexamples", "known_gaps",
}  # fmt: skip


def _rule(item: Mapping[str, Any], name: str, patterns: PatternFiles) -> Rule:
    identity = item.get("id")
    if not isinstance(identity, str):
        raise RuleError(f"{patterns.folder / name}:1", f"a rule without id: {str(item)[:60]}", 'id = "family.name"')
    place = patterns.place(name, f'"{identity}"')
    unknown = set(item) - _KEYS
    if unknown:
        raise RuleError(place, f"rule {identity} has {', '.join(sorted(unknown))}", f"keys {', '.join(sorted(_KEYS))}")
    if not item.get("source"):
        raise RuleError(place, f"rule {identity} has no source", "a source: guideline section or publication")
    if len(item.get("examples", ())) < 2 or not item.get("counterexamples"):
        raise RuleError(
            place,
            f"rule {identity} has {len(item.get('examples', ()))} examples and "
            f"{len(item.get('counterexamples', ()))} counterexamples",
            "at least two examples and one counterexample",
        )
    if bool(item.get("pattern")) == bool(item.get("tokens")):
        raise RuleError(place, f"rule {identity}", "either pattern or tokens")
    label = item.get("label")
    if label is not None and label not in LABELS:
        raise RuleError(place, f"label {label!r}", f"one of {', '.join(LABELS)}")
    if label is None and not item.get("fields"):
        raise RuleError(place, f"rule {identity} has neither label nor fields", "a label or the fields it links")
    pattern = item.get("pattern", "")
    return Rule(
        id=identity,
        family=name.removesuffix(".toml"),
        source=item["source"],
        place=place,
        label=label,
        pattern="(?:" + "|".join(pattern) + ")" if isinstance(pattern, list) else pattern,
        tokens=tuple(item.get("tokens", ())),
        fields=dict(item.get("fields", {})),
        values=dict(item.get("values", {})),
        description=item.get("description", ""),
        reach=item.get("reach", "sentence"),
        examples=tuple(Example.parse(e) for e in item["examples"]),
        counterexamples=tuple(Example.parse(e) for e in item["counterexamples"]),
        known_gaps=tuple(Example.parse(e) for e in item.get("known_gaps", ())),
    )


def _cues(patterns: PatternFiles) -> Iterator[Cue]:
    for item in patterns[_CONTEXT].get("cue", []):
        place = patterns.place(_CONTEXT, f'"{item.get("id")}"')
        if item.get("category") not in CATEGORIES:
            raise RuleError(place, f"category {item.get('category')!r}", f"one of {', '.join(CATEGORIES)}")
        if item.get("direction") not in DIRECTIONS:
            raise RuleError(place, f"direction {item.get('direction')!r}", f"one of {', '.join(DIRECTIONS)}")
        if not item.get("terms") or not item.get("source"):
            raise RuleError(place, f"cue {item.get('id')} without terms or source", "terms and a source")
        yield Cue(
            id=item["id"],
            category=item["category"],
            direction=item["direction"],
            terms=tuple(item["terms"]),
            source=item["source"],
            place=place,
            reach=int(item.get("reach", 1000)),
            examples=tuple(Example.parse(e) for e in item.get("examples", ())),
            counterexamples=tuple(Example.parse(e) for e in item.get("counterexamples", ())),
        )


def _sections(patterns: PatternFiles) -> Iterator[Section]:
    for item in patterns[_SECTIONS].get("section", []):
        headings, types = tuple(item.get("headings", ())), frozenset(item.get("types", ()))
        if not item.get("name") or not (headings or types):
            place = patterns.place(_SECTIONS, "[[section]]")
            raise RuleError(place, str(item)[:60], "a name, and headings or types")
        yield Section(item["name"], headings, item.get("subject", "patient"), types)


def _layout(kinds: Sequence[Section], patterns: PatternFiles) -> Layout:
    stated = patterns[_SECTIONS]
    titles = sorted({h for kind in kinds for h in kind.headings}, key=len, reverse=True)
    number = r"(?:\d{1,2}(?:\.\d{1,2})*\.?\s+|[IVX]{1,4}\.\s+)?"
    try:
        heading = re.compile(number + "(?:" + "|".join(titles) + r")\s*[:.]?", re.IGNORECASE)
    except re.error:
        for title in titles:
            _compiled(title, patterns.place(_SECTIONS, title[:20]))  # the one that is wrong is named
        raise
    return Layout(
        heading=heading,
        caption=_compiled(stated["caption"], patterns.place(_SECTIONS, "caption")),
        listing=_compiled(stated["listing"], patterns.place(_SECTIONS, "listing")),
        numbered=frozenset(stated["numbered"]),
    )


def _compiled(expression: str, place: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.IGNORECASE)
    except re.error as error:
        raise RuleError(place, f"{expression!r}: {error}", "a regular expression") from None
