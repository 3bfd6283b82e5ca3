"""What was done with a drug, statement by statement: which drugs a verb is about, and which dose it starts or ends.

A verb before a list ("was given A, B and C") is about all of it, a plural verb after a list too; a list is
drugs with nothing but doses, routes, commas and "and" between them. Method: corpus/guidelines.md section 11.1.
"""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading
from casenlp.pipeline.annotations import Item, Relation
from casenlp.pipeline.given import coordinated, phrase_end
from casenlp.pipeline.shadow import make_shadow

#: Actions after which a further "started" of the same drug only repeats what was said.
_BEGINS = ("started", "restarted")
#: Times of doses that are compared with each other.
_DAILY = frozenset({None, "day"})
_LONG = 3  # drugs that are a longer list
#: Actions after which a new dose of the same drug is a restart.
_ENDS = ("discontinued", "switched")


class Statement(NamedTuple):
    """One thing said of a drug: the action, the drug's mention, the rule, and where."""

    action: str
    drug: Item
    rule: str
    start: int


class History:
    """The lists of drugs of a document and what its rules say of each drug."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._chains: dict[int, list[Item]] = {}
        self._chained: set[int] = set()  # sentences whose lists are known
        self._exempting: dict[int, bool] = {}  # whether a sentence may except a drug
        self._phrases: dict[int, int] = {}  # where the phrase in front of a sentence ends, 0 where there is none
        self._list = reading.rules.macro("drug_list")
        self._fronted = reading.rules.macro("fronted_phrase")
        self._plural = reading.rules.macro("plural_verb")
        self._changes = {name: reading.rules.guarded(name) for name in ("increased", "reduced")}
        self._begun = reading.rules.guarded("begun_word")
        self._taken = reading.rules.macro("taken_before")
        self._step = reading.rules.macro("dose_step")
        self._passive = reading.rules.macro("passive_before")
        self._elliptic = reading.rules.macro("dose_without_verb")
        self._other_dose = reading.rules.macro("dose_between")
        self._stepped = reading.rules.macro("stepped_to_before")
        self._from = reading.rules.macro("from_dose")
        self._and_clause = reading.rules.macro("and_clause")
        self._exempted = reading.rules.guarded("exempted")

    def chain(self, drug: Item) -> list[Item]:
        """The list that a drug stands in, in order; the drug alone where it stands in none."""
        number = drug.sentence
        if number not in self._chained:
            self._chained.add(number)
            if len(self._drugs(number)) > 1:
                start, end = self._reading.known.sentences[number]
                shadow = make_shadow(self._reading.text, start, end, self._reading.by_sentence[number])
                end_of_phrase = phrase_end(shadow.text, self._fronted)
                self._phrases[number] = shadow.text_end(end_of_phrase) if end_of_phrase else 0
                for chain in coordinated(shadow, self._list, self._fronted):
                    self._chains |= {id(each): chain for each in chain}
        return self._chains.get(id(drug), [drug])

    def statements(self) -> dict[int, list[Statement]]:
        """Statements by the identity of the drug's item, in text order."""
        relations = [*self._reading.relations("drug."), *self._reading.relations("indication.ended-by")]
        told = [(r, drug) for r in relations if (drug := r.item("drug")) is not None]
        verb_after = {id(drug) for r, drug in told if r.start >= drug.start}
        found: dict[int, list[Statement]] = {}
        for relation, named in sorted(told, key=_place) if len(told) > 1 else told:
            rule = relation.rule
            action = str(rule.values["action"])
            changed = self._changes.get(action)
            if changed and not changed.pattern.search(self._reading.text[relation.start : relation.end].lower()):
                continue  # "increased" and "reduced" are results too, which rules cannot tell apart
            about = self._about(relation, named, verb_after)
            for drug in self._begun_beside(about) if action == "discontinued" and relation.start < named.start else ():
                found.setdefault(id(drug), []).append(Statement("started", drug, rule.id, relation.start))
            for drug in about:
                if self._is_exempt(drug):
                    continue
                if action == "started" and not rule.values.get("new") and self.was_taken(drug):
                    action = "taken"
                found.setdefault(id(drug), []).append(Statement(action, drug, rule.id, relation.start))
        return found

    def indicated(self, relation: Relation) -> list[Item]:
        """The drugs that an indication is told of: the one named, and those listed with it.

        Of a longer list of drugs that somebody takes, each may be for something else: only the one beside it.
        """
        event = relation.item("indication")
        named = relation.slots.get("drug", ())
        if event is None or not named:
            return []
        drug = next((d for d in reversed(named) if d.end <= event.start), named[0])  # "on A, was given B for X"
        chain = self.chain(drug)
        alone = bool(relation.rule.values.get("alone"))
        if len(chain) > 1 and (alone or (len(chain) >= _LONG and self._taken.search(self._lead(chain[0])))):
            before = [d for d in chain if d.end <= event.start]
            return before[-1:] or chain[:1]
        return chain

    def _lead(self, drug: Item) -> str:
        """The words of a sentence before a drug, in lower case."""
        start, _ = self._reading.known.sentences[drug.sentence]
        return self._reading.text[start : drug.start].lower()

    def was_taken(self, drug: Item, now: bool = False) -> bool:
        """Whether the words before a drug say that it was taken already; or, with `now`, that it still is."""
        if drug.temporality == "historical":
            return True
        start, _ = self._reading.known.sentences[drug.sentence]
        words = self._reading.text[start : drug.start].lower()
        if now:
            _, end = self._reading.known.sentences[drug.sentence]
            behind = self._reading.text[drug.end : end].lower()
            macro = self._reading.rules.macro
            if macro("still_taken").search(words) or macro("taken_after").search(behind):
                return True
        return bool(self._taken.search(words)) or self._treats_history(drug, start, words)

    def _treats_history(self, drug: Item, start: int, words: str) -> bool:
        """Whether a drug is told beside a disease somebody has: "she had hypertension, treated with D"."""
        last = next((i for i in reversed(self._reading.by_sentence[drug.sentence]) if i.end <= drug.start), None)
        if last is not None and last.kind == "route":
            before = [i for i in self._reading.by_sentence[drug.sentence] if i.end <= last.start]
            last = before[-1] if before else None
        while last is not None and last.kind in ("duration", "date", "age", "time"):
            before = [i for i in self._reading.by_sentence[drug.sentence] if i.end <= last.start]
            last = before[-1] if before else None
        if last is None or last.kind != "diagnosis":
            return False
        told = self._reading.rules.macro("treated_history").fullmatch(words, last.end - start)
        return bool(told) and bool(self._reading.rules.macro("has_history").search(words, 0, last.start - start))

    def begun_nearby(self, drug: Item, dose: Item | None) -> bool:
        """Whether the sentence of a drug given in a dose says that something was begun, and not that it was taken."""
        if dose is None or dose.sentence != drug.sentence:
            return False
        start, _ = self._reading.known.sentences[drug.sentence]
        words = self._reading.sentence_text(drug.sentence)
        if not self._begun.search(words) or self._taken.search(words, 0, drug.start - start):
            return False
        return not self._treats_history(drug, start, words[: drug.start - start])

    def _is_exempt(self, drug: Item) -> bool:
        """Whether a drug is excepted from what its sentence says: "all drugs except A were stopped"."""
        may_be = self._exempting.get(drug.sentence)
        if may_be is None:
            may_be = self._exempted.may_match(self._reading.sentence_text(drug.sentence))
            self._exempting[drug.sentence] = may_be
        if not may_be:
            return False
        start, _ = self._reading.known.sentences[drug.sentence]
        return bool(self._exempted.pattern.search(self._reading.text[start : self.chain(drug)[0].start].lower()))

    def _drugs(self, sentence: int) -> list[Item]:
        return [i for i in self._reading.by_sentence.get(sentence, ()) if i.kind == "drug"]

    def _about(self, relation: Relation, drug: Item, verb_after: set[int]) -> list[Item]:
        if relation.slots.get("old") and relation.slots.get("new"):
            return [drug]
        chain = self.chain(drug)
        phrase = self._phrases.get(drug.sentence, 0)
        if relation.start <= drug.start < phrase < relation.end:  # "after A, B was given" is said of B
            behind = [d for d in self._drugs(drug.sentence) if phrase <= d.start < relation.end]
            drug = behind[0] if behind else drug
            chain = self.chain(drug)
        if len(chain) == 1 or drug.sentence != relation.sentence:
            return [drug]
        place = next(i for i, member in enumerate(chain) if member is drug)
        if relation.start < drug.start:  # the verb stands before the list
            out, ends = [drug], relation.rule.values.get("action") == "discontinued"
            for member in chain[place + 1 :]:
                if id(member) in verb_after or (ends and self._begins_noun(out[-1], member)):
                    break
                out.append(member)
            return out
        words = self._reading.text[chain[-1].end : relation.end].lower()
        if len(chain) == 2 and self._reading.rules.macro("singular_verb").search(words):
            joint = self._reading.text[chain[0].end : chain[1].start].lower()
            if self._and_clause.search(joint) and relation.end > chain[1].end:  # "given A, and B had been stopped"
                return [chain[1]]
        shared = relation.rule.values.get("action") not in self._changes  # "A, B and C 60 mg tapered" is said of C
        if self._plural.search(words) or (shared and all(id(m) not in verb_after or m is drug for m in chain)):
            return chain if place == 0 else chain[: place + 1]
        return [drug]

    def _begun_beside(self, about: list[Item]) -> list[Item]:
        """The rest of a list of which the first are stopped: "after withdrawal of A and a course of B"."""
        chain = self.chain(about[-1])
        rest = chain[chain.index(about[-1]) + 1 :]
        return rest if rest and self._begins_noun(about[-1], rest[0]) else []

    def _begins_noun(self, first: Item, second: Item) -> bool:
        """Whether between two drugs something new is named: "withdrawal of A and a course of B"."""
        words = self._reading.text[first.end : second.start].lower()
        return bool(self._reading.rules.macro("given_noun").search(words))

    def _is_of_other(self, words: str, verb_start: int, verb_end: int, start: int, end: int) -> bool:
        """Whether a verb has a dose of its own before the drug, and the drug is not as short as in "and B to 4 mg"."""
        if self._elliptic.fullmatch(words, max(0, end)):
            return False
        if verb_end <= start and self._passive.search(words, 0, verb_start):
            return True
        return self._other_dose.search(words, verb_end, max(verb_end, start)) is not None

    def direction(self, drug: Item, dose: Item, before: Item | None) -> str | None:
        """What the words or the dose before a dose make of it: "increased", "reduced" or None."""
        sentence = self._reading.known.sentences[dose.sentence]
        low = before.end if before is not None and before.sentence == dose.sentence else sentence[0]
        others = [d.end for d in self._drugs(dose.sentence) if d is not drug and d.end <= dose.start]
        low = max([low, *others])
        if before is not None and self._from.search(self._reading.text[sentence[0] : before.start].lower()):
            low = max([sentence[0], *others])  # "increased from 4 mg to 8 mg": the verb stands before both
        words = self._reading.text[max(low, dose.start - 90) : dose.start].lower()
        if self._from.search(words):
            return None
        best: tuple[int, str] | None = None
        begin = dose.start - len(words)
        for name, macro in self._changes.items():
            for m in macro.pattern.finditer(words) if macro.may_match(words) else ():
                if m.end() <= drug.start - begin and self._stepped.search(words[: drug.start - begin]):
                    continue  # "stepped down to A 400 mg": what it came from was another drug
                if others and self._is_of_other(words, m.start(), m.end(), drug.start - begin, drug.end - begin):
                    continue  # "A was increased to 20 mg, and B 5 mg was given": the verb and its dose are A's
                if best is None or m.start() > best[0]:
                    best = m.start(), name
        if best:
            return best[1]
        if before is None or before.sentence != dose.sentence:
            return None
        if not self._step.search(self._reading.text[before.end : dose.start].lower()):
            return None
        one, two = before.quantity, dose.quantity
        if one is None or two is None or (one.per != two.per and not {one.per, two.per} <= _DAILY):
            return None  # "4 g, then 1 g/h" is no smaller dose
        if one.unit == two.unit and one.low and two.low and one.low != two.low:
            return "increased" if two.low > one.low else "reduced"
        return None


