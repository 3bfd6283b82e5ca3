"""Which result belongs to which test: a walk over chains of tests and chains of values in each sentence.

Tests joined by commas and "and" make a chain, values likewise. A chain of values belongs to the chain of tests
before it when only connecting words stand between them (macro `test_value_gap`), else to the one right after it.
What the macros call a reference range or a severity band is set apart before that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from casenlp.pipeline.annotations import Annotations, Choice, Item, Pair, annotations_of
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.rules import RuleSet

_NUMERIC = frozenset({"conc", "percent", "number", "length", "pair", "amount", "time"})
_ALONE = frozenset({"conc", "percent"})  # units that hardly stand for anything but a result
_IN_BRACKETS = re.compile(r"^\s*[(\[]\s*$")


@dataclass(slots=True)
class _Chain:
    """Items of one sort joined by list words; positions are those in the shadow."""

    heads: bool
    items: list[Item] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.positions[0]

    @property
    def end(self) -> int:
        return self.positions[-1] + 1


class ValueAttachment:
    """Makes the pairs of tests and results of a Doc; results become items of kind "value"."""

    def __init__(self, rules: RuleSet) -> None:
        self._gap = _whole(rules, "test_value_gap")
        self._loose = _whole(rules, "test_value_gap_loose")
        self._before = _whole(rules, "value_test_gap")
        self._predicate = _whole(rules, "predicate_gap")
        self._attributive = _whole(rules, "result_test_gap")
        self._for = _whole(rules, "result_for_gap")
        self._join = _whole(rules, "list_joint")
        self._more = _whole(rules, "value_chain_joint")
        self._reference = re.compile(rules.macro("reference_cue").pattern + r"\s*$")
        self._reference_after = rules.macro("reference_after")
        self._band = re.compile(rules.macro("band_cue").pattern + r"\s*$")
        self._no_value = re.compile(rules.macro("not_a_value_before").pattern + r"\s*$")
        self._no_value_after = rules.macro("not_a_value_after")
        self._unit_kinds = {
            concept: unit for concept, unit in _concept_units(rules).items()
        }

    def __call__(self, doc: Doc) -> Doc:
        """Pair tests and results sentence by sentence."""
        known = annotations_of(doc)
        for number, items in group_by_sentence(known).items():
            if not any(self._is_head(i) for i in items):
                continue
            start, end = known.sentences[number]
            self._sentence(known, make_shadow(known.text, start, end, items))
        paired = {id(p.head) for p in known.pairs if p.kind == "value"}
        for item in list(known.items):
            if item.entry and "needs-value" in item.entry.guards and item.kind == "test" and id(item) not in paired:
                known.items.remove(item)
                known.choices.append(
                    Choice(item.start, item.end, "LAB_TEST", item.rule, "rejected", "no result stands with it")
                )
        for pair in known.pairs:
            if pair.kind == "value":
                pair.part.kind = "value"
        return doc

    def _is_head(self, item: Item) -> bool:
        return item.kind == "test" or bool(item.kind == "finding" and item.entry and "flag" in item.entry.extra)

    def _sentence(self, known: Annotations, shadow: Shadow) -> None:
        ranges = self._set_apart(known, shadow)
        chains = self._chains(shadow, ranges)
        taken: set[int] = set()
        for index, chain in enumerate(chains):
            if chain.heads:
                continue
            before = chains[index - 1] if index and chains[index - 1].heads else None
            after = chains[index + 1] if index + 1 < len(chains) and chains[index + 1].heads else None
            self._attach(known, shadow, chains, index, before, after, taken)
        self._references(known, shadow, ranges)

    def _set_apart(self, known: Annotations, shadow: Shadow) -> dict[int, str]:
        """Positions of quantities that are a reference range ("reference") or a severity band (the band's word)."""
        apart: dict[int, str] = {}
        for position, item in shadow.items.items():
            if item.kind not in _NUMERIC:
                continue
            lead = shadow.text[max(0, position - 60) : position]
            band = self._band.search(lead)
            if band:
                apart[position] = "band:" + band.group().strip(" :=(").split()[-1]
                reason = "a severity band, not a value"
            elif self._reference.search(lead) or self._reference_after.match(shadow.text, position + 1):
                apart[position] = "reference"
                reason = "a reference range, not a value"
            elif self._no_value.search(lead) or self._no_value_after.match(shadow.text, position + 1):
                apart[position] = "other"
                reason = "counts or dates something else"
            else:
                continue
            known.choices.append(Choice(item.start, item.end, "LAB_VALUE", item.rule, "rejected", reason))
        return apart

    def _chains(self, shadow: Shadow, apart: dict[int, str]) -> list[_Chain]:
        chains: list[_Chain] = []
        for position, item in sorted(shadow.items.items()):
            head = self._is_head(item)
            value = (item.kind in _NUMERIC or item.kind == "result") and position not in apart
            if not head and not value:
                if item.kind in ("drug", "diagnosis") and chains:
                    chains.append(_Chain(head))  # breaks a chain without being part of one
                continue
            last = chains[-1] if chains and chains[-1].items else None
            between = shadow.text[last.end : position] if last else ""
            joint = self._join if head else self._more
            same = last is not None and last.heads == head and bool(joint.fullmatch(between))
            if same and not head and last is not None:
                same = (item.kind == "result") == (last.items[-1].kind == "result") or item.kind == "result"
                same = same and not (item.kind == "result" and last.items[-1].kind != "result")
            if not same:
                chains.append(_Chain(head))
            chains[-1].items.append(item)
            chains[-1].positions.append(position)
        return [c for c in chains if c.items]

    def _attach(
        self,
        known: Annotations,
        shadow: Shadow,
        chains: list[_Chain],
        index: int,
        before: _Chain | None,
        after: _Chain | None,
        taken: set[int],
    ) -> None:
        chain = chains[index]
        qualitative = chain.items[0].kind == "result"
        lead = shadow.text[before.end : chain.start] if before else ""
        follow = shadow.text[chain.end : after.start] if after else ""
        if qualitative:
            if after and (self._attributive.fullmatch(follow) or self._for.fullmatch(follow)):
                if before and self._predicate.fullmatch(lead) and not self._for.fullmatch(follow):
                    pass
                else:
                    self._spread(known, chain, after.items, "values.result-before-tests")
                    return
            subjects = self._subjects(shadow, chains, index)
            if subjects:
                self._spread(known, chain, subjects, "values.tests-were-result")
            return
        if before and self._gap.fullmatch(lead):
            self._align(known, shadow, before, chain, "values.test-then-value")
            taken.update(id(i) for i in before.items)
            return
        if after and self._before.fullmatch(follow) and self._may_precede(shadow, chain, after):
            self._align(known, shadow, after, chain, "values.value-then-test", first=True)
            return
        if before and self._loose.fullmatch(lead) and self._fits(before.items[-1], chain.items[0]):
            self._align(known, shadow, before, chain, "values.test-near-value")
            return
        previous = next((c for c in reversed(chains[:index]) if c.heads), None)
        if previous and not before and index and not chains[index - 1].heads:
            between = shadow.text[chains[index - 1].end : chain.start]
            if self._loose.fullmatch(between) and self._fits(previous.items[-1], chain.items[0]):
                self._align(known, shadow, previous, chain, "values.test-then-later-value")

    def _may_precede(self, shadow: Shadow, chain: _Chain, after: _Chain) -> bool:
        item = chain.items[-1]
        return item.kind in _ALONE and self._fits(after.items[0], item)

    def _subjects(self, shadow: Shadow, chains: list[_Chain], index: int) -> list[Item]:
        """Tests of which a result word is the predicate: those of the list that ends before it, values passed over."""
        chain = chains[index]
        before = chains[index - 1] if index else None
        if before is None:
            return []
        lead = shadow.text[before.end : chain.start]
        if not (self._predicate.fullmatch(lead) or (before.heads and self._gap.fullmatch(lead))):
            return []
        subjects: list[Item] = []
        position = chain.start
        first = True
        for other in reversed(chains[:index]):
            between = shadow.text[other.end : position]
            if not first and not re.fullmatch(r"[\s,;()]*(?:and|or)?[\s,()]*", between):
                break
            if other.heads:
                subjects = other.items + subjects
            elif other.items[0].kind == "result":
                break
            first = False
            position = other.start
        return subjects

    def _spread(self, known: Annotations, chain: _Chain, tests: list[Item], rule: str) -> None:
        for test in tests:
            known.pairs.append(Pair("value", test, chain.items[0], rule))

    def _align(
        self, known: Annotations, shadow: Shadow, heads: _Chain, values: _Chain, rule: str, first: bool = False
    ) -> None:
        """Pair chains: by order when equally long, a pair a/b with two tests, else all with the nearest test."""
        tests, results = heads.items, values.items
        if len(tests) > 1 and len(tests) == len(results):
            pairs = list(zip(tests, results, strict=True))
        elif len(tests) == 2 and len(results) == 1 and results[0].kind == "pair":
            pairs = [(tests[0], results[0]), (tests[1], results[0])]
            known.pairs += [
                Pair("value", tests[0], results[0], rule, values={"side": "first"}),
                Pair("value", tests[1], results[0], rule, values={"side": "second"}),
            ]
            return
        else:
            nearest = tests[0] if first else tests[-1]
            pairs = [(nearest, result) for result in results]
        for test, result in pairs:
            if self._plausible(test, result):
                known.pairs.append(Pair("value", test, result, rule))

    def _plausible(self, test: Item, result: Item) -> bool:
        """A length, amount or time is a result only of a test measured in such a unit."""
        if result.kind in ("length", "amount", "time"):
            return self._fits(test, result)
        return not (test.kind == "finding" and result.kind in ("number", "time"))

    def _fits(self, test: Item, value: Item) -> bool:
        kind = self._unit_kinds.get(test.concept)
        quantity = value.quantity
        if quantity is None or kind is None:
            return value.kind in _ALONE
        if kind == quantity.kind:
            return True
        return value.kind in _ALONE and kind in ("concentration", "count", "percent", "activity", "number")

    def _references(self, known: Annotations, shadow: Shadow, apart: dict[int, str]) -> None:
        pairs = [p for p in known.pairs if p.kind == "value"]
        for position, what in apart.items():
            if what == "other":
                continue
            item = shadow.items[position]
            owners = [p for p in pairs if p.part.end <= item.start and p.part.sentence == item.sentence]
            if owners:
                owner = max(owners, key=lambda p: p.part.end)
                for pair in [p for p in owners if p.part is owner.part]:
                    known.pairs.append(
                        Pair("reference", pair.head, item, "values.reference", values={"what": what, "of": pair.part})
                    )


def _whole(rules: RuleSet, name: str) -> re.Pattern[str]:
    return rules.macro(name)


def _concept_units(rules: RuleSet) -> dict[str, str]:
    """Kind of the usual unit of each test."""
    from casenlp.vocabulary import read_rows

    kinds: dict[str, str] = {}
    lexicons = rules.folder / "lexicons"
    by_ucum = {row["ucum"]: row["kind"] for _, row in read_rows(lexicons / "units.tsv", ("ucum", "kind"))}
    for _, row in read_rows(lexicons / "lab_test_concepts.tsv", ("concept", "unit")):
        if row["unit"] in by_ucum:
            kinds[row["concept"]] = by_ucum[row["unit"]]
        elif row["category"] == "score":
            kinds[row["concept"]] = "number"
    return kinds


@Language.factory("casenlp_values", assigns=["doc._.casenlp"], requires=["doc.sents", "doc._.casenlp"], default_config={"rules": None})
def make_values(nlp: Language, name: str, rules: str | None) -> ValueAttachment:
    """Factory of the component that pairs tests and results."""
    return ValueAttachment(rules_of(rules))


