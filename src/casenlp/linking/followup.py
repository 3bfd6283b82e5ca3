"""What became of a patient's reaction: dechallenge, rechallenge, outcome and causality, in the words of the report.

Dechallenge and rechallenge are read from the sentences after a drug was stopped or given again; outcome and
causality from all sentences on the patient. The words are macros of rules/patterns/reactions.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item, Relation

_SENTENCES = 3  # sentences after a stop or a restart that may tell what followed
_ALL_OF_THEM = 8  # characters before a class that may hold "both"
_SEVERAL = 2
_BEHIND = 80  # characters behind an event that may tell what became of it
_CLAUSE = re.compile(r"(?:[^.;,]|[.,](?=\S))+[.;,]?")
_SCORED = frozenset({"word_a", "word_d"})  # groups of the macro `causality` that a score stands in
_OUTCOME_OF = {"resolved": "recovered", "improved": "recovering", "not improved": "not recovered"}


def follow_up(reading: Reading, rows: Sequence[Draft], latencies: Sequence[Draft]) -> None:
    """Fill in what followed in the reaction rows of the report's own patients."""
    patients = [row for row in rows if row.subject == "patient"]
    told: dict[str, list[int]] = {}
    for row in patients:
        if row.case_id not in told:
            told[row.case_id] = _told(reading, row.case_id)
        name = row.values["drug_name"]
        others = {r.values["event_name"] for r in patients if r.values["drug_name"] == name} - {
            row.values["event_name"]
        }
        _dechallenge(reading, row, name, others)
        alone = all(r.values["drug_name"] == name for r in patients if r.case_id == row.case_id)
        _rechallenge(reading, row, name, latencies, told[row.case_id], alone)
        _outcome(reading, row, [n for n in told[row.case_id] if n >= row.sentence])
    if patients:
        _causality(reading, patients)


def _dechallenge(reading: Reading, row: Draft, name: str, others: AbstractSet[str]) -> None:
    """What followed a stop; words on one of the drug's `others` events alone do not answer for this one.

    Of several answers those beside the event's own name count first, and the best of them: a fever that settled on
    one day and a rash that was gone on another are a reaction that resolved.
    """
    answers = {"fatal": "fatal", "not_improved": "not improved", "resolved": "resolved", "improved": "improved"}
    case = row.case_id
    for stop in [*_about(reading, "drug.stopped", name, case), *_about(reading, "drug.replaced", name, case)]:
        said: list[tuple[bool, str]] = []
        after = _words_after(reading, stop)
        for words, its_own in _clauses_after(reading, stop, row.values["event_name"], others):
            answer = _first(reading, words, answers)
            if answer and not (answer == "fatal" and reading.rules.macro("unrelated_death").search(after)):
                said.append((its_own, answer))
        before = _said_before(reading, stop, row.values["event_name"], answers)
        if before:
            said.append((True, before))
        told = [answer for its_own, answer in said if its_own] or [answer for _, answer in said]
        best = next((a for a in ("fatal", "resolved", "improved", "not improved") if a in told), None)
        if best:
            row.values["dechallenge"] = "not improved" if best == "fatal" else best
            drug = stop.item("drug")
            if drug is not None:
                row.evidence += reading.evidence({"dechallenge": drug}, stop.rule.id)
            return


def _said_before(reading: Reading, stop: Relation, event: str, answers: Mapping[str, str]) -> str | None:
    """What became of an event whose sentence ends with the stop: "the rash cleared after X was withdrawn"."""
    for item in reading.by_sentence.get(stop.sentence, []):
        if item.kind in ("finding", "diagnosis") and item.end <= stop.start and event_name(item) == event:
            words = reading.text[item.end : stop.end].lower()
            then = reading.rules.guarded("after_stop").search(words)
            if then:
                return _first(reading, words[: then.start()], answers)
    return None


