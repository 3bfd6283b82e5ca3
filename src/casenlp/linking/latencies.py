"""Latency rows: a time from a drug to an event, found by the rules of latencies.toml and completed from the text.

A time that another rule took for a duration or a date becomes a latency here when drug and event are tied to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any

from casenlp.linking.anchors import Anchors
from casenlp.linking.causality import Causality
from casenlp.linking.counted_times import counted_time, days_of
from casenlp.linking.latency_events import LatencyEvents
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, merge
from casenlp.pipeline.annotations import Item, Relation
from casenlp.units import TIME_NAMES

_ENDED = ("drug.stopped", "drug.replaced")
_GIVEN = ("drug.started", "drug.stopped", "drug.increased", "drug.restarted", "drug.taken")


def link_latencies(reading: Reading) -> list[Draft]:
    """Draft rows of all latencies; of several rules that find one time the fullest reading wins."""
    return _Latencies(reading).rows() if reading.relations("latency.") else []


@dataclass(frozen=True, slots=True)
class _Found:
    """A time read by one relation; of several for one time the highest score stands."""

    score: int
    relation: Relation
    time: Item
    drugs: list[Item]
    event: Item | None


class _Latencies:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.causality = Causality(reading)
        self.ordinals: dict[str, float] = reading.rules.settings["latencies"]["ordinals"]
        self.searches = reading.rules.searches
        told = [r for r in reading.relations("indication.") if not r.rule.values.get("happened")]
        self.treated = {id(r.item("indication")) for r in told}
        self.events = LatencyEvents(reading, self.causality, self.treated)

    def says(self, macro: str, words: str) -> bool:
        """Whether a macro matches somewhere in the words."""
        return self.searches[macro](words) is not None

    @cached_property
    def taken(self) -> list[Item]:
        """The drugs whose sentence tells of an intake."""
        return [d for d in self.reading.items("drug") if not d.negated and self._is_taken(d)]

    @cached_property
    def stopped(self) -> list[Item]:
        """The patient's drugs that were stopped."""
        ends = [r.item("drug") for r in self.reading.relations("drug.stopped")]
        return [d for d in ends if d is not None and d.subject == "patient" and not d.negated]

    @cached_property
    def ended(self) -> list[Relation]:
        """Where a drug was stopped or replaced, the last first."""
        return sorted((r for n in _ENDED for r in self.reading.relations(n)), key=lambda r: -r.start)

    @cached_property
    def anchors(self) -> Anchors:
        """What times count from."""
        return Anchors(self.reading, self.causality, self.actions, self.stopped)

    @cached_property
    def actions(self) -> list[Relation]:
        """What was done with drugs, in order."""
        given = [(r.start, rank, r) for r in self.reading.relations("drug.") if (rank := _rank(r.rule.id)) >= 0]
        given.sort(key=itemgetter(0, 1))
        return [relation for _, _, relation in given]

    def _is_taken(self, drug: Item) -> bool:
        return self.says("ingestion", self.reading.sentence_text(drug.sentence))

    def rows(self) -> list[Draft]:
        """Draft rows, one for each time, drug and subject."""
        best: dict[int, _Found] = {}
        with_mate: list[Relation] = []
        for relation in self.reading.relations("latency."):
            if relation.item("mate") is not None:
                with_mate.append(relation)
                continue
            found = self._read(relation)
            if found is not None:
                known = best.get(id(found.time))
                if known is None or found.score > known.score:
                    best[id(found.time)] = found
        for relation in with_mate:
            if relation.rule.values.get("respectively"):
                self._part(relation, best)
        drafts: list[Draft] = []
        read: dict[int, list[Draft]] = {}
        for identity, found in sorted(best.items(), key=_place):
            read[identity] = [self._row(found.relation, found.time, drug, found.event) for drug in found.drugs]
            drafts += read[identity]
        for relation in with_mate:
            time, mate = relation.item("latency"), relation.item("mate")
            if time is None or mate is None or id(time) in read or id(mate) not in read:
                continue
            if relation.item("event") is not None and not _has_unit(time):
                continue  # "hospital day 5" counts from something else
            bounds, middle = time.quantity, mate.quantity
            if time.kind == "number" and not (bounds and middle and bounds.holds(middle)):
                continue  # "3 minutes (12)"
            read[id(time)] = [self._beside(relation, time, row) for row in read[id(mate)]]
            drafts += read[id(time)]
        return merge(drafts, _key)

    def _part(self, relation: Relation, best: dict[int, _Found]) -> None:
        """Part "4 and 7 days, respectively": the first time gets the first event or drug, and so on."""
        mate = relation.item("mate")
        found = best.get(id(mate))
        if found is None:
            return
        times = sorted((i for held in relation.slots.values() for i in held), key=lambda i: i.start)
        events = [e for e in self.causality.listed(found.event) if not e.negated] if found.event else []
        for order, time in enumerate(times):
            event = events[order] if len(events) == len(times) else found.event
            drugs = found.drugs[order : order + 1] if len(found.drugs) == len(times) else found.drugs
            best[id(time)] = replace(found, time=time, drugs=drugs, event=event)

    def _read(self, relation: Relation) -> _Found | None:
        """Time, drugs and event of one relation; None when its time is no latency."""
        time, drug = relation.item("latency"), relation.item("drug")
        if time is None:
            return None
        said = drug is not None
        if drug is None:  # most times have none: asked before the words are read
            drug = self._drug_before(relation, time)
        if drug is None or drug.negated or not self._is_elapsed(relation, time):
            return None
        event = relation.item("event")
        if event is None or event.negated or id(event) in self.treated or self.causality.is_underlying(event):
            event = self.events.near(relation, time, drug)
        if event is None and (time.kind in ("duration", "date") or not said):
            return None
        drugs = self.causality.members(drug) if said or relation.rule.values.get("context") else [drug]
        score = 4 * said + 2 * (event is not None) + (relation.item("event") is not None)
        score += bool(relation.rule.values.get("surest"))
        if relation.rule.values.get("later"):
            score -= 3
        return _Found(score, relation, time, drugs, event)

    def _is_elapsed(self, relation: Relation, time: Item) -> bool:
        if time.kind in ("age", "frequency") or (time.section is not None and time.section.subject == "none"):
            return False
        text, of_rule = self.reading.text, relation.rule.values
        words = text[time.start : time.end].lower()
        if time.kind == "date" and not self._inner(time):
            return bool(of_rule.get("counted")) and counted_time(words, self.ordinals)[0] is not None
        if self.says("not_a_time", words):
            return False
        if self.says("not_latency_after", text[time.end : time.end + 30].lower()):
            return False
        if of_rule.get("statistic_of_group") and time.subject == "patient":
            said = self.reading.sentence_text(time.sentence)
            if not self.says("statistic_mean", said) and not self.says("statistic_median", said):
                return False
        if of_rule.get("earlier"):
            return self.says("earlier", words)
        if time.kind == "date" and self.says("earlier", words):
            return False
        lead = text[max(0, time.start - 30) : time.start].lower()
        if time.kind != "latency" and self.says("not_latency_before", lead):
            return False
        if of_rule.get("counted"):
            return time.kind == "date"
        if of_rule.get("later"):
            follow = text[time.end : time.end + 12].lower()
            return (
                self.says("later", words)
                or self.says("after_or_in", lead.rstrip())
                or follow.startswith((" later", " afterwards"))
                or (time.kind == "time" and time.quantity is not None and time.quantity.comparator == "<=")
            )
        return True

    def _inner(self, time: Item) -> Item | None:
        """The time inside a relative date ("two days" of "two days later")."""
        return next((i for i in time.values.get("inner", ()) if i.kind == "time"), None)

    def _drug_before(self, relation: Relation, time: Item) -> Item | None:
        """The drug that a time without one counts from."""
        if relation.rule.values.get("context"):
            return self._drug_given_before(time)
        follow = self.reading.text[time.end : relation.end + 20].lower()
        if self.says("anchor_stop", follow):
            stopped = self._last_ended(time)
            if stopped is not None:
                return stopped
        if self.says("ingestion", follow):
            taken = [d for d in self.taken if d.start < time.start]
            if taken:
                return taken[-1]
        inside = [d for d in self._drugs(time.sentence) if d.start < time.start] or self._drugs(time.sentence)
        if inside:
            return min(inside, key=lambda d: abs(d.start - time.start))
        for number in (time.sentence - 1, time.sentence - 2):
            drugs = self._drugs(number)
            if drugs:
                suspects = [d for d in drugs if any(d is a.item("drug") for a in self.actions)]
                return (suspects or drugs)[-1]
        return None

    def _last_ended(self, time: Item) -> Item | None:
        """The drug last stopped or replaced in this sentence or the two before."""
        for relation in self.ended:
            drug = relation.item("drug")
            if drug is None or drug.start >= time.start or drug.negated:
                continue
            return drug if drug.sentence >= time.sentence - 2 else None
        return None

    def _drugs(self, number: int) -> list[Item]:
        return [d for d in self.reading.by_sentence.get(number, []) if d.kind == "drug" and not d.negated]

    def _drug_given_before(self, time: Item) -> Item | None:
        """The drug last started, stopped, increased or given again in this sentence or the one before."""
        for action in reversed(self.actions):
            drug = action.item("drug")
            if drug is None or drug.negated or drug.end > time.start or drug.temporality == "hypothetical":
                continue
            if action.rule.id == "drug.taken" and not self._was_swallowed(action):
                continue
            skipped = range(drug.sentence + 1, time.sentence)
            if len(skipped) > 1 or any(self._drugs(number) for number in skipped):
                return None
            between = self.reading.text[drug.end : time.start].lower()
            return None if self.says("other_anchor", between) else drug
        return None

    def _was_swallowed(self, action: Relation) -> bool:
        """Whether "took" tells of one intake: "took two tablets of X"."""
        return self.says("one_intake", self.reading.text[action.start : action.end].lower())

    def _row(self, relation: Relation, time: Item, drug: Item, event: Item | None) -> Draft:
        self._claim(time)
        quantity = time.quantity
        unit = TIME_NAMES.get(quantity.unit or "") if quantity else None
        low = quantity.low if quantity else None
        if unit is None:
            number, unit = counted_time(self.reading.text[time.start : time.end].lower(), self.ordinals)
            low = number if low is None else low
        values: dict[str, Any] = {
            "drug_text": self.reading.surface(drug),
            "drug_name": drug_name(drug),
            "event_text": self.reading.surface(event) if event else None,
            "latency_text": self.reading.surface(time),
            "comparator": quantity.comparator if quantity else None,
            "value": low,
            "value_high": quantity.high if quantity else None,
            "unit": unit,
            "days": quantity.days if quantity and quantity.kind == "time" else days_of(low, unit),
            "days_high": quantity.days_high if quantity else None,
            "anchor": self.anchors.anchor(relation, time, drug, unit),
            "statistic": self.anchors.statistic(time),
        }
        parts: dict[str, Item | None] = {"latency": time, "drug": drug, "event": event}
        return self._draft(values, parts, relation, time.subject)

    def _beside(self, relation: Relation, time: Item, mate: Draft) -> Draft:
        """A row like that of the time beside it: a further event of its own, or the range of a mean or median."""
        self._claim(time)
        quantity = time.quantity
        unit = TIME_NAMES.get(quantity.unit or "") if quantity else None
        unit = unit or mate.values["unit"]
        low, high = (quantity.low, quantity.high) if quantity else (None, None)
        values = mate.values | {
            "latency_text": self.reading.surface(time),
            "comparator": quantity.comparator if quantity else None,
            "value": low,
            "value_high": high,
            "unit": unit,
            "days": days_of(low, unit),
            "days_high": days_of(high, unit),
        }
        event = relation.item("event")
        if event is None:
            event = mate.parts.get("event")
            values["statistic"] = "range"
        else:
            values["event_text"] = self.reading.surface(event)
        parts: dict[str, Item | None] = {"latency": time, "drug": mate.parts["drug"], "event": event}
        return self._draft(values, parts, relation, mate.subject)

    def _draft(self, values: dict[str, Any], parts: dict[str, Item | None], relation: Relation, subject: str) -> Draft:
        draft = self.reading.draft(values, parts, relation.rule.id, subject)
        if subject == "literature":
            draft.case_id = "1"
        return draft

    def _claim(self, time: Item) -> None:
        """Make a LATENCY of a time, a duration or a relative date, and free it from what held it before."""
        if time.kind == "latency":
            return
        inner = self._inner(time)
        if time.kind == "date" and inner is not None:
            time.start, time.end, time.quantity = inner.start, inner.end, inner.quantity
        self.reading.known.pairs = [p for p in self.reading.known.pairs if p.part is not time]
        time.kind = "latency"


def _place(told: tuple[int, _Found]) -> tuple[int, int]:
    _, found = told
    return found.relation.start, found.time.start


@lru_cache(maxsize=64)
def _rank(rule: str) -> int:
    """The place of a rule's kind in `_GIVEN`, -1 where it has none."""
    return next((place for place, name in enumerate(_GIVEN) if rule.startswith(name)), -1)


def _has_unit(time: Item) -> bool:
    return time.quantity is not None and time.quantity.unit in TIME_NAMES


def _key(draft: Draft) -> Any:
    columns = ("drug_name", "value", "value_high", "unit", "statistic", "anchor")
    return draft.subject, draft.case_id, *(draft.values[column] for column in columns)
