"""The event that a time from a drug runs to."""

from __future__ import annotations

from casenlp.linking.causality import Causality
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Relation

_EVENTS = ("finding", "diagnosis")
_CLAUSE_START = 40  # characters before a time within which nothing else is said: the time opens the sentence


class LatencyEvents:
    """Events of one document, sentence by sentence; `treated` are the ids of those that a drug was given for."""

    def __init__(self, reading: Reading, causality: Causality, treated: set[int]) -> None:
        self.reading = reading
        self.causality = causality
        self.treated = treated
        self.searches = reading.rules.searches

    def says(self, macro: str, words: str) -> bool:
        """Whether a macro matches somewhere in the words."""
        return self.searches[macro](words) is not None

    def near(self, relation: Relation, time: Item, drug: Item) -> Item | None:
        """The event the time runs to: what follows when the time opens its clause, else the nearest before it."""
        low, high = min(relation.start, time.start), max(relation.end, time.end)
        here = self._events(time.sentence, drug)
        if relation.rule.values.get("statistic_of_group") or relation.rule.values.get("later"):
            low = time.start
        before = [e for e in here if e.end <= low]
        inside = [e for e in here if e.start >= time.end and e.end <= high]
        after = [e for e in here if e.start >= high]
        tests = [t for t in self.reading.by_sentence.get(time.sentence, []) if t.kind == "test"]
        last = before[-1].start if before else -1
        changing = [t for t in tests if last < t.start and t.end <= low and self._changes(t, low)]
        if changing:
            return changing[-1]
        if inside and relation.rule.id == "latency.after-start":
            return inside[0]
        opens = not before or self._opens_clause(before[-1], low)
        if opens and after:
            near = [t for t in tests if 0 <= t.start - high <= _CLAUSE_START and t.start < after[0].start]
            return near[0] if near else self._head(after[0])
        if before:
            return self._first_listed(before[-1])
        if tests:
            earlier = [t for t in tests if t.end <= low]
            return earlier[-1] if earlier else tests[0]
        previous = self._events(time.sentence - 1, drug) if time.sentence else []
        if previous and previous[-1].subject == drug.subject:
            return self._first_listed(previous[-1])
        return None

    def _changes(self, test: Item, low: int) -> bool:
        return self.says("test_changes", self.reading.text[test.end : low].lower())

    def _opens_clause(self, event: Item, low: int) -> bool:
        between = self.reading.text[event.end : low].lower()
        return ";" in between or ", and " in between or (between.rstrip().endswith(",") and len(between) > 12)

    def _head(self, event: Item) -> Item:
        """The last of events that stand side by side ("scaly plaques")."""
        here = self.reading.by_sentence.get(event.sentence, [])
        listed = [e for e in here if e.kind in _EVENTS and e.start > event.end]
        return listed[0] if listed and self.reading.text[event.end : listed[0].start] == " " else event

    def _first_listed(self, event: Item) -> Item:
        return next((e for e in self.causality.listed(event) if not e.negated), event)

    def _events(self, number: int, drug: Item) -> list[Item]:
        return [
            e
            for e in self.reading.by_sentence.get(number, [])
            if e.kind in _EVENTS
            and not e.negated
            and e.temporality != "hypothetical"
            and not self.causality.is_underlying(e)
            and id(e) not in self.treated
        ]
