"""Which dose, route, frequency and duration belong to which drug: the cheapest connection within a sentence.

The cost of a connection is what stands between the two: nothing or "of" is free, other words cost one each, a
comma, a bracket or "and" more, another drug or a clause's end so much that only a lack of choice overcomes it.
A dose without a drug in its sentence goes to the last drug named before, if words say that it is a dose. Words
that stand for a drug named before ("the drug was stopped", "it was increased") get that drug.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from casenlp.native import attach as compiled_attach
from casenlp.patterns import ITEM, SYMBOLS
from casenlp.pipeline.analytes import split_trends
from casenlp.pipeline.annotations import Annotations, Choice, Component, Item, Pair, Relation
from casenlp.pipeline.dose_forms import DoseForms
from casenlp.pipeline.given import Given
from casenlp.pipeline.refusals import Refusals
from casenlp.pipeline.resources import rules_of
from casenlp.pipeline.roles import AMOUNTS, PARTS, with_drugs
from casenlp.pipeline.shadow import Shadow
from casenlp.rules import RuleSet

if TYPE_CHECKING:
    from spacy.language import Language


_WORD = re.compile(r"[^\W_]+")
_BESIDE_A_DOSE = re.compile(f"[{SYMBOLS['dose']}{SYMBOLS['amount']}] [(\\[]$")


class ExposureAttachment(Component):
    """Makes the pairs of drugs and their doses, routes, frequencies and durations."""

    def __init__(self, rules: RuleSet) -> None:
        costs = rules.settings["exposures"]
        self._limit = float(costs["limit"])
        self._comma = float(costs["comma"])
        self._bracket = float(costs["bracket"])
        self._clause = float(costs["clause"])
        self._other_drug = float(costs["other_drug"])
        self._word = float(costs["word"])
        self._backward = float(costs["drug_after"])
        self._weak_limit = float(costs["weak_limit"])
        self._reach = int(costs["sentences_back"])
        self._costs = dict.fromkeys(costs["free_words"], 0.0) | {"and": float(costs["and"])}
        self._costs |= dict.fromkeys(costs["clause_words"], self._clause)
        macro = rules.macro
        self._dose_cue = macro("dose_cue")
        self._refusals = Refusals(rules)
        self._says_given = rules.says("giving_cue")
        self._dose_trend = macro("dose_trend")
        self._trend_joint = macro("trend_joint")
        self._route_apart = macro("route_apart")
        self._adverb = macro("route_adverb")
        self._in_turn = macro("in_turn")
        self._route_of_list = macro("route_of_list")
        self._per_time = macro("per_time")
        self._dose_of_before = macro("dose_of_before")
        self._amount_of = macro("amount_of")
        self._ingredient = macro("ingredient")
        self._plural_dose = str(costs["plural_dose"])
        self._both = macro("both_drugs")
        self._list = macro("drug_list")
        self._fronted = macro("fronted_phrase")
        self._each = macro("dose_each")
        self._item = re.compile(ITEM)
        self._forms = DoseForms(rules)
        self._drug = SYMBOLS["drug"]
        self.cost: Callable[[str, int, int], float] = self._cost
        if compiled_attach is not None:
            signs = self._comma, self._clause, self._bracket, self._other_drug
            self.cost = compiled_attach.Costs(self._costs, self._word, *signs, self._backward, self._drug).cost

    def annotate(self, known: Annotations) -> None:
        """Pair drugs with what was given, sentence by sentence; guarded names without a dose or verb fall."""
        last: list[Item] = []
        named_in = -1
        grouped = with_drugs(known.items)
        measured = [p for p in known.pairs if p.kind == "value"]
        results = {id(p.part) for p in measured}
        tests = {id(p.head) for p in measured}
        unnamed = _without_drug(known.relations)
        for number in sorted({*grouped, *unnamed}):
            recent = last if number - named_in <= self._reach else []
            items = grouped.get(number)
            given = self._sentence(known, number, items, recent, results, tests) if items else None
            drugs = given.drugs if given is not None else []
            if number in unnamed:
                self._refer(
                    known, unnamed[number], recent, given.chains(self._list, self._fronted) if given and drugs else []
                )
            if given is not None and drugs:
                if known.subjects[number] == "patient":
                    last, named_in = given.last_listed(self._list, self._fronted), number
                else:
                    last = []

    def _sentence(
        self,
        known: Annotations,
        number: int,
        items: list[Item],
        recent: list[Item],
        results: set[int],
        tests: set[int],
    ) -> Given | None:
        """Pair what a sentence says was given; None when it says nothing of the kind.

        `results` and `tests` are the ids of what the pairs of tests and results hold.
        """
        drugs: list[Item] = []
        amounts = parts = guarded = bounded = False
        for item in items:
            if item.kind == "duration" or "trim" in item.values:
                self._trim(known, items, item)
            kind = item.kind
            if kind == "drug":
                drugs.append(item)
                guarded = guarded or (item.entry is not None and "given" in item.entry.guards)
            elif kind in PARTS:
                parts = True
            elif kind in AMOUNTS:
                amounts = True
                bounded = bounded or (item.quantity is not None and item.quantity.high is not None)
        if bounded:
            items = split_trends(known, items, self._dose_trend, self._trend_joint, AMOUNTS)
        if not (drugs or amounts or parts):
            return None
        given = Given(known, number, items, drugs)
        if amounts:
            self._doses(known, given, recent, results)
        if parts:
            self._others(known, given, recent)
            self._share(known, given)
        if guarded:
            self._guard(known, given, tests)
        return given

    def _trim(self, known: Annotations, items: Sequence[Item], item: Item) -> None:
        """Take a preposition off a time that the number grammar read as a comparator ("tapered over 8 weeks")."""
        lead = str(item.values.get("trim", ""))
        words = known.text[item.start : item.end].lower()
        if lead and words.startswith(f"{lead} "):
            item.start += len(lead) + 1
            if item.quantity:
                item.quantity = item.quantity._replace(comparator=None)
        elif item.kind == "duration" and self._per_time.fullmatch(words):  # "2 g a day"
            before = [i for i in items if i.end <= item.start]
            if before and before[-1].kind in AMOUNTS and known.text[before[-1].end : item.start].isspace():
                item.kind = "frequency"
                item.values["of_amount"] = before[-1]

    def _doses(self, known: Annotations, given: Given, last: list[Item], results: set[int]) -> None:
        shadow, places, drugs = given.shadow, given.places, given.drugs
        for amount in [i for i in shadow.items.values() if i.kind in AMOUNTS and id(i) not in results]:
            position = places[id(amount)]
            reason = self._refusals.why_no_dose(shadow, amount, position)
            best: tuple[float, Item] | None = None
            named = self._amount_of.match(shadow.text, position + 1)
            backward = self._dose_of_before.search(shadow.text, max(0, position - 40), position)
            mixed = self._forms.is_mixed(shadow, position)
            for drug in [] if reason else drugs:
                place = places[id(drug)]
                if place > position and (mixed or self._forms.is_apart(shadow, position, place)):
                    continue
                cost = self.cost(shadow.text, place, position)
                if named and places[id(drug)] == named.end():
                    cost = -1.0
                elif backward and shadow.text[position + 1 : places[id(drug)]].strip():  # a drug further on
                    cost += self._clause
                if best is None or cost < best[0]:
                    best = cost, drug
            rule = "exposures.dose"
            if (
                best is None
                and len({d.concept for d in last}) == 1
                and not reason
                and self._is_dose_of_before(shadow, position)
            ):
                best, rule = (0.0, last[-1]), "exposures.dose-of-drug-before"
            limit = self._weak_limit if amount.entry and "weak" in amount.entry.guards else self._limit
            if best is None or best[0] > limit:
                if amount.kind == "dose" and not reason and not (amount.entry and "weak" in amount.entry.guards):
                    continue
                self._reject(known, amount, "DOSE", reason or "no drug stands near it")
                continue
            amount.kind = "dose"
            if (
                _BESIDE_A_DOSE.search(shadow.text, max(0, position - 3), position)
                and shadow.text[position + 1 : position + 2] in ")]"
            ):
                amount.values["equivalent"] = True  # "100 mg (2 mg/kg)" is one dose told twice
                continue
            best = best[0], self._spelled_out(shadow, drugs, best[1], places)
            pair = Pair("dose", best[1], amount, rule, best[0])
            known.pairs.append(pair)
            if amount.quantity is not None and amount.quantity.second is not None:
                self._forms.begin(amount, shadow, position)
                other = self._forms.joined(shadow, places[id(best[1])])
                if other is not None:  # "metformin/sitagliptin 1000/50 mg", where no lexicon has the two as one
                    known.pairs.append(Pair("dose", other, amount, rule, best[0], {"side": "first"}))
                    pair.values = {"side": "second"}
            shared = amount.entry is not None and known.text[amount.start : amount.end].lower().endswith(
                self._plural_dose
            )
            if (shared and amount.start > best[1].start) or self._each.match(shadow.text, position + 1):
                chain = next((c for c in given.chains(self._list, self._fronted) if best[1] in c), [])
                behind = best[1].start > amount.start  # "tablets (5 mg each) and B": no more than what is named before
                known.pairs += [
                    Pair("dose", d, amount, "exposures.dose-each", best[0])
                    for d in chain
                    if d is not best[1] and (behind or d.start < amount.start)
                ]

        made = [p for p in known.pairs[given.first :] if p.kind == "dose"]
        for pair in self._forms.told_again(made, shadow, places) if len(made) > 1 else ():
            pair.part.values["equivalent"] = pair.head
            known.pairs.remove(pair)

    def _spelled_out(self, shadow: Shadow, drugs: list[Item], drug: Item, places: dict[int, int]) -> Item:
        """The full name before a short one in brackets: "amphotericin B (AMB)"; else the drug itself."""
        place = places.get(id(drug))
        for other in drugs:
            if place is None or other.end > drug.start or other.concept != drug.concept:
                continue
            between, after = shadow.text[places[id(other)] + 1 : place], shadow.text[place + 1 : place + 2]
            if between in (" (", " [") and after in tuple(")],;"):
                return other
        return drug

    def _is_dose_of_before(self, shadow: Shadow, position: int) -> bool:
        return bool(self._dose_cue.search(shadow.text, max(0, position - 60), position))

    def _others(self, known: Annotations, given: Given, last: list[Item]) -> None:
        shadow, places = given.shadow, given.places
        doses: dict[int, list[Pair]] = {}
        for pair in known.pairs[given.first :]:
            if pair.kind == "dose":
                doses.setdefault(id(pair.part), []).append(pair)
        anchors: list[tuple[int, int, Item, Item | None]] = []
        for place, item in shadow.items.items():
            if item.kind == "drug":
                anchors.append((place, item.start, item, None))
            elif id(item) in doses:
                anchors.append((place, item.start, doses[id(item)][-1].head, item))
            elif isinstance(item.values.get("equivalent"), Item):
                anchors.append((place, item.start, item.values["equivalent"], None))
        for part in [i for i in shadow.items.values() if i.kind in PARTS]:
            position = places[id(part)]
            weak = bool(part.entry and "weak" in part.entry.guards)
            reason = self._refusals.why_no_part(shadow, part, position)
            amount = part.values.get("of_amount")
            if amount is not None and id(amount) not in doses:
                reason = "the amount before it is no dose"
            # an adverb belongs to what stands before: "X nasally and Y"
            behind = part.kind == "route" and self._adverb.search(known.text[part.start : part.end].lower())
            best: tuple[float, Item, Item | None] | None = None
            for place, start, drug, dose in [] if reason else anchors:
                if part.values.get("behind") and start > part.start:
                    continue
                cost = self.cost(shadow.text, place, position)
                beside = part.kind == "route" and shadow.text[position + 1 : place] == " "  # "oral X"
                if behind and self._route_apart.search(shadow.text, position + 1, place):
                    continue
                surer = dose is not None or (beside and best is not None and drug is not best[1])
                if best is None or cost < best[0] or (cost == best[0] and surer):
                    best = cost, drug, dose
            if (
                last
                and best is None
                and not (reason or weak or part.kind == "duration")
                and not any(i.kind == "dose" for i in shadow.items.values())
                and self._dose_cue.search(shadow.text, max(0, position - 60), position)
            ):
                best = 0.0, last[-1], None
            limit = self._weak_limit if weak or part.values.get("behind") else self._limit
            if best is None or best[0] > limit:
                if part.kind != "duration":
                    self._reject(known, part, part.label or "", reason or "no drug stands near it")
                part.values["orphan"] = True
                continue
            heads = [p.head for p in doses[id(best[2])]] if best[2] is not None else []
            for head in [best[1], *(h for h in heads if h is not best[1])] if len(heads) > 1 else [best[1]]:
                known.pairs.append(Pair(part.kind, head, part, f"exposures.{part.kind}", best[0], {"dose": best[2]}))
        self._only_one_route(known, given)

    def _only_one_route(self, known: Annotations, given: Given) -> None:
        """Drop "infusion" and "injection" where another route word stands with the drug."""
        own = [p for p in known.pairs[given.first :] if p.kind == "route"]
        for pair in own:
            entry = pair.part.entry
            if (
                entry
                and "weak" in entry.guards
                and any(
                    p.head is pair.head and p.part is not pair.part and p.values.get("dose") is pair.values.get("dose")
                    for p in own
                )
            ):
                known.pairs.remove(pair)
                self._reject(known, pair.part, "ROUTE", "another route word stands with the drug")

    def _reject(self, known: Annotations, item: Item, label: str, reason: str) -> None:
        known.choices.append(Choice(item.start, item.end, label, item.rule, "rejected", reason))
        if item.kind in ("dose", "route", "frequency"):
            with contextlib.suppress(ValueError):  # it may have gone before
                known.items.remove(item)

    def _share(self, known: Annotations, given: Given) -> None:
        """A route said once for listed drugs, or for the first of a drug's doses, holds for the others."""
        made = known.pairs[given.first :]
        pairs = {(id(p.head), p.kind): p for p in made if p.kind in ("route", "frequency")}
        if not pairs or len(given.drugs) < 2:
            return
        told = {head for head, _ in pairs}
        dosed = {id(p.head) for p in made if p.kind == "dose"}
        for chain in given.chains(self._list, self._fronted):
            for kind in ("route", "frequency"):
                said = pairs.get((id(chain[-1]), kind))
                first = pairs.get((id(chain[0]), kind))
                others = chain[:-1]
                if first is not None and self._heads_list(given, first.part, chain):
                    said, others = first, chain[1:]
                elif said is None or said.part.start < chain[-1].start:
                    continue
                elif kind == "route" and id(chain[-1]) in dosed:
                    others = [d for d in others if id(d) in dosed]  # "X, and Y 5 mg subcutaneously"
                for drug in others:
                    if id(drug) not in told and (kind == "route" or id(drug) in dosed):
                        known.pairs.append(
                            Pair(kind, drug, said.part, f"exposures.{kind}-of-list", said.cost + 1, {"dose": None})
                        )

    def _heads_list(self, given: Given, part: Item, drugs: list[Item]) -> bool:
        """Whether a route is the noun that a list of drugs belongs to: "infusions of X and Y"."""
        places, text = given.places, given.shadow.text
        place, first, last = places[id(part)], places[id(drugs[0])], places[id(drugs[-1])]
        heads = part.kind == "route" and place < first and self._route_of_list.fullmatch(text, place + 1, first)
        return bool(heads) and self._in_turn.search(text, first, last) is None

    def _refer(
        self, known: Annotations, relations: list[Relation], recent: list[Item], chains: list[list[Item]]
    ) -> None:
        """Give relations whose words only stand for a drug the drug named before, or all of a list for "both".

        That is the only drug, or list, that stands before these words in their sentence, else the last before it.
        """
        for relation in relations:
            slot = relation.rule.fields["drug"]
            before = [chain for chain in chains if chain[-1].end <= relation.start]
            last = before[0] if len(before) == 1 else recent
            if not last:
                known.relations.remove(relation)
                continue
            words = known.text[relation.start : relation.end].lower()
            meant = last if self._both.search(words) else last[-1:]
            relation.slots[slot] = meant[-1:]
            for drug in meant[:-1]:
                slots = {**relation.slots, slot: [drug]}
                known.relations.append(Relation(relation.rule, slots, relation.start, relation.end, relation.sentence))

    def _cost(self, text: str, head: int, part: int) -> float:
        """What the words between a head's position and a part's position in the symbol form cost."""
        low, high = (head, part) if head < part else (part, head)
        between = text[low + 1 : high]
        cost = self._backward if part < head else 0.0
        if between == "" or between.isspace():
            return cost if part > head else 0.0
        costs, word_cost = self._costs, self._word
        for word in _WORD.findall(between):
            cost += costs.get(word, word_cost)
        cost += between.count(",") * self._comma
        cost += (between.count(";") + between.count(":")) * self._clause
        closes, opens = between.count(")"), between.count("(")
        cost += closes * self._bracket if part > head else opens * self._bracket + closes * self._bracket
        cost += between.count(self._drug) * self._other_drug
        return cost

    def _guard(self, known: Annotations, given: Given, tests: set[int]) -> None:
        """Drop names that are drugs only when given, where nothing says that they were."""
        text, places = given.shadow.text, given.places
        paired = {id(p.head) for p in known.pairs[given.first :] if p.kind != "duration"}
        relations = known.relations
        blamed: set[int] | None = None
        dropped: set[int] = set()
        for drug in [d for d in given.drugs if d.entry and "given" in d.entry.guards]:
            if id(drug) not in tests:
                lead = text[max(0, places[id(drug)] - 60) : places[id(drug)]]
                follow = text[places[id(drug)] + 1 : places[id(drug)] + 40]
                if id(drug) in paired or self._says_given(lead + SYMBOLS["drug"] + follow):
                    continue
                if blamed is None:
                    blamed = self._blamed(known, relations, given.shadow.text_start(0))
                if id(drug) in blamed and not self._ingredient.match(follow):
                    continue
            dropped.add(id(drug))
            known.choices.append(
                Choice(drug.start, drug.end, "DRUG", drug.rule, "rejected", "nothing says that it was given")
            )
        if dropped:  # at once, as a text may have thousands
            given.drugs = [d for d in given.drugs if id(d) not in dropped]
            known.items = [i for i in known.items if id(i) not in dropped]
            known.pairs = [p for p in known.pairs if id(p.head) not in dropped]
            known.relations = [
                r for r in known.relations if all(id(i) not in dropped for held in r.slots.values() for i in held)
            ]

    def _blamed(self, known: Annotations, relations: Sequence[Relation], start: int) -> set[int]:
        """Ids of the drugs that a relation blames: surely, or where the drug is named before `start` too."""
        earlier = {d.concept for d in known.items if d.kind == "drug" and d.end <= start}
        return {
            id(drug)
            for r in relations
            if (drug := r.item("drug")) is not None and (r.rule.values.get("certain") or drug.concept in earlier)
        }


def _without_drug(relations: Sequence[Relation]) -> dict[int, list[Relation]]:
    """By sentence, the relations of drug rules whose words only stand for a drug."""
    unnamed: dict[int, list[Relation]] = {}
    for relation in relations:
        if relation.rule.id.startswith("drug.") and relation.item("drug") is None:
            unnamed.setdefault(relation.sentence, []).append(relation)
    return unnamed


def make_exposures(nlp: Language, name: str, rules: str | None) -> ExposureAttachment:
    """Factory of the component that pairs drugs with their doses."""
    return ExposureAttachment(rules_of(rules))
