"""Exposures told without a dose that are not the dosed one told behind them, so that each has its own row.

"In the past year she had received ertapenem twice. Ertapenem 1 g was begun" are two exposures, and so are a course that
was stopped and the dose with which it was tried again, and what is said of a drug in general and the published patient
who took a dose of it. Method: corpus/guidelines.md sections 11.1 and 11.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from casenlp.linking.exposure_history import Statement
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading

_SUMMARIES = ("title", "abstract", "caption")
_BEGUN = ("started", "restarted")
_ENDED = ("discontinued", "switched")
_BACK = 2  # sentences before a dose in which its published patient is introduced

Statements = Mapping[int, Sequence[Statement]]


def is_earlier(reading: Reading, bare: Draft, dosed: Draft, statements: Statements) -> bool:
    """Whether a mention of a drug without a dose tells of another exposure than the drug's first dose behind it."""
    if bare.sentence >= dosed.sentence or dosed.parts.get("dose") is None:
        return False
    if bare.subject == "literature":
        return _is_general(reading, bare, dosed)
    if bare.subject != "patient" or _in_summary(bare) or _in_summary(dosed):
        return False
    told = statements.get(id(dosed.parts["drug"]), ())
    begun = [s for s in told if s.action in _BEGUN]
    if not (begun or dosed.values["action"] in _BEGUN or dosed.values["began"]):
        return False
    before = statements.get(id(bare.parts["drug"]), ())
    if any(s.action == "restarted" for s in begun):
        if before:
            return True
    elif any(s.action in _ENDED for s in before) and _tells_restart(statements, dosed.sentence):
        return True
    words = reading.sentence_text(bare.sentence)
    if not reading.rules.guarded("earlier_exposure").search(words):
        return False
    return reading.rules.guarded("goes_on_since").search(words) is None


def _is_general(reading: Reading, bare: Draft, dosed: Draft) -> bool:
    """Whether other people's drug is named before the published patient is introduced who took the dose."""
    introduced = [n for n in range(dosed.sentence - _BACK, dosed.sentence + 1) if _has_person(reading, n)]
    if not introduced or bare.sentence >= introduced[-1]:
        return False
    if reading.rules.guarded("published_case").search(reading.sentence_text(bare.sentence)):
        return False
    return not _has_person(reading, bare.sentence)


def _has_person(reading: Reading, number: int) -> bool:
    return any(i.kind == "age" and i.subject == "literature" for i in reading.by_sentence.get(number, ()))


def _tells_restart(statements: Statements, number: int) -> bool:
    """Whether a sentence says of another drug that it was given again: "A 2 g was given again, with B 1 g"."""
    return any(s.action == "restarted" and s.drug.sentence == number for said in statements.values() for s in said)


def _in_summary(draft: Draft) -> bool:
    drug = draft.parts["drug"]
    return drug is not None and drug.section is not None and drug.section.name in _SUMMARIES
