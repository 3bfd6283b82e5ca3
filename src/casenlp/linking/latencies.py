"""Latency rows: a time from a drug to an event, found by the rules of latencies.toml and completed from the text.

A time that another rule took for a duration or a date becomes a latency here when drug and event are tied to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from casenlp.linking.anchors import Anchors
from casenlp.linking.causality import Causality
from casenlp.linking.counted_times import counted_time, days_of
from casenlp.linking.latency_drugs import LatencyDrugs
from casenlp.linking.latency_events import LatencyEvents
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, merge
from casenlp.pipeline.annotations import Item, Relation
from casenlp.units import TIME_NAMES


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
        self.says = reading.says
        told = [r for r in reading.relations("indication.") if not r.rule.values.get("happened")]
        self.treated = {id(r.item("indication")) for r in told}
        self.events = LatencyEvents(reading, self.causality, self.treated)
        self.drugs = LatencyDrugs(reading, self.causality)
        self.anchors = Anchors(reading, self.causality, self.drugs)

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
        best = {key: found for key, found in best.items() if not self._is_another_history(found, best)}
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

    def _is_another_history(self, found: _Found, best: dict[int, _Found]) -> bool:
        """Whether a drug was begun before an event of another sentence, which is told there to have come of another."""
        event = found.event
        if event is None or not found.relation.rule.values.get("earlier") or event.sentence == found.time.sentence:
            return False
        names = {drug_name(d) for d in found.drugs}
        others = (f for f in best.values() if f.event is event and f.time.sentence == event.sentence)
        return any(names.isdisjoint(drug_name(d) for d in other.drugs) for other in others)

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
            drug = self.drugs.before(relation, time)
        values = relation.rule.values
        tried = bool(values.get("tried"))  # "she had not tolerated X (rash after 3 weeks)"
        if drug is None or (drug.negated and not tried) or not self._is_elapsed(relation, time):
            return None
        if values.get("later"):
            later = self.says("later", self.reading.text[time.start : time.end].lower())
            if later and (self.drugs.is_given_then(drug, time) or self.drugs.counts_from_event(time)):
                return None
            near = drug if values.get("ended") else self.drugs.nearest(drug, time)
            if near is None and (said or not self.says("recovers", self.reading.sentence_text(time.sentence))):
                return None
            drug = near or drug
        if not tried and self.drugs.was_not_given(drug):
            return None
        if values.get("one_cause") and self.drugs.has_another_cause(relation, drug, time):
            return None
        event = relation.item("event")
        if event is not None and not tried and not self.events.happened(event):
            return None
        if values.get("ended") and drug.sentence != time.sentence and self._is_of_another(relation):
            return None
        if not tried and (event is None or event.negated or self.events.is_old(event)):
            event = self.events.near(relation, time, drug)
        elif event is not None:
            event = self.events.head(event) if event.start >= time.end else self.events.last(event, time)
        told = said or bool(values.get("bare") and self.drugs.is_acted_on(drug))
        if event is None and not values.get("ended") and (time.kind in ("duration", "date") or not told):
            return None
        if self.events.is_refused(relation, time, event):
            return None
        if event is not None and drug.sentence != event.sentence and "family" in (event.subject, drug.subject):
            return None
        drugs = self.drugs.shared(relation, drug, said)
        score = 4 * said + 2 * (event is not None) + (relation.item("event") is not None)
        score += bool(values.get("surest"))
        if values.get("later"):
            score -= 3
        return _Found(score, relation, time, drugs, event)

    def _is_elapsed(self, relation: Relation, time: Item) -> bool:
        if time.kind in ("age", "frequency") or (time.section is not None and time.section.subject == "none"):
            return False
        text, of_rule = self.reading.text, relation.rule.values
        words = text[time.start : time.end].lower()
        if time.kind == "date" and not self._inner(time):
            may = of_rule.get("counted") or of_rule.get("also_counted")
            literature = time.subject == "literature" and bool(of_rule.get("statistic_of_group"))
            may = may or (literature and self.anchors.is_bound(time))
            number, _ = counted_time(words, self.ordinals)
            return bool(may) and number is not None
        if self.says("not_a_time", words):
            return False
        if self.says("not_latency_after", text[time.end : time.end + 30].lower()):
            return False
        if of_rule.get("statistic_of_group") and time.subject == "patient":
            said = self.reading.sentence_text(time.sentence)
            if not self.says("statistic_mean", said) and not self.says("statistic_median", said):
                return False
        if of_rule.get("ended") and not self.says(
            "who_recovers", text[max(0, relation.start - 45) : relation.start].lower()
        ):
            return False
        if of_rule.get("earlier"):
            told = self.reading.sentence_text(time.sentence)
            beside = self.says("from_presentation", told) or self.says("no_harm", told)
            return self.says("earlier", words) and not beside
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

    def _is_of_another(self, relation: Relation) -> bool:
        """Whether what recovered was named right before: "he had a cold, which resolved in 1 week"."""
        return self.says("which_recovers", self.reading.text[max(0, relation.start - 45) : relation.start].lower())

    def _inner(self, time: Item) -> Item | None:
        """The time inside a relative date ("two days" of "two days later")."""
        return next((i for i in time.values.get("inner", ()) if i.kind == "time"), None)

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
            "comparator": (quantity.comparator if quantity else None)
            or ("<=" if self.anchors.is_bound(time) else None),
            "value": low,
            "value_high": quantity.high if quantity else None,
            "unit": unit,
            "days": quantity.days if quantity and quantity.kind == "time" else days_of(low, unit),
            "days_high": quantity.days_high if quantity else None,
            "anchor": self.anchors.anchor(relation, time, drug, unit),
            "statistic": self.anchors.statistic(time),
        }
        parts: dict[str, Item | None] = {"latency": time, "drug": drug, "event": event}
        family = "family" in (drug.subject, event.subject if event else None)
        if time.subject == "patient" and not family:
            if values["statistic"] != "individual":
                return self._draft(values, parts, relation, "literature")
            if self.says("in_general", self.reading.sentence_text(time.sentence)):
                return self._draft(values | {"statistic": "range"}, parts, relation, "literature")
        return self._draft(values, parts, relation, "family" if family else time.subject)

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


def _has_unit(time: Item) -> bool:
    return time.quantity is not None and time.quantity.unit in TIME_NAMES


def _key(draft: Draft) -> Any:
    columns = ("drug_name", "value", "value_high", "unit", "statistic", "anchor")
    return draft.subject, draft.case_id, *(draft.values[column] for column in columns)
