"""The event that a time from a drug runs to."""

from __future__ import annotations

from casenlp.linking.causality import Causality
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Relation

_EVENTS = ("finding", "diagnosis")
_BACK = 3  # sentences before a time in which what got better may be named
_CLAUSE_START = 40  # characters before a time within which nothing else is said: the time opens the sentence


class LatencyEvents:
    """Events of one document, sentence by sentence; `treated` are the ids of those that a drug was given for."""

    def __init__(self, reading: Reading, causality: Causality, treated: set[int]) -> None:
        self.reading = reading
        self.causality = causality
        self.treated = treated
        self.says = reading.says
        self.macro = reading.rules.macro

    def is_refused(self, relation: Relation, time: Item, event: Item | None) -> bool:
        """Whether the words around a time tell no event: a plan, advice, care given, a test only taken, a denial."""
        said = self.reading.sentence_text(time.sentence)
        start, _ = self.reading.known.sentences[time.sentence]
        low, high = min(relation.start, time.start) - start, max(relation.end, time.end) - start
        if self.says("in_spite_of", said[max(0, low - 24) : low]):
            return True
        if self.says("only_advised", said) and self.says("only_advised", self._around(said, low, high)):
            return True
        if event is None:
            if not all(map(self.happened, self._told(time.sentence))):
                return True
            return not relation.rule.values.get("ended") and self.says("no_event", self._around(said, low, high))
        if relation.rule.values.get("later") and self.says(
            "not_gone", self.reading.text[event.end : time.start].lower()
        ):
            return True
        if event.kind == "test":
            return self.says("only_tested", self._around(said, low, high))
        if not relation.rule.id.startswith(("latency.after-therapy", "latency.within-of")):
            return False
        return self.says("in_vain", self.reading.text[event.end : event.end + 30].lower())

    def _around(self, said: str, low: int, high: int) -> str:
        """The clause before and after the words of a rule, without what was done with the drug that its time counts
        from: "he went home 3 days after X | was stopped"."""
        before, after = said[:low].rpartition(";")[2], said[high:].partition(";")[0]
        own = self.macro("own_verb").match(after) if self.says("clause_begins", said[low:high]) else None
        return f"{before} … {after[own.end() :] if own else after}"

    def happened(self, event: Item) -> bool:
        """Whether an event is told as one that came."""
        return not event.negated and event.temporality != "hypothetical"

    def _told(self, number: int) -> list[Item]:
        return [e for e in self.reading.by_sentence.get(number, []) if e.kind in _EVENTS]

    def near(self, relation: Relation, time: Item, drug: Item) -> Item | None:
        """The event the time runs to: what follows when the time opens its clause, else the nearest before it."""
        low, high = min(relation.start, time.start), max(relation.end, time.end)
        here = self._events(time.sentence, drug)
        if relation.rule.values.get("earlier"):
            here = [
                e for e in here if not self.says("reason_before", self.reading.text[e.start - 24 : e.start].lower())
            ]
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
        after = [e for e in after if ";" not in self.reading.text[high : e.start]]
        opens = not before or self._opens_clause(before[-1], low)
        if opens and after:
            near = [t for t in tests if 0 <= t.start - high <= _CLAUSE_START and t.start < after[0].start]
            return near[0] if near else self.head(after[0])
        if before:
            return self._first_listed(before[-1])
        if tests:
            earlier = [t for t in tests if t.end <= low]
            return earlier[-1] if earlier else tests[0]
        if (
            relation.rule.values.get("statistic_of_group") and drug.sentence == time.sentence
        ):  # "in 74 patients with X by D"
            found = [e for e in self._told(time.sentence) if self.happened(e) and e.end <= time.start]
            if found:
                return found[-1]
        values = relation.rule.values
        back = _BACK if values.get("ended") else 2 if self._is_start(relation) else 1
        for number in range(time.sentence - 1, max(-1, time.sentence - 1 - back), -1):
            previous = self._events(number, drug)
            titled = previous and previous[-1].section is not time.section and number < 1
            if previous and previous[-1].subject == drug.subject and not titled:
                return self._first_listed(previous[-1])
        return self._next(time, drug) if relation.rule.values.get("earlier") else None

    def _is_start(self, relation: Relation) -> bool:
        """Whether a rule tells that a drug had been begun before, not stopped: the event may be told further off."""
        words = self.reading.text[relation.start : relation.end].lower()
        return bool(relation.rule.values.get("earlier")) and not self.says("anchor_stop", words)

    def _next(self, time: Item, drug: Item) -> Item | None:
        """What somebody came with, told right behind when the drug had been begun."""
        if time.sentence + 1 >= len(self.reading.known.sentences):
            return None
        if self.says("in_general", self.reading.sentence_text(time.sentence + 1)):
            return None
        behind = [e for e in self._events(time.sentence + 1, drug) if e.temporality == "current"]
        if not behind or behind[0].subject != drug.subject:
            return None
        given = [
            d for d in self.reading.by_sentence[time.sentence + 1] if d.kind == "drug" and d.end <= behind[0].start
        ]
        lead = self.reading.text[time.end : behind[0].start].lower()
        # "he was given D again and developed X": what came of the new course
        return None if given and self.says("begun_word", lead) else behind[0]

    def is_old(self, event: Item) -> bool:
        """Whether an event is what a drug was given for, or an illness that somebody had."""
        return id(event) in self.treated or self.causality.is_underlying(event)

    def _changes(self, test: Item, low: int) -> bool:
        return self.says("test_changes", self.reading.text[test.end : low].lower())

    def _opens_clause(self, event: Item, low: int) -> bool:
        between = self.reading.text[event.end : low].lower()
        return ";" in between or ", and " in between or (between.rstrip().endswith(",") and len(between) > 12)

    def last(self, event: Item, time: Item) -> Item:
        """Of the events between the one that a rule found and a time behind it, the last, or the head of its list."""
        told = self._told(time.sentence)
        between = [e for e in told if self.happened(e) and event.start <= e.start and e.end <= time.start]
        here = [e for e in between if not self.is_old(e) or self._recovers(e)]
        if not here:
            return event
        first, last = self._first_listed(here[-1]), here[-1]
        return last if self._recovers(last) and ", and " in self.reading.text[first.end : last.start] else first

    def _recovers(self, event: Item) -> bool:
        return self.says("recovers", self.reading.text[event.end : event.end + 20].lower())

    def head(self, event: Item) -> Item:
        """The last of events that stand side by side ("scaly plaques")."""
        here = self.reading.by_sentence.get(event.sentence, [])
        listed = [e for e in here if e.kind in _EVENTS and e.start > event.end]
        return listed[0] if listed and self.reading.text[event.end : listed[0].start] == " " else event

    def _first_listed(self, event: Item) -> Item:
        return next((e for e in self.causality.listed(event) if not e.negated), event)

    def _events(self, number: int, drug: Item) -> list[Item]:
        return [
            e for e in self._told(number) if not e.negated and e.temporality != "hypothetical" and not self.is_old(e)
        ]
