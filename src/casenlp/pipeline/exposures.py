"""Which dose, route, frequency and duration belong to which drug: the cheapest connection within a sentence.

The cost of a connection is what stands between the two: nothing or "of" is free, other words cost one each, a
comma, a bracket or "and" more, another drug or a clause's end so much that only a lack of choice overcomes it.
A dose without a drug in its sentence goes to the last drug named before, if words say that it is a dose.
"""

from __future__ import annotations

import re

from spacy.language import Language
from spacy.tokens import Doc

from casenlp.pipeline.annotations import Annotations, Choice, Item, Pair, annotations_of
from casenlp.pipeline.grammar import group_by_sentence
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.shadow import Shadow, make_shadow
from casenlp.rules import ITEM, SYMBOLS, RuleSet

_WORD = re.compile(r"[^\W_]+")
_PARTS = ("route", "frequency", "duration")


class ExposureAttachment:
    """Makes the pairs of drugs and their doses, routes, frequencies and durations."""

    def __init__(self, rules: RuleSet) -> None:
        costs = rules.settings["exposures"]
        self._limit = float(costs["limit"])
        self._comma = float(costs["comma"])
        self._bracket = float(costs["bracket"])
        self._and = float(costs["and"])
        self._clause = float(costs["clause"])
        self._other_drug = float(costs["other_drug"])
        self._word = float(costs["word"])
        self._backward = float(costs["drug_after"])
        self._free = frozenset(costs["free_words"])
        self._clause_words = frozenset(costs["clause_words"])
        self._dose_cue = rules.macro("dose_cue")
        self._giving_cue = rules.macro("giving_cue")
        self._item = re.compile(ITEM)
        self._drug = SYMBOLS["drug"]

    def __call__(self, doc: Doc) -> Doc:
        """Pair drugs with what was given, sentence by sentence; guarded names without a dose or verb fall."""
        known = annotations_of(doc)
        last: Item | None = None
        grouped = group_by_sentence(known)
        paired_values = {id(p.part) for p in known.pairs if p.kind == "value"}
        for number in sorted(grouped):
            items = grouped[number]
            start, end = known.sentences[number]
            shadow = make_shadow(known.text, start, end, items)
            drugs = [i for i in items if i.kind == "drug"]
            self._doses(known, shadow, drugs, last, paired_values)
            self._others(known, shadow, drugs)
            self._guard(known, shadow, drugs)
            drugs = [d for d in drugs if d in known.items]
            if drugs and known.subjects[number] == "patient":
                last = drugs[-1]
            elif drugs:
                last = None
        return doc

    def _doses(
        self, known: Annotations, shadow: Shadow, drugs: list[Item], last: Item | None, values: set[int]
    ) -> None:
        places = {id(item): position for position, item in shadow.items.items()}
        amounts = [
            i for i in shadow.items.values() if i.kind in ("dose", "amount", "percent", "number") and id(i) not in values
        ]
        for amount in amounts:
            position = places[id(amount)]
            if amount.kind == "percent" and not self._is_strength(shadow, position):
                continue
            if amount.kind == "number" and not self._is_bare_dose(shadow, position):
                continue
            best: tuple[float, Item] | None = None
            for drug in drugs:
                cost = self.cost(shadow, places[id(drug)], position)
                if best is None or cost < best[0]:
                    best = cost, drug
            rule = "exposures.dose"
            if best is None and last is not None and self._dose_cue.search(shadow.text):
                best, rule = (0.0, last), "exposures.dose-of-drug-before"
            if best is None or best[0] > self._limit:
                if amount.kind == "dose" and not amount.entry:
                    continue
                known.choices.append(
                    Choice(amount.start, amount.end, "DOSE", amount.rule, "rejected", "no drug stands near it")
                )
                if amount.kind == "dose":
                    amount.values["orphan"] = True
                continue
            amount.kind = "dose"
            known.pairs.append(Pair("dose", best[1], amount, rule, best[0]))

    def _is_strength(self, shadow: Shadow, position: int) -> bool:
        following = shadow.text[position + 1 : position + 30].lstrip(" ")
        return following[:1] == self._drug or shadow.text[max(0, position - 2) : position].strip() == self._drug

    def _is_bare_dose(self, shadow: Shadow, position: int) -> bool:
        return False

    def _others(self, known: Annotations, shadow: Shadow, drugs: list[Item]) -> None:
        places = {id(item): position for position, item in shadow.items.items()}
        doses = {id(p.part): p for p in known.pairs if p.kind == "dose"}
        for part in [i for i in shadow.items.values() if i.kind in _PARTS]:
            position = places[id(part)]
            best: tuple[float, Item, Item | None] | None = None
            for anchor in shadow.items.values():
                if anchor.kind == "drug":
                    drug, dose = anchor, None
                elif id(anchor) in doses:
                    drug, dose = doses[id(anchor)].head, anchor
                else:
                    continue
                cost = self.cost(shadow, places[id(anchor)], position)
                if best is None or cost < best[0] or (cost == best[0] and dose is not None):
                    best = cost, drug, dose
            if best is None or best[0] > self._limit:
                part.values["orphan"] = True
                continue
            known.pairs.append(Pair(part.kind, best[1], part, f"exposures.{part.kind}", best[0], {"dose": best[2]}))

    def cost(self, shadow: Shadow, head: int, part: int) -> float:
        """What the words between a head's position and a part's position cost."""
        low, high = (head, part) if head < part else (part, head)
        between = shadow.text[low + 1 : high]
        cost = self._backward if part < head else 0.0
        if between == "" or between.isspace():
            return cost if part > head else 0.0
        for word in _WORD.findall(between):
            if word in self._clause_words:
                cost += self._clause
            elif word == "and":
                cost += self._and
            elif word not in self._free:
                cost += self._word
        cost += between.count(",") * self._comma
        cost += (between.count(";") + between.count(":")) * self._clause
        closes, opens = between.count(")"), between.count("(")
        cost += closes * self._bracket if part > head else opens * self._bracket + closes * self._bracket
        cost += between.count(self._drug) * self._other_drug
        return cost

    def _guard(self, known: Annotations, shadow: Shadow, drugs: list[Item]) -> None:
        """Drop names that are drugs only when given, where nothing says that they were."""
        paired = {id(p.head) for p in known.pairs if p.kind in ("dose", "route", "frequency")}
        measured = {id(p.head) for p in known.pairs if p.kind == "value"}
        places = {id(item): position for position, item in shadow.items.items()}
        for drug in drugs:
            if not drug.entry or "given" not in drug.entry.guards:
                continue
            lead = shadow.text[max(0, places[id(drug)] - 60) : places[id(drug)]]
            follow = shadow.text[places[id(drug)] + 1 : places[id(drug)] + 40]
            given = id(drug) in paired or self._giving_cue.search(lead + SYMBOLS["drug"] + follow)
            if given and id(drug) not in measured:
                continue
            known.items.remove(drug)
            known.pairs = [p for p in known.pairs if p.head is not drug]
            known.choices.append(
                Choice(drug.start, drug.end, "DRUG", drug.rule, "rejected", "nothing says that it was given")
            )


@Language.factory("casenlp_exposures", assigns=["doc._.casenlp"], requires=["doc.sents", "doc._.casenlp"], default_config={"rules": None})
def make_exposures(nlp: Language, name: str, rules: str | None) -> ExposureAttachment:
    """Factory of the component that pairs drugs with their doses."""
    return ExposureAttachment(rules_of(rules))
