"""The drugs that a time counts from, where the words of its rule do not name them, and those that share it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from operator import itemgetter

from casenlp.linking.causality import Causality
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Relation

_ENDED = ("drug.stopped", "drug.replaced")
_INCREASED = "drug.increased"
_GIVEN = ("drug.started", "drug.stopped", _INCREASED, "drug.restarted", "drug.taken")
_BRIEF = 0.1  # days within which it is the antidote that helps, and not that a drug was stopped
_STEM = 6  # letters of a form that its verb has too: "infusion", "infused"
_FORM_BACK = 5  # sentences before a time in which what was infused may be told
_BEFORE = 50  # characters before the name of a drug that may say that it was not given
_NEAR = 2  # sentences before a time in which the drug that it counts from may stand


class LatencyDrugs:
    """What was done with the drugs of one document, and when."""

    def __init__(self, reading: Reading, causality: Causality) -> None:
        self.reading = reading
        self.causality = causality
        self.searches = reading.rules.searches
        self.says = reading.says
        self._rise = reading.rules.guarded("increased")

    @cached_property
    def actions(self) -> list[Relation]:
        """What was done with drugs, in order."""
        given = [(r.start, rank, r) for r in self.reading.relations("drug.") if (rank := _rank(r.rule.id)) >= 0]
        given.sort(key=itemgetter(0, 1))
        return [relation for _, _, relation in given if not self._is_reduction(relation)]

    def _is_reduction(self, relation: Relation) -> bool:
        """Whether a rule of increases matched a decrease, which is a result as well: "X was reduced"."""
        words = self.reading.text[relation.start : relation.end].lower()
        return relation.rule.id == _INCREASED and not self._rise.pattern.search(words)

    @cached_property
    def stopped(self) -> list[Item]:
        """The patient's drugs that were stopped."""
        ends = [r.item("drug") for r in self.reading.relations("drug.stopped")]
        return [d for d in ends if d is not None and d.subject == "patient" and not d.negated]

    @cached_property
    def _taken(self) -> list[Item]:
        """The drugs whose sentence tells of an intake."""
        return [d for d in self.reading.items("drug") if not d.negated and self._is_taken(d)]

    @cached_property
    def _ended(self) -> list[Relation]:
        """Where a drug was stopped or replaced, the last first."""
        return sorted((r for n in _ENDED for r in self.reading.relations(n)), key=lambda r: -r.start)

    @cached_property
    def _broken_off(self) -> list[Relation]:
        """Where a drug was stopped before a course of it was over, the last first."""
        return [r for r in self._ended if not self.says("course_over", self.reading.text[r.start : r.end].lower())]

    @cached_property
    def _increased(self) -> list[Relation]:
        """Where a drug was increased, the last first."""
        raised = (r for r in self.reading.relations(_INCREASED) if not self._is_reduction(r))
        return sorted(raised, key=lambda r: -r.start)

    @cached_property
    def _acted_on(self) -> set[int]:
        return {id(a.item("drug")) for a in self.actions}

    def is_acted_on(self, drug: Item) -> bool:
        """Whether the text says where it names a drug that it was given, changed or stopped."""
        return id(drug) in self._acted_on

    def _is_taken(self, drug: Item) -> bool:
        return self.says("ingestion", self.reading.sentence_text(drug.sentence))

    def before(self, relation: Relation, time: Item) -> Item | None:
        """The drug that a time without one counts from."""
        if relation.rule.values.get("ended"):
            start, _ = self.reading.known.sentences[time.sentence]
            if self.says("other_anchor", self.reading.text[start : time.start].lower()):
                return None
            return self._last(self._broken_off, time, told_before=True)
        if relation.rule.values.get("context"):
            given = self._given_before(time)
            return given and (self._stopped_for(given, time) or given)
        follow = self.reading.text[time.end : relation.end + 20].lower()
        if self.says("anchor_stop", follow):
            stopped = self._last(self._ended, time)
            if stopped is not None:
                return stopped
        if self.says("anchor_increase", follow):
            return self._last(self._increased, time) or self._inside(time) or self._only(time)
        if self.says("ingestion", follow):
            taken = [d for d in self._taken if d.start < time.start]
            if taken:
                return taken[-1]
        inside = self._inside(time)
        if inside is not None and inside.start < time.start:
            return inside
        of_noun = self._of_form(follow, time)
        if of_noun is not None or inside is not None:
            return of_noun or inside
        back = 1 if self.says("causative_drug", follow) else _NEAR
        near = [self._drugs(number) for number in range(time.sentence - 1, time.sentence - back - 1, -1)]
        named = next(filter(None, near), [])
        acted = [[d for d in drugs if id(d) in self._acted_on] for drugs in near]
        if "therapy" in relation.rule.id:  # "the third day of intake" is one of a drug that was begun
            return next((drugs[-1] for drugs in (*acted, named) if drugs), None)
        drugs = [d for d in named if id(d) in self._acted_on] or named
        return drugs[-1] if drugs else None

    def _of_form(self, follow: str, time: Item) -> Item | None:
        """The drug last given in the form that a time counts from: "the infusion", where X was infused before."""
        form = self.searches["given_form"](follow)
        if form is None:
            return None
        stem = form.group()[:_STEM]
        for number in range(time.sentence - 1, max(-1, time.sentence - _FORM_BACK - 1), -1):
            drugs = [d for d in self._drugs(number) if id(d) in self._acted_on or id(d) in self._dosed]
            if drugs and stem in self.reading.sentence_text(number):
                return drugs[-1]
        return None

    def shared(self, relation: Relation, drug: Item, said: bool) -> list[Item]:
        """All drugs whose time it is: those listed with one, but neither what it was added to nor a class beside its
        member. `said` is whether the words of the rule name the drug."""
        values = relation.rule.values
        if values.get("alone"):
            return [drug]
        if not said and not values.get("context"):
            words = self.reading.text[relation.start : relation.end + 1].lower()
            if drug.sentence == relation.sentence or not self.says("given_together", words):
                return [drug]
        drugs = self.causality.members(drug)
        if len(drugs) == 1:
            return drugs
        drugs = self.causality.without_classes(drugs)
        kept = [d for d in drugs if d.start < drug.start or not self.says("added_to", self.causality.between(drug, d))]
        return kept if drug in drugs else drugs

    def _only(self, time: Item) -> Item | None:
        """The one drug that the sentences before a time name."""
        near = [d for n in range(time.sentence - _NEAR, time.sentence) for d in self._drugs(n)]
        return near[-1] if near and all(self.causality.same_drug(d, near[-1]) for d in near) else None

    def _inside(self, time: Item) -> Item | None:
        """The drug of the time's sentence that stands nearest to it, before it where there is one."""
        here = self._drugs(time.sentence)
        inside = [d for d in here if d.start < time.start] or here
        return min(inside, key=lambda d: abs(d.start - time.start)) if inside else None

    def nearest(self, drug: Item, time: Item) -> Item | None:
        """The last drug given between a drug and a later time, where it is not listed with the first.

        None where another is named between of which nothing is told: the time may be that one's.
        """
        numbers = dict.fromkeys((drug.sentence, time.sentence))
        behind = [d for n in numbers for d in self._drugs(n) if drug.end <= d.start and d.end <= time.start]
        given = [d for d in behind if id(d) in self._acted_on or id(d) in self._dosed]
        listed = {id(d) for d in self.causality.members(drug)}
        if not given:
            return None if any(id(d) not in listed and not self.causality.same_drug(d, drug) for d in behind) else drug
        if id(given[-1]) in listed:
            return drug
        return self._stopped_for(given[-1], time) or given[-1]

    def _stopped_for(self, drug: Item, time: Item) -> Item | None:
        """The drug that was stopped right before another was begun, where the sentence of a time tells of
        recovery: "X was stopped and Y begun; the rash resolved in 5 days"."""
        parts = (time, *time.values.get("inner", ()))
        brief = any(i.quantity and i.quantity.days is not None and i.quantity.days < _BRIEF for i in parts)
        if brief or not self.says("recovers", self.reading.sentence_text(time.sentence)):
            return None
        for relation in self._ended:
            other = relation.item("drug")
            if other is None or other is drug or other.negated or relation.sentence != drug.sentence:
                continue
            if other.start < drug.start and other.subject == drug.subject:
                return other
        return None

    @cached_property
    def _dosed(self) -> set[int]:
        """Ids of the drugs that an amount or a route is told of."""
        return {id(p.head) for p in self.reading.known.pairs if p.kind in ("dose", "route")}

    def was_not_given(self, drug: Item) -> bool:
        """Whether the words around the name of a drug say that it was not given, begun or stopped."""
        text = self.reading.text
        start, end = self.reading.known.sentences[drug.sentence]
        before = text[max(start, drug.start - _BEFORE) : drug.start].lower()
        return self.says("not_given_before", before) or self.says("not_given_after", text[drug.end : end].lower())

    def has_another_cause(self, relation: Relation, drug: Item, time: Item) -> bool:
        """Whether what got better or changed may have come of another drug, told between a drug that was stopped and
        the recovery, or beside the change of a test: "two weeks later hemoglobin had risen after iron"."""
        ended = bool(relation.rule.values.get("ended"))
        listed = {id(d) for d in self.causality.members(drug)}
        numbers = range(drug.sentence if ended else time.sentence, time.sentence + 1)
        low = drug.end if ended else max(drug.end, time.start)
        others = (d for number in numbers for d in self._drugs(number) if d.start >= low and id(d) not in listed)
        return any(not self.causality.same_drug(d, drug) for d in others)

    def is_given_then(self, drug: Item, time: Item) -> bool:
        """Whether a drug was given at the time beside it: "took X again two hours later, and a rash appeared"."""
        between = self.reading.text[drug.end : time.start].lower()
        if drug.end > time.start or self.says("goes_on", between):
            return False
        here = self.reading.by_sentence.get(time.sentence, [])
        return not any(i.kind in ("finding", "diagnosis", "test") and drug.end <= i.start < time.start for i in here)

    def _last(self, done: list[Relation], time: Item, told_before: bool = False) -> Item | None:
        """The drug of which something was done last, in this sentence or the two before.

        `told_before` asks that it be told before the time.
        """
        for relation in done:
            drug = relation.item("drug")
            if drug is None or drug.start >= time.start or drug.negated:
                continue
            if told_before and relation.start >= time.start:
                continue
            return drug if max(drug.sentence, relation.sentence) >= time.sentence - _NEAR else None
        return None

    def _named(self, number: int) -> list[Item]:
        return [d for d in self.reading.by_sentence.get(number, []) if d.kind == "drug"]

    def _drugs(self, number: int) -> list[Item]:
        return [d for d in self._named(number) if not d.negated]

    def _dated(self, number: int) -> bool:
        """Whether a sentence tells of an event and when it came."""
        kinds = {i.kind for i in self.reading.by_sentence.get(number, [])}
        return not kinds.isdisjoint(("time", "latency", "date")) and not kinds.isdisjoint(("finding", "diagnosis"))

    def counts_from_event(self, time: Item) -> bool:
        """Whether "two days later" counts from an event told with its own time in the same sentence."""
        before = [i for i in self.reading.by_sentence.get(time.sentence, []) if i.end <= time.start]
        at = next((i.end for i in before if i.kind == "latency"), None)
        return at is not None and any(i.kind in ("finding", "diagnosis") and i.start >= at for i in before)

    def _given_before(self, time: Item) -> Item | None:
        """The drug last started, stopped, increased or given again in this sentence or the one before."""
        for action in reversed(self.actions):
            drug = action.item("drug")
            if drug is None or drug.negated or drug.end > time.start or drug.temporality == "hypothetical":
                continue
            if action.start > time.start and drug.sentence != time.sentence:
                continue  # "all drugs were stopped" is told behind the time
            if action.rule.id == "drug.taken" and not self._was_swallowed(action):
                continue
            told = max(drug.sentence, action.sentence)
            skipped = range(told + 1, time.sentence)
            if len(skipped) > 1 or any(self._drugs(number) or self._dated(number) for number in skipped):
                return None
            if told < time.sentence and any(d.end <= time.start for d in self._named(time.sentence)):
                return None  # another drug, which was not given: "X was not resumed, and he died 5 months later"
            between = self.reading.text[drug.end : time.start].lower()
            beside = self.says("given_with", self.reading.text[max(0, drug.start - _BEFORE) : drug.start].lower())
            return None if beside or self.says("other_anchor", between) else drug
        return None

    def _was_swallowed(self, action: Relation) -> bool:
        """Whether "took" tells of one intake: "took two tablets of X"."""
        return self.says("one_intake", self.reading.text[action.start : action.end].lower())


@lru_cache(maxsize=64)
def _rank(rule: str) -> int:
    """The place of a rule's kind in `_GIVEN`, -1 where it has none."""
    return next((place for place, name in enumerate(_GIVEN) if rule.startswith(name)), -1)
