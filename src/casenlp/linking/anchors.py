"""What a latency counts from (start, dose, increase, stop, rechallenge), and of what it is the statistic.

Both are told by words around the time: macros `anchor_…` and `statistic_…` of rules/patterns/latencies.toml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from casenlp.linking.causality import Causality
from casenlp.linking.latency_drugs import LatencyDrugs
from casenlp.linking.reading import Reading, drug_name
from casenlp.pipeline.annotations import Item, Relation

_ANCHORS = ("stop", "dose", "start")
#: Macro of words that tell an anchor -> the anchor; those before _ANCHORS win over them wherever they stand.
_SAID_ANCHORS = {"rechallenge": "rechallenge", "increase": "increase", "first": "start", **{a: a for a in _ANCHORS}}
_TIMES = ("time", "latency", "duration", "date")
_COUNTED = "latency.counted"  # the rule of days and weeks of treatment
_GIVEN_BEFORE = 25  # characters before a drug that may say how it was given: "injection of"


class Anchors:
    """Anchor and statistic of the times of one document."""

    def __init__(self, reading: Reading, causality: Causality, drugs: LatencyDrugs) -> None:
        self.reading = reading
        self.causality = causality
        self.drugs = drugs
        self.guarded = reading.rules.guarded
        self.searches = reading.rules.searches
        self.says = reading.says

    def anchor(self, relation: Relation, time: Item, drug: Item, unit: str | None) -> str:
        """What the time counts from: the words after it, those between it and the drug, what was done with the drug."""
        text = self.reading.text
        if fixed := relation.rule.values.get("anchor"):
            words = text[relation.start : relation.end].lower()
            return "rechallenge" if self.says("anchor_rechallenge", words) else str(fixed)
        if time.rule == _COUNTED and self.says("of_course", text[time.end : time.end + 24].lower()):
            return "start"  # "day 6 of treatment"
        after = re.split(r"[;.]", text[time.end : max(relation.end, time.end + 30) + 25].lower())[0]
        if drug.start >= time.end:
            later = [i.start for i in self.reading.by_sentence.get(drug.sentence, []) if i.kind in _TIMES]
            limit = min([drug.end + 45, *(start for start in later if start > drug.end)])
            beyond = re.split(r"[,;.]", text[drug.start : limit].lower())[0]
            after = text[time.end : drug.start].lower() + beyond
        if relation.rule.values.get("later"):
            after = ""  # what follows is the event: "ten minutes later urticaria began"
        lead_end = time.end
        if relation.rule.values.get("context") and drug.end <= relation.start < time.start:
            lead_end = relation.start  # without the event: "creatinine had increased 3 days later"
        told = (after.split(",")[0], after, text[min(drug.start, relation.start) : lead_end].lower())
        said = "\n".join(told)
        anchors = [name for name in _SAID_ANCHORS if self.guarded(f"anchor_{name}").may_match(said)]
        for words in dict.fromkeys(told):
            name = self._said(words, anchors)
            if name:
                return name
        if drug.start < time.start and drug.subject == "patient":
            done = [a for a in self.drugs.actions if a.item("drug") is drug]
            known = {"stopped": "stop", "increased": "increase", "restarted": "rechallenge"}
            last = known.get(done[-1].rule.id.partition(".")[2]) if done else None
            if last:
                return last
            before = [d for d in self.drugs.stopped if d.start < drug.start and self.causality.same_drug(d, drug)]
            if before and any(self.reading.case_of(d) == self.reading.case_of(drug) for d in before):
                return "rechallenge"
        lead = text[max(0, drug.start - _GIVEN_BEFORE) : drug.start].lower()
        if drug.start < time.start and self.says("one_dose_before", lead):
            return "dose"
        brief = unit in ("second", "minute", "hour")
        return "dose" if brief or self.says("single_dose", drug_name(drug).lower()) else "start"

    def _said(self, words: str, anchors: Sequence[str]) -> str | None:
        """The first of some anchors in the words; a rechallenge, an increase and a first dose win over those."""
        found = []
        for name in anchors:
            match = self.searches[f"anchor_{name}"](words)
            if match and name in _ANCHORS:
                found.append((match.start(), name))
            elif match:
                return _SAID_ANCHORS[name]
        return min(found)[1] if found else None

    def statistic(self, time: Item) -> str:
        """Whether a time is one person's, or the mean, median or range of a group."""
        start, _ = self.reading.known.sentences[time.sentence]
        lead = self.reading.text[start : time.start].lower()[-160:]
        group = time.subject == "literature"
        if group and self.says("statistic_range", lead[-25:]) and time.quantity and time.quantity.high:
            return "range"
        here = self.reading.by_sentence.get(time.sentence, [])
        before = max((i.end for i in here if i.kind in _TIMES and i.end <= time.start), default=start)
        own = self.reading.text[before : time.start].lower()
        told = own if self.says("another_share", own) else lead  # "… and 90% of cases within | 6 weeks"
        for name in ("median", "mean"):
            if self.says(f"statistic_{name}", told):
                return name
        quantity = time.quantity
        several = self.says("statistic_range", lead) or self.is_bound(time)
        if group and (several or (quantity is not None and quantity.high is not None)):
            return "range"
        return "individual"

    def is_bound(self, time: Item) -> bool:
        """Whether a time is the longest that there is: "within the first six weeks"."""
        return self.says("within_first", self.reading.text[max(0, time.start - 24) : time.start].lower())
