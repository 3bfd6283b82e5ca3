"""Which drugs and events a sentence ties together, beyond the two that stand nearest to the words of a rule.

An illness that the drug was given for is passed over for the event before it; what is listed beside a drug or an
event ("A, B and C") belongs to the pair too. All words come from the macros of rules/patterns/reactions.toml.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from casenlp.linking.antecedents import drug_and_event
from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item, Relation
from casenlp.pipeline.given import ends_phrase, phrase_end
from casenlp.pipeline.shadow import Shadow, make_shadow

_EVENTS = ("finding", "diagnosis")
_LEAD = 90  # characters before and after an event that tell its part
_FOLLOW = 45
_HARM = 24  # characters before an event that may tell what kind it is
_RECENT = 200  # days of a history that tell when an illness began, and not that it is an old one
_LIST_LIMIT = 12  # members of a list that are read


class Causality:
    """Drugs and events of one document, sentence by sentence, with the part each plays there."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._rules = reading.rules
        self._says = reading.says
        self._underlying_before = reading.rules.says("underlying_before")
        self._shadows: dict[int, Shadow] = {}
        self._places: dict[int, dict[int, int]] = {}
        self._underlying: dict[int, bool] = {}

    @cached_property
    def _indications(self) -> set[tuple[int, int]]:
        relations = self._reading.relations("indication.")
        return {(id(r.item("drug")), id(r.item("indication"))) for r in relations}

    def _is(self, macro: str, words: str) -> bool:
        return self._rules.macro(macro).fullmatch(words) is not None

    def _begins(self, macro: str, words: str) -> bool:
        return self._rules.macro(macro).match(words) is not None

    def shadow(self, number: int) -> Shadow:
        """The symbol form of a sentence."""
        shadow = self._shadows.get(number)
        if shadow is None:
            start, end = self._reading.known.sentences[number]
            shadow = make_shadow(self._reading.text, start, end, self._reading.by_sentence.get(number, ()))
            self._shadows[number] = shadow
            self._places[number] = {id(item): place for place, item in shadow.items.items()}
        return shadow

    def place(self, item: Item) -> int:
        """Position of an item, or of the first of its parts, in its sentence's symbol form; -1 when not shown there."""
        return self._span(item)[0]

    def _span(self, item: Item) -> tuple[int, int]:
        """Positions of the first and the last symbol that stand for an item (-1 for one that is not shown)."""
        self.shadow(item.sentence)
        places = self._places[item.sentence]
        parts = item.values.get("parts") or (item,)  # "raised creatinine" is a test and its result
        return places.get(id(parts[0]), -1), places.get(id(parts[-1]), -1)

    def between(self, first: Item, second: Item) -> str:
        """What stands between two items of a sentence, in symbol form."""
        (_, low), (high, _) = sorted((self._span(first), self._span(second)))
        return self.shadow(first.sentence).text[low + 1 : high]

    def lead(self, item: Item) -> str:
        """The words before an item, in symbol form."""
        place = self.place(item)
        return self.shadow(item.sentence).text[max(0, place - _LEAD) : place]

    def _follow(self, item: Item) -> str:
        """The words after an item, in symbol form."""
        return self.shadow(item.sentence).text[self._span(item)[1] + 1 :][:_LEAD]

    def is_underlying(self, event: Item) -> bool:
        """Whether an event is an illness that somebody had or was treated for."""
        passed: list[Item] = []
        current: Item | None = event
        known = False
        while current is not None and len(passed) < _LIST_LIMIT:
            if id(current) in self._underlying:
                known = self._underlying[id(current)]
                break
            passed.append(current)
            follow = self._follow(current)[:60]
            lead = self.lead(current)
            if self._says("who_had", lead) and self._begins("bound_in_time", follow):
                break  # "who had X during the infusion of D"
            told = self._underlying_before(lead) or self._says("underlying_after", follow)
            if told or (self._says("share_had", lead) and self._says("lasting_illness", self._words(current))):
                known = not self._is_recent(current, lead)
                break
            current = None if self._opens_clause(current) else self._listed(current, -1)
        self._underlying |= {id(each): known for each in passed}
        return known

    def _is_recent(self, event: Item, lead: str) -> bool:
        """Whether the history of an event is one of days, weeks or a few months: its onset, no illness of before."""
        if not self._says("history_of_time", lead):
            return False
        here = self._reading.by_sentence[event.sentence]
        times = [i for i in here if i.kind == "duration" and i.end <= event.start]
        days = times[-1].quantity.days if times and times[-1].quantity else None
        if days is None or days > _RECENT:
            return False
        since = next((i.quantity.days for i in here if i.start >= event.end and i.quantity and i.quantity.days), None)
        return since is None or since >= days  # "one day after D" it had begun before

    def _opens_clause(self, event: Item) -> bool:
        """Whether an event behind a comma is what its verb is about ("for gout, a rash appeared"): no list member."""
        lead, follow = self.lead(event), self._follow(event)[:_FOLLOW]
        return self._says("after_comma", lead) and self._begins("occurs", follow)

    def _own_clause(self, event: Item) -> bool:
        """Whether a verb of its own is told of an event behind ", and": "…, and psoriasis due to X was diagnosed"."""
        return self._says("and_before", self.lead(event)) and self._begins("was_diagnosed", self._follow(event))

    def is_managed(self, event: Item) -> bool:
        """Whether an event is named as treated, prevented or gone ("treatment of X"), and not as caused by a drug."""
        if "parts" not in event.values and self._begins("fall_of_a_test", self._words(event) + self._follow(event)):
            return True  # "a fall in bilirubin" that is wanted
        better = self._says("better_illness", self._words(event, before=_HARM))  # where "improvement" is a result
        if not better and not self._says("managed_before", self.lead(event)):
            return False
        return not self._begins("bound_to_cause", self._follow(event))

    def is_of_nobody(self, event: Item) -> bool:
        """Whether it is told that no one had an event: "none of 40 patients on D developed X"."""
        before = self.shadow(event.sentence).text[: self.place(event)]
        return self._says("nobody_before", before) or self._says("nobody_after", self._follow(event))

    def is_known_risk(self, event: Item) -> bool:
        """Whether a general statement warns of an event ("the risk of X with D"), and calls nothing good for it."""
        return event.subject == "literature" and not self._says("no_warning_before", self.lead(event))

    def is_recovering(self, event: Item, drug: Item) -> bool:
        """Whether what is said of an event is that it got better ("the fever had settled").

        Not where that came of stopping the drug ("which resolved after its withdrawal"): that is a dechallenge.
        """
        if self.is_managed(event):
            return True
        _, end = self._reading.known.sentences[event.sentence]
        follow = self._reading.text[event.end : min(end, event.end + _LEAD)].lower()
        if not self._says("improved", re.split(r"[,;]", follow[:_FOLLOW])[0]):
            return False
        stop = self._rules.guarded("after_stop").search(follow)
        if stop is None:
            return True
        later = [d for d in self._drugs(event) if d.start > event.end + stop.start()]
        return bool(later) and not self.same_drug(later[0], drug)

    def is_indication(self, drug: Item, event: Item) -> bool:
        """Whether a rule found that the drug was given for the event, and nobody who took it stands between."""
        if (id(drug), id(event)) not in self._indications:
            return False
        return drug.start < event.start or not self._says("person", self.between(event, drug))

    def is_given_against(self, drug: Item, event: Item) -> bool:
        """Whether the event is of those that the drug is given against, and it was not given up before.

        What a test shows for which the drug is given ("CT with contrast showed X") counts as such too.
        """
        lead, name = self.lead(drug), drug_name(drug).lower()
        if self._says("shows_up", name) and self._says("test_with", lead):
            return True
        if self._says("withdrawn_before", lead) or self._says("paradoxical", self._words(event, before=_HARM)):
            return False
        if not self._says("given_against", f"{name} | {self._words(event)} {event_name(event)}".lower()):
            return False
        return not self._is_given_up_behind(drug, event)

    def _is_given_up_behind(self, drug: Item, event: Item) -> bool:
        """Whether an event that is no infection or tumor came when the drug was stopped: "X developed after D was"."""
        if drug.sentence != event.sentence or drug.start < event.end or self._is_other_reason(event, beside=True):
            return False
        between = self.between(event, drug)
        return self._says("came_after_drug", between) and self._says("given_up_behind", self._follow(drug))

    def is_generic(self, event: Item) -> bool:
        """Whether an event is no more than a word for any harm ("toxicity")."""
        return self._says("generic_event", self._words(event))

    def _is_other_reason(self, event: Item, beside: bool) -> bool:
        """Whether a drug may be stopped for an event that is not its doing; `beside`: it only told to come then."""
        words, near = self._words(event), self._words(event, before=_HARM)
        if self._says("better_illness", near):
            return True
        if self._says("harm_of_drugs", near):
            return False
        worse = self._says("worse_illness", self.lead(event)) or self._says("worse_tumor", near)
        told = worse or self._says("other_reason_to_stop", words)
        return told or (beside and self._says("other_reason_beside", words))

    def _is_never_begun(self, relation: Relation, drug: Item, event: Item) -> bool:
        """Whether a drug that is named for the first time was withheld for an illness or a state that lasts."""
        words = self._reading.text[relation.start : relation.end].lower()
        kept = self._says("withheld", words) and self._says("kept_from", self._words(event))
        return kept and not self._reading.named_before(drug)

    def _is_of_before(self, drug: Item, event: Item) -> bool:
        """Whether an event is an old illness told beside a drug that somebody takes: "D for epilepsy, and had X"."""
        if not self._says("of_before", self._words(event)) or not self._says("and_had", self.between(drug, event)):
            return False
        return not self._says("given_once", f"{self.lead(drug)}|{self._words(drug, before=_HARM)}")

    def _is_less_given(self, relation: Relation) -> bool:
        """Whether what a rule read as less of a drug tells a change ("reduced"), and is no state ("low")."""
        return all(self._says("made_less", self._words(change)) for change in relation.slots.get("change", ()))

    def _is_old_reason(self, relation: Relation, event: Item) -> bool:
        """Whether one drug took another's place because what both are for goes on."""
        if self._says("illness_goes_on", self._words(event, before=_HARM)):
            return True
        names = {drug_name(d) for d in (*relation.slots["drug"], *relation.slots["new"])}
        told = self._reading.relations("indication.")
        pairs = ((r.item("drug"), r.item("indication")) for r in told if r.sentence != relation.sentence)
        if any(d and e and drug_name(d) in names and event_name(e) == event_name(event) for d, e in pairs):
            return True
        same = (e for e in self._reading.items(*_EVENTS) if e.end < event.start and event_name(e) == event_name(event))
        return any(self.is_underlying(e) for e in same)

    def _words(self, item: Item, before: int = 0) -> str:
        """The words of an item, with some characters before it."""
        return self._reading.text[max(0, item.start - before) : item.end].lower()

    def pairs(self, relation: Relation) -> Iterator[tuple[Item, Item]]:
        """All pairs of drug and event that a relation states."""
        both = drug_and_event(self._reading, relation)
        if both is None:
            return
        drug, event = both
        harm = next(iter(relation.slots.get("harm", ())), None)
        if harm is not None and not self.is_generic(harm):
            return
        chosen = self._effect(event, relation)
        if chosen is None:
            return
        event = chosen
        if relation.rule.values.get("named") and "parts" in event.values:
            named = self._named_after(event)
            if named is None:
                return
            event = named
        if drug.start > event.end and self._says("treated_reaction", self.lead(event)):
            return
        values = relation.rule.values
        if values.get("reason") and self._is_other_reason(event, beside=bool(values.get("beside"))):
            return
        if values.get("reason") and (self._is_never_begun(relation, drug, event) or not self._is_less_given(relation)):
            return
        if values.get("named") and drug.end < event.start and self._is_of_before(drug, event):
            return
        if relation.slots.get("new") and self._is_old_reason(relation, event):
            return
        if (unless := values.get("unless")) and self._says(str(unless), self._words(event, before=_HARM)):
            return
        events = self.listed(event)
        beside = self.between(drug, event) if drug.sentence == event.sentence and drug.end < event.start else ""
        if beside.startswith(" (") and ")" not in beside:  # what stands in brackets behind a drug is its own
            bracket = self.shadow(event.sentence).text.find(")", self.place(event))
            drugs, events = [drug], [e for e in events if e.start >= event.start and self.place(e) < bracket]
        else:
            drug = self._given_behind(self._full_name(self._meant(drug)), event)
            of_old = values.get("reason") or self._says("of_withdrawal", self._words(event))
            new = None if of_old else self._changed_to(drug)
            drugs = self.without_classes(self.members(new or drug))
            if not of_old and not values.get("certain"):
                drugs = [d for d in drugs if self._changed_to(d) is None]
            elif new is not None:
                drugs = [drug, *(d for d in drugs if d is not drug)]  # "induced by changing from A to B"
        if self._says("managed_before", self.lead(event)):  # "treatment of X due to D with Y"
            drugs = [d for d in drugs if d is drug or not self._says("carries", self.between(drug, d))]
        for each in [e for e in events if "parts" not in e.values] or events:
            if each is not event and (each.negated != event.negated or self.is_underlying(each)):
                continue
            for other in drugs:
                yield other, each

    def _named_after(self, event: Item) -> Item | None:
        """The first finding or disease right behind what only a test showed: "raised troponin and chest pain"."""
        return next((e for e in self.listed(event) if e.start > event.start and "parts" not in e.values), None)

    def members(self, drug: Item) -> list[Item]:
        """The drugs listed with one; in place of a class named beside its member, the member."""
        items = self._drugs(drug)
        if drug in items and drug.rule.startswith("drug_classes"):
            index = items.index(drug)
            after = items[index + 1] if index + 1 < len(items) else drug
            short = after.rule == "abbreviation" or self.same_drug(drug, after)
            spelled = after is not drug and short and self.between(drug, after) == " ("
            if spelled and index + 2 < len(items) and self._is("names_member", self.between(after, items[index + 2])):
                return self.members(items[index + 2])  # "corticosteroids (CS), i.e., prednisolone"
            if after is not drug and not spelled and self._is("names_member", self.between(drug, after)):
                return self.listed(drug) if self._across_phrase(drug, after) else self.members(after)
            if index and self._is("names_class", self.between(items[index - 1], drug)):
                return self.listed(items[index - 1])
        return self.listed(drug)

    def _meant(self, drug: Item) -> Item:
        """The drug that another only describes: "the folic acid antagonist methotrexate", "X, a derivative of Y"."""
        items = self._drugs(drug)
        index = items.index(drug) if drug in items else -1
        if index >= 0 and index + 1 < len(items) and self._is("of_kind", self.between(drug, items[index + 1])):
            return items[index + 1]
        if index > 0 and self._is("kind_of", self.between(items[index - 1], drug)):
            return items[index - 1]
        return drug

    def _changed_to(self, drug: Item) -> Item | None:
        """The drug that took another's place, of which something came then: "after switching from A to B"."""
        if not self._says("changed_from", self.lead(drug)):
            return None
        behind = next((d for d in self._drugs(drug) if d.start > drug.start), None)
        return behind if behind is not None and self._is("changed_to", self.between(drug, behind)) else None

    def _full_name(self, drug: Item) -> Item:
        """The name before a short form in brackets: "interferon alpha (IFN)"; the drug itself where it is none."""
        before = [d for d in self._drugs(drug) if d.end < drug.start]
        near = before[-1] if before else None
        if near is None or self.between(near, drug) != " (":
            return drug
        return near if self.same_drug(near, drug) or drug.rule == "abbreviation" else drug

    def without_classes(self, drugs: list[Item]) -> list[Item]:
        """Drugs without the classes that only say what a drug named beside them is: "X, a Y inhibitor"."""
        here = self._drugs(drugs[0]) if drugs else []
        kept = []
        for drug in drugs:
            place = here.index(drug) if drug in here else -1
            if drug.rule.startswith("drug_classes") and place >= 0 and len(drugs) > 1:
                after, before = here[place + 1 : place + 2], here[max(0, place - 1) : place]
                if after and after[0] in drugs and self._is("names_member", self.between(drug, after[0])):
                    continue
                if before and before[0] in drugs and self._is("names_class", self.between(before[0], drug)):
                    continue
            kept.append(drug)
        return kept

    def _drugs(self, drug: Item) -> list[Item]:
        return [d for d in self._reading.by_sentence.get(drug.sentence, []) if d.kind == "drug"]

    def _effect(self, event: Item, relation: Relation) -> Item | None:
        """The event itself, or where it is an underlying illness the nearest other event before it."""
        event = self._head(self._spelled_out(event))
        if not self.is_underlying(event) or self._begins("bound_to_cause", self._follow(event)):
            return event
        for earlier in reversed(self._reading.by_sentence.get(event.sentence, [])):
            if earlier.kind not in _EVENTS or earlier.end > event.start or earlier.negated:
                continue
            if self._is("led_to", self.between(earlier, event)):
                continue
            if not self.is_underlying(earlier) and not self.is_managed(earlier):
                return earlier
        return event if relation.rule.values.get("certain") else None

    def _spelled_out(self, event: Item) -> Item:
        """The name before an abbreviation in brackets; the event itself where it is none."""
        here = self._reading.by_sentence.get(event.sentence, [])
        previous = [e for e in here if e.kind in _EVENTS and e.end < event.start]
        return previous[-1] if previous and self.between(previous[-1], event) == " (" else event

    def _head(self, event: Item) -> Item:
        """The event that another is a part of ("thyrotoxicosis with exophthalmos"), else the event itself."""
        here = self._reading.by_sentence.get(event.sentence, [])
        before = [e for e in here if e.kind in _EVENTS and e.end < event.start]
        if not before or before[-1].negated or not self._is("part_of", self.between(before[-1], event)):
            return event
        return event if self.is_underlying(before[-1]) else before[-1]

    def listed(self, item: Item) -> list[Item]:
        """An item with all that stand in one list with it, in order."""
        found = [item]
        for step in (-1, 1):
            other = self._listed(item, step)
            while other is not None and other not in found and len(found) < _LIST_LIMIT:
                found.append(other)
                other = self._listed(other, step)
        return sorted(found, key=lambda i: i.start)

    def _listed(self, item: Item, step: int) -> Item | None:
        kinds = ("drug",) if item.kind == "drug" else _EVENTS
        place = self._span(item)[step > 0]
        items = self.shadow(item.sentence).items
        if place not in items:
            return None
        order = list(items)
        index = bisect_left(order, place) + step
        while 0 <= index < len(order):
            other = items[order[index]]
            if other.kind in kinds:
                between = self.between(item, other)
                right = item if step < 0 else other
                if item.kind != "drug" and (self._says("carries", between) or self._own_clause(right)):
                    return None
                if item.kind == "drug" and self._across_phrase(item, other):
                    return None
                return other if self._is("list_link", between) else None
            if other.kind not in (
                "route",
                "dose",
                "frequency",
                "amount",
                "modifier",
                "result",
                "drug",
                "finding",
                "diagnosis",
            ):
                return None
            index += step
        return None

    def _given_behind(self, drug: Item, event: Item) -> Item:
        """The drug that was given behind a phrase in front, before the event: "on A, B was added and X developed"."""
        words, place = self.shadow(drug.sentence).text, self.place(drug)
        end = phrase_end(words, self._rules.macro("fronted_phrase"))
        if event.sentence != drug.sentence or not place < end <= self.place(event):
            return drug
        behind = [d for d in self._drugs(drug) if end <= self.place(d) < self.place(event)]
        given = behind and self._rules.macro("given_behind").search(words, end, self.place(event))
        return behind[0] if given else drug

    def _across_phrase(self, first: Item, second: Item) -> bool:
        """Whether one of two drugs stands in a phrase in front of the other's clause."""
        low, high = sorted((self.place(first), self.place(second)))
        return ends_phrase(self.shadow(first.sentence).text, low, high, self._rules.macro("fronted_phrase"))

    def same_drug(self, first: Item, second: Item) -> bool:
        """Whether two items name one drug."""
        return first is second or drug_name(first) == drug_name(second)
