"""What became of a patient's reaction: dechallenge, rechallenge, outcome and causality, in the words of the report.

Dechallenge and rechallenge are read from the sentences after a drug was stopped or given again; outcome and
causality from all sentences on the patient. The words are macros of rules/patterns/reactions.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from casenlp.linking.reading import Draft, Reading, drug_name, event_name
from casenlp.pipeline.annotations import Item, Relation

_SENTENCES = 2  # sentences after a stop or a restart that may tell what followed
_CLAUSE = re.compile(r"(?:[^.;,]|[.,](?=\S))+[.;,]?")
_OUTCOME_OF = {"resolved": "recovered", "improved": "recovering", "not improved": "not recovered"}


def follow_up(reading: Reading, rows: Sequence[Draft], latencies: Sequence[Draft]) -> None:
    """Fill in what followed in the reaction rows of the report's own patients."""
    patients = [row for row in rows if row.subject == "patient"]
    for row in patients:
        name = row.values["drug_name"]
        others = {r.values["event_name"] for r in patients if r.values["drug_name"] == name} - {
            row.values["event_name"]
        }
        _dechallenge(reading, row, name, others)
        _rechallenge(reading, row, name, latencies)
        _outcome(reading, row)
    _causality(reading, patients)


def _dechallenge(reading: Reading, row: Draft, name: str, others: AbstractSet[str]) -> None:
    """What followed a stop; words on one of the drug's `others` events alone do not answer for this one."""
    for stop in [*_about(reading, "drug.stopped", name), *_about(reading, "drug.replaced", name)]:
        answers = {"not_improved": "not improved", "resolved": "resolved", "improved": "improved"}
        answer = None
        for words in _clauses_after(reading, stop, row.values["event_name"], others):
            answer = answer or _first(reading, words, answers)
        if answer:
            row.values["dechallenge"] = answer
            drug = stop.item("drug")
            if drug is not None:
                row.evidence += reading.evidence({"dechallenge": drug}, stop.rule.id)
            return


def _rechallenge(reading: Reading, row: Draft, name: str, latencies: Sequence[Draft]) -> None:
    macro = reading.rules.macro
    own = [d for d in latencies if d.subject == "patient" and d.values["drug_name"] == name]
    if any(d.values["anchor"] == "rechallenge" for d in own):
        row.values["rechallenge"] = "positive"
        return
    for restart in _about(reading, "drug.restarted", name):
        row.values["rechallenge"] = _first(
            reading, _words_after(reading, restart), {"not_recurred": "negative", "recurred": "positive"}
        )
        if row.values["rechallenge"]:
            drug = restart.item("drug")
            if drug is not None:
                row.evidence += reading.evidence({"rechallenge": drug}, restart.rule.id)
            return
    for number in _told(reading, row):
        words = reading.sentence_text(number)
        if not macro("rechallenged").search(words) or not _names(reading, number, name):
            continue
        if macro("rechallenge_positive").search(words):
            row.values["rechallenge"] = "positive"
        elif macro("rechallenge_negative").search(words):
            row.values["rechallenge"] = "negative"


def _outcome(reading: Reading, row: Draft) -> None:
    macro = reading.rules.macro
    told = [n for n in _told(reading, row) if n >= row.sentence]
    for answer in ("fatal", "recovered"):
        for number in told:
            if macro(answer).search(reading.sentence_text(number)) and not _relative(reading, number):
                row.values["outcome"] = answer
                return
    later = [n for n in told if n > row.sentence and not _relative(reading, n)]
    if row.values["dechallenge"] == "improved" and any(macro("gone").search(reading.sentence_text(n)) for n in later):
        row.values["outcome"] = "recovered"
        return
    row.values["outcome"] = _OUTCOME_OF.get(row.values["dechallenge"] or "")


def _first(reading: Reading, words: str, answers: Mapping[str, str]) -> str | None:
    """The answer whose macro matches first in the words; of two at one place the one named first."""
    found = []
    for order, (name, answer) in enumerate(answers.items()):
        match = reading.rules.macro(name).search(words)
        if match:
            found.append((match.start(), order, answer))
    return min(found)[2] if found else None


def _causality(reading: Reading, rows: Sequence[Draft]) -> None:
    """The words of an assessment go to the drugs named beside it, else to the drug most often blamed."""
    if not rows:
        return
    pattern = reading.rules.macro("causality")
    main = max(rows, key=lambda r: len(r.evidence)).values["drug_name"]
    for number, (start, end) in enumerate(reading.known.sentences):
        if reading.known.subjects[number] != "patient":
            continue
        match = pattern.search(reading.text[start:end].lower())
        if match is None:
            continue
        words = next(word for word in match.groups() if word)
        beside = {drug_name(d) for d in reading.by_sentence.get(number, []) if d.kind == "drug"}
        if not any(row.values["drug_name"] in beside for row in rows):
            beside = {main}
        for row in (row for row in rows if row.values["drug_name"] in beside):
            row.values["causality_text"] = row.values["causality_text"] or words


def _about(reading: Reading, prefix: str, name: str) -> list[Relation]:
    out = []
    for relation in reading.relations(prefix):
        drug = relation.item("drug")
        if drug is not None and drug_name(drug) == name and drug.subject == "patient" and not drug.negated:
            out.append(relation)
    return out


def _words_after(reading: Reading, relation: Relation) -> str:
    """What is said from a relation on, to the end of the last sentence that may tell what followed."""
    sentences = reading.known.sentences
    last = relation.sentence
    section = reading.known.section_at(sentences[last][0])
    while last + 1 < len(sentences) and last < relation.sentence + _SENTENCES:
        if reading.known.section_at(sentences[last + 1][0]) is not section:
            break
        last += 1
    return reading.text[relation.end : sentences[last][1]].lower()


def _clauses_after(reading: Reading, relation: Relation, event: str, others: AbstractSet[str]) -> Iterator[str]:
    """The clauses of `_words_after`, without those that name another event of the drug and not this one."""
    low, words = relation.end, _words_after(reading, relation)
    named = [i for i in reading.items("finding", "diagnosis") if low <= i.start < low + len(words)]
    for clause in _CLAUSE.finditer(words):
        names = {event_name(i) for i in named if clause.start() <= i.start - low < clause.end()}
        if event in names or not names & others:
            yield clause.group()


def _told(reading: Reading, row: Draft) -> list[int]:
    """Sentences on the patient of a row."""
    return [
        number
        for number, (start, _) in enumerate(reading.known.sentences)
        if reading.known.subjects[number] == "patient" and _case_at(reading, start) == row.case_id
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
    return any(_is_drug(i, name) for i in reading.by_sentence.get(number, []))


def _is_drug(item: Item, name: str) -> bool:
    return item.kind == "drug" and drug_name(item) == name