def _rechallenge(
    reading: Reading, row: Draft, name: str, latencies: Sequence[Draft], told: Sequence[int], alone: bool
) -> None:
    """What a rechallenge gave; told without the drug's name where it is the one suspect (`alone`)."""
    mine = [d for d in latencies if d.subject == "patient" and d.case_id == row.case_id]
    own = [d for d in mine if d.values["drug_name"] == name]
    if any(d.values["anchor"] == "rechallenge" for d in own):
        row.values["rechallenge"] = "positive"
        return
    for restart in _about(reading, "drug.restarted", name, row.case_id):
        row.values["rechallenge"] = _first(
            reading, _words_after(reading, restart), {"not_recurred": "negative", "recurred": "positive"}
        )
        if row.values["rechallenge"]:
            drug = restart.item("drug")
            if drug is not None:
                row.evidence += reading.evidence({"rechallenge": drug}, restart.rule.id)
            return
    again = reading.rules.macro("rechallenged")  # begins with plain letters: faster than a guard
    rules = reading.rules
    for number in told:
        words = reading.sentence_text(number)
        if not again.search(words):
            continue
        here = [i for i in reading.by_sentence.get(number, []) if i.kind == "drug"]
        unnamed = alone and not here and number >= row.sentence and rules.macro("given_again").search(words)
        if not (unnamed or _names(reading, number, name)):
            continue
        if rules.macro("rechallenge_negative").search(words):
            row.values["rechallenge"] = "negative"
        elif rules.macro("rechallenge_positive").search(words):
            row.values["rechallenge"] = "positive"


def _outcome(reading: Reading, row: Draft, told: Sequence[int]) -> None:
    """The outcome in the sentences from the reaction on."""
    for answer in ("fatal", "sequelae", "recovered"):
        for number in _saying(reading, answer, told):
            apart = answer == "fatal" and _of_another_kind(reading, row, reading.sentence_text(number))
            if not apart and not _relative(reading, number):
                row.values["outcome"] = answer
                return
    if row.values["dechallenge"] == "improved":
        for number in _saying(reading, "gone", told):
            if number > row.sentence and not _relative(reading, number):
                row.values["outcome"] = "recovered"
                return
    row.values["outcome"] = _OUTCOME_OF.get(row.values["dechallenge"] or "") or _said_of_event(reading, row, told)


def _of_another_kind(reading: Reading, row: Draft, words: str) -> bool:
    """Whether a death is told to have another cause, or is one of many while the report has one patient."""
    of_it = row.values["event_text"].lower() in words and not row.rule.startswith("latency.")
    if not of_it and reading.rules.macro("unrelated_death").search(words):
        return True
    return len(reading.cases) < _SEVERAL and reading.rules.macro("deaths_in_a_group").search(words) is not None


def _saying(reading: Reading, macro: str, numbers: Sequence[int]) -> Iterator[int]:
    """Those of some sentences in which a macro matches."""
    search = reading.rules.searches[macro]
    for number in numbers:
        if search(reading.sentence_text(number)):
            yield number


def _said_of_event(reading: Reading, row: Draft, told: Sequence[int]) -> str | None:
    """The outcome that the words right behind the event's name tell: "a headache appeared, and passed"."""
    answers = {"not_improved": "not recovered", "not_recurred": "recovered", "resolved": "recovered"}
    for number in told:
        for event in reading.by_sentence.get(number, []):
            if event.kind in ("finding", "diagnosis") and event_name(event) == row.values["event_name"]:
                _, end = reading.known.sentences[number]
                answer = _first(reading, reading.text[event.end : min(end, event.end + _BEHIND)].lower(), answers)
                if answer:
                    return answer
    return None


def _first(reading: Reading, words: str, answers: Mapping[str, str]) -> str | None:
    """The answer whose macro matches first in the words; of two at one place the one named first."""
    found = []
    for order, (name, answer) in enumerate(answers.items()):
        match = reading.rules.searches[name](words)
        if match:
            found.append((match.start(), order, answer))
    return min(found)[2] if found else None