def _place(told: tuple[Relation, Item]) -> tuple[int, int]:
    relation, _ = told
    return relation.start, relation.end


def apply_statements(rows: list[Draft], statements: list[Statement]) -> Draft | None:
    """Set the action of one drug's rows, in text order; gives back the row to copy for a restart without a dose.

    `rows` are the rows of one drug and person in text order. The last thing said of a row stands.
    """
    restart: Draft | None = None
    for said in sorted(statements, key=_start) if len(statements) > 1 else statements:
        row = _row_of(rows, said)
        if row is None:
            continue
        known = row.values["action"]
        if said.action == "taken":
            continue
        if said.action == "started":
            row.values["began"] = True
            if known is None:
                row.values["action"] = "started"
        elif said.action == "restarted" and known in ("discontinued", "switched") and not _own_dose(row, said):
            restart = row
        else:
            row.values["action"] = said.action
    for number, row in enumerate(rows):
        if row.values["action"] == "started" and any(r.values["action"] in _ENDS for r in rows[:number]):
            row.values["action"] = "restarted"
    return restart


_start = attrgetter("start")


def _own_dose(row: Draft, said: Statement) -> bool:
    dose = row.parts.get("dose")
    return dose is not None and dose.sentence == said.drug.sentence and abs(dose.start - said.start) < 120


def _row_of(rows: list[Draft], said: Statement) -> Draft | None:
    own = [r for r in rows if r.parts.get("drug") is said.drug and any(e.field == "drug" for e in r.evidence)]
    dosed = [r for r in own if r.parts.get("dose") is not None]
    if dosed:
        return dosed[0] if said.action in _BEGINS else dosed[-1]
    if own:  # an earlier exposure
        return own[0]
    before = [r for r in rows if r.order <= said.start]
    if before:
        return before[-1]
    return rows[0] if rows else None
