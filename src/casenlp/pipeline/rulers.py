"""Entity rulers: one component a family of labels, whose words and patterns come from rules/.

Each ruler proposes items from the lexicons of its labels (and spaCy token patterns, where a rule has them); the
quantity ruler proposes numbers with units. Proposals overlap; the resolver keeps the longest, then the surer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from casenlp.kept import FEW, Kept
from casenlp.native import items as compiled_items
from casenlp.patterns import SYMBOLS
from casenlp.pipeline.annotations import (
    ITEM_OF_KIND,
    ITEM_OF_LABEL,
    LABEL_OF_ITEM,
    Annotations,
    Choice,
    Component,
    Item,
)
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shapes import WordShapes
from casenlp.pipeline.words import Words
from casenlp.quantities import Quantity
from casenlp.rules import RuleSet
from casenlp.scan import Found
from casenlp.vocabulary import Entry

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.vocab import Vocab

_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
#: Labels of each family; the pipeline has one ruler a family.
FAMILIES: dict[str, tuple[str, ...]] = {
    "drugs": ("DRUG",),
    "administration": ("DOSE", "ROUTE", "FREQUENCY", "DURATION"),
    "tests": ("LAB_TEST", "LAB_VALUE", "RESULT"),
    "conditions": ("DIAGNOSIS", "FINDING", "MODIFIER"),
    "persons": ("AGE", "SEX", "RELATIVE"),
    "times": ("LATENCY", "DATE"),
}
_LABELS = frozenset(label for labels in FAMILIES.values() for label in labels)
_UNDEFINED = "the report does not define it"
_JUDGED, _BARRED = ("exact-case", "defined"), "never"  # guards: what is judged by how it is written, and no item at all
_NEVER = "guarded: never what this lexicon says"
_KINDS, _RANKS = 1 << 8, 1 << 20  # more than there are of either

#: By the label of an entry: the kind of its items, those of its family, and what was decided against some.
_Places = dict[str, tuple[str, list[Item], list[Choice]]]
#: The reason against a guarded entry at (start, end); empty where there is none.
_Judge = Callable[[int, int, Entry], str]


class LexiconRuler(Component):
    """Proposes items of one family.

    Token patterns are read by spaCy where the vocabulary of its Docs is given, else those of one word as text.
    """

    def __init__(
        self, rules: RuleSet, family: str, split: Callable[[str], Words] | None = None, vocab: Vocab | None = None
    ) -> None:
        self._family = family
        self._matcher: Matcher | None = None
        shapes = None
        token_rules = [r for r in rules.rules if r.tokens and r.label in FAMILIES[family]]
        if token_rules and vocab is not None:
            from spacy.matcher import Matcher

            self._matcher = Matcher(vocab, validate=True)
            for rule in token_rules:
                self._matcher.add(rule.id, [list(rule.tokens)])
        if vocab is None and split is not None:  # of all families, as the first ruler looks up for all
            shapes = WordShapes([r for r in rules.rules if r.tokens and r.label in _LABELS], split).within
        self._scan = rules.vocabulary.scanner(shapes)
        self._propose = _propose if compiled_items is None else _compiled().propose
        self._given = rules.macro("abbreviated_drug")
        self._label_of = {r.id: r.label for r in token_rules}

    def annotate(self, known: Annotations) -> None:
        """Add proposals to the annotations."""
        if known.hits is None:
            self._look_up(known, known.text)
        items, choices = known.proposed[self._family]
        known.items += items
        known.choices += choices
        if self._matcher is not None:
            doc = known.doc
            for match, i, j in self._matcher(doc):
                rule = doc.vocab.strings[match]
                span = doc[i:j]
                kind = ITEM_OF_LABEL[self._label_of[rule] or ""]
                known.items.append(Item(kind, span.start_char, span.end_char, rule))

    def _look_up(self, known: Annotations, text: str) -> None:
        """Find what the lexicons hold, once for all rulers: the items of each family, and what is no item and why."""
        hits, shaped = self._scan(text)
        known.hits = hits
        known.proposed = {family: ([], []) for family in FAMILIES}
        places: _Places = {
            label: (ITEM_OF_LABEL[label], *known.proposed[family])
            for family, labels in FAMILIES.items()
            for label in labels
        }
        against: dict[tuple[str, int], str] = {}  # by surface and id of the entry: files may share a name

        def judge(start: int, end: int, entry: Entry) -> str:
            said = text[start:end], id(entry)
            reason = against.get(said)
            if reason is None:
                reason = against[said] = _against(known, said[0], entry)
            return "" if reason == _UNDEFINED and self._is_given(known, start, end, entry) else reason

        self._propose(text, hits, places, judge)
        for start, end, shape in shaped:
            kind, items, _ = places[shape.label]
            items.append(Item(kind, start, end, shape.id))

    def _is_given(self, known: Annotations, start: int, end: int, entry: Entry) -> bool:
        """Whether an abbreviation that the report does not spell out stands as only a drug does: "X-induced"."""
        if entry.label != "DRUG" or known.text[start:end] in known.abbreviations:
            return False
        lead, follow = known.text[max(0, start - 40) : start], known.text[end : end + 20]
        return self._given.search(f"{lead}{SYMBOLS['drug']}{follow}".lower()) is not None


def _propose(text: str, hits: Iterable[Found], places: _Places, judge: _Judge) -> None:
    """What native/items.pyx does, without it."""
    for start, end, entries in hits:
        for entry in entries:
            if entry.label not in places:
                continue
            kind, items, choices = places[entry.label]
            guards = entry.guards
            if guards and not guards.isdisjoint(_JUDGED):
                reason = judge(start, end, entry)
                if reason:
                    choices.append(Choice(start, end, entry.label, entry.place, "rejected", reason))
                    continue
            dotted = text.startswith(".", end) and _DOTTED.fullmatch(text, start, end)
            item = Item(kind, start, end + 1 if dotted else end, entry.place, entry)  # "i.v." keeps its last stop
            if guards and _BARRED in guards:
                item.values[_BARRED] = True
            items.append(item)


def _against(known: Annotations, surface: str, entry: Entry) -> str:
    """Why a phrase is not what a guarded entry says; empty where nothing speaks against it."""
    if "exact-case" in entry.guards and not _same_case(surface, entry.term):
        return f"written otherwise than {entry.term}"
    return _UNDEFINED if "defined" in entry.guards and not _is_defined(known, surface, entry) else ""


def _same_case(surface: str, term: str) -> bool:
    if term.islower() and surface[:1].isupper():  # a sentence may begin with it
        surface = surface[0].lower() + surface[1:]
    return surface == term or surface == term + "s"


def _is_defined(known: Annotations, surface: str, entry: Entry) -> bool:
    concept, long = entry.concept.lower(), known.abbreviations.get(surface)
    if long is not None:  # the resolver reads what it means; a regimen's name is the short one
        return concept in long.lower() or concept == surface.lower()
    return concept in known.lower if concept and concept != surface.lower() else False


def _settle(items: Iterable[Item], ranks: dict[str, int], text: str, choices: list[Choice]) -> list[Item]:
    """What native/items.pyx does, without it: the items that stand; what speaks against others is added to choices."""
    kept: list[Item] = []
    taken: list[Item | None] = [None] * (len(text) + 1)
    for item in sorted(items, key=lambda item: _preference(item, ranks)):
        start, end = item.start, item.end
        # what was kept before is no shorter, so that it covers an end of whatever it overlaps
        owner = taken[start]
        if owner is None:
            owner = taken[end - 1]
        if owner is None:
            taken[start:end] = [item] * (end - start)
            kept.append(item)
            continue
        same = owner.start == start and owner.end == end
        if not same or owner.kind != item.kind:  # a second source of the same name is no rejection
            choices.append(_rejected(item, f"overlaps {text[owner.start : owner.end]!r} ({owner.rule})"))
        if same and item.entry and owner.entry:
            owner.values.setdefault("readings", []).append(item)
    kept.sort(key=attrgetter("start"))
    choices += [_rejected(item, _NEVER) for item in kept if item.values.get(_BARRED)]
    return [item for item in kept if not item.values.get(_BARRED)]


def _rejected(item: Item, reason: str) -> Choice:
    return Choice(item.start, item.end, item.label or item.kind, item.rule, "rejected", reason)


def _preference(item: Item, ranks: dict[str, int]) -> int:
    """Of what overlaps, the item with the least stands: the longest, a short form, a word of a lexicon (first of a
    user's own); then by kind, and by rank of lexicon."""
    entry, never = item.entry, False
    order = (item.start - item.end) * 8 + 4
    if item.values:
        never = bool(item.values.get(_BARRED))
        if item.values.get("short_form"):
            order -= 4
    rank = 0
    if entry is None:
        order += 2  # a word of a lexicon is surer than a number or a shape
    else:
        rank = entry.rank
    if rank >= 0 or never:
        order += 1
    return (order * _KINDS + ranks.get(item.kind, 99) * 2 + (not never)) * _RANKS + rank


def _compiled() -> Any:
    """The compiled forms of both functions; only called where there are any."""
    assert compiled_items is not None
    labels = {kind: Item(kind, 0, 0, "").label or kind for kind in LABEL_OF_ITEM}
    choice = Choice(0, 0, "", "", "rejected", "")
    return compiled_items.Items(Item("", 0, 0, ""), choice, Entry, _JUDGED, _BARRED, _NEVER, labels)


class QuantityRuler(Component):
    """Proposes numbers, ranges and quantities, and dates written in one piece ("09-Mar-2021"), which begin like one."""

    def __init__(self, rules: RuleSet) -> None:
        self._grammar = rules.quantities
        self._date = re.compile(rules.macro("written_date").pattern)  # case matters: "5-MAY", not "5-may"
        self._several = frozenset(rules.settings["exposures"]["one_is_no_count"])  # "a single dose" says how often
        self._names = Kept(_names, FEW)
        self._measure: Any = _measure if compiled_items is None else _compiled().measure

    def annotate(self, known: Annotations) -> None:
        """Add proposals to the annotations."""
        quantities = self._grammar.find(known.text, known.lower)
        dates = [m for q in quantities if q.kind == "number" and (m := self._date.match(known.text, q.start))]
        if dates:  # of which no number is a part: "2021-03-12 128 mmol/L"
            known.items += [Item("date", *m.span(), "quantities.date") for m in dates]
            text, lower = _without(known.text, dates), _without(known.lower, dates)
            quantities = self._grammar.find(text, lower)
        self._measure(quantities, known.items, self._names, self._several)


def _without(text: str, dates: Sequence[re.Match[str]]) -> str:
    """A text in which letters stand in the place of dates."""
    for m in dates:
        text = f"{text[: m.start()]}{'x' * len(m.group())}{text[m.end() :]}"
    return text


def _names(kind: str) -> tuple[str, str, str]:
    """Kinds of the items of a quantity and of a pair of numbers, and the rule, by the kind of quantity."""
    item = ITEM_OF_KIND.get(kind, "conc")
    return item, "pair" if kind == "number" else item, f"quantities.{kind}"


def _measure(
    quantities: Sequence[Quantity], items: list[Item], names: Mapping[str, tuple[str, str, str]], once: frozenset[str]
) -> None:
    """What native/items.pyx does, without it."""
    for q in quantities:
        if q.in_words and q.low == 1 and q.unit in once:
            continue
        kind, pair, rule = names[q.kind]
        items.append(Item(kind if q.second is None else pair, q.start, q.end, rule, quantity=q))


class Resolver(Component):
    """Settles which of overlapping proposals stands, and gives short forms the meaning of their long forms."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._kinds = [*ITEM_OF_LABEL.values(), *dict.fromkeys(ITEM_OF_KIND.values()), "pair"]
        surer = rules.settings.get("resolver", {}).get("surer_first", self._kinds)
        self._rank = {kind: i for i, kind in enumerate(surer)}
        self._settle = _settle if compiled_items is None else _compiled().settle
        self._shapes = [c for c in rules.compiled if c.rule.label and "(?P<v_concept>" in c.expression]

    def annotate(self, known: Annotations) -> None:
        """Keep a sequence of items that do not overlap; record what was rejected and why."""
        self._add_short_forms(known)
        text = known.text
        if known.blocks:  # a block or a cell ends at a line end, and what is said in it ends there too
            known.items = [item for item in known.items if "\n" not in text[item.start : item.end]]
        settled = self._settle(known.items, self._rank, text, known.choices)
        if settled is None:  # an item that is empty
            settled = _settle(known.items, self._rank, text, known.choices)
        known.place(settled)
        known.items = [item for item in settled if item.section is None or item.section.subject != "none"]

    def _add_short_forms(self, known: Annotations) -> None:
        for short, long in known.abbreviations.items():
            readings = self._meaning(known, long)
            shaped = None if readings else self._shaped(known, long)
            if not readings and shaped is None:
                continue
            at = known.text.find(short)
            while at >= 0:
                end = at + len(short)
                if not (known.text[at - 1 : at].isalnum() and at) and not known.text[end : end + 1].isalnum():
                    for entry in readings:
                        item = Item(ITEM_OF_LABEL[entry.label], at, end, "abbreviation", entry)
                        item.values["short_form"] = long
                        known.items.append(item)
                    if shaped is not None:
                        item = Item(shaped[0], at, end, "abbreviation")
                        item.values = {**shaped[1], "short_form": long}
                        known.items.append(item)
                at = known.text.find(short, end)

    def _shaped(self, known: Annotations, long: str) -> tuple[str, dict[str, Any]] | None:
        """(kind, values) of a long form that no lexicon has and whose shape tells what it is, else None."""
        for compiled in self._shapes:
            if compiled.regex.fullmatch(long.lower()):
                return ITEM_OF_LABEL[compiled.rule.label or ""], {"concept": long.lower()}
        for item in known.items:
            if item.entry is None and item.label and known.text[item.start : item.end].lower() == long.lower():
                return item.kind, {}
        return None

    def _meaning(self, known: Annotations, long: str) -> Sequence[Entry]:
        """Entries that the long form names, as a whole or by its last words."""
        words = long.split()
        for first in range(len(words)):
            entries = [
                e
                for e in self._rules.vocabulary.look_up(" ".join(words[first:]))
                if e.label in ("DRUG", "LAB_TEST", "DIAGNOSIS", "FINDING") and "never" not in e.guards
            ]
            if entries and (first == 0 or len(words) - first >= 2 or entries[0].label in ("DIAGNOSIS", "LAB_TEST")):
                return entries[:1] if first else entries
        return ()


def make_ruler(nlp: Language, name: str, family: str, rules: str | None) -> LexiconRuler:
    """Factory; `family` is a key of FAMILIES."""
    return LexiconRuler(rules_of(rules), family, vocab=nlp.vocab)


def make_quantities(nlp: Language, name: str, rules: str | None) -> QuantityRuler:
    """Factory of the quantity ruler."""
    return QuantityRuler(rules_of(rules))


def make_resolver(nlp: Language, name: str, rules: str | None) -> Resolver:
    """Factory of the resolver."""
    return Resolver(rules_of(rules))