def _causality(reading: Reading, rows: Sequence[Draft]) -> None:
    """The words of an assessment go to the drugs named beside it, else to the drug most often blamed."""
    pattern, pattern_of_part = reading.rules.guarded("causality"), reading.rules.macro("contributors")
    of_others = reading.rules.macro("causality_of_others")
    main = max(rows, key=lambda r: len(r.evidence)).values["drug_name"]
    for number, (start, _) in enumerate(reading.known.sentences):
        words = reading.sentence_text(number)
        match = pattern.search(words)
        if match is None:
            continue
        if reading.known.subjects[number] != "patient" and (not _SCORED & _groups(match) or of_others.search(words)):
            continue
        answer = next(word for word in match.groups() if word)
        drugs = [d for d in reading.by_sentence.get(number, []) if d.kind == "drug"]
        contributors = pattern_of_part.search(words, 0, match.start())
        if contributors:  # "attributed to X, with Y as a possible contributor"
            drugs = [d for d in drugs if d.start >= start + contributors.start()]
        before = [d for d in drugs if d.end <= start + match.start()]
        if before and len(before) < len(drugs):  # "X was the definite cause and Y contributed"
            drugs = before
        beside = {drug_name(d) for d in drugs}
        if not any(row.values["drug_name"] in beside for row in rows):
            beside = {main}
        for row in (row for row in rows if row.values["drug_name"] in beside):
            row.values["causality_text"] = row.values["causality_text"] or answer


def _groups(match: re.Match[str]) -> frozenset[str]:
    return frozenset(name for name, words in match.groupdict().items() if words)


def _about(reading: Reading, prefix: str, name: str, case: str) -> list[Relation]:
    """What is said of a patient's drug, also where a class stands for all named: "both inhibitors were stopped"."""
    out = []
    for relation in reading.relations(prefix):
        drug = relation.item("drug")
        if drug is None or drug.subject != "patient" or drug.negated or reading.case_of(drug) != case:
            continue
        lead = reading.text[max(0, relation.start - _ALL_OF_THEM) : drug.start].lower()
        a_class = drug.entry is not None and drug.entry.place.startswith(
            reading.rules.settings["exposures"]["class_lexicon"]
        )
        together = a_class and reading.rules.macro("both_drugs").search(lead)
        same = [d for d in reading.items("drug") if drug_name(d) == name]
        within = any(relation.start <= d.start < relation.end and not d.negated for d in same)
        if drug_name(drug) == name or within or (together and any(d.start < relation.start for d in same)):
            out.append(relation)
    return out


def _words_after(reading: Reading, relation: Relation) -> str:
    """What is said from a relation on, to the end of the last sentence that may tell what followed."""
    sentences = reading.known.sentences
    last = relation.sentence
    section, case = reading.known.section_at(sentences[last][0]), _case_at(reading, sentences[last][0])
    while last + 1 < len(sentences) and last < relation.sentence + _SENTENCES:
        begin = sentences[last + 1][0]
        if reading.known.section_at(begin) is not section or _case_at(reading, begin) != case:
            break
        last += 1
    return reading.text[relation.end : sentences[last][1]].lower()


def _clauses_after(
    reading: Reading, relation: Relation, event: str, others: AbstractSet[str]
) -> Iterator[tuple[str, bool]]:
    """The clauses of `_words_after` and whether each names the event; without those that name another one alone."""
    low, words = relation.end, _words_after(reading, relation)
    named = [i for i in reading.items("finding", "diagnosis") if low <= i.start < low + len(words)]
    for clause in _CLAUSE.finditer(words):
        names = {event_name(i) for i in named if clause.start() <= i.start - low < clause.end()}
        if event in names or not names & others:
            yield clause.group(), event in names


def _told(reading: Reading, case: str) -> list[int]:
    """Sentences on a patient of the report."""
    return [
        number
        for number, (start, _) in enumerate(reading.known.sentences)
        if reading.known.subjects[number] == "patient" and _case_at(reading, start) == case
    ]


def _case_at(reading: Reading, position: int) -> str:
    case = "1"
    for start, name in reading.cases:
        if start <= position:
            case = name
    return case


def _relative(reading: Reading, number: int) -> bool:
    return any(i.kind == "relative" or i.subject == "family" for i in reading.by_sentence.get(number, []))


def _names(reading: Reading, number: int, name: str) -> bool:
    return any(_is_drug(i, name) and not i.negated for i in reading.by_sentence.get(number, []))


def _is_drug(item: Item, name: str) -> bool:
    return item.kind == "drug" and drug_name(item) == name
