"""Which result belongs to which test: a walk over chains of tests and chains of values in each sentence.

Tests joined by commas and "and" make a chain, values likewise; a second name in brackets ("ferritin (SF)") belongs to
the first. A chain of values belongs to the chain of tests before it when only connecting words stand between them
(macro `test_value_gap`), else to the one right after it ("14% eosinophils"). What the macros call a reference range
or a severity band is set apart before that. A name that is a drug or a finding to other rules is a test where it
has a result ("potassium of 5.9 mmol/L"); a finding that only says a test and its result is split ("raised ESR").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from casenlp.kept import wholly
from casenlp.native import attach as compiled_attach
from casenlp.patterns import SYMBOLS
from casenlp.pipeline.analytes import leave_doses, split_counts, split_findings, split_trends, trim_specimens
from casenlp.pipeline.annotations import Annotations, Choice, Component, Item, Pair
from casenlp.pipeline.classes import Classes
from casenlp.pipeline.fluids import Fluids
from casenlp.pipeline.lone_results import LoneResults
from casenlp.pipeline.measures import Measures
from casenlp.pipeline.neighbours import FIRST, SPACED, Neighbours
from casenlp.pipeline.ranges import Ranges
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.result_scopes import ResultScopes
from casenlp.pipeline.roles import BREAKING, TIMES, VALUES, compiled, heads, measured, reading_as_test
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.pipeline.tables import TableLines
from casenlp.rules import RuleSet

if TYPE_CHECKING:
    from spacy.language import Language


_ALONE = frozenset({"conc", "percent"})  # units that hardly stand for anything but a result
_DRUG = SYMBOLS["drug"]
_OPENING, _CLOSING = frozenset({" (", "("}), ")"  # around another name of the same test
_TOLD = frozenset({" ", ": ", " (", " of ", " was "})  # between a test and a number that is its own


@dataclass(slots=True)
class _Chain:
    """Items of one sort joined by list words; positions are those in the shadow."""

    heads: bool
    items: list[Item] = field(default_factory=list)
    start: int = 0
    end: int = 0
    prefixed: bool = False  # a share that stands before its test: "14% eosinophils"
    qualitative: bool = False  # results in words, not in numbers


def _is_word(item: Item) -> bool:
    """Whether a result is a word or sign and no number."""
    return item.kind == "result" or (item.kind == "value" and item.quantity is None)


class ValueAttachment(Component):
    """Makes the pairs of tests and results of a Doc; results become items of kind "value"."""

    def __init__(self, rules: RuleSet) -> None:
        macro = rules.macro

        def whole(name: str) -> Callable[[str], bool]:
            return wholly(macro(name))

        self._gap = whole("test_value_gap")
        self._loose = macro("test_value_gap_loose")
        self._before = whole("value_test_gap")
        self._predicate = whole("predicate_gap")
        self._change = whole("change_gap")
        self._predicate_loose = macro("predicate_gap_loose")
        self._attributive = whole("result_test_gap")
        self._for = whole("result_for_gap")
        self._only_for = whole("result_only_for_gap")
        self._showing = macro("showing")
        self._dosing = macro("said_of_doses")
        self._join = macro("list_joint")
        self._scopes = ResultScopes(rules)
        self._more = macro("value_chain_joint")
        self._share = macro("share_before_test")
        self._counted = macro("count_before_test")
        self._passed = whole("subject_joint")
        self._slash = macro("paired_tests")
        self._respectively = macro("respectively")
        self._given_before = re.compile(macro("analyte_given_before").pattern + r"$")
        self._given_after, self._measured_after = macro("analyte_given_after"), macro("analyte_measured_after")
        self._measured_before = re.compile(macro("analyte_measured_before").pattern + r"$")
        self._vocabulary = rules.vocabulary
        self._specimen = macro("specimen")
        self._trimmed = Neighbours({"test": SPACED | FIRST}, first=rules.first_words("specimen"))
        self._counted_noun = rules.guarded("counted_noun")
        self._trend = macro("trend_lead")
        self._trend_joint = macro("trend_joint")
        self._other_clause = macro("other_clause")
        self._result_ends = macro("result_ends")
        self._copula = macro("copula")
        self._table = TableLines(rules)
        self._likewise = macro("likewise_gap")
        self._after_word = macro("value_after_word")
        self._measures = Measures(rules)
        self._ranges = Ranges(rules, self._measures.scores)
        self._fluids = Fluids(rules)
        self._lone = LoneResults(rules)
        self._classes = Classes(rules)
        self._join_all = self._chains
        if compiled is not None and compiled_attach is not None:
            names = "list_joint", "value_chain_joint", "share_before_test", "count_before_test"
            expressions = [(macro(name), rules.first_words(name)) for name in names]
            self._join_all = compiled_attach.Chains(
                compiled, _Chain, self._measures.fits, expressions, _OPENING, _CLOSING, _TOLD
            ).read

    def annotate(self, known: Annotations) -> None:
        """Pair tests and results sentence by sentence."""
        split_findings(known)
        if self._counted_noun.may_match(known.lower):
            split_counts(known, self._counted_noun.pattern, self._vocabulary)
        tests, results, sentences = measured(known.items)
        begun = [test for test, _, _ in self._trimmed.told(tests, known.text)]
        trim_specimens(known, begun, self._vocabulary, self._specimen)
        if self._classes.read(known, tests):
            tests, results, sentences = measured(known.items)
        for items, bounded in sentences:
            start, end = known.sentences[items[0].sentence]
            if bounded:
                items = split_trends(known, items, self._trend, self._trend_joint)
            self._sentence(known, make_shadow(known.text, start, end, items))
        leave_doses(known, self._dosing)
        self._settle(known, tests)
        self._fluids.name(known)
        self._lone.keep(known, results)

    def _settle(self, known: Annotations, tests: list[Item]) -> None:
        """Results become values, measured drugs tests; a name that needs a result and has none falls."""
        paired = set()
        for pair in known.pairs:
            if pair.kind != "value":
                continue
            head = pair.head
            pair.part.kind = "value"
            paired.add(id(head))
            if head.kind == "test":
                continue
            reading = reading_as_test(head)
            if reading is not None:
                label = head.label or ""
                known.choices.append(Choice(head.start, head.end, label, head.rule, "rejected", "it is measured here"))
                head.kind, head.entry, head.rule = "test", reading, reading.rule
        single = [i for i in tests if id(i) not in paired and i.entry is not None and "needs-value" in i.entry.guards]
        fallen = [i for i in single if i.values.get("alias") not in paired]
        if fallen:
            reason = "no result stands with it"
            known.choices += [Choice(i.start, i.end, "LAB_TEST", i.rule, "rejected", reason) for i in fallen]
            gone = set(fallen)
            known.items = [i for i in known.items if i not in gone]

    def _sentence(self, known: Annotations, shadow: Shadow) -> None:
        found = self._heads(shadow)
        if len(found) > 1:
            found -= self._scopes.methods(shadow, found)
        if not found:
            return
        apart = self._ranges.set_apart(known, shadow)
        self._table.pair(known, shadow, found, apart)
        chains = self._join_all(shadow.items, shadow.text, apart, found)
        first = len(known.pairs)
        if len(found) > 1:
            chains = self._scopes.part(shadow, chains, _Chain)
        for index, chain in enumerate(chains):
            if not chain.heads:
                self._attach(known, shadow, chains, index)
        made = known.pairs[first:]
        if made:
            self._measures.count_units(shadow, made)
        if len(made) > 1:
            if self._trim(known, made):
                made = known.pairs[first:]
            self._measures.share_units(shadow, made)
        if made and apart:
            self._ranges.refer(known, shadow, apart, made)

    def _heads(self, shadow: Shadow) -> set[int]:
        """Positions of tests, of findings that name a test, and of drugs that are measured here."""
        found, others = heads(shadow.items)
        for position in (*others, *reversed(others)):
            if position in found:
                continue
            before, after = shadow.text[max(0, position - 40) : position], shadow.text[position + 1 :]
            if self._given_before.search(before) or self._given_after.match(after):
                continue
            listed = any(self._join.fullmatch(shadow.text, min(h, position) + 1, max(h, position)) for h in found)
            if listed or self._measured_before.search(before) or self._measured_after.match(after):
                found.add(position)
        return found

    def _chains(self, items: dict[int, Item], text: str, apart: dict[int, str], heads: set[int]) -> list[_Chain]:
        """Join the tests of a sentence, and the values, `text` in its symbol form."""
        chains: list[_Chain] = []
        last: _Chain | None = None  # the one that may go on
        for position, item in items.items():
            kind = item.kind
            head = position in heads
            if not head:
                value = kind in VALUES
                if kind in TIMES and last is not None and last.heads:  # a clotting time is a result too
                    value = self._measures.fits(last.items[-1], item)
                if not value or position in apart or (item.values and item.values.get("settled")):
                    if kind in BREAKING:
                        last = None
                    continue
            prefixed = same = False
            if last is not None:
                between = text[last.end : position]
                if head:
                    if last.heads:
                        if between in _OPENING and text[position + 1 : position + 2] == _CLOSING:
                            item.values["alias"] = id(last.items[-1])
                            last.end = position + 2
                            continue
                        same = self._join.fullmatch(between) is not None
                else:
                    prefixed = not (last.heads and between in _TOLD) and self._may_lead(item, text, position)
                    if not (last.heads or last.prefixed or prefixed) and _is_word(item) == last.qualitative:
                        same = self._more.fullmatch(between) is not None
            elif not head:
                prefixed = self._may_lead(item, text, position)
            if last is None or not same:
                last = _Chain(head, [], position, 0, prefixed, not head and _is_word(item))
                chains.append(last)
            last.items.append(item)
            last.end = position + 1
        return chains

    def _may_lead(self, item: Item, text: str, position: int) -> bool:
        """Whether a number stands before its test: "14% eosinophils", "3+ protein", "10 white cells per field"."""
        if item.kind == "percent" or (item.values and item.values.get("graded")):
            return self._share.match(text, position + 1) is not None
        return item.kind == "number" and self._counted.match(text, position + 1) is not None

    def _attach(self, known: Annotations, shadow: Shadow, chains: list[_Chain], index: int) -> None:
        chain = chains[index]
        before = chains[index - 1] if index and chains[index - 1].heads else None
        after = chains[index + 1] if index + 1 < len(chains) and chains[index + 1].heads else None
        follow = shadow.text[chain.end : after.start] if after else ""
        if chain.qualitative:
            self._attach_word(known, shadow, chains, index, after, follow)
            return
        lead = shadow.text[before.end : chain.start] if before else ""
        prefixed = chain.prefixed or (follow == " " and chain.items[-1].kind == "pair")
        if after and prefixed and self._leads(chain.items[-1], after):
            self._align(known, shadow, after, chain, "values.value-then-test", first=True)
        elif before and self._gap(lead):
            self._align(known, shadow, before, chain, "values.test-then-value")
        elif after and self._before(follow) and self._may_precede(chain, after):
            self._align(known, shadow, after, chain, "values.value-then-test", first=True)
        elif before and self._is_near(before, lead, chain):
            self._align(known, shadow, before, chain, "values.test-near-value")
        elif not before and index and chains[index - 1].items and not chains[index - 1].heads:
            self._attach_later(known, shadow, chains, index)

    def _leads(self, value: Item, tests: _Chain) -> bool:
        """Whether a number before tests can be that of the first: a share or fraction only where the test has such."""
        return value.kind not in ("percent", "pair") or self._measures.fits(tests.items[0], value)

    def _attach_later(self, known: Annotations, shadow: Shadow, chains: list[_Chain], index: int) -> None:
        """A value after a value: of the tests that the result word before it is said of, else of the last tests."""
        chain, earlier = chains[index], chains[index - 1]
        between = shadow.text[earlier.end : chain.start]
        if earlier.qualitative and self._after_word.fullmatch(between):
            recent = takewhile(lambda p: p.part.sentence == chain.items[0].sentence, reversed(known.pairs))
            heads = [p.head for p in recent if p.kind == "value" and p.part is earlier.items[0]][::-1]
            changed = chains[index - 2] if index > 1 and self._result_verb(earlier.items[0]) else None
            if not heads and changed and changed.heads:
                heads = changed.items[-1:] if self._gap(shadow.text[changed.end : earlier.start]) else []
            if heads:
                self._align(known, shadow, _Chain(True, heads), chain, "values.test-word-value")
                return
        previous = next((c for c in reversed(chains[:index]) if c.heads), None)
        if previous and chain.items[0].kind == "amount":  # "85% on 2 L, then rose to 95%"
            chain.items = self._measures.fitting(previous.items[-1], chain.items)
        given = chain.items[0].kind == "amount" and _DRUG in shadow.text[: chain.start]
        if previous and not given and self._is_near(previous, between, chain):
            self._align(known, shadow, previous, chain, "values.test-then-later-value")

    def _is_near(self, tests: _Chain, between: str, values: _Chain) -> bool:
        """Whether a value further on can only be that of a test: none stands between, known or not; its unit fits."""
        test, first = tests.items[-1], values.items[0]
        if test.kind == "finding" or not self._loose.fullmatch(between) or not self._measures.fits(test, first):
            return False
        return not self._scopes.of_another(between, values.items) and not (first.kind == "amount" and _DRUG in between)

    def _attach_word(
        self, known: Annotations, shadow: Shadow, chains: list[_Chain], index: int, after: _Chain | None, follow: str
    ) -> None:
        """A result word belongs to the tests right after it ("normal TSH"), else to the tests it is said of."""
        chain = chains[index]
        subjects, verb = self._subjects(shadow, chains, index)
        if not verb and subjects and chain.items[0].kind != "value":
            subjects = subjects if self._result_ends.match(shadow.text, chain.end) else []
        likewise = self._also(shadow, chains, index) if subjects else None
        if likewise is not None:
            self._spread(known, chain, likewise.items, "values.result-likewise")
        if after and (self._only_for if subjects else self._for)(follow):
            self._spread(known, chain, self._scopes.tested(subjects, after.items), "values.result-for-tests")
        elif (
            after
            and not _is_weak(chain.items[0])
            and self._attributive(follow)
            and (follow == " " or not (subjects and verb and self._is_said(shadow, chains, index)))
        ):
            self._spread(known, chain, after.items, "values.result-before-tests")
        elif subjects:
            bare = shadow.text[chain.start - 1 : chain.start] == " " and chain.start - 1 == chains[index - 1].end
            changed = bare and not verb and chains[index - 1].heads and self._result_verb(chain.items[0])
            self._spread(known, chain, subjects, "values.tests-were-result", changed)

    def _is_said(self, shadow: Shadow, chains: list[_Chain], index: int) -> bool:
        """Whether a result word says something of what stands before it: no "showed" stands between."""
        return not self._showing.search(shadow.text[chains[index - 1].end : chains[index].start])

    def _also(self, shadow: Shadow, chains: list[_Chain], index: int) -> _Chain | None:
        """Tests to which a result is extended: "was raised (7.4 ng/mL), as were troponin and CK"."""
        end = chains[index].end
        for other in chains[index + 1 : index + 3]:
            if other.heads:
                return other if self._likewise.fullmatch(shadow.text, end, other.start) else None
            if other.qualitative or "(" not in shadow.text[end : other.start]:
                return None
            end = other.end
        return None

    def _result_verb(self, item: Item) -> bool:
        """Whether a result word is also a verb of change: "the count increased" gives no result."""
        return bool(item.entry and item.entry.extra.get("verb"))

    def _may_precede(self, chain: _Chain, after: _Chain) -> bool:
        item = chain.items[-1]
        return item.kind in (*_ALONE, "pair") and self._measures.fits(after.items[0], item)

    def _subjects(self, shadow: Shadow, chains: list[_Chain], index: int) -> tuple[list[Item], bool]:
        """Tests of which a result word is the predicate, values passed over; and whether "was" stands between."""
        chain = chains[index]
        before = chains[index - 1] if index else None
        if before is None or not before.items:
            return [], False
        lead = shadow.text[before.end : chain.start]
        became_normal = chain.items[0].concept == "normal" and self._result_verb(chain.items[0])
        if became_normal and before.heads and self._change(lead):
            return before.items, True
        grown = before.heads and chain.items[0].kind == "value"  # its rule has seen the test before it
        if not grown and not self._predicate(lead) and not (before.heads and self._gap(lead)):
            loose = before.heads and not _is_weak(chain.items[0]) and self._predicate_loose.fullmatch(lead)
            if not loose or self._other_clause.search(lead):
                return [], False
        subjects: list[Item] = []
        position = chain.start
        for order, other in enumerate(reversed(chains[:index])):
            between = shadow.text[other.end : position]
            if order and (not other.items or not self._passed(between)):
                break
            if other.heads:
                subjects = other.items + subjects
            elif other.qualitative or "(" not in shadow.text[max(0, other.start - 6) : other.start]:
                break  # a value in brackets is passed over; one in the sentence is the result of its test
            position = other.start
        if subjects and subjects[-1].kind == "test":  # "hypotension with a pressure in the 80s"
            subjects = [i for i in subjects if i.kind != "finding"]
        return self._scopes.said_of(shadow, position, subjects), self._copula.search(lead) is not None

    def _spread(self, known: Annotations, chain: _Chain, tests: list[Item], rule: str, change: bool = False) -> None:
        noun = chain.items[0].entry is not None and chain.items[0].entry.extra.get("verb") == "noun"
        values = {"change": True} if change or noun else {}
        for test in tests:
            known.pairs.append(Pair("value", test, chain.items[0], rule, values=values))

    def _trim(self, known: Annotations, made: list[Pair]) -> bool:
        """A word before a list goes with its first test alone where a later one has a number and the first has none.

        Returned is whether pairs were dropped.
        """
        led = [p for p in made if p.rule == "values.result-before-tests"]
        if len(led) < 2:
            return False
        numeric = {id(p.head) for p in made if p.kind == "value" and not _is_word(p.part)}
        leads: dict[int, Pair] = {}
        dropped = False
        for pair in led:
            lead = leads.setdefault(id(pair.part), pair)
            if lead is not pair and id(pair.head) in numeric and id(lead.head) not in numeric:
                known.pairs.remove(pair)
                dropped = True
        return dropped

    def _align(
        self, known: Annotations, shadow: Shadow, heads: _Chain, values: _Chain, rule: str, first: bool = False
    ) -> None:
        """Pair chains: by order when equally long, a pair a/b with two tests, else all with the nearest test."""
        tests, results = heads.items, values.items
        if len(tests) > 1 and len(tests) == len(results):
            pairs = list(zip(tests, results, strict=True))
        elif len(tests) == 2 and len(results) == 1 and _is_pair(results[0]) and self._paired(shadow, heads):
            known.pairs += [
                Pair("value", tests[0], results[0], rule, values={"side": "first"}),
                Pair("value", tests[1], results[0], rule, values={"side": "second"}),
            ]
            return
        elif len(tests) > 1 and len(tests) == len(self._unbracketed(shadow, results)):
            pairs, which = [], -1
            leads = self._unbracketed(shadow, results)
            for result in results:
                which += any(result is lead for lead in leads)
                pairs.append((tests[max(which, 0)], result))
        elif len(results) > 1 and len(tests) > len(results) and self._respectively.match(shadow.text, values.end):
            pairs = list(zip(tests[-len(results) :], results, strict=True))
        else:
            nearest = tests[0] if first else tests[-1]
            pairs = [(nearest, result) for result in results]
        for test, result in pairs:
            if self._measures.plausible(test, result, shadow):
                known.pairs.append(Pair("value", test, result, rule))

    def _unbracketed(self, shadow: Shadow, results: list[Item]) -> list[Item]:
        """Results of a chain that are not said again in brackets: "8,800/µL and 2% (176/µL)"."""
        places = {id(item): position for position, item in shadow.items.items()}
        return [r for n, r in enumerate(results) if not n or shadow.text[places[id(r)] - 1] != "("]

    def _paired(self, shadow: Shadow, heads: _Chain) -> bool:
        """Whether two tests are joined by a slash or "and" alone, so that "9.1/27" is one for each."""
        return bool(self._slash.fullmatch(shadow.text, heads.start + 1, heads.end - 1))


def _is_weak(item: Item) -> bool:
    """Whether a result is a word that is often something else."""
    return item.entry is not None and "weak" in item.entry.guards


def _is_pair(item: Item) -> bool:
    """Whether a result is two numbers around a slash: "9.1/27"."""
    return item.quantity is not None and item.quantity.second is not None


def make_values(nlp: Language, name: str, rules: str | None) -> ValueAttachment:
    """Factory of the component that pairs tests and results."""
    return ValueAttachment(rules_of(rules))
