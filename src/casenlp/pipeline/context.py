"""Context of mentions after ConText (Harkema 2009): negated, uncertain, historical, hypothetical, and whose facts.

Cues, the words that end their scope and what counts as a verb come from rules/patterns/context.toml. A scope ends at
a termination, at the sentence's end, or before the next clause: when a verb already stands before a cue ("showed no
X, and Y was Z"), a second verb belongs to a new clause that begins at the comma or "and" before it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from casenlp.patterns import GROUPS, SYMBOLS
from casenlp.pipeline.annotations import Annotations, Choice, Component, Item, of_kinds
from casenlp.pipeline.coordination import Coordination
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.pipeline.neighbours import BEFORE, Neighbours
from casenlp.pipeline.persons import Persons
from casenlp.pipeline.phrases import PhraseFinder
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.severities import Severities
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.pipeline.subjects import Subjects
from casenlp.rules import Cue, RuleSet

if TYPE_CHECKING:
    from spacy.language import Language


#: What a cue of each category can say something about.
_AFFECTED = {
    "negated": frozenset({"diagnosis", "finding", "drug"}),
    "uncertain": frozenset({"diagnosis", "finding"}),
    "ended": frozenset({"diagnosis", "finding", "drug"}),
    "historical": frozenset({"diagnosis", "finding", "drug", "dose", "amount", "frequency", "route"}),
    "hypothetical": frozenset({"diagnosis", "finding", "drug", "test"}),
    "family": frozenset({"diagnosis", "finding", "drug"}),
}
_RESULTS = frozenset({"result"})
_Acting = tuple[int, int, Cue]  # start, end, what the words there say
_MEASURED = "[" + "".join(SYMBOLS[kind] for kind in GROUPS["quantity"] if kind != "time") + "]"
_CLAUSE = 400  # characters before a cue in which its clause is looked for
_LEAD = 70  # characters before a result that hold the word before it
_NEXT_WORDS = 12  # characters that some verbs need to see after them
_DIAGNOSIS = SYMBOLS["diagnosis"]
_CHOICE = re.compile(r"\(([^()]*)\)")


class Context(Component):
    """Sets the context of every item of a Doc."""

    def __init__(self, rules: RuleSet) -> None:
        cues: dict[str, list[Cue]] = {}
        for cue in rules.cues:
            for term in cue.terms:
                for spelled in spell_out(term):
                    cues.setdefault(spelled, []).append(cue)
        self._cues = cues
        self._find = PhraseFinder(cues)
        terms = "|".join(re.escape(t) if not t[0].isalnum() else t for t in rules.terminations)
        self._stop = re.compile(rf"(?<!\w)(?:{terms})(?!\w)|[;:]| - |—")
        self._verb = re.compile(rf"(?<!\w){rules.macro('finite_verb').pattern}(?!\w)|{_MEASURED}")
        self._spoken_verb = re.compile(rf"(?<!\w){rules.macro('finite_verb').pattern}(?!\w)")
        self._causal = rules.macro("causal_link")
        self._exception = rules.macro("exception")
        self._at_hand = rules.macro("stopped_at_hand")
        self._joint = rules.macro("clause_joint")
        self._subordinate = rules.macro("subordinate_clause")
        self._no_drug = rules.macro("ends_negation_of_drug")
        self._of_drug = rules.macro("noun_of_drug_before")
        self._avoided = rules.macro("avoided_subject")
        self._avoiding = rules.macro("avoided_object")
        self._taken = rules.macro("taken_all_the_same")
        self._harm = rules.macro("harm_before_avoided")
        self._negated_result = re.compile(rules.macro("negates_result").pattern + "$")
        before = rules.ending("negates_result").may_end_with
        self._behind_negation = Neighbours({"result": BEFORE}, before, reach=_LEAD)
        self._given = rules.macro("given_at_all")
        self._background = rules.macro("has_background")
        self._adverbial = frozenset(rules.settings["context"]["cues_without_verb"])
        self._background_reach = int(rules.settings["context"]["background_sentences"])
        self._span_of_years = rules.macro("span_of_years")
        self._span_of_time = rules.macro("span_of_time")
        self._subjects = Subjects(rules)
        self._persons = Persons(rules)
        self._severities = Severities(rules)
        self._coordination = Coordination(rules)

    def annotate(self, known: Annotations) -> None:
        """Set negated, uncertain, ended, temporality, subject and relative on items."""
        self._persons.settle(known)
        self._severities.settle(known)
        self._coordination.settle(known)
        by_sentence = group_by_sentence(known)
        known.subjects = []
        course = self._subjects.begin(known)
        find, cues, text = self._find.find, self._cues, known.text
        with_results = {item.sentence for item in of_kinds(known.items, _RESULTS)}
        self._negate_results(known)
        for number, (start, end) in enumerate(known.sentences):
            items = shown = by_sentence.get(number, [])
            if number in with_results:
                shown = [i for i in items if i.kind != "result"]
            shadow = make_shadow(text, start, end, shown)
            words = shadow.text
            acting: list[_Acting] = []  # on items near by
            says: list[tuple[int, str]] = []  # of whole clauses
            for low, high in find(words):
                for cue in cues[words[low:high]]:
                    if cue.direction == "sentence":
                        says.append((low, cue.category))
                    elif cue.category in _AFFECTED:
                        acting.append((low, high, cue))
            self._subjects.read(known, course, number, shadow, items, says)
            if acting and shadow.items:
                self._apply(known, shadow, acting)
            if _DIAGNOSIS in words:
                self._set_background(known, number, shadow)

    def _negate_results(self, known: Annotations) -> None:
        for item, _, _ in self._behind_negation.told(known.items, known.text):
            start, _ = known.sentences[item.sentence]
            if self._negated_result.search(known.text[start : item.start].lower()):
                item.negated = True

    def _apply(self, known: Annotations, shadow: Shadow, acting: list[_Acting]) -> None:
        """Set what cues say of the items in their scopes."""
        items, text = shadow.items, shadow.text
        for start, end, cue in acting:
            kinds, reach = _AFFECTED[cue.category], cue.reach
            if cue.direction != "backward":
                after = [p for p, item in items.items() if end <= p < end + reach and item.kind in kinds]
                if after:
                    limit = self._forward_end(text, start, end, cue, after[-1])
                    self._set_all(known, shadow, after, (0, limit), start, end, cue)
            if cue.direction != "forward":
                before = [p for p, item in items.items() if start - reach <= p < start and item.kind in kinds]
                if before:
                    begin = self._backward_begin(text, start, cue)
                    self._set_all(known, shadow, before, (begin, start), start, end, cue)

    def _set_all(
        self,
        known: Annotations,
        shadow: Shadow,
        positions: list[int],
        scope: tuple[int, int],
        start: int,
        end: int,
        cue: Cue,
    ) -> None:
        """Set what a cue at `start` to `end` says of the items at those of some positions that stand in its scope, and
        keep the decisions."""
        low, high = scope
        for position in positions:
            if not low <= position < high:
                continue
            item = shadow.items[position]
            if self._set(shadow, item, cue, start, end, position):
                item.why[cue.category] = cue.id
                reason = f"says so of {shadow.words(item)!r}"
                place = shadow.text_start(start), shadow.text_end(end)
                known.choices.append(Choice(*place, cue.category, cue.id, "context", reason))

    def _set_background(self, known: Annotations, number: int, shadow: Shadow) -> None:
        """Diseases of "She had X, Y and Z" where the patient is introduced: they were there before."""
        m = self._background.search(shadow.text)
        if m is None:
            return
        section = known.section_at(known.sentences[number][0])
        if section is not None and section.subject != "patient":
            return
        first = next((n for n, (start, _) in enumerate(known.sentences) if known.section_at(start) is section), 0)
        if number - first > self._background_reach:
            return
        stop = self._stop.search(shadow.text, m.end())
        limit = stop.start() if stop else len(shadow.text)
        for position, item in shadow.items.items():
            if m.end() <= position < limit and item.kind == "diagnosis" and item.temporality == "current":
                item.temporality = "historical"
                item.why["historical"] = "historical.background"

    def _forward_end(self, text: str, start: int, end: int, cue: Cue, last: int) -> int:
        """Where what a cue at `start` to `end` says of what follows it ends; at `last` stands the last that matters."""
        joined = self._joint.search(text, end, last + 1) is not None
        # without a joint before it, what stands behind the last item changes nothing
        furthest = min(len(text), end + cue.reach) if joined else last + 1
        stop = self._stop.search(text, end, furthest)
        limit = stop.start() if stop else furthest
        verb = self._verb.search(text, end, limit)
        if verb is None:
            return limit
        if not joined or not self._verb_before(text, start, end):
            return verb.start()
        joints = [(j.start(), j.group()) for j in self._joint.finditer(text, end, verb.start())]
        commas = [j for j in joints if j[1][0] == ","]
        if commas and self._subordinate.search(text, 0, start):
            joints = commas  # "as he had no X, Y and Z were seen"
        elif joints and joints[0] in commas and joints[0][1] != ", ":
            joints = joints[:1]  # "he had no X, and Y, Z and W were seen": no list of two has that comma
        elif len(joints) > 1 and joints[-2] in commas and joints[-2][1] != ", ":
            joints = joints[:-1]  # "he had no X, and Y and Z were seen"
        return joints[-1][0] if joints else verb.start()

    def _verb_before(self, text: str, start: int, end: int) -> bool:
        """Whether the clause has its verb by the end of the cue, so that the next verb is another clause's."""
        if text[start:end] in self._adverbial:
            return True
        low = max(0, start - _CLAUSE)
        stops = [s.end() for s in self._stop.finditer(text, low, start)]
        verb = self._verb.search(text, max(stops, default=low), end + _NEXT_WORDS)
        return verb is not None and verb.start() < end

    def _backward_begin(self, text: str, end: int, cue: Cue) -> int:
        """Where what a cue that begins at `end` says of what stands before it begins."""
        low = max(0, end - cue.reach)
        # "X due to Y was ruled out" is said of X
        stops = [s for s in self._stop.finditer(text, low, end) if not self._causal.fullmatch(s.group())]
        begin = max((s.end() for s in stops), default=low)
        if stops and self._exception.fullmatch(stops[-1].group()):
            return end
        if cue.category == "historical" and self._at_hand.search(text[begin:end]):
            return end
        verb = self._verb if cue.category != "historical" else self._spoken_verb
        verbs = [v.end() for v in verb.finditer(text, begin, end)]
        if verbs:
            joint = self._joint.search(text, verbs[-1], end)
            begin = joint.end() if joint else verbs[-1]
        return begin

    def _set(self, shadow: Shadow, item: Item, cue: Cue, start: int, end: int, position: int) -> bool:
        """Set what a cue says of an item in its scope; False when it says nothing of this one."""
        if cue.category == "negated":
            if cue.id.startswith("negated.drug-avoid"):
                if item.kind != "drug" or not self._is_avoided(shadow.text, start, end, position):
                    return False
            elif item.kind == "drug" and not self._drug_is_absent(shadow.text, cue, start, end, position):
                return False
            item.negated = True
        elif cue.category == "uncertain":
            item.uncertain = True
        elif cue.category == "ended":
            if (item.kind == "drug") != cue.id.startswith("ended.drug"):
                return False
            item.ended = True
        elif cue.category == "historical":
            lead = shadow.text[:start]
            if self._span_of_time.search(lead) and (item.kind != "diagnosis" or not self._span_of_years.search(lead)):
                return False
            if item.temporality == "current":
                item.temporality = "historical"
        elif cue.category == "hypothetical":
            if item.kind == "drug" and cue.id.startswith("hypothetical.event"):
                return False
            item.temporality = "hypothetical"
        elif item.subject != "literature":
            item.subject = cue.category
        return True

    def _drug_is_absent(self, text: str, cue: Cue, start: int, end: int, position: int) -> bool:
        """Whether a negation says that a drug was not given, and not that it did nothing."""
        if position < start:
            return cue.id.startswith("negated.drug") and not self._of_drug.search(
                text[max(0, position - 60) : position]
            )
        if self._no_drug.search(text[end:position]):
            return False
        given = self._verb_before(text, start, end) or self._given.search(text, position)
        return bool(given) or not self._verb.search(text)

    def _is_avoided(self, text: str, start: int, end: int, position: int) -> bool:
        """Whether words at `start` to `end` say that the drug at `position` was avoided or could not be had, and not
        that it was taken all the same, as before it did the harm that it is avoided for."""
        if position < start:
            subject = self._avoided.search(text, max(0, start - _LEAD), start)
            if subject is None or position < subject.start():
                return False
            if self._of_drug.search(text, max(0, position - _LEAD), position) or self._harm.search(text, 0, position):
                return False
        else:
            between = text[end:position]
            if not self._avoiding.fullmatch(between) or self._no_drug.search(between):
                return False
        return self._taken.match(text, max(end, position + 1)) is None


def spell_out(term: str) -> list[str]:
    """Every spelling of a cue term: "(was|were) (|also) absent" stands for four."""
    parts = _CHOICE.split(" ".join(term.lower().split()))
    options: Iterable[list[str]] = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return list(dict.fromkeys(" ".join("".join(choice).split()) for choice in itertools.product(*options)))


def make_context(nlp: Language, name: str, rules: str | None) -> Context:
    """Factory of the context component."""
    return Context(rules_of(rules))
